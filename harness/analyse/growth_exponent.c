/* growth_exponent.c - the exponent of what grows, with a bootstrap interval.
 *
 * A power law with a fixed cost and cache steps describes n, n^1.5 and n^2, but not n log n or n^2 + n, whose local slope
 * changes with length. So the exponent is the mean one over the measured lengths, taken from the curve that describes the
 * data: the best class where that has a logarithm or a lower-order term, or where values are counted and it describes them far
 * better; the power law otherwise. Its 95 % interval
 * is the union of two bootstraps. The wild one (Wu 1986; Rademacher signs) changes the signs of the residuals, inflated by
 * sqrt(N/(N-k)) and by Student's quantile over the normal one, and so knows of lack of fit; the other draws processes again
 * within each length, and so knows of repetition. Neither covers alone: measurements that repeat well still lie off a smooth
 * curve, and few lengths show little of the noise. Classes that the data cannot tell from the best one widen it to
 * their exponents.
 */
#include "analyse/growth_model.h"

#include "base/random.h"

#include <math.h>

/* Difference in N log(loss), beyond two per parameter, from which the parameters are needed: the distance of growth_class.c. */
static const double SIMPLER_GAIN = 8.0;

/* A curve that leaves less than half of the power law's residuals is the one that describes counted values. */
static const double CLASS_GAIN = 0.5;

static const double STEEPNESS_LOW = 2.0, STEEPNESS_HIGH = 4.5;

enum { REPLICATES_MAX = 64, RESAMPLES_MAX = 2000 };

struct bootstrap {
    const struct growth_series *series;
    const struct growth_model *model;
    double fitted[GROWTH_POINTS_MAX], residuals[GROWTH_POINTS_MAX];
    double inflation;
};

typedef void resample_function(double *values, const struct bootstrap *bootstrap, uint64_t stream);

static void resample_wild(double *values, const struct bootstrap *bootstrap, uint64_t stream)
{
    const struct growth_data *data = &bootstrap->model->data;
    for (int i = 0; i < data->points; ++i) {
        const double sign = random_bits(bootstrap->series->seed, stream, (uint64_t)i) >> 63 ? 1.0 : -1.0;
        values[i] = data->bound[i] ? data->log_value[i]
                                   : bootstrap->fitted[i] + sign * bootstrap->inflation * bootstrap->residuals[i];
    }
}

/* The median of as many processes drawn with replacement; its distance from the median is widened by sqrt(R/(R-1)). */
static double resample_point(const struct growth_point *point, uint64_t seed, uint64_t stream, uint64_t offset)
{
    const int count = point->replicate_count < REPLICATES_MAX ? point->replicate_count : REPLICATES_MAX;
    if (point->bound || count < 2)
        return log(point->value);
    double drawn[REPLICATES_MAX];
    for (int r = 0; r < count; ++r)
        drawn[r] = point->replicates[random_bits(seed, stream, offset + (uint64_t)r) % (uint64_t)count];
    const double shift = log(statistics_median(drawn, (size_t)count) / point->value);
    return log(point->value) + shift * sqrt((double)count / (double)(count - 1));
}

static void resample_processes(double *values, const struct bootstrap *bootstrap, uint64_t stream)
{
    const struct growth_series *series = bootstrap->series;
    for (int i = 0; i < series->count; ++i)
        values[i] = resample_point(&series->points[i], series->seed, stream, (uint64_t)i * REPLICATES_MAX);
}

static void widen(struct interval *interval, const double *values, int count)
{
    interval->low = fmin(interval->low, statistics_quantile(values, (size_t)count, 0.025));
    interval->high = fmax(interval->high, statistics_quantile(values, (size_t)count, 0.975));
}

static void run_bootstrap(struct growth_exponent *result, const struct bootstrap *bootstrap, resample_function *resample,
                          uint64_t stream)
{
    const struct growth_model *model = bootstrap->model;
    const int count = bootstrap->series->resamples < RESAMPLES_MAX ? bootstrap->series->resamples : RESAMPLES_MAX;
    double exponents[RESAMPLES_MAX], fixed[RESAMPLES_MAX], values[GROWTH_POINTS_MAX];
    struct growth_model varied = *model; /* how steep the steps are is not known */
    struct fit_problem problem = model->problem;
    problem.log_values = values;
    problem.context = &varied;
    for (int b = 0; b < count; ++b) {
        double parameters[FIT_PARAMETERS_MAX];
        for (int k = 0; k < problem.parameters; ++k)
            parameters[k] = model->parameters[k];
        for (int k = 0; k < model->data.levels; ++k)
            varied.steepness[k] =
                STEEPNESS_LOW + (STEEPNESS_HIGH - STEEPNESS_LOW) *
                                    random_uniform(bootstrap->series->seed, stream + (uint64_t)b, (1u << 20) + (uint64_t)k);
        resample(values, bootstrap, stream + (uint64_t)b);
        fit_minimise(parameters, &problem);
        exponents[b] = growth_model_exponent(model, parameters);
        fixed[b] = parameters[0] * exp(model->log_unit[0]);
    }
    widen(&result->exponent, exponents, count);
    widen(&result->fixed, fixed, count);
}

