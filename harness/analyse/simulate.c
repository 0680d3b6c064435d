/* simulate.c - see simulate.h. The setting of the comparison of fitting methods that the analysis was chosen by: lengths
 * 2^6 .. 2^15, noise of 1 to 8 %, a fixed cost, steps at three cache levels, one-sided outliers. The steps are logistic in
 * the working set as the analysis assumes, but steeper or flatter and up to a third of an octave off, differently in each
 * sweep. */
#include "analyse/simulate.h"

#include "analyse/crossover.h"
#include "analyse/growth.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

enum { LENGTHS_MAX = 40, PROCESSES_MAX = 32 };

static const double levels[GROWTH_LEVELS_MAX] = {32768.0, 1048576.0, 33554432.0};
static const double factors[GROWTH_LEVELS_MAX] = {1.15, 1.5, 2.2};
static const double bytes_per_token = 2048.0;

/* Streams of random numbers of one sweep. */
enum { STREAM_STEPS = 0, STREAM_DEVIATION, STREAM_DISTURBED, STREAM_NOISE, STREAM_OUTLIER, STREAMS = 16 };

struct sweep {
    struct growth_point points[LENGTHS_MAX];
    double processes[LENGTHS_MAX][PROCESSES_MAX];
    int count;
};

/* Growth relative to that at the shortest length, 1 there. */
static double grow(const struct simulate_case *kind, double length)
{
    const double x = length / 64.0, logs = log2(length) / 6.0;
    const double leading = pow(x, kind->power) * pow(logs, kind->log_power);
    if (kind->linear == 0.0)
        return leading;
    const double at = pow(8.0, kind->power) * pow(1.5, kind->log_power); /* of the leading term at 512 */
    const double weight = at / 8.0 * kind->linear / (1.0 - kind->linear);
    return (leading + weight * x) / (1.0 + weight);
}

/* Seconds of a call at a length, but for noise. */
static double clean(const struct simulate_case *kind, double length, uint64_t seed, uint64_t stream)
{
    double factor = 1.0;
    for (int k = 0; k < GROWTH_LEVELS_MAX && kind->caches; ++k) {
        const double slope = 2.0 + 2.0 * random_uniform(seed, stream + STREAM_STEPS, (uint64_t)(2 * k));
        const double shift = (random_uniform(seed, stream + STREAM_STEPS, (uint64_t)(2 * k + 1)) - 0.5) / 1.5;
        const double octaves = log2(bytes_per_token * length / levels[k]) - shift;
        factor *= pow(factors[k], 1.0 / (1.0 + exp(-slope * octaves)));
    }
    return kind->overhead_seconds + 20e-6 * grow(kind, length) * factor;
}

static void measure(struct sweep *sweep, const struct simulate_case *kind, double scale, uint64_t seed, uint64_t stream)
{
    sweep->count = 9 * kind->per_octave + 1;
    for (int i = 0; i < sweep->count; ++i) {
        const uint64_t at = (uint64_t)i;
        const double length = round(64.0 * exp2((double)i / kind->per_octave));
        double seconds = scale * clean(kind, length, seed, stream);
        seconds *= exp(kind->deviation * random_normal(seed, stream + STREAM_DEVIATION, at));
        if (random_uniform(seed, stream + STREAM_DISTURBED, 2 * at) < kind->disturbed)
            seconds *= 1.0 + 0.5 * random_uniform(seed, stream + STREAM_DISTURBED, 2 * at + 1);
        for (int r = 0; r < kind->processes; ++r) {
            const uint64_t draw = at * PROCESSES_MAX + (uint64_t)r;
            double value = seconds * exp(kind->noise * random_normal(seed, stream + STREAM_NOISE, draw));
            if (random_uniform(seed, stream + STREAM_OUTLIER, 2 * draw) < kind->outliers)
                value *= 1.0 + 0.5 * random_uniform(seed, stream + STREAM_OUTLIER, 2 * draw + 1);
            sweep->processes[i][r] = value;
        }
        sweep->points[i] = (struct growth_point){
            .length = length,
            .value = statistics_median(sweep->processes[i], (size_t)kind->processes),
            .working_set = bytes_per_token * length,
            .replicates = sweep->processes[i],
            .replicate_count = kind->processes,
        };
    }
}

/* The exponent of the power law that fits the growth best: least squares of logarithms over the same lengths. */
static double true_exponent(const struct simulate_case *kind, const struct sweep *sweep)
{
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (int i = 0; i < sweep->count; ++i) {
        const double a = log(sweep->points[i].length), b = log(grow(kind, sweep->points[i].length));
        x += a / sweep->count;
        y += b / sweep->count;
        xx += a * a / sweep->count;
        xy += a * b / sweep->count;
    }
    return (xy - x * y) / (xx - x * x);
}

