/* chart_sweep.h - a store in a temporary folder with one sweep in it, for the tests of charts. */
#ifndef TESTS_PRESENT_CHART_SWEEP_H
#define TESTS_PRESENT_CHART_SWEEP_H

#include "base/text.h"
#include "present/charts_builders.h"
#include "store/store.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHART_CELLS_MAX = 64, CHART_PROCESSES = 3 };

struct chart_sweep {
    char folder[64]; /* removed with all that is in it */
    struct store *store;
    struct sweep_record sweep;
    struct cell_record cells[CHART_CELLS_MAX]; /* planned ones, until chart_sweep_store */
    size_t count;
};

static inline void chart_sweep_begin(struct chart_sweep *fixture, const char *relative_to)
{
    struct error error;
    *fixture = (struct chart_sweep){.folder = "/tmp/test_charts_XXXXXX"};
    assert_non_null(mkdtemp(fixture->folder));
    char path[128];
    snprintf(path, sizeof path, "%s/store.db", fixture->folder);
    assert_int_equal(store_open(&fixture->store, path, true, &error), STATUS_OK);
    snprintf(fixture->sweep.name, sizeof fixture->sweep.name, "test");
    snprintf(fixture->sweep.status, sizeof fixture->sweep.status, "complete");
    snprintf(fixture->sweep.relative_to, sizeof fixture->sweep.relative_to, "%s", relative_to);
    fixture->sweep.arguments = strdup("[]");
    assert_int_equal(store_add_sweep(fixture->store, &fixture->sweep, &error), STATUS_OK);
}

/* A cell measured at `seconds`; NaN leaves it planned. Returns it for changes. */
static inline struct cell_record *chart_sweep_cell(struct chart_sweep *fixture, const char *label, int64_t length,
                                                   int threads, double seconds)
{
    assert_true(fixture->count < CHART_CELLS_MAX);
    struct cell_record *record = &fixture->cells[fixture->count];
    cell_record_init(record);
    record->number = (int)fixture->count++;
    memcpy(record->sweep, fixture->sweep.id, sizeof record->sweep);
    record->cell = cell_default();
    const size_t name = strcspn(label, ":");
    snprintf(record->cell.operator_name, sizeof record->cell.operator_name, "%.*s", (int)name, label);
    snprintf(record->cell.options, sizeof record->cell.options, "%s", label[name] ? label + name + 1 : "");
    record->cell.length = length;
    record->cell.threads = threads;
    record->seconds = seconds;
    return record;
}

/* Three processes at 0.99, 1 and 1.01 times the cell's time, on a machine of 100 GFLOP/s, L1 of 200 and memory of 10 GB/s. */
static inline void chart_sweep_measure(struct chart_sweep *fixture, struct cell_record *record)
{
    static const double luck[CHART_PROCESSES] = {0.99, 1.0, 1.01};
    const struct sample_record sample = {.wall_seconds = record->seconds, .cpu_seconds = record->seconds, .calls = 1};
    struct process_record processes[CHART_PROCESSES];
    for (int i = 0; i < CHART_PROCESSES; ++i)
        processes[i] = (struct process_record){.wall_quartile = record->seconds * luck[i],
                                               .cpu_minimum = record->seconds * luck[i],
                                               .rss_bytes = NAN,
                                               .samples = &sample,
                                               .sample_count = 1};
    snprintf(record->status, sizeof record->status, "ok");
    const int threads = record->cell.threads;
    const struct probe_record probes[] = {{.kind = "fma_gflops", .threads = threads, .value = 100.0},
                                          {.kind = "l1_bytes_per_second", .threads = threads, .value = 200e9},
                                          {.kind = "memory_bytes_per_second", .threads = threads, .value = 10e9}};
    struct block_record block = {.sweep = fixture->sweep.id,
                                 .length = record->cell.length,
                                 .threads = record->cell.threads,
                                 .started = "2026-01-01T00:00:00Z",
                                 .cells = record,
                                 .cell_count = 1,
                                 .processes = processes,
                                 .process_count = CHART_PROCESSES,
                                 .probes = probes,
                                 .probe_count = ARRAY_LEN(probes)};
    struct error error;
    assert_int_equal(store_add_block(fixture->store, &block, &error), STATUS_OK);
}

/* Writes the cells, and processes for those that are planned with a time. */
static inline void chart_sweep_store(struct chart_sweep *fixture)
{
    struct error error;
    assert_int_equal(store_add_cells(fixture->store, fixture->cells, fixture->count, &error), STATUS_OK);
    for (size_t i = 0; i < fixture->count; ++i)
        if (isfinite(fixture->cells[i].seconds) && strcmp(fixture->cells[i].status, "planned") == 0)
            chart_sweep_measure(fixture, &fixture->cells[i]);
}

static inline int chart_sweep_remove_one(const char *path, const struct stat *found, int type, struct FTW *place)
{
    (void)found;
    (void)type;
    (void)place;
    return remove(path);
}

static inline void chart_sweep_end(struct chart_sweep *fixture)
{
    for (size_t i = 0; i < fixture->count; ++i)
        cell_record_free(&fixture->cells[i]);
    sweep_record_free(&fixture->sweep);
    store_close(fixture->store);
    nftw(fixture->folder, chart_sweep_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A stored sweep as the charts see it, and one figure of it. */
struct loaded {
    struct charts_sweep charts;
    struct charts_figure figure;
    struct text notes;
};

static inline void chart_sweep_load(struct loaded *loaded, struct chart_sweep *fixture, const char *name,
                                    void (*build)(struct charts_figure *figure))
{
    struct error error;
    loaded->notes = (struct text){0};
    assert_int_equal(
        charts_sweep_load(&loaded->charts, fixture->store, &fixture->sweep, NULL, NULL, &loaded->notes, &error), STATUS_OK);
    charts_figure_init(&loaded->figure, name, &loaded->charts);
    build(&loaded->figure);
}

static inline void chart_sweep_unload(struct loaded *loaded, struct chart_sweep *fixture)
{
    charts_figure_free(&loaded->figure);
    charts_sweep_free(&loaded->charts);
    text_free(&loaded->notes);
    chart_sweep_end(fixture);
}

#endif
