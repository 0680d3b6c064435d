/* test_store_comparison.c - comparisons go in, come out as they were, are found and deleted. */
#include "store_fixture.h"

#include "store/store_comparison.h"
#include "store/store_database.h"

static void make_comparison(struct fixture *fixture, const char *name, struct comparison_record *comparison,
                            struct comparison_cell cells[2])
{
    *comparison = (struct comparison_record){.status = "running", .machine = "m", .exit_code = -1};
    comparison->settings = strdup("{\"margin\": 0.02}");
    comparison->base_arm = strdup("{\"label\": \"a\"}");
    comparison->new_arm = strdup("{\"label\": \"b\"}");
    comparison->differences = strdup("[]");
    snprintf(comparison->name, sizeof comparison->name, "%s", name);
    for (int i = 0; i < 2; ++i) {
        comparison_cell_init(&cells[i]);
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "one");
        snprintf(cells[i].clock, sizeof cells[i].clock, "cpu");
        cells[i].control = i == 1;
    }
    assert_ok(fixture, store_add_comparison(fixture->store, comparison, cells, 2, &fixture->error));
}

static void test_store_comparison_comes_back_with_its_cells_and_pairs(void **state)
{
    struct fixture *fixture = *state;
    struct comparison_record comparison, found;
    struct comparison_cell cells[2], *read = NULL;
    struct comparison_pair *pairs = NULL;
    const struct comparison_pair pair = {
        .number = 3, .stage = 2, .new_first = true, .base_wall = 1.0, .new_wall = 1.5, .base_cpu = NAN, .new_cpu = 2.0};
    size_t count = 0;
    make_comparison(fixture, "gate", &comparison, cells);
    cells[0].ratio = 1.5;
    cells[0].pairs = 1;
    assert_ok(fixture, store_add_comparison_pairs(fixture->store, &cells[0], &pair, 1, &fixture->error));
    snprintf(comparison.status, sizeof comparison.status, "complete");
    snprintf(comparison.verdict, sizeof comparison.verdict, "regression");
    comparison.exit_code = 1;
    snprintf(cells[0].verdict, sizeof cells[0].verdict, "SLOWER");
    assert_ok(fixture, store_finish_comparison(fixture->store, &comparison, cells, 2, &fixture->error));
    reopen(fixture);
    assert_ok(fixture, store_find_comparison(fixture->store, "gate", &found, &fixture->error));
    assert_string_equal(found.id, comparison.id);
    assert_string_equal(found.verdict, "regression");
    assert_int_equal(found.exit_code, 1);
    assert_ok(fixture, store_read_comparison_cells(fixture->store, found.id, &read, &count, &fixture->error));
    assert_int_equal(count, 2);
    assert_string_equal(read[0].verdict, "SLOWER");
    assert_true(read[0].ratio == 1.5 && isnan(read[0].low) && read[1].control && !read[0].control);
    assert_ok(fixture, store_read_comparison_pairs(fixture->store, found.id, 0, &pairs, &count, &fixture->error));
    assert_int_equal(count, 1);
    assert_true(pairs[0].number == 3 && pairs[0].new_first && pairs[0].new_wall == 1.5 && isnan(pairs[0].base_cpu));
    free(pairs);
    free(read);
    comparison_record_free(&found);
    comparison_record_free(&comparison);
}

static void test_store_comparison_is_found_by_prefix_or_newest_or_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    struct comparison_record one, two, found;
    struct comparison_cell cells[2];
    assert_sentence(fixture, store_find_comparison(fixture->store, "", &found, &fixture->error), STATUS_USAGE,
                    "seqscale ab");
    make_comparison(fixture, "first", &one, cells);
    make_comparison(fixture, "", &two, cells);
    assert_ok(fixture, store_find_comparison(fixture->store, "", &found, &fixture->error));
    assert_string_equal(found.id, two.id);
    comparison_record_free(&found);
    assert_ok(fixture, store_find_comparison(fixture->store, "fir", &found, &fixture->error));
    assert_string_equal(found.id, one.id);
    comparison_record_free(&found);
    assert_sentence(fixture, store_find_comparison(fixture->store, "none", &found, &fixture->error), STATUS_USAGE,
                    "'none'");
    assert_sentence(fixture, store_add_comparison(fixture->store, &one, cells, 0, &fixture->error), STATUS_USAGE,
                    "already");
    comparison_record_free(&one);
    comparison_record_free(&two);
}

static void test_store_comparison_deleted_takes_cells_and_pairs_along(void **state)
{
    struct fixture *fixture = *state;
    struct comparison_record comparison, *all = NULL;
    struct comparison_cell cells[2], *read = NULL;
    const struct comparison_pair pair = {.number = 0, .stage = 1};
    size_t count = 0;
    make_comparison(fixture, "gone", &comparison, cells);
    assert_ok(fixture, store_add_comparison_pairs(fixture->store, &cells[1], &pair, 1, &fixture->error));
    assert_ok(fixture, store_delete_comparison(fixture->store, comparison.id, &fixture->error));
    assert_ok(fixture, store_list_comparisons(fixture->store, &all, &count, &fixture->error));
    assert_int_equal(count, 0);
    assert_ok(fixture, store_read_comparison_cells(fixture->store, comparison.id, &read, &count, &fixture->error));
    assert_int_equal(count, 0);
    sqlite3_stmt *statement = NULL;
    bool row = true;
    assert_ok(fixture, store_prepare(fixture->store, &statement, "SELECT 1 FROM comparison_pair", &fixture->error));
    assert_ok(fixture, store_row(fixture->store, statement, &row, &fixture->error));
    assert_false(row);
    sqlite3_finalize(statement);
    comparison_record_free(&comparison);
}

static void test_store_control_ratios_are_those_of_the_machine_and_clock(void **state)
{
    struct fixture *fixture = *state;
    struct comparison_record comparison;
    struct comparison_cell cells[2];
    double *ratios = NULL;
    size_t count = 0;
    make_comparison(fixture, "", &comparison, cells);
    cells[0].ratio = 2.0;
    cells[1].ratio = 1.01;
    assert_ok(fixture, store_finish_comparison(fixture->store, &comparison, cells, 2, &fixture->error));
    assert_ok(fixture, store_read_control_ratios(fixture->store, "m", "cpu", 10, &ratios, &count, &fixture->error));
    assert_int_equal(count, 1);
    assert_true(ratios[0] == 1.01);
    free(ratios);
    assert_ok(fixture, store_read_control_ratios(fixture->store, "m", "wall", 10, &ratios, &count, &fixture->error));
    assert_int_equal(count, 0);
    free(ratios);
    comparison_record_free(&comparison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_comparison_comes_back_with_its_cells_and_pairs, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(test_store_comparison_is_found_by_prefix_or_newest_or_a_sentence, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(test_store_comparison_deleted_takes_cells_and_pairs_along, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(test_store_control_ratios_are_those_of_the_machine_and_clock, make_store,
                                        remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
