/* study_series.c - cells into series of lengths, and each series into the points of its time, memory and instructions.
 *
 * Rows that say the same but for their seed, as repeated rows of an imported table do, are repetitions of one point.
 */
#include "present/study_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool study_same_operator(const struct cell_record *a, const struct cell_record *b)
{
    return strcmp(a->cell.operator_name, b->cell.operator_name) == 0 && strcmp(a->cell.options, b->cell.options) == 0;
}

bool study_same_setting(const struct cell_record *a, const struct cell_record *b)
{
    return a->cell.batch == b->cell.batch && strcmp(a->cell.mode, b->cell.mode) == 0 &&
           strcmp(a->cell.scope, b->cell.scope) == 0 && strcmp(a->cell.prepare, b->cell.prepare) == 0 &&
           strcmp(a->cell.cache, b->cell.cache) == 0 && strcmp(a->cell.bind, b->cell.bind) == 0;
}

static bool same_series(const struct cell_record *a, const struct cell_record *b)
{
    return study_same_operator(a, b) && study_same_setting(a, b) && a->cell.width == b->cell.width &&
           a->cell.threads == b->cell.threads;
}

static int compare_length(const void *left, const void *right)
{
    const struct cell_record *const *a = left, *const *b = right;
    const int64_t x = (*a)->cell.length, y = (*b)->cell.length;
    return x != y ? (x > y) - (x < y) : (*a)->number - (*b)->number;
}

/* The series of each cell, -1 for cells that were never reached; their number. */
static int assign(const struct study *study, int *series_of)
{
    int count = 0;
    for (size_t i = 0; i < study->cell_count; ++i) {
        series_of[i] = -1;
        if (strcmp(study->cells[i].status, "planned") == 0)
            continue;
        for (size_t j = 0; j < i && series_of[i] < 0; ++j)
            if (series_of[j] >= 0 && same_series(&study->cells[i], &study->cells[j]))
                series_of[i] = series_of[j];
        if (series_of[i] < 0)
            series_of[i] = count++;
    }
    return count;
}

/* ---------------------------------------------------------------- points */

/* Appends what was measured of one cell to the replicates of a point. */
static void add_replicates(struct study *study, struct growth_point *point, const struct cell_record *cell)
{
    size_t count;
    const struct study_process *processes = study_processes_of(study, cell, &count);
    for (size_t r = 0; r < count; ++r)
        study->replicates[study->replicate_count++] = processes[r].wall_quartile;
    if (count == 0)
        study->replicates[study->replicate_count++] = cell->seconds;
    point->replicate_count += count ? (int)count : 1;
}

/* The median of all processes; of one cell that is the stored one. */
static void set_time(struct growth_point *point, const struct cell_record *cell, bool alone)
{
    point->value = alone ? cell->seconds : statistics_median(point->replicates, (size_t)point->replicate_count);
}

/* Whether it is known that a call takes at least the limit. A sweep skips what it expects to be too slow, by the operator's
 * own claim, and a claim is no evidence for itself; an imported row says what someone found. */
static bool is_bound(const struct study *study, const struct cell_record *cell)
{
    const bool expected = strcmp(cell->status, "skipped") == 0 && strcmp(study->sweep.status, "imported") != 0;
    return study_is_censored(cell) && cell->limit_seconds > 0.0 && !expected;
}

static void collect_time(struct study *study, struct study_series *series)
{
    for (int i = 0; i < series->count && series->point_count[STUDY_TIME] < GROWTH_POINTS_MAX;) {
        const struct cell_record *measured = NULL, *bound = NULL;
        struct growth_point point = {.length = (double)series->cells[i]->cell.length, .working_set = NAN};
        point.replicates = study->replicates + study->replicate_count;
        int cells = 0;
        const int first = i;
        for (; i < series->count && series->cells[i]->cell.length == series->cells[first]->cell.length; ++i) {
            const struct cell_record *cell = series->cells[i];
            bound = is_bound(study, cell) ? cell : bound;
            if (!(cell->seconds > 0.0))
                continue;
            add_replicates(study, &point, cell);
            measured = measured ? measured : cell;
            ++cells;
        }
        const struct cell_record *source = measured ? measured : bound;
        if (!source)
            continue;
        point.bound = !measured;
        point.value = source->limit_seconds;
        if (measured)
            set_time(&point, measured, cells == 1);
        point.working_set = source->bytes > 0.0 ? source->bytes : NAN;
        series->points[STUDY_TIME][series->point_count[STUDY_TIME]] = point;
        series->sources[STUDY_TIME][series->point_count[STUDY_TIME]++] = source;
        series->measured[STUDY_TIME] += measured != NULL;
    }
}

