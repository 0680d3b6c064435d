/* charts_sweep.c - see charts_sweep.h. Reading, axes and the grid; names and colours are in charts_series.c. */
#include "present/charts_sweep.h"

#include "present/charts_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status no_memory(struct error *error)
{
    return error_set(error, STATUS_SYSTEM, "out of memory while arranging the sweep for its charts");
}

enum charts_state charts_cell_state(const struct cell_record *cell)
{
    if (!cell)
        return CHARTS_ABSENT;
    if (strcmp(cell->status, "skipped") == 0)
        return CHARTS_SKIPPED;
    if (strcmp(cell->status, "failed") == 0 || strcmp(cell->status, "wrong") == 0)
        return CHARTS_FAILED;
    return cell->seconds > 0.0 || cell->instructions > 0.0 ? CHARTS_MEASURED : CHARTS_ABSENT;
}

static int compare_lengths(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Sorts and takes out what is repeated; returns how many are left. */
static int sort_unique(int64_t *values, int count)
{
    int unique = 0;
    qsort(values, (size_t)count, sizeof *values, compare_lengths);
    for (int i = 0; i < count; ++i)
        if (unique == 0 || values[unique - 1] != values[i])
            values[unique++] = values[i];
    return unique;
}

/* Lengths and thread counts of the cells that have something to show. */
static enum status collect_axes(struct charts_sweep *charts, struct text *notes, struct error *error)
{
    int64_t *threads = calloc(charts->cell_count + 1, sizeof *threads);
    charts->lengths = calloc(charts->cell_count + 1, sizeof *charts->lengths);
    charts->threads = calloc(CHARTS_THREADS_MAX, sizeof *charts->threads);
    if (!threads || !charts->lengths || !charts->threads) {
        free(threads);
        return no_memory(error);
    }
    int count = 0;
    for (size_t i = 0; i < charts->cell_count; ++i) {
        const struct cell_record *record = &charts->cells[i];
        if (charts_cell_state(record) == CHARTS_ABSENT)
            continue;
        charts->lengths[count] = record->cell.length;
        threads[count++] = record->cell.threads;
    }
    charts->length_count = sort_unique(charts->lengths, count);
    const int found = sort_unique(threads, count);
    charts->thread_count = found < CHARTS_THREADS_MAX ? found : CHARTS_THREADS_MAX;
    for (int i = 0; i < charts->thread_count; ++i) /* of too many, evenly spread ones with the first and the last */
        charts->threads[i] = (int)threads[found <= CHARTS_THREADS_MAX ? i : i * (found - 1) / (CHARTS_THREADS_MAX - 1)];
    if (found > charts->thread_count)
        text_format(notes, "charts show %d of the sweep's %d thread counts; choose others with --where\n",
                    charts->thread_count, found);
    free(threads);
    return STATUS_OK;
}

static int index_of_length(const struct charts_sweep *charts, int64_t length)
{
    const int64_t *found = bsearch(&length, charts->lengths, (size_t)charts->length_count, sizeof length, compare_lengths);
    return found ? (int)(found - charts->lengths) : -1;
}

static int index_of_threads(const struct charts_sweep *charts, int threads)
{
    for (int i = 0; i < charts->thread_count; ++i)
        if (charts->threads[i] == threads)
            return i;
    return -1;
}

static size_t grid_index(const struct charts_sweep *charts, int series, int thread, int length)
{
    return ((size_t)series * (size_t)charts->thread_count + (size_t)thread) * (size_t)charts->length_count + (size_t)length;
}

static enum status fill_grid(struct charts_sweep *charts, const int *series_of, struct text *notes, struct error *error)
{
    size_t absent = 0, repeated = 0;
    charts->grid = calloc(grid_index(charts, charts->series_count, 0, 0) + 1, sizeof *charts->grid);
    if (!charts->grid)
        return no_memory(error);
    for (size_t i = 0; i < charts->cell_count; ++i) {
        const struct cell_record *record = &charts->cells[i];
        const int thread = index_of_threads(charts, record->cell.threads);
        const int length = index_of_length(charts, record->cell.length);
        absent += charts_cell_state(record) == CHARTS_ABSENT;
        if (series_of[i] < 0 || thread < 0 || length < 0)
            continue;
        int *place = &charts->grid[grid_index(charts, series_of[i], thread, length)];
        repeated += *place != 0;
        if (*place == 0)
            *place = (int)i + 1;
    }
    if (absent)
        text_format(notes, "%zu planned cell%s not measured and not in the charts\n", absent,
                    absent == 1 ? " is" : "s are");
    if (repeated)
        text_format(notes, "%zu cell%s what another one measured too; the first of each is in the charts\n", repeated,
                    repeated == 1 ? " repeats" : "s repeat");
    return STATUS_OK;
}

static enum status read_roofs(struct charts_sweep *charts, struct store *store, const char *sweep, struct error *error)
{
    charts->roofs = calloc((size_t)charts->thread_count + 1, sizeof *charts->roofs);
    if (!charts->roofs)
        return no_memory(error);
    for (int i = 0; i < charts->thread_count; ++i)
        TRY(store_read_roofline(store, sweep, charts->threads[i], &charts->roofs[i], error));
    return STATUS_OK;
}

enum status charts_sweep_load(struct charts_sweep *charts, struct store *store, const struct sweep_record *sweep,
                              const char *where, const char *relative_to, struct text *notes, struct error *error)
{
    *charts = (struct charts_sweep){0};
    charts->relative_to = strdup(relative_to ? relative_to : sweep->relative_to);
    if (!charts->relative_to)
        return no_memory(error);
    TRY(store_read_cells(store, sweep->id, where, &charts->cells, &charts->cell_count, error));
    TRY(store_read_processes(store, sweep->id, &charts->points, &charts->point_count, error));
    int *series_of = calloc(charts->cell_count + 1, sizeof *series_of);
    if (!series_of)
        return no_memory(error);
    enum status status = charts_series_collect(charts, series_of, notes, error);
    if (status == STATUS_OK)
        status = collect_axes(charts, notes, error);
    if (status == STATUS_OK)
        status = fill_grid(charts, series_of, notes, error);
    if (status == STATUS_OK)
        status = read_roofs(charts, store, sweep->id, error);
    free(series_of);
    return status;
}

void charts_sweep_free(struct charts_sweep *charts)
{
    charts_series_free(charts);
    cell_records_free(charts->cells, charts->cell_count);
    free(charts->points);
    free(charts->lengths);
    free(charts->threads);
    free(charts->roofs);
    free(charts->grid);
    free(charts->settings);
    free(charts->relative_to);
    *charts = (struct charts_sweep){0};
}

const struct cell_record *charts_sweep_cell(const struct charts_sweep *charts, int series, int thread, int length)
{
    const int place = charts->grid[grid_index(charts, series, thread, length)];
    return place > 0 ? &charts->cells[place - 1] : NULL;
}

int charts_sweep_measured_lengths(const struct charts_sweep *charts)
{
    int count = 0;
    for (int length = 0; length < charts->length_count; ++length) {
        bool measured = false;
        for (int i = 0; i < charts->series_count * charts->thread_count && !measured; ++i)
            measured = charts_cell_state(charts_sweep_cell(charts, i / charts->thread_count, i % charts->thread_count,
                                                           length)) == CHARTS_MEASURED;
        count += measured;
    }
    return count;
}

static int compare_number(const void *key, const void *element)
{
    const int number = *(const int *)key, other = ((const struct cell_record *)element)->number;
    return (number > other) - (number < other);
}

const struct cell_record *charts_sweep_cell_of(const struct charts_sweep *charts, const struct process_point *point)
{
    return bsearch(&point->cell_number, charts->cells, charts->cell_count, sizeof *charts->cells, compare_number);
}
