/* growth_model.c - see growth_model.h.
 *
 * The start is a non-negative least-squares fit of relative errors without cache steps, sum (1 - f(n_i)/t_i)^2, the rest
 * fit.h's. Fitting coefficients and steps in turn, each by non-negative least squares, gives the same minimum but needs a
 * hundred turns where a step and the growth look alike.
 */
#include "analyse/growth_model.h"

#include "analyse/least_squares.h"

#include <assert.h>
#include <math.h>

/* A fixed cost can be told from a free power from this ratio of largest to smallest value on, and from this many lengths. */
static const double FIXED_RANGE_MIN = 4.0;
enum { FIXED_POINTS_MIN = 6 };

/* Caches are shared with others, and not all of the working set is touched alike: where a step lies is known to half an
 * octave. */
static const double SHIFT_MAX = 0.5;

static const double STEP_MAX = 1.5; /* log of the dearest step: from cache to memory, a factor of 4.5 */

double growth_log_term(int class_index, double log_length)
{
    const struct growth_class *class = &growth_classes[class_index];
    double value = class->power * log_length;
    if (class->log_power != 0.0) /* log2(1) = 0 would have no logarithm: one token costs as much as two do */
        value += class->log_power * log(fmax(log_length / log(2.0), 1.0));
    return value;
}

static bool is_free(const struct growth_model *model)
{
    return model->leading == GROWTH_FREE_POWER;
}

/* Logarithm of term j >= 1 at a length relative to the largest measured length; 0 for the power that is free. */
static double log_growth(const struct growth_model *model, int term, double log_length)
{
    const int class_index = term == 1 ? model->leading : model->lower;
    if (term == 0 || class_index == GROWTH_FREE_POWER)
        return 0.0;
    return growth_log_term(class_index, log_length) - growth_log_term(class_index, model->log_largest);
}

/* The curve from the logarithms of its terms with coefficient 1 (a free power still missing). */
static double evaluate(double *gradient, const struct growth_model *model, const double *parameters, const double *log_term,
                       double log_length, const double *octaves)
{
    const int levels = model->data.levels;
    const double *delta = parameters + model->terms, *shift = delta + levels;
    const double x = log_length - model->log_largest;
    double log_factor = 0.0, beyond[GROWTH_LEVELS_MAX];
    for (int k = 0; k < levels; ++k) {
        beyond[k] = growth_share_beyond(octaves[k] - (model->shifts ? shift[k] : 0.0), model->steepness[k]);
        log_factor += delta[k] * beyond[k];
    }
    const double power = is_free(model) ? parameters[model->problem.parameters - 1] : 0.0;
    const int first = model->leading == 0 ? 0 : 1; /* constant work over more and more memory has cache steps, too */
    const double fixed = first ? exp(log_term[0]) : 0.0;
    double growing = 0.0;
    for (int j = first; j < model->terms; ++j) {
        gradient[j] = exp(log_term[j] + log_factor + (j == 1 ? power * x : 0.0));
        growing += parameters[j] * gradient[j];
    }
    const double total = fmax(parameters[0] * fixed + growing, 1e-300);
    if (first)
        gradient[0] = fixed;
    for (int j = 0; j < model->terms; ++j)
        gradient[j] /= total;
    for (int k = 0; k < levels; ++k)
        gradient[model->terms + k] = growing / total * beyond[k];
    for (int k = 0; k < model->shifts; ++k)
        gradient[model->terms + levels + k] =
            growing / total * delta[k] * -model->steepness[k] * beyond[k] * (1.0 - beyond[k]);
    if (is_free(model))
        gradient[model->problem.parameters - 1] = growing / total * x;
    return log(total);
}

static double curve(double *gradient, const void *context, const double *parameters, int point)
{
    const struct growth_model *model = context;
    double log_term[GROWTH_TERMS_MAX] = {0};
    for (int j = 0; j < model->terms; ++j)
        log_term[j] = model->log_term[j][point];
    return evaluate(gradient, model, parameters, log_term, model->data.log_length[point], model->data.octaves[point]);
}

double growth_model_at(double *gradient, const struct growth_model *model, const double *parameters, double log_length,
                       const double *octaves)
{
    double log_term[GROWTH_TERMS_MAX] = {0};
    for (int j = 0; j < model->terms; ++j)
        log_term[j] = model->log_unit[j] + log_growth(model, j, log_length);
    return evaluate(gradient, model, parameters, log_term, log_length, octaves);
}