void simulate_growth(struct simulate_growth_outcome *outcome, const struct simulate_case *kind, int sweeps, int resamples,
                     uint64_t seed)
{
    *outcome = (struct simulate_growth_outcome){.sweeps = sweeps, .width = NAN, .bias = NAN};
    double *widths = calloc((size_t)sweeps, sizeof *widths), *biases = calloc((size_t)sweeps, sizeof *biases);
    for (int s = 0; s < sweeps && widths && biases; ++s) {
        struct sweep sweep;
        measure(&sweep, kind, 1.0, seed, (uint64_t)s * STREAMS);
        struct growth_series series = {.points = sweep.points,
                                       .count = sweep.count,
                                       .level_count = GROWTH_LEVELS_MAX,
                                       .resolution = 0.002,
                                       .resamples = resamples,
                                       .seed = seed};
        for (int k = 0; k < GROWTH_LEVELS_MAX; ++k)
            series.levels[k] = levels[k];
        struct growth_choice choice;
        growth_choose_class(&choice, &series);
        const struct growth_exponent exponent = growth_fit_exponent(&series, &choice);
        const double truth = true_exponent(kind, &sweep);
        const double rounding = 1e-9; /* of the exponent of a class, which both sides compute */
        outcome->covered += exponent.exponent.low <= truth + rounding && truth - rounding <= exponent.exponent.high;
        widths[s] = exponent.exponent.high - exponent.exponent.low;
        biases[s] = exponent.exponent.value - truth;
        const bool in_set = choice.candidates[growth_class_find(kind->power, kind->log_power)].chosen;
        outcome->in_set += in_set;
        outcome->right += in_set && choice.chosen <= 2;
        outcome->size += (double)choice.chosen / sweeps;
    }
    if (widths && biases) {
        outcome->width = statistics_median(widths, (size_t)sweeps);
        outcome->bias = statistics_median(biases, (size_t)sweeps);
    }
    free(widths);
    free(biases);
}

/* Length at which two clean curves are equal, by halving in log length; `seed` decides on the steps. */
static double true_crossing(const struct simulate_case *a, const struct simulate_case *b, uint64_t seed, uint64_t stream)
{
    double low = log(64.0), high = log(32768.0);
    for (int i = 0; i < 60; ++i) {
        const double middle = 0.5 * (low + high), length = exp(middle);
        if (clean(a, length, seed, stream) < clean(b, length, seed, stream))
            low = middle;
        else
            high = middle;
    }
    return exp(low);
}

/* Pairs: the drift of a block hits both, so their noise is that of the ratio. */
static void pair_up(struct crossover_point *points, double (*pairs)[PROCESSES_MAX], const struct sweep *a,
                    const struct sweep *b, int processes)
{
    for (int i = 0; i < a->count; ++i) {
        for (int r = 0; r < processes; ++r)
            pairs[i][r] = log(a->processes[i][r] / b->processes[i][r]);
        points[i] = (struct crossover_point){.length = a->points[i].length,
                                             .log_ratio = statistics_median(pairs[i], (size_t)processes),
                                             .pairs = pairs[i],
                                             .pair_count = processes};
    }
}

void simulate_crossovers(struct simulate_crossover_outcome *outcome, const struct simulate_case *kind, int sweeps,
                         int resamples, uint64_t seed)
{
    struct simulate_case quadratic = *kind, logarithmic = *kind;
    quadratic.power = 2.0;
    quadratic.linear = 0.5;
    logarithmic.power = logarithmic.log_power = 1.0;
    logarithmic.linear = 0.0;
    logarithmic.overhead_seconds = kind->overhead_seconds + 60e-6;
    *outcome = (struct simulate_crossover_outcome){.sweeps = sweeps, .error = NAN, .width = NAN};
    double *errors = calloc((size_t)sweeps, sizeof *errors), *widths = calloc((size_t)sweeps, sizeof *widths);
    for (int s = 0; s < sweeps && errors && widths; ++s) {
        const uint64_t stream = (uint64_t)s * STREAMS * 2;
        struct sweep a, b;
        measure(&a, &quadratic, 1.0, seed, stream);
        measure(&b, &logarithmic, 1.0, seed, stream + STREAMS);
        double pairs[LENGTHS_MAX][PROCESSES_MAX];
        struct crossover_point points[LENGTHS_MAX];
        pair_up(points, pairs, &a, &b, kind->processes);
        const struct crossover_series series = {.points = points, .count = a.count, .resamples = resamples, .seed = seed};
        struct crossover crossover;
        crossover_find(&crossover, &series);
        if (crossover.count != 1)
            continue;
        const struct interval length = crossover.roots[0].length;
        const double truth = true_crossing(&quadratic, &logarithmic, seed, stream);
        outcome->covered += length.low <= truth && truth <= length.high;
        errors[outcome->found] = fabs(log2(length.value / truth));
        widths[outcome->found++] = length.high / length.low;
    }
    if (errors && widths) {
        outcome->error = statistics_median(errors, (size_t)outcome->found);
        outcome->width = statistics_median(widths, (size_t)outcome->found);
    }
    free(errors);
    free(widths);
}
