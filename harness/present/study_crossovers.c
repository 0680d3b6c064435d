/* study_crossovers.c - every pair of operators at the same batch, width, mode and threads: where one passes the other.
 *
 * Times are paired block by block where both ran in the same block: what disturbs a block disturbs both, and cancels.
 */
#include "present/study_parts.h"

#include <math.h>
#include <stdlib.h>

static bool comparable(const struct study_series *a, const struct study_series *b)
{
    return study_same_setting(a->first, b->first) && a->first->cell.width == b->first->cell.width &&
           a->first->cell.threads == b->first->cell.threads;
}

/* Log ratios of the processes of two cells that ran side by side; their number. */
static int pair_up(double *pairs, const struct study *study, const struct cell_record *a, const struct cell_record *b)
{
    size_t a_count, b_count;
    const struct study_process *x = study_processes_of(study, a, &a_count), *y = study_processes_of(study, b, &b_count);
    int count = 0;
    for (size_t i = 0, j = 0; i < a_count && j < b_count;) {
        const int before = x[i].pass - y[j].pass;
        if (before == 0 && !x[i].split && !y[j].split)
            pairs[count++] = log(x[i].wall_quartile / y[j].wall_quartile);
        i += before <= 0;
        j += before >= 0;
    }
    return count;
}

struct pairing {
    struct crossover_point points[CROSSOVER_POINTS_MAX];
    int count, paired;
    double *pairs; /* of all points */
};

static void add_point(struct pairing *pairing, const struct study *study, enum study_metric metric,
                      const struct study_series *a, int i, const struct study_series *b, int j)
{
    const struct growth_point *x = &a->points[metric][i], *y = &b->points[metric][j];
    struct crossover_point *point = &pairing->points[pairing->count++];
    *point = (struct crossover_point){.length = x->length, .log_ratio = log(x->value / y->value)};
    if (metric != STUDY_TIME)
        return;
    const int pairs = pair_up(pairing->pairs, study, a->sources[metric][i], b->sources[metric][j]);
    if (pairs >= 2) {
        point->pairs = pairing->pairs;
        point->pair_count = pairs;
        point->log_ratio = statistics_median(pairing->pairs, (size_t)pairs);
        pairing->pairs += pairs;
        ++pairing->paired;
    } else if (x->replicate_count >= 2 && y->replicate_count >= 2) {
        point->a = x->replicates;
        point->a_count = x->replicate_count;
        point->b = y->replicates;
        point->b_count = y->replicate_count;
    }
}

/* Lengths at which both were measured. */
static void pair_series(struct pairing *pairing, const struct study *study, enum study_metric metric,
                        const struct study_series *a, const struct study_series *b)
{
    int j = 0;
    for (int i = 0; i < a->point_count[metric] && pairing->count < CROSSOVER_POINTS_MAX; ++i) {
        while (j < b->point_count[metric] && b->points[metric][j].length < a->points[metric][i].length)
            ++j;
        if (j == b->point_count[metric])
            break;
        const struct growth_point *x = &a->points[metric][i], *y = &b->points[metric][j];
        if (x->length == y->length && !x->bound && !y->bound)
            add_point(pairing, study, metric, a, i, b, j);
    }
}

static enum status compare(struct study *study, enum study_metric metric, const struct study_series *a,
                           const struct study_series *b, struct error *error)
{
    double *pairs = study_array(study->process_count, sizeof *pairs, error);
    if (!pairs)
        return STATUS_SYSTEM;
    struct pairing pairing = {.pairs = pairs};
    pair_series(&pairing, study, metric, a, b);
    if (pairing.count > 0) {
        struct study_crossover *found = &study->crossovers[study->crossover_count++];
        *found = (struct study_crossover){.a = a,
                                          .b = b,
                                          .metric = metric,
                                          .lengths = pairing.count,
                                          .paired = pairing.paired == pairing.count,
                                          .shortest = pairing.points[0].length,
                                          .longest = pairing.points[pairing.count - 1].length};
        crossover_find(&found->result, &(struct crossover_series){.points = pairing.points,
                                                                  .count = pairing.count,
                                                                  .exact = metric != STUDY_TIME,
                                                                  .resamples = STUDY_RESAMPLES,
                                                                  .seed = study->sweep.seed});
    }
    free(pairs);
    return STATUS_OK;
}

enum status study_find_crossovers(struct study *study, struct error *error)
{
    const size_t count = (size_t)study->series_count;
    study->crossovers = study_array(count * (count + 1) / 2 * STUDY_METRICS, sizeof *study->crossovers, error);
    if (!study->crossovers)
        return STATUS_SYSTEM;
    for (int metric = 0; metric < STUDY_METRICS; ++metric)
        for (int i = 0; i < study->series_count; ++i)
            for (int j = i + 1; j < study->series_count; ++j)
                if (comparable(&study->series[i], &study->series[j]))
                    TRY(compare(study, (enum study_metric)metric, &study->series[i], &study->series[j], error));
    return STATUS_OK;
}

void study_crossover_reason(struct text *out, const struct study_crossover *crossover)
{
    const struct crossover *result = &crossover->result;
    if (result->verdict != CROSSOVER_UNKNOWN)
        return;
    if (crossover->metric != STUDY_TIME && result->undecided == crossover->lengths)
        text_append(out, "the same at every length");
    else if (result->undecided == 0)
        text_append(out, "the two touch, and which is ahead changes with the noise");
    else if (result->undecided == crossover->lengths)
        text_append(out, "cannot be told apart at any length");
    else if (result->first_undecided == result->last_undecided)
        text_format(out, "cannot be told apart at length %.0f", result->first_undecided);
    else
        text_format(out, "cannot be told apart at %d of %d lengths from %.0f to %.0f", result->undecided,
                    crossover->lengths, result->first_undecided, result->last_undecided);
}
