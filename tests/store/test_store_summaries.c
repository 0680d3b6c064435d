/* test_store_summaries.c - which processes count in a cell's summary, and the grades of cells and sweeps. */
#include "store_fixture.h"

static const struct grade_evidence *lost(struct grade_evidence *evidence, double share)
{
    *evidence = grade_nothing_observed();
    evidence->value[GRADE_LOST] = share;
    return evidence;
}

/* A block with one process of the cell, which took `seconds` and lost that share; a negative share: nothing was observed. */
static void add_process(struct fixture *fixture, struct cell_record *cell, int pass, double seconds, double share)
{
    struct grade_evidence evidence;
    struct process_record process = make_process(0, seconds);
    process.observed = share < 0.0 ? NULL : lost(&evidence, share);
    snprintf(cell->status, sizeof cell->status, "ok");
    struct block_record block = {.sweep = cell->sweep, .length = cell->cell.length, .threads = 1, .pass = pass,
                                 .started = "2026-01-02T03:04:05Z", .cells = cell, .cell_count = 1, .processes = &process,
                                 .process_count = 1};
    if (share > 0.05)
        snprintf(block.disturbed, sizeof block.disturbed, "time lost");
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
}

static void test_summary_sets_disturbed_processes_aside_once_three_others_are_there(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct process_point *points = NULL;
    size_t count = 0;
    int passes = 0, disturbed = 0;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cell = add_cells(fixture, &sweep, 1);
    add_process(fixture, cell, 0, 1.0, 0.0);
    add_process(fixture, cell, 1, 9.0, 0.5);
    add_process(fixture, cell, 2, 1.2, 0.0);
    assert_int_equal(cell->processes, 3); /* two undisturbed ones are too few */
    assert_int_equal(cell->set_aside, 0);
    assert_true(cell->seconds == 1.2);
    add_process(fixture, cell, 3, 1.1, 0.0);
    assert_int_equal(cell->processes, 3);
    assert_int_equal(cell->set_aside, 1);
    assert_true(cell->seconds == 1.1);
    assert_string_equal(cell->grade, "A");
    assert_ok(fixture, store_read_processes(fixture->store, sweep.id, &points, &count, &fixture->error));
    assert_int_equal(count, 3); /* the analyses see what the summary is made of */
    for (size_t i = 0; i < count; ++i)
        assert_true(points[i].wall_quartile < 9.0);
    assert_ok(fixture, store_count_passes(fixture->store, sweep.id, 64, 1, &passes, &disturbed, &fixture->error));
    assert_int_equal(passes, 4);
    assert_int_equal(disturbed, 1);
    free(points);
    cell_records_free(cell, 1);
}

/* What nobody saw disturbed stays, however far off it is. */
static void test_summary_never_chooses_by_the_time_itself(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cell = add_cells(fixture, &sweep, 1);
    const double seconds[] = {1.0, 1.1, 1.2, 50.0};
    for (int i = 0; i < 4; ++i)
        add_process(fixture, cell, i, seconds[i], 0.0);
    assert_int_equal(cell->set_aside, 0);
    assert_int_equal(cell->processes, 4);
    cell_records_free(cell, 1);
}

static void test_grade_of_a_cell_without_observations_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cell = add_cells(fixture, &sweep, 1);
    add_process(fixture, cell, 0, 1.0, -1.0);
    assert_string_equal(cell->grade, "");
    assert_string_equal(cell->grade_reason, "");
    cell_records_free(cell, 1);
}

static void test_grade_of_few_processes_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cell = add_cells(fixture, &sweep, 1);
    add_process(fixture, cell, 0, 1.0, 0.004);
    assert_string_equal(cell->grade, "C");
    assert_non_null(strstr(cell->grade_reason, "only 1 process"));
    assert_non_null(strstr(cell->grade_reason, "0.4 % of the time lost"));
    cell_records_free(cell, 1);
}

static void finish(struct fixture *fixture, struct sweep_record *sweep)
{
    assert_ok(fixture, store_finish_sweep(fixture->store, sweep->id, "{\"samples\":1.5}", &fixture->error));
    sweep_record_free(sweep);
    assert_ok(fixture, store_find_sweep(fixture->store, "one", sweep, &fixture->error));
}

static void test_grade_of_a_sweep_is_reached_by_three_of_four_cells(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 4);
    for (int i = 0; i < 4; ++i)
        for (int pass = 0; pass < 3; ++pass)
            add_process(fixture, &cells[i], pass, 1.0 + pass, i == 3 ? 0.04 : 0.004);
    finish(fixture, &sweep);
    assert_string_equal(sweep.grade, "B");
    assert_non_null(strstr(sweep.grade_reason, "3 cells B, 1 C"));
    assert_string_equal(sweep.spent, "{\"samples\":1.5}");
    cell_records_free(cells, 4);
    sweep_record_free(&sweep);
}

static void test_grade_of_an_empty_sweep_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    finish(fixture, &sweep);
    assert_string_equal(sweep.grade, "");
    assert_string_equal(sweep.grade_reason, "");
    sweep_record_free(&sweep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_summary_sets_disturbed_processes_aside_once_three_others_are_there, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(test_summary_never_chooses_by_the_time_itself, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_grade_of_a_cell_without_observations_is_absent, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_grade_of_few_processes_says_so, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_grade_of_a_sweep_is_reached_by_three_of_four_cells, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_grade_of_an_empty_sweep_is_absent, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
