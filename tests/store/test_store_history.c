/* test_store_history.c - points of a history: those of comparisons against a baseline, imported ones, and notes on changes. */
#include "store_fixture.h"

#include "base/status.h"
#include "store/store_comparison.h"
#include "store/store_database.h"
#include "store/store_history.h"

/* A comparison of two cells and a control at a commit, against the arm with that label. */
static void compare(struct fixture *fixture, const char *label, const char *commit, double ratio)
{
    struct comparison_record comparison = {.status = "complete", .new_date = "2026-03-01T00:00:00Z", .exit_code = 0};
    struct comparison_cell cells[3];
    char arm[128];
    snprintf(arm, sizeof arm, "{\"label\": \"%s\"}", label);
    comparison.settings = strdup("{}");
    comparison.base_arm = strdup(arm);
    comparison.new_arm = strdup("{}");
    comparison.differences = strdup("[]");
    snprintf(comparison.new_commit, sizeof comparison.new_commit, "%s", commit);
    for (int i = 0; i < 3; ++i) {
        comparison_cell_init(&cells[i]);
        cells[i].cell = cell_default();
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "one");
        cells[i].cell.length = i == 1 ? 64 : 1024;
        cells[i].control = i == 2;
        cells[i].ratio = ratio;
    }
    assert_ok(fixture, store_add_comparison(fixture->store, &comparison, cells, 3, &fixture->error));
    cells[0].ratio = cells[1].ratio = cells[2].ratio = ratio;
    snprintf(cells[1].verdict, sizeof cells[1].verdict, "FAILED");
    cells[1].ratio = NAN;
    assert_ok(fixture, store_finish_comparison(fixture->store, &comparison, cells, 3, &fixture->error));
    comparison_record_free(&comparison);
}

static void test_store_history_has_the_comparisons_against_a_baseline(void **state)
{
    struct fixture *fixture = *state;
    struct history_point *points = NULL;
    size_t count = 0;
    compare(fixture, "baseline:v1", "abc", 1.25);
    compare(fixture, "this build", "def", 1.5);
    compare(fixture, "baseline:v2", "fed", 2.0);
    assert_ok(fixture, store_read_history(fixture->store, NULL, NULL, &points, &count, &fixture->error));
    assert_int_equal(count, 2); /* neither controls nor what failed nor other arms */
    assert_string_equal(points[0].source, "baseline:v1");
    assert_string_equal(points[0].commit, "abc");
    assert_string_equal(points[0].date, "2026-03-01T00:00:00Z");
    assert_true(points[0].ratio == 1.25 && isnan(points[0].seconds) && points[0].cell.length == 1024);
    free(points);
    assert_ok(fixture, store_read_history(fixture->store, "baseline:v2", NULL, &points, &count, &fixture->error));
    assert_int_equal(count, 1);
    free(points);
    assert_ok(fixture, store_read_history(fixture->store, "baseline:v", NULL, &points, &count, &fixture->error));
    assert_int_equal(count, 0);
    free(points);
}

static void test_store_history_leaves_builds_with_sanitizers_out(void **state)
{
    struct fixture *fixture = *state;
    struct history_point *points = NULL;
    size_t count = 0;
    compare(fixture, "baseline:v1", "abc", 1.25);
    assert_ok(fixture, store_add_fingerprint(fixture->store, "k", "{\"fields\": {\"sanitizers\": {\"value\": \"address\"}}}",
                                             &fixture->error));
    assert_ok(fixture, store_execute(fixture->store, "UPDATE comparison SET fingerprint = 'k'", "test", &fixture->error));
    assert_ok(fixture, store_read_history(fixture->store, NULL, NULL, &points, &count, &fixture->error));
    assert_int_equal(count, 0);
    free(points);
}

static void test_store_history_imported_points_are_filtered_and_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct history_point given[3], *points = NULL;
    size_t count = 0;
    for (int i = 0; i < 3; ++i) {
        given[i] = (struct history_point){.cell = cell_default(), .ratio = NAN, .seconds = 0.5 + i, .low = NAN, .high = NAN};
        snprintf(given[i].cell.operator_name, sizeof given[i].cell.operator_name, "op");
        snprintf(given[i].commit, sizeof given[i].commit, "c%d", i);
        given[i].cell.width = 64 << i;
    }
    assert_ok(fixture, store_put_history(fixture->store, "mine", given, 3, &fixture->error));
    assert_ok(fixture, store_put_history(fixture->store, "mine", given, 3, &fixture->error));
    assert_ok(fixture, store_read_history(fixture->store, "mine", NULL, &points, &count, &fixture->error));
    assert_int_equal(count, 3);
    assert_true(points[2].seconds == 2.5 && isnan(points[2].ratio) && points[2].number == 2);
    free(points);
    assert_ok(fixture, store_read_history(fixture->store, NULL, "width>64,operator=op", &points, &count, &fixture->error));
    assert_int_equal(count, 2);
    assert_string_equal(points[0].commit, "c1");
    free(points);
    assert_sentence(fixture, store_read_history(fixture->store, NULL, "x=1", &points, &count, &fixture->error), STATUS_USAGE,
                    "unknown column 'x'");
    assert_ok(fixture, store_remove_history(fixture->store, "mine", &fixture->error));
    assert_sentence(fixture, store_remove_history(fixture->store, "mine", &fixture->error), STATUS_USAGE,
                    "no imported history 'mine'");
}

static void test_store_history_acknowledgements_come_and_go(void **state)
{
    struct fixture *fixture = *state;
    struct acknowledged_record noted = {.commit = "abc", .note = "why"}, *all = NULL;
    size_t count = 0;
    int removed = 0;
    assert_ok(fixture, store_put_acknowledged(fixture->store, &noted, &fixture->error));
    snprintf(noted.note, sizeof noted.note, "better why");
    assert_ok(fixture, store_put_acknowledged(fixture->store, &noted, &fixture->error));
    assert_ok(fixture, store_list_acknowledged(fixture->store, &all, &count, &fixture->error));
    assert_int_equal(count, 1);
    assert_string_equal(all[0].note, "better why");
    assert_true(all[0].created[0] && !all[0].spec[0]);
    free(all);
    assert_ok(fixture, store_remove_acknowledged(fixture->store, "abc", NULL, &removed, &fixture->error));
    assert_int_equal(removed, 1);
    assert_ok(fixture, store_remove_acknowledged(fixture->store, "abc", NULL, &removed, &fixture->error));
    assert_int_equal(removed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_history_has_the_comparisons_against_a_baseline, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_store_history_leaves_builds_with_sanitizers_out, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_store_history_imported_points_are_filtered_and_replaced, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_store_history_acknowledgements_come_and_go, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
