/* store_fixture.h - a results database in a temporary folder, and records to put in it, for the tests of store/. */
#ifndef TESTS_STORE_STORE_FIXTURE_H
#define TESTS_STORE_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/store.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char folder[64];
    char path[96]; /* of the database */
    struct store *store;
    struct error error;
};

/* A failure prints the sentence. */
static inline void assert_ok(struct fixture *fixture, enum status status)
{
    if (status != STATUS_OK)
        fail_msg("status %d: %s", (int)status, fixture->error.text);
}

/* The sentence holds `part`, is one line, and has no trailing newline. */
static inline void assert_sentence(struct fixture *fixture, enum status status, enum status expected, const char *part)
{
    if (status != expected || !strstr(fixture->error.text, part) || strchr(fixture->error.text, '\n'))
        fail_msg("status %d (not %d), or no '%s' in: %s", (int)status, (int)expected, part, fixture->error.text);
}

static inline int make_folder(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/test-store-XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->path, sizeof fixture->path, "%s/results.db", fixture->folder);
    *state = fixture;
    return 0;
}

static inline int make_store(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    struct fixture *fixture = *state;
    return store_open(&fixture->store, fixture->path, true, &fixture->error) == STATUS_OK ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *found, int type, struct FTW *where)
{
    (void)found;
    (void)type;
    (void)where;
    return remove(path);
}

static inline int remove_store(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    const int code = nftw(fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return code;
}

static inline void reopen(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
    assert_ok(fixture, store_open(&fixture->store, fixture->path, false, &fixture->error));
}

static inline void add_sweep(struct fixture *fixture, const char *name, struct sweep_record *sweep)
{
    *sweep = (struct sweep_record){.status = "running", .seed = 7};
    snprintf(sweep->name, sizeof sweep->name, "%s", name);
    assert_ok(fixture, store_add_sweep(fixture->store, sweep, &fixture->error));
}

/* Planned cells of one operator with 1000 flops a step, lengths 64, 128 ... */
static inline struct cell_record *add_cells(struct fixture *fixture, const struct sweep_record *sweep, int count)
{
    struct cell_record *cells = calloc((size_t)count, sizeof *cells);
    for (int i = 0; i < count; ++i) {
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep->id, sizeof cells[i].sweep);
        cells[i].number = i;
        cells[i].cell.length = (int64_t)64 << i;
        cells[i].flops = 1000.0 * (double)cells[i].cell.length;
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "operator%d", i);
    }
    assert_ok(fixture, store_add_cells(fixture->store, cells, (size_t)count, &fixture->error));
    return cells;
}

/* A process of cell `index` whose quartile is `seconds`, with two samples. */
static inline struct process_record make_process(int index, double seconds)
{
    static const struct sample_record samples[] = {{.wall_seconds = 0.1, .cpu_seconds = 0.2, .calls = 3, .faults = NAN},
                                                   {.wall_seconds = 0.3, .cpu_seconds = 0.4, .calls = 5, .faults = 2.0}};
    return (struct process_record){.cell_index = index,
                                   .wall_quartile = seconds,
                                   .cpu_minimum = seconds / 2.0,
                                   .plan_seconds = 0.5,
                                   .prepare_seconds = NAN,
                                   .peak_bytes = 2e6,
                                   .rss_bytes = 1e6,
                                   .samples = samples,
                                   .sample_count = 2};
}

/* Adds a block in which each of the cells ran in one process, which took `seconds`; FMA peak 10 GFLOP/s. */
static inline void add_block_at(struct fixture *fixture, struct cell_record *cells, int count, int pass, double seconds,
                                double fma_gflops)
{
    struct process_record *processes = calloc((size_t)count, sizeof *processes);
    const struct probe_record probes[] = {{.kind = "fma_gflops", .threads = 1, .value = fma_gflops},
                                          {.kind = "gemm_gflops", .threads = 1, .value = NAN}};
    for (int i = 0; i < count; ++i) {
        processes[i] = make_process(i, seconds);
        snprintf(cells[i].status, sizeof cells[i].status, "ok");
    }
    struct block_record block = {.sweep = cells[0].sweep,
                                 .length = cells[0].cell.length,
                                 .threads = 1,
                                 .pass = pass,
                                 .started = "2026-01-02T03:04:05Z",
                                 .seconds = 1.5,
                                 .cells = cells,
                                 .cell_count = (size_t)count,
                                 .processes = processes,
                                 .process_count = (size_t)count,
                                 .probes = probes,
                                 .probe_count = 2};
    assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
    free(processes);
}

static inline void add_block(struct fixture *fixture, struct cell_record *cells, int count, int pass, double seconds)
{
    add_block_at(fixture, cells, count, pass, seconds, 10.0);
}

static inline void write_file(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

#endif
