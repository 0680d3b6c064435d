/* study_cores.c - each operator at each length over thread counts, against its own time on the fewest threads. */
#include "present/study_parts.h"

#include <stdlib.h>
#include <string.h>

static bool same_but_threads(const struct study_series *a, const struct study_series *b)
{
    return study_same_operator(a->first, b->first) && study_same_setting(a->first, b->first) &&
           a->first->cell.width == b->first->cell.width;
}

static const struct growth_point *find_point(const struct study_series *series, double length,
                                             const struct cell_record **cell)
{
    for (int i = 0; i < series->point_count[STUDY_TIME]; ++i) {
        const struct growth_point *point = &series->points[STUDY_TIME][i];
        if (point->length != length || point->bound)
            continue;
        *cell = series->sources[STUDY_TIME][i];
        return point;
    }
    return NULL;
}

static int compare_threads(const void *left, const void *right)
{
    const struct study_series *const *a = left, *const *b = right;
    return (*a)->first->cell.threads - (*b)->first->cell.threads;
}

/* The series of one operator with all thread counts, ascending; their number. 0 where `index` is not the first of them. */
static int gather(const struct study_series **members, const struct study *study, int index)
{
    int count = 0;
    for (int i = 0; i < study->series_count && count < SCALING_POINTS_MAX; ++i) {
        if (!same_but_threads(&study->series[index], &study->series[i]))
            continue;
        if (i < index)
            return 0;
        members[count++] = &study->series[i];
    }
    qsort(members, (size_t)count, sizeof *members, compare_threads);
    return count;
}

/* The fastest variant (options) of the base's operator at its size and thread count: the base that an honest speed-up is
 * also compared to. */
static const struct cell_record *find_fastest(const struct study *study, const struct cell_record *base)
{
    const struct cell_record *fastest = base;
    for (size_t i = 0; i < study->cell_count; ++i) {
        const struct cell_record *cell = &study->cells[i];
        if (strcmp(cell->cell.operator_name, base->cell.operator_name) == 0 && study_same_setting(cell, base) &&
            cell->cell.width == base->cell.width && cell->cell.length == base->cell.length &&
            cell->cell.threads == base->cell.threads && cell->seconds > 0.0 && cell->seconds < fastest->seconds)
            fastest = cell;
    }
    return fastest;
}

static void fit_length(struct study *study, const struct study_series *const *members, int member_count, double length)
{
    struct scaling_point points[SCALING_POINTS_MAX];
    struct study_cores *cores = &study->cores[study->cores_count];
    *cores = (struct study_cores){.length = (int64_t)length};
    for (int m = 0; m < member_count; ++m) {
        const struct growth_point *point = find_point(members[m], length, &cores->cells[cores->count]);
        if (!point)
            continue;
        cores->series = cores->series ? cores->series : members[m];
        points[cores->count++] = (struct scaling_point){.threads = members[m]->first->cell.threads,
                                                        .seconds = point->value,
                                                        .replicates = point->replicates,
                                                        .replicate_count = point->replicate_count};
    }
    if (cores->count < 2)
        return;
    cores->fastest = find_fastest(study, cores->cells[0]);
    scaling_fit(&cores->scaling,
                &(struct scaling_series){
                    .points = points, .count = cores->count, .resamples = STUDY_RESAMPLES, .seed = study->sweep.seed});
    ++study->cores_count;
}

enum status study_fit_cores(struct study *study, struct error *error)
{
    size_t most = 1; /* one more than there can be: the last is a draft */
    for (int i = 0; i < study->series_count; ++i)
        most += (size_t)study->series[i].point_count[STUDY_TIME];
    study->cores = study_array(most, sizeof *study->cores, error);
    if (!study->cores)
        return STATUS_SYSTEM;
    for (int i = 0; i < study->series_count; ++i) {
        const struct study_series *members[SCALING_POINTS_MAX];
        const int count = gather(members, study, i);
        for (int p = 0; count >= 2 && p < members[0]->point_count[STUDY_TIME]; ++p)
            fit_length(study, members, count, members[0]->points[STUDY_TIME][p].length);
    }
    return STATUS_OK;
}