static bool has_replicates(const struct growth_series *series)
{
    int replicated = 0;
    for (int i = 0; i < series->count; ++i)
        replicated += !series->points[i].bound && series->points[i].replicate_count >= 2;
    return replicated >= GROWTH_MEASURED_MIN;
}

/* Residuals smaller than what the values resolve still leave that much uncertainty. */
static double prepare(struct bootstrap *bootstrap, int free_points)
{
    const struct growth_model *model = bootstrap->model;
    const double resolution = bootstrap->series->resolution;
    double square = 0.0;
    fit_residuals(bootstrap->residuals, &model->problem, model->parameters);
    for (int i = 0; i < model->data.points; ++i) {
        double *residual = &bootstrap->residuals[i];
        bootstrap->fitted[i] = model->data.log_value[i] - *residual;
        square += *residual * *residual;
        if (fabs(*residual) < resolution)
            *residual = resolution;
    }
    bootstrap->inflation = sqrt((double)model->data.measured / free_points) * statistics_student_975((size_t)free_points) /
                           statistics_student_975(1000000);
    return sqrt(square / model->data.measured);
}

/* Estimate and bootstrap intervals of one model. */
static void fit_result(struct growth_exponent *result, const struct growth_series *series, const struct growth_model *model)
{
    struct bootstrap bootstrap = {.series = series, .model = model};
    const int free_points = model->data.measured - model->problem.parameters + !model->fixed;
    *result = (struct growth_exponent){.steps = {NAN, NAN, NAN}, .lack_of_fit_only = !has_replicates(series)};
    result->residual = prepare(&bootstrap, free_points);
    result->free_points = free_points;
    const double exponent = growth_model_exponent(model, model->parameters);
    const double fixed = model->parameters[0] * exp(model->log_unit[0]);
    result->exponent = (struct interval){exponent, exponent, exponent};
    result->fixed = (struct interval){fixed, fixed, fixed};
    for (int k = 0; k < model->data.levels; ++k)
        result->steps[model->data.level[k]] = exp(model->parameters[model->terms + k]);
    run_bootstrap(result, &bootstrap, resample_wild, 0);
    if (!result->lack_of_fit_only)
        run_bootstrap(result, &bootstrap, resample_processes, 1u << 20);
}

static int free_parameters(const struct growth_model *model)
{
    return model->problem.parameters - model->shifts - !model->fixed;
}

/* Steps and fixed costs cannot be negative, so where there are none their noise bends the exponent to one side. Where the
 * fit without them is not clearly worse, its interval counts as well. */
static void add_simpler(struct growth_exponent *result, const struct growth_series *series,
                        const struct growth_model *model, int parts)
{
    struct growth_model simple;
    struct growth_exponent other;
    if (!growth_model_fit(&simple, series, model->leading, model->lower, parts))
        return;
    const int fewer = free_parameters(model) - free_parameters(&simple);
    const double n = model->data.measured, resolution = n * series->resolution * series->resolution;
    const double gain = n * log(fmax(simple.loss, resolution) / fmax(model->loss, resolution));
    if (fewer == 0 || gain > SIMPLER_GAIN + 2.0 * fewer)
        return;
    fit_result(&other, series, &simple);
    result->exponent.low = fmin(result->exponent.low, other.exponent.low);
    result->exponent.high = fmax(result->exponent.high, other.exponent.high);
    result->fixed.low = fmin(result->fixed.low, other.fixed.low);
    result->fixed.high = fmax(result->fixed.high, other.fixed.high);
}

/* Counted values have no noise that a class could fit by luck. */
static bool is_far_better(const struct growth_candidate *best, const struct growth_model *power)
{
    return best->residual < CLASS_GAIN * sqrt(power->loss / power->data.measured);
}

struct growth_exponent growth_fit_exponent(const struct growth_series *series, const struct growth_choice *choice)
{
    struct growth_exponent result;
    struct growth_model model;
    const struct growth_candidate *best = choice->best >= 0 ? &choice->candidates[choice->best] : NULL;
    growth_model_fit(&model, series, GROWTH_FREE_POWER, -1, GROWTH_WHOLE);
    const bool mixed = best && (best->lower >= 0 || (series->exact && is_far_better(best, &model)));
    if (mixed)
        growth_model_fit(&model, series, best->index, best->lower, GROWTH_WHOLE);
    fit_result(&result, series, &model);
    for (int parts = 0; parts < GROWTH_WHOLE; ++parts)
        add_simpler(&result, series, &model, parts);
    if (best && !mixed && growth_classes[best->index].log_power != 0.0)
        result.exponent.value = best->exponent; /* of a curve that a power law only resembles */
    for (int i = 0; i < GROWTH_CLASSES; ++i)
        if (choice->candidates[i].chosen)
            widen(&result.exponent, &choice->candidates[i].exponent, 1);
    return result;
}
