/* test_sweep_table.c - the page of a stored sweep: what is common stands above the table, reasons below it. */
#include "../store/store_fixture.h"

#include "present/sweep_table.h"

static char *print(struct fixture *fixture, const struct sweep_record *sweep, const char *where)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_ok(fixture, sweep_table_print(fixture->store, sweep, where, out, &fixture->error));
    fclose(out);
    return text;
}

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static void test_table_of_a_measured_sweep_shows_times_intervals_and_processes(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 2);
    static const double seconds[] = {3e-3, 1e-3, 2.5e-3, 7e-3, 4e-3};
    for (int pass = 0; pass < 5; ++pass)
        add_block(fixture, cells, 1, pass, seconds[pass]);
    assert_ok(fixture, store_set_sweep_status(fixture->store, sweep.id, "complete", &fixture->error));
    char *text = print(fixture, &sweep, NULL); /* with a record from before the blocks */
    assert_holds(text, "Sweep 'one' (complete, ");
    assert_holds(text, "): 2 cells, 1 measured.\n");
    assert_holds(text, "Everywhere: batch 1, width 256, mode forward, scope layer, prepare outside, cache warm.\n");
    assert_holds(
        text, "operator   length  threads     time        95 %      cpu  per token  GFLOP/s  of roof  roof         rss  "
              "processes  status\n"
              "operator0      64        1  3.00 ms  -60 +136 %  1.50 ms    46.9 us     0.02   0.21 %  compute  977 KiB  "
              "        5  ok\n"
              "operator1     128        1");
    assert_holds(text, "the median over 5 processes");
    assert_null(strstr(text, "Without a time"));
    free(text);
    add_block(fixture, &cells[1], 1, 0, 1.0);
    add_block(fixture, &cells[1], 1, 1, 2.0);
    text = print(fixture, &sweep, NULL);
    assert_holds(text, "1.50 s  -99 >+999 %");
    free(text);
    cell_records_free(cells, 2);
}

static void test_settings_that_differ_become_columns(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct cell_record cells[2];
    add_sweep(fixture, "one", &sweep);
    for (int i = 0; i < 2; ++i) {
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep.id, sizeof sweep.id);
        cells[i].number = i;
        cells[i].cell.width = 256 << i;
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "x");
    }
    assert_ok(fixture, store_add_cells(fixture->store, cells, 2, &fixture->error));
    char *text = print(fixture, &sweep, NULL);
    assert_holds(text, "Everywhere: batch 1, mode forward, scope layer, prepare outside, cache warm.\n");
    assert_holds(text, "operator  length  width  threads  status\n"
                       "x           1024    256        1  planned\n"
                       "x           1024    512        1  planned\n");
    free(text);
}

static void test_cells_without_a_time_are_listed_with_their_reason(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 1);
    snprintf(cells[0].status, sizeof cells[0].status, "skipped");
    snprintf(cells[0].reason, sizeof cells[0].reason, "it needs\n64 GiB, \033[2Jand 8 GiB are free");
    assert_ok(fixture, store_update_cell(fixture->store, &cells[0], &fixture->error));
    char *text = print(fixture, &sweep, NULL);
    assert_holds(text, "\n  operator0, length 64, 1 thread: skipped: it needs 64 GiB,  [2Jand 8 GiB are free\n");
    free(text);
    cell_records_free(cells, 1);
}

static void test_filter_without_a_match_and_empty_sweep_say_so(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    cell_records_free(add_cells(fixture, &sweep, 2), 2);
    char *text = print(fixture, &sweep, "length=5");
    assert_string_equal(text, "None of the 2 cells of sweep 'one' fulfils the filter.\n");
    free(text);
    add_sweep(fixture, "two", &sweep);
    text = print(fixture, &sweep, NULL);
    assert_string_equal(text, "Sweep 'two' has no cells.\n");
    free(text);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_table_of_a_measured_sweep_shows_times_intervals_and_processes),
        IN_STORE(test_settings_that_differ_become_columns),
        IN_STORE(test_cells_without_a_time_are_listed_with_their_reason),
        IN_STORE(test_filter_without_a_match_and_empty_sweep_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