/* ---------------------------------------------------------------- fitting */

/* Units of the terms; the range of the values. */
static double make_terms(struct growth_model *model)
{
    const struct growth_data *data = &model->data;
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < data->points; ++i) {
        if (data->bound[i])
            continue;
        low = fmin(low, data->log_value[i]);
        high = fmax(high, data->log_value[i]);
        model->log_largest = data->log_length[i];
    }
    for (int j = 0; j < model->terms; ++j) {
        model->log_unit[j] = j ? high : low;
        for (int i = 0; i < data->points; ++i)
            model->log_term[j][i] = model->log_unit[j] + log_growth(model, j, data->log_length[i]);
    }
    return high - low;
}

/* Non-negative least squares of relative errors over the first `count` measured points, the other parameters as they are. */
static void solve_terms(double *parameters, const struct growth_model *model, int count, bool fixed)
{
    double matrix[GROWTH_POINTS_MAX * GROWTH_TERMS_MAX], right[GROWTH_POINTS_MAX], coefficients[LEAST_SQUARES_MAX];
    const struct growth_data *data = &model->data;
    const int first = fixed ? 0 : 1, columns = model->terms - first;
    double alone[FIT_PARAMETERS_MAX], unused[FIT_PARAMETERS_MAX];
    int rows = 0;
    for (int i = 0; i < data->points && rows < count; ++i) {
        if (data->bound[i])
            continue;
        for (int k = 0; k < model->problem.parameters; ++k)
            alone[k] = parameters[k];
        for (int j = first; j < model->terms; ++j) {
            for (int k = 0; k < model->terms; ++k)
                alone[k] = k == j;
            matrix[rows * columns + j - first] = exp(curve(unused, model, alone, i) - data->log_value[i]);
        }
        right[rows++] = 1.0;
    }
    least_squares_nonnegative(coefficients, matrix, right, rows, columns);
    for (int j = first; j < model->terms; ++j)
        parameters[j] = fmax(fmin(coefficients[j - first], model->problem.high[j]), model->problem.low[j]);
}

static void make_problem(struct growth_model *model)
{
    const int levels = model->data.levels;
    struct fit_problem *problem = &model->problem;
    *problem = (struct fit_problem){.points = model->data.points,
                                    .parameters = model->terms + levels + model->shifts + is_free(model),
                                    .curve = curve,
                                    .context = model,
                                    .log_values = model->data.log_value,
                                    .bounds = model->data.bound,
                                    .scale = GROWTH_SCALE};
    problem->high[0] = model->terms == 1 ? 1e9 : model->fixed; /* a fixed cost is at most the smallest value */
    for (int j = 1; j < model->terms; ++j)
        problem->high[j] = 2.0;
    for (int k = 0; k < levels; ++k)
        problem->high[model->terms + k] = STEP_MAX;
    for (int k = 0; k < model->shifts; ++k) {
        problem->low[model->terms + levels + k] = -SHIFT_MAX;
        problem->high[model->terms + levels + k] = SHIFT_MAX;
    }
    if (is_free(model))
        problem->high[problem->parameters - 1] = 5.0;
}

static void fit_from(struct growth_model *model, double power)
{
    double parameters[FIT_PARAMETERS_MAX] = {0};
    const int last = model->problem.parameters - 1;
    if (is_free(model))
        parameters[last] = power;
    solve_terms(parameters, model, model->data.measured, model->fixed);
    for (int k = 0; k < model->data.levels; ++k)
        parameters[model->terms + k] = 0.05; /* at 0 a shift would have no influence */
    const double loss = fit_minimise(parameters, &model->problem);
    if (!(loss < model->loss))
        return;
    model->loss = loss;
    for (int k = 0; k <= last; ++k)
        model->parameters[k] = parameters[k];
}

