/* test_compare.c - two stored sweeps: judged where they may be, refused where they may not. */
#include "../store/store_fixture.h"

#include "sweep/compare.h"

enum { CELLS = 3, PROCESSES = 8 };

static const char machine[] = "{\"fields\": {\"cpu\": {\"value\": \"one\", \"kind\": \"machine\"},"
                              " \"compiler\": {\"value\": \"gcc\", \"kind\": \"build\"},"
                              " \"load\": {\"value\": 1, \"kind\": \"information\"}}}";
static const char rebuilt[] = "{\"fields\": {\"cpu\": {\"value\": \"one\", \"kind\": \"machine\"},"
                              " \"compiler\": {\"value\": \"clang\", \"kind\": \"build\"},"
                              " \"load\": {\"value\": 2, \"kind\": \"information\"}}}";
static const char elsewhere[] = "{\"fields\": {\"cpu\": {\"value\": \"two\", \"kind\": \"machine\"}}}";

/* A sweep of CELLS cells with PROCESSES processes each; `factor` of the first cell's times, and a machine of that many GFLOP/s. */
static void make_sweep_at(struct fixture *fixture, const char *name, const char *fingerprint, double factor,
                          const char *prepare, double fma_gflops, struct sweep_record *sweep)
{
    *sweep = (struct sweep_record){.status = "complete"};
    snprintf(sweep->name, sizeof sweep->name, "%s", name);
    if (fingerprint) {
        snprintf(sweep->fingerprint, sizeof sweep->fingerprint, "key-of-%s", name);
        assert_ok(fixture, store_add_fingerprint(fixture->store, sweep->fingerprint, fingerprint, &fixture->error));
    }
    assert_ok(fixture, store_add_sweep(fixture->store, sweep, &fixture->error));
    struct cell_record cells[CELLS];
    for (int i = 0; i < CELLS; ++i) {
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep->id, sizeof cells[i].sweep);
        cells[i].number = i;
        cells[i].cell.length = (int64_t)64 << i;
        cells[i].bytes = 1000.0;
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "one");
        snprintf(cells[i].cell.prepare, sizeof cells[i].cell.prepare, "%s", prepare);
    }
    assert_ok(fixture, store_add_cells(fixture->store, cells, CELLS, &fixture->error));
    for (int pass = 0; pass < PROCESSES; ++pass)
        for (int i = 0; i < CELLS; ++i)
            add_block_at(fixture, &cells[i], 1, pass, (i == 0 ? factor : 1.0) * (1.0 + 0.001 * ((pass * 3) % PROCESSES)),
                         fma_gflops);
    for (int i = 0; i < CELLS; ++i)
        cell_record_free(&cells[i]);
}

static void make_sweep(struct fixture *fixture, const char *name, const char *fingerprint, double factor,
                       const char *prepare, struct sweep_record *sweep)
{
    make_sweep_at(fixture, name, fingerprint, factor, prepare, 10.0, sweep);
}

static enum status compare(struct fixture *fixture, const struct sweep_record *base, const struct sweep_record *fresh,
                           bool force, struct comparison_record *comparison, struct comparison_cell **cells, size_t *count)
{
    const struct compare_request request = {
        .store = fixture->store, .base = base, .fresh = fresh, .margin = COMPARE_MARGIN, .force = force};
    return compare_sweeps(&request, comparison, cells, count, &fixture->error);
}

static void test_compare_of_sweeps_finds_the_slower_cell(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record base, fresh;
    struct comparison_record comparison;
    struct comparison_cell *cells = NULL;
    size_t count = 0;
    make_sweep(fixture, "base", machine, 1.0, "outside", &base);
    make_sweep(fixture, "new", rebuilt, 1.2, "outside", &fresh);
    assert_ok(fixture, compare(fixture, &base, &fresh, false, &comparison, &cells, &count));
    assert_int_equal(count, CELLS);
    assert_string_equal(cells[0].verdict, "SLOWER");
    assert_true(fabs(cells[0].ratio - 1.2) < 0.01 && cells[0].low < 1.2 && cells[0].high > 1.19);
    assert_string_equal(cells[0].clock, "cpu"); /* one thread */
    assert_string_equal(cells[1].verdict, "SAME");
    assert_int_equal(comparison.exit_code, STATUS_REGRESSION);
    assert_non_null(strstr(comparison.differences, "compiler"));
    assert_null(strstr(comparison.differences, "load"));
    free(cells);
    comparison_record_free(&comparison);
    assert_ok(fixture, compare(fixture, &base, &base, false, &comparison, &cells, &count));
    assert_int_equal(comparison.exit_code, STATUS_OK);
    free(cells);
    comparison_record_free(&comparison);
}

static void refuse(struct fixture *fixture, const struct sweep_record *base, const struct sweep_record *fresh,
                   const char *word)
{
    struct comparison_record comparison;
    struct comparison_cell *cells = NULL;
    size_t count = 0;
    assert_sentence(fixture, compare(fixture, base, fresh, false, &comparison, &cells, &count), STATUS_USAGE, word);
    free(cells);
    comparison_record_free(&comparison);
    assert_ok(fixture, compare(fixture, base, fresh, true, &comparison, &cells, &count));
    for (size_t i = 0; i < count; ++i)
        assert_string_equal(cells[i].verdict, "UNKNOWN");
    assert_int_equal(comparison.exit_code, STATUS_INCONCLUSIVE);
    free(cells);
    comparison_record_free(&comparison);
}

static void test_compare_across_machines_or_settings_refuses_or_is_unknown(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record base, fresh;
    make_sweep(fixture, "base", machine, 1.0, "outside", &base);
    make_sweep(fixture, "far", elsewhere, 1.2, "outside", &fresh);
    refuse(fixture, &base, &fresh, "different machines (cpu");
    make_sweep(fixture, "inside", machine, 1.2, "inside", &fresh);
    refuse(fixture, &base, &fresh, "prepare");
    make_sweep(fixture, "brought", NULL, 1.2, "outside", &fresh);
    refuse(fixture, &base, &fresh, "imported");
}

/* The probes of the second sweep are a fifth faster: what they explain is no verdict, what they do not is one, and a cell that
 * stayed as it was may have become slower. */
static void test_compare_takes_off_what_the_machine_did(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record base, fresh;
    static const struct {
        const char *name;
        double factor;
        const char *verdict;
    } cases[] = {{"explained", 0.82, "UNKNOWN"}, {"beyond", 0.6, "FASTER"}, {"slower all the same", 1.2, "SLOWER"}};
    make_sweep(fixture, "base", machine, 1.0, "outside", &base);
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        struct comparison_record comparison;
        struct comparison_cell *cells = NULL;
        size_t count = 0;
        make_sweep_at(fixture, cases[i].name, machine, cases[i].factor, "outside", 12.0, &fresh);
        assert_ok(fixture, compare(fixture, &base, &fresh, false, &comparison, &cells, &count));
        assert_string_equal(cells[0].verdict, cases[i].verdict);
        assert_string_equal(cells[1].verdict, "UNKNOWN");
        assert_non_null(strstr(cells[1].reason, "another speed"));
        assert_non_null(strstr(comparison.differences, "0.83 (fma_gflops)"));
        free(cells);
        comparison_record_free(&comparison);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_compare_of_sweeps_finds_the_slower_cell, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_compare_takes_off_what_the_machine_did, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_compare_across_machines_or_settings_refuses_or_is_unknown, make_store,
                                        remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
