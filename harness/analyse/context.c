/* context.c - see context.h. Within the measured lengths the limit is a crossing of the curve with a constant, found and
 * given an interval as any other crossing (crossover.h); of several the first counts, because from there on a sequence may
 * not fit. Beyond them the prediction and its interval are inverted by halving. */
#include "analyse/context.h"

#include "analyse/crossover.h"

#include <math.h>
#include <stdlib.h>

/* Nobody is helped by a prediction further from the measurements than this: three doublings. */
static const double FURTHEST = 8.0;

double context_working_set(const struct growth_series *series, double length)
{
    int last = -1, before = -1;
    for (int i = 0; i < series->count; ++i) {
        if (!(series->points[i].working_set > 0.0))
            continue;
        before = last;
        last = i;
    }
    if (before < 0)
        return NAN;
    const struct growth_point *a = &series->points[before], *b = &series->points[last];
    const double slope = log(b->working_set / a->working_set) / log(b->length / a->length);
    return b->working_set * pow(length / b->length, slope);
}

/* The measured points as ratios to the limit. False: no memory. */
static int make_ratios(struct crossover_point *points, double *ratios, const struct growth_series *series, double limit)
{
    int count = 0;
    for (int i = 0; i < series->count; ++i) {
        const struct growth_point *point = &series->points[i];
        if (point->bound)
            continue;
        points[count] = (struct crossover_point){.length = point->length, .log_ratio = log(point->value / limit)};
        if (point->replicate_count >= 2) {
            points[count].pairs = ratios;
            points[count].pair_count = point->replicate_count;
            for (int r = 0; r < point->replicate_count; ++r)
                *ratios++ = log(point->replicates[r] / limit);
        }
        ++count;
    }
    return count;
}

static size_t count_replicates(const struct growth_series *series)
{
    size_t total = 1;
    for (int i = 0; i < series->count; ++i)
        total += (size_t)series->points[i].replicate_count;
    return total;
}

/* Last length up to which every value is within the limit, first beyond it. */
static void find_bracket(int *within, int *beyond, const struct crossover_point *points, int count)
{
    *within = *beyond = -1;
    for (int i = 0; i < count && *beyond < 0; ++i) {
        if (points[i].log_ratio <= 0.0)
            *within = i;
        else
            *beyond = i;
    }
}

enum end { END_LOW = 0, END_VALUE, END_HIGH };

/* The largest length up to `furthest` whose predicted end is within the limit. */
static double invert(const struct growth_series *series, const struct growth_choice *choice, double limit, enum end end,
                     double nearest, double furthest)
{
    double low = log(nearest), high = log(furthest);
    for (int i = 0; i < 30; ++i) { /* to a billionth: lengths are whole numbers */
        const double middle = 0.5 * (low + high), length = exp(middle);
        const struct growth_prediction prediction =
            growth_predict(series, choice, length, context_working_set(series, length));
        const double value = end == END_LOW     ? prediction.value.low
                             : end == END_VALUE ? prediction.value.value
                                                : prediction.value.high;
        if (value <= limit) /* NaN, where it is refused, is not */
            low = middle;
        else
            high = middle;
    }
    return exp(low);
}

/* Whether the fitted curve is the counted one to within what the values resolve. */
static bool is_known(const struct growth_series *series, const struct growth_choice *choice)
{
    return series->exact && choice && choice->best >= 0 && choice->candidates[choice->best].residual < series->resolution;
}

static void set_measured(struct context *context, const struct growth_series *series, const struct growth_choice *choice,
                         double limit, const struct crossover_point *points, int count, int within)
{
    if (is_known(series, choice)) {
        const double low = points[within].length, high = points[within + 1].length;
        context->verdict = CONTEXT_MEASURED;
        context->length.value = invert(series, choice, limit, END_VALUE, low, high);
        context->length.low = invert(series, choice, limit, END_HIGH, low, high);
        context->length.high = invert(series, choice, limit, END_LOW, low, high);
        return;
    }
    struct crossover crossover;
    crossover_find(&crossover, &(struct crossover_series){.points = points,
                                                          .count = count,
                                                          .exact = series->exact,
                                                          .resamples = series->resamples,
                                                          .seed = series->seed});
    for (int i = 0; i < crossover.count; ++i) {
        if (crossover.roots[i].a_beyond)
            continue;
        context->verdict = CONTEXT_MEASURED;
        context->length = crossover.roots[i].length;
        return;
    }
    /* The curve passes the limit, but not by more than its noise: the last length that is within is all that is known. */
    context->verdict = CONTEXT_AT_LEAST;
    context->length.value = points[within].length;
}

static void set_predicted(struct context *context, const struct growth_series *series, const struct growth_choice *choice,
                          double limit, double longest)
{
    const double furthest = longest * FURTHEST;
    context->verdict = CONTEXT_AT_LEAST;
    context->length.value = longest;
    if (!choice || choice->best < 0)
        return;
    const double value = invert(series, choice, limit, END_VALUE, longest, furthest);
    const double next = value * (1.0 + 1e-6);
    const struct growth_prediction beyond = growth_predict(series, choice, next, context_working_set(series, next));
    context->new_level = beyond.new_level;
    if (beyond.new_level >= 0 || value >= furthest * (1.0 - 1e-6) || !isfinite(beyond.value.value))
        return;
    context->verdict = CONTEXT_PREDICTED;
    context->length.value = value;
    context->length.low = invert(series, choice, limit, END_HIGH, longest, furthest);
    context->length.high = invert(series, choice, limit, END_LOW, longest, furthest);
}

void context_find(struct context *context, const struct growth_series *series, const struct growth_choice *choice,
                  double limit)
{
    *context = (struct context){.length = {NAN, NAN, NAN}, .new_level = -1};
    struct crossover_point points[GROWTH_POINTS_MAX];
    double *ratios = malloc(count_replicates(series) * sizeof *ratios);
    const int count = ratios ? make_ratios(points, ratios, series, limit) : 0;
    int within, beyond;
    find_bracket(&within, &beyond, points, count);
    if (count > 0 && within < 0) {
        context->verdict = CONTEXT_BELOW;
        context->length.value = points[0].length;
    } else if (count > 0 && beyond < 0) {
        set_predicted(context, series, choice, limit, points[count - 1].length);
    } else if (count > 0) {
        set_measured(context, series, choice, limit, points, count, within);
    }
    free(ratios);
}