/* Everything but the numbers; false where there are too few points. */
static bool make_model(struct growth_model *model, const struct growth_series *series, int leading, int lower, int parts)
{
    *model = (struct growth_model){.leading = leading, .lower = lower, .terms = leading == 0 ? 1 : lower < 0 ? 2 : 3};
    growth_data_make(&model->data, series, model->terms + is_free(model));
    if (!(parts & GROWTH_STEPS))
        model->data.levels = 0;
    const int measured = model->data.measured, levels = model->data.levels;
    for (int k = 0; k < levels; ++k)
        model->steepness[k] = GROWTH_STEEPNESS;
    const double range = make_terms(model);
    const bool possible = !is_free(model) || (measured >= FIXED_POINTS_MIN && range >= log(FIXED_RANGE_MIN));
    model->fixed = leading == 0 || (possible && parts & GROWTH_FIXED);
    model->shifts = measured - model->terms - is_free(model) - 2 * levels >= 4 ? levels : 0;
    make_problem(model);
    return measured - (model->terms - !model->fixed) - is_free(model) >= 1;
}

static bool fit_model(struct growth_model *model)
{
    static const double powers[] = {0.3, 1.0, 1.5, 2.0, 3.0};
    const int steps = model->terms + model->data.levels;
    model->loss = INFINITY;
    for (int start = 0; start < (is_free(model) ? 5 : 1); ++start)
        fit_from(model, powers[start]);
    for (int k = 0; k < model->problem.parameters; ++k)
        model->used += model->parameters[k] > 1e-6 && (k < model->terms || k >= steps + model->shifts);
    return isfinite(model->loss);
}

bool growth_model_fit(struct growth_model *model, const struct growth_series *series, int leading, int lower, int parts)
{
    return make_model(model, series, leading, lower, parts) && fit_model(model);
}

bool growth_model_fit_claim(struct growth_model *model, const struct growth_series *series, int leading, int lower,
                            double least)
{
    if (!make_model(model, series, leading, lower, GROWTH_WHOLE))
        return false;
    model->problem.low[model->terms > 1 ? 1 : 0] = least;
    return fit_model(model);
}

/* ---------------------------------------------------------------- what the fit says */

double growth_model_criterion(const struct growth_model *model, double resolution, bool corrected)
{
    const double n = model->data.measured, k = model->used;
    const double loss = fmax(model->loss / n, resolution * resolution);
    const double correction = 2.0 * k * (k + 1.0) / fmax(n - k - 1.0, 0.5); /* 0.5: as many parameters as points */
    return n * log(loss) + 2.0 * k + (corrected ? correction : 0.0);
}

double growth_model_share(const struct growth_model *model)
{
    if (model->leading == 0)
        return 1.0;
    int last = 0;
    for (int i = 0; i < model->data.points; ++i)
        last = model->data.bound[i] ? last : i;
    double gradient[FIT_PARAMETERS_MAX];
    curve(gradient, model, model->parameters, last);
    return model->parameters[1] * gradient[1];
}

/* Least squares of log growth against log length. */
double growth_model_exponent(const struct growth_model *model, const double *parameters)
{
    if (is_free(model))
        return parameters[model->problem.parameters - 1];
    if (model->lower < 0 && growth_classes[model->leading].log_power == 0.0)
        return growth_classes[model->leading].power; /* without the rounding of what follows */
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (int i = 0; i < model->data.points; ++i) {
        if (model->data.bound[i])
            continue;
        double growing = 0.0;
        for (int j = 1; j < model->terms; ++j)
            growing += parameters[j] * exp(model->log_term[j][i] - model->log_unit[j]);
        const double a = model->data.log_length[i] - model->log_largest, b = log(fmax(growing, 1e-300));
        x += a / model->data.measured;
        y += b / model->data.measured;
        xx += a * a / model->data.measured;
        xy += a * b / model->data.measured;
    }
    return (xy - x * y) / (xx - x * x);
}

double growth_model_held_out(const struct growth_model *model)
{
    const struct growth_data *data = &model->data;
    double sum = 0.0;
    int errors = 0;
    for (int tenths = 5; tenths <= 9; ++tenths) {
        const int known = (data->measured * tenths + 9) / 10;
        if (known <= model->terms || known >= data->measured)
            continue;
        double parameters[FIT_PARAMETERS_MAX], gradient[FIT_PARAMETERS_MAX];
        for (int k = 0; k < model->problem.parameters; ++k)
            parameters[k] = model->parameters[k];
        solve_terms(parameters, model, known, model->fixed);
        for (int i = 0, seen = 0; i < data->points; ++i) {
            if (data->bound[i] || seen++ < known)
                continue;
            sum += fabs(data->log_value[i] - curve(gradient, model, parameters, i));
            ++errors;
        }
    }
    return errors ? sum / errors : NAN;
}
