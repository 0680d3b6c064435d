/* test_store_blocks.c - blocks: summaries, what is all or nothing, and what a kill leaves. */
#include "store_fixture.h"

#include "store/store_database.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void assert_close(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static long long query(struct fixture *fixture, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(fixture->store->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const long long value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static struct cell_record *read_cells(struct fixture *fixture, const char *sweep, size_t *count)
{
    struct cell_record *cells = NULL;
    assert_ok(fixture, store_read_cells(fixture->store, sweep, NULL, &cells, count, &fixture->error));
    return cells;
}

static void test_first_block_gives_a_median_without_an_interval(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 2);
    add_block(fixture, cells, 1, 0, 1e-5);
    assert_close(cells[0].seconds, 1e-5); /* written back */
    struct cell_record *found = read_cells(fixture, sweep.id, &count);
    assert_close(found[0].seconds, 1e-5);
    assert_close(found[0].cpu_seconds, 5e-6);
    assert_close(found[0].rss_bytes, 1e6);
    assert_true(isnan(found[0].low) && isnan(found[0].high));
    assert_int_equal(found[0].processes, 1);
    assert_close(cell_record_gflops(&found[0]), 6.4); /* 64000 FLOPs in 10 us */
    assert_close(found[0].roof_fraction, 0.64);       /* of 10 GFLOP/s */
    assert_close(cells[0].roof_fraction, 0.64);
    assert_string_equal(found[0].status, "ok");
    assert_true(isnan(found[1].seconds));
    assert_string_equal(found[1].status, "planned");
    cell_records_free(found, count);
    cell_records_free(cells, 2);
}

static void test_later_blocks_move_the_summary_over_all_processes(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 1);
    static const double seconds[] = {3.0, 1.0, 2.5, 7.0, 4.0};
    for (int pass = 0; pass < 5; ++pass)
        add_block(fixture, cells, 1, pass, seconds[pass]);
    struct cell_record *found = read_cells(fixture, sweep.id, &count);
    assert_close(found[0].seconds, 3.0);
    /* numpy and scipy, as in tests/analyse/test_statistics.c */
    assert_true(fabs(found[0].low - 1.201336121709079) < 1e-8 && fabs(found[0].high - 7.066806214460583) < 1e-8);
    assert_close(found[0].cpu_seconds, 1.5);
    assert_int_equal(found[0].processes, 5);
    assert_true(cells[0].low == found[0].low && cells[0].processes == 5);
    cell_records_free(found, count);
    cell_records_free(cells, 1);
}

static void test_roof_moves_with_the_probes_for_every_cell_of_the_threads(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    size_t count = 0;
    double median = 0.0;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 2);
    add_block(fixture, &cells[0], 1, 0, 1e-5);
    const struct probe_record probes[] = {{.kind = "fma_gflops", .threads = 1, .value = 30.0},
                                          {.kind = "fma_gflops", .threads = 2, .value = 1000.0}};
    struct block_record block = {.sweep = sweep.id, .length = 128, .threads = 1, .probes = probes, .probe_count = 2};
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
    assert_ok(fixture, store_probe_median(fixture->store, sweep.id, "fma_gflops", 1, &median, &fixture->error));
    assert_close(median, 20.0);
    struct cell_record *found = read_cells(fixture, sweep.id, &count);
    assert_close(found[0].roof_fraction, 0.32);
    assert_true(isnan(found[1].roof_fraction));
    assert_ok(fixture, store_probe_median(fixture->store, sweep.id, "fma_gflops", 3, &median, &fixture->error));
    assert_true(isnan(median));
    assert_ok(fixture, store_probe_median(fixture->store, sweep.id, "gemm_gflops", 1, &median, &fixture->error));
    assert_true(isnan(median)); /* probed, but absent */
    cell_records_free(found, count);
    cell_records_free(cells, 2);
}