/* Memory is known of cells that were measured; a planned size is only a bound of what the operator would take. */
static void collect_memory(struct study_series *series)
{
    series->exact_memory = true;
    for (int i = 0; i < series->count && series->point_count[STUDY_MEMORY] < GROWTH_POINTS_MAX; ++i) {
        const struct cell_record *cell = series->cells[i];
        int *count = &series->point_count[STUDY_MEMORY];
        const bool repeated = *count && series->points[STUDY_MEMORY][*count - 1].length == (double)cell->cell.length;
        if (!(cell->bytes > 0.0) || repeated || (study_is_censored(cell) && strcmp(cell->status, "imported") != 0))
            continue;
        series->exact_memory &= strcmp(cell->status, "ok") == 0;
        series->points[STUDY_MEMORY][*count] =
            (struct growth_point){.length = (double)cell->cell.length, .value = cell->bytes, .working_set = cell->bytes};
        series->sources[STUDY_MEMORY][(*count)++] = cell;
        ++series->measured[STUDY_MEMORY];
    }
}

static void collect_instructions(struct study_series *series)
{
    for (int i = 0; i < series->count && series->point_count[STUDY_INSTRUCTIONS] < GROWTH_POINTS_MAX; ++i) {
        const struct cell_record *cell = series->cells[i];
        int *count = &series->point_count[STUDY_INSTRUCTIONS];
        struct growth_point *points = series->points[STUDY_INSTRUCTIONS];
        if (!(cell->instructions > 0.0) || (*count && points[*count - 1].length == (double)cell->cell.length))
            continue;
        points[*count] =
            (struct growth_point){.length = (double)cell->cell.length, .value = cell->instructions, .working_set = NAN};
        series->sources[STUDY_INSTRUCTIONS][(*count)++] = cell;
        ++series->measured[STUDY_INSTRUCTIONS];
    }
}

static int median_replicates(const struct study_series *series)
{
    double counts[GROWTH_POINTS_MAX];
    int used = 0;
    for (int i = 0; i < series->point_count[STUDY_TIME]; ++i)
        if (!series->points[STUDY_TIME][i].bound)
            counts[used++] = series->points[STUDY_TIME][i].replicate_count;
    return used ? (int)statistics_median(counts, (size_t)used) : 0;
}

static enum status fill_series(struct study *study, struct study_series *series, int index, const int *series_of,
                               struct error *error)
{
    for (size_t i = 0; i < study->cell_count; ++i)
        series->count += series_of[i] == index;
    const size_t count = (size_t)series->count;
    series->cells = study_array(count, sizeof *series->cells, error);
    if (!series->cells)
        return STATUS_SYSTEM;
    series->count = 0;
    for (size_t i = 0; i < study->cell_count; ++i)
        if (series_of[i] == index)
            series->cells[series->count++] = &study->cells[i];
    qsort(series->cells, count, sizeof *series->cells, compare_length);
    series->first = series->cells[0];
    for (int metric = 0; metric < STUDY_METRICS; ++metric) {
        series->points[metric] = study_array(count, sizeof *series->points[metric], error);
        series->sources[metric] = study_array(count, sizeof *series->sources[metric], error);
        if (!series->points[metric] || !series->sources[metric])
            return STATUS_SYSTEM;
    }
    collect_time(study, series);
    collect_memory(series);
    collect_instructions(series);
    series->replicates = median_replicates(series);
    return STATUS_OK;
}

enum status study_collect_series(struct study *study, struct error *error)
{
    int *series_of = study_array(study->cell_count, sizeof *series_of, error);
    study->replicates = study_array(study->process_count + study->cell_count, sizeof *study->replicates, error);
    enum status status = series_of && study->replicates ? STATUS_OK : STATUS_SYSTEM;
    const int count = status == STATUS_OK ? assign(study, series_of) : 0;
    study->series = study_array((size_t)count, sizeof *study->series, error);
    if (!study->series)
        status = STATUS_SYSTEM;
    for (int i = 0; i < count && status == STATUS_OK; ++i) {
        ++study->series_count;
        status = fill_series(study, &study->series[i], i, series_of, error);
    }
    free(series_of);
    return status;
}
