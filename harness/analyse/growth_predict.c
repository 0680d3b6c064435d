/* growth_predict.c - values at lengths that were not measured, by every class that the data allow.
 *
 * Each class gives a 95 % prediction interval: Student's quantile times the spread of the residuals and of the curve (delta
 * method, fit.h). The prediction is the best class's, its interval the hull of all that predict held-out lengths about as
 * well. Beyond a cache level that no measured length reached nothing is predicted: nobody knows how dear the next level is.
 */
#include "analyse/growth_model.h"

#include <math.h>

/* From this share beyond an unseen level on its step would show: 10 % of a step of 2 is 7 %. */
static const double UNSEEN_SHARE = 0.1;

static const double HELD_OUT_RATIO = 2.0; /* means of few errors: a factor of 2 is not luck */

/* The first level that the working set passes and no measured one did; -1 none. */
static int find_new_level(const struct growth_series *series, double working_set)
{
    for (int k = 0; k < series->level_count && !series->exact; ++k) {
        double seen = 0.0;
        for (int i = 0; i < series->count; ++i)
            if (!series->points[i].bound && isfinite(series->points[i].working_set))
                seen = fmax(seen, growth_beyond(series->points[i].working_set, series->levels[k]));
        if (growth_beyond(working_set, series->levels[k]) - seen > UNSEEN_SHARE && seen < 0.9)
            return k;
    }
    return -1;
}

/* A class may describe the lengths as well as the best, and yet predict the longer from the shorter ones far worse. */
static bool predicts(const struct growth_choice *choice, int index)
{
    return !(choice->candidates[index].held_out > HELD_OUT_RATIO * choice->candidates[choice->best].held_out);
}

static void add_class(struct growth_prediction *prediction, const struct growth_series *series,
                      const struct growth_candidate *candidate, bool best, double length, double working_set)
{
    struct growth_model model;
    if (!growth_model_fit(&model, series, candidate->index, candidate->lower, GROWTH_WHOLE))
        return;
    double octaves[GROWTH_LEVELS_MAX], gradient[FIT_PARAMETERS_MAX];
    for (int k = 0; k < model.data.levels; ++k)
        octaves[k] = log2(working_set) - log2(series->levels[model.data.level[k]]);
    const double centre = growth_model_at(gradient, &model, model.parameters, log(length), octaves);
    const int free_points = model.data.measured - model.used > 1 ? model.data.measured - model.used : 1;
    const double variance = fmax(model.loss / free_points, series->resolution * series->resolution);
    const double leverage = fit_leverage(&model.problem, model.parameters, gradient);
    const double half = statistics_student_975((size_t)free_points) * sqrt(variance * (1.0 + leverage));
    struct interval *value = &prediction->value;
    if (best)
        value->value = exp(centre);
    value->low = fmin(isnan(value->low) ? INFINITY : value->low, exp(centre - half));
    value->high = fmax(isnan(value->high) ? 0.0 : value->high, exp(centre + half));
}

struct growth_prediction growth_predict(const struct growth_series *series, const struct growth_choice *choice,
                                        double length, double working_set)
{
    struct growth_prediction prediction = {.value = {NAN, NAN, NAN}, .new_level = -1};
    if (isfinite(working_set))
        prediction.new_level = find_new_level(series, working_set);
    if (prediction.new_level >= 0 || choice->best < 0)
        return prediction;
    for (int i = 0; i < GROWTH_CLASSES; ++i)
        if (choice->candidates[i].chosen && predicts(choice, i))
            add_class(&prediction, series, &choice->candidates[i], i == choice->best, length, working_set);
    if (!isfinite(prediction.value.high) || !isfinite(prediction.value.value))
        prediction.value = (struct interval){NAN, NAN, NAN};
    return prediction;
}