/* Caches of 1 and 4 KiB a thread: of 6 KiB that are read again 1000 times, two threads' L1 keep 2 KiB, the rest crosses. */
static void test_roof_is_the_limit_that_binds_and_its_name(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct cell_record cells[2];
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    for (int i = 0; i < 2; ++i) {
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep.id, sizeof cells[i].sweep);
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "operator%d", i);
        cells[i].number = i;
        cells[i].cell.threads = 2;
        cells[i].flops = 64e3;
    }
    cells[1].reread_bytes = 6144e3;
    cells[1].reread_set_bytes = 6144.0;
    assert_ok(fixture, store_add_cells(fixture->store, cells, 2, &fixture->error));
    const struct process_record processes[] = {make_process(0, 1e-3), make_process(1, 1e-3)};
    const struct probe_record probes[] = {{.kind = "fma_gflops", .threads = 2, .value = 1.0},
                                          {.kind = "l1_bytes", .threads = 2, .value = 1024.0},
                                          {.kind = "l2_bytes", .threads = 2, .value = 4096.0},
                                          {.kind = "l1_bytes_per_second", .threads = 2, .value = 1e12},
                                          {.kind = "l2_bytes_per_second", .threads = 2, .value = 8192e6},
                                          {.kind = "l2_bytes_per_second", .threads = 1, .value = 1.0}};
    struct block_record block = {.sweep = sweep.id,
                                 .length = 64,
                                 .threads = 2,
                                 .cells = cells,
                                 .cell_count = 2,
                                 .processes = processes,
                                 .process_count = 2,
                                 .probes = probes,
                                 .probe_count = ARRAY_LEN(probes)};
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
    struct cell_record *found = read_cells(fixture, sweep.id, &count);
    assert_string_equal(found[0].roof, "compute");
    assert_close(found[0].roof_fraction, 0.064); /* 64000 FLOPs at 1 GFLOP/s are 64 us */
    assert_string_equal(found[1].roof, "L2");
    assert_close(found[1].roof_fraction, 0.5); /* 4096000 bytes at 8192 MB/s are 0.5 ms */
    assert_string_equal(cells[1].roof, "L2");  /* written back */
    cell_records_free(found, count);
    cell_record_free(&cells[0]);
    cell_record_free(&cells[1]);
}

static void test_values_that_were_not_measured_do_not_count(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 1);
    struct process_record processes[] = {make_process(0, 2.0), make_process(0, NAN), make_process(0, 4.0)};
    processes[0].rss_bytes = NAN;
    processes[1].rss_bytes = NAN;
    struct block_record block = {.sweep = sweep.id,
                                 .length = 64,
                                 .threads = 1,
                                 .cells = cells,
                                 .cell_count = 1,
                                 .processes = processes,
                                 .process_count = 3};
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
    assert_close(cells[0].seconds, 3.0);
    assert_close(cells[0].rss_bytes, 1e6);
    assert_int_equal(cells[0].processes, 2);
    assert_true(isnan(cells[0].roof_fraction)); /* no probe */
    cell_records_free(cells, 1);
}

static void test_failed_cell_in_a_block_keeps_its_reason_and_what_was_measured(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 1);
    add_block(fixture, cells, 1, 0, 1.0);
    snprintf(cells[0].status, sizeof cells[0].status, "failed");
    snprintf(cells[0].reason, sizeof cells[0].reason, "the worker was killed by signal 11");
    struct block_record block = {.sweep = sweep.id, .length = 64, .threads = 1, .pass = 1, .cells = cells, .cell_count = 1};
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
    struct cell_record *found = read_cells(fixture, sweep.id, &count);
    assert_string_equal(found[0].status, "failed");
    assert_string_equal(found[0].reason, "the worker was killed by signal 11");
    assert_close(found[0].seconds, 1.0);
    cell_records_free(found, count);
    cell_records_free(cells, 1);
}

static void test_block_that_cannot_be_written_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 1);
    struct process_record processes[] = {make_process(0, 2.0), make_process(5, 1.0)}; /* there is no cell 5 */
    struct block_record block = {.sweep = sweep.id,
                                 .length = 64,
                                 .threads = 1,
                                 .cells = cells,
                                 .cell_count = 1,
                                 .processes = processes,
                                 .process_count = 2};
    assert_sentence(fixture, store_add_block(fixture->store, &block, &fixture->error), STATUS_SYSTEM,
                    "none of its 1 cells");
    assert_int_equal(query(fixture, "SELECT count(*) FROM block"), 0);
    assert_int_equal(query(fixture, "SELECT count(*) FROM sample"), 0);
    snprintf(cells[0].status, sizeof cells[0].status, "odd");
    block.process_count = 1;
    assert_sentence(fixture, store_add_block(fixture->store, &block, &fixture->error), STATUS_USAGE, "CHECK");
    assert_int_equal(query(fixture, "SELECT count(*) FROM block"), 0);
    block.sweep = "no-such-sweep";
    assert_sentence(fixture, store_add_block(fixture->store, &block, &fixture->error), STATUS_USAGE, "FOREIGN KEY");
    snprintf(cells[0].status, sizeof cells[0].status, "ok");
    block.sweep = sweep.id;
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error)); /* the store is not stuck */
    cell_records_free(cells, 1);
}

