/* study_growth.c - the growth of each series in time, memory and instructions, and predictions beyond its longest length. */
#include "present/study_parts.h"

#include <math.h>
#include <stdlib.h>

/* Medians of timings that are closer than this are not told apart; counted bytes are rounded to lines and pages; instructions
 * are counted to the last one, but what does not belong to the curve, a heap block more or less, is some of 1e5. */
static const double resolutions[STUDY_METRICS] = {
    [STUDY_TIME] = 0.002, [STUDY_MEMORY] = 0.001, [STUDY_INSTRUCTIONS] = 0.0002};

/* Caches as one call on this many threads can use them: those of a core once for each, the last level shared. */
static void set_levels(struct growth_series *data, const struct study *study, int threads)
{
    for (int k = 0; k < GROWTH_LEVELS_MAX; ++k) {
        const double bytes = study->cache_bytes[k] * (k < 2 ? threads : 1);
        if (bytes > (data->level_count ? data->levels[data->level_count - 1] : 0.0))
            data->levels[data->level_count++] = bytes;
    }
}

static void predict(struct study_growth *growth, int doublings)
{
    const struct growth_series *data = &growth->data;
    int last = -1;
    for (int i = 0; i < data->count; ++i)
        last = data->points[i].bound ? last : i;
    for (int i = 0; i < doublings && i < STUDY_DOUBLINGS_MAX; ++i) {
        const double length = data->points[last].length * exp2(i + 1);
        growth->predicted_lengths[i] = length;
        growth->predictions[i] = growth_predict(data, &growth->choice, length, context_working_set(data, length));
        ++growth->prediction_count;
    }
}

static void fit(struct study_growth *growth, const struct study *study, const struct study_request *request)
{
    const struct study_series *series = growth->series;
    const bool time = growth->metric == STUDY_TIME, memory = growth->metric == STUDY_MEMORY;
    growth->data = (struct growth_series){.points = series->points[growth->metric],
                                          .count = series->point_count[growth->metric],
                                          .resolution = resolutions[growth->metric],
                                          .exact = !time && (!memory || series->exact_memory),
                                          .resamples = STUDY_RESAMPLES,
                                          .seed = study->sweep.seed};
    if (time)
        set_levels(&growth->data, study, series->first->cell.threads);
    /* Time is claimed of what a call computes, and that is what instructions count. */
    growth->claimed_power = memory ? series->first->memory_power : series->first->time_power;
    growth->claimed_log_power = memory ? series->first->memory_log_power : series->first->time_log_power;
    growth->claimed = growth_class_find(growth->claimed_power, growth->claimed_log_power);
    growth->enough = growth_enough(&growth->data);
    if (!growth->enough)
        return;
    growth_choose_class(&growth->choice, &growth->data);
    growth->exponent = growth_fit_exponent(&growth->data, &growth->choice);
    predict(growth, request->doublings);
}

enum status study_fit_growth(struct study *study, const struct study_request *request, struct error *error)
{
    study->growth = study_array((size_t)study->series_count * STUDY_METRICS, sizeof *study->growth, error);
    if (!study->growth)
        return STATUS_SYSTEM;
    for (int i = 0; i < study->series_count; ++i) {
        for (int metric = 0; metric < STUDY_METRICS; ++metric) {
            if (study->series[i].point_count[metric] == 0)
                continue;
            struct study_growth *growth = &study->growth[study->growth_count++];
            *growth = (struct study_growth){.series = &study->series[i], .metric = (enum study_metric)metric};
            fit(growth, study, request);
        }
    }
    return STATUS_OK;
}

bool study_claim_holds(const struct study_growth *growth)
{
    return growth_consistent(&growth->data, &growth->choice, growth->claimed);
}

void study_growth_reason(struct text *out, const struct study_growth *growth)
{
    if (growth->enough)
        return;
    const int measured = growth->series->measured[growth->metric];
    text_format(out, "%d length%s measured, and growth needs at least %d", measured, measured == 1 ? " was" : "s were",
                (int)GROWTH_MEASURED_MIN);
}

void study_candidate_name(struct text *out, const struct growth_candidate *candidate)
{
    text_append(out, growth_classes[candidate->index].name);
    if (candidate->lower >= 0)
        text_format(out, " + %s", growth_classes[candidate->lower].name);
}