static void test_passes_and_processes_are_counted_per_length_and_threads(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct process_point *points = NULL;
    size_t count = 0;
    int disturbed = 0, passes = -1;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 2);
    assert_ok(fixture, store_count_passes(fixture->store, sweep.id, 64, 1, &passes, &disturbed, &fixture->error));
    assert_int_equal(passes, 0);
    add_block(fixture, &cells[1], 1, 0, 9.0);
    add_block(fixture, cells, 1, 0, 1.0);
    add_block(fixture, cells, 1, 1, 2.0);
    add_block(fixture, cells, 1, 1, 3.0); /* the other part of a split block is the same pass */
    assert_ok(fixture, store_count_passes(fixture->store, sweep.id, 64, 1, &passes, &disturbed, &fixture->error));
    assert_int_equal(passes, 2);
    assert_ok(fixture, store_count_passes(fixture->store, sweep.id, 64, 2, &passes, &disturbed, &fixture->error));
    assert_int_equal(passes, 0);
    assert_ok(fixture, store_read_processes(fixture->store, sweep.id, &points, &count, &fixture->error));
    assert_int_equal(count, 4);
    assert_true(points[0].cell_number == 0 && points[0].pass == 0 && points[0].wall_quartile == 1.0);
    assert_true(points[2].cell_number == 0 && points[2].pass == 1 && points[2].wall_quartile == 3.0);
    assert_true(points[3].cell_number == 1 && points[3].wall_quartile == 9.0 && points[3].rss_bytes == 1e6);
    free(points);
    cell_records_free(cells, 2);
}

/* Adds blocks until it is killed. */
static void write_without_end(const char *path, struct cell_record *cells, int count)
{
    struct fixture fixture = {.store = NULL};
    if (store_open(&fixture.store, path, false, &fixture.error) == STATUS_OK)
        for (int pass = 0;; ++pass)
            add_block(&fixture, cells, count, pass, 1.0 + pass);
    _exit(1);
}

static void test_kill_at_any_instant_leaves_whole_blocks(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    enum { CELLS = 5, KILLS = 20 };
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, CELLS);
    for (int round = 0; round < KILLS; ++round) {
        store_close(fixture->store);
        fixture->store = NULL;
        const pid_t child = fork();
        if (child == 0)
            write_without_end(fixture->path, cells, CELLS);
        const struct timespec pause = {.tv_nsec =
                                           3000000 + round * 1700000}; /* 3 to 35 ms: different instants of a block */
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        reopen(fixture);
        const long long blocks = query(fixture, "SELECT count(*) FROM block");
        assert_int_equal(query(fixture, "SELECT count(*) FROM process"), CELLS * blocks);
        assert_int_equal(query(fixture, "SELECT count(*) FROM sample"), 2 * CELLS * blocks);
        assert_int_equal(query(fixture, "SELECT count(*) FROM probe"), 2 * blocks);
        assert_int_equal(query(fixture, "SELECT sum(processes) FROM cell"), CELLS * blocks);
        assert_int_equal(query(fixture, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    }
    assert_true(query(fixture, "SELECT count(*) FROM block") > 0);
    cell_records_free(cells, CELLS);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_first_block_gives_a_median_without_an_interval),
        IN_STORE(test_later_blocks_move_the_summary_over_all_processes),
        IN_STORE(test_roof_moves_with_the_probes_for_every_cell_of_the_threads),
        IN_STORE(test_roof_is_the_limit_that_binds_and_its_name),
        IN_STORE(test_values_that_were_not_measured_do_not_count),
        IN_STORE(test_failed_cell_in_a_block_keeps_its_reason_and_what_was_measured),
        IN_STORE(test_block_that_cannot_be_written_leaves_nothing),
        IN_STORE(test_passes_and_processes_are_counted_per_length_and_threads),
        IN_STORE(test_kill_at_any_instant_leaves_whole_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
