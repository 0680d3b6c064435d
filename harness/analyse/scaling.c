/* scaling.c - see scaling.h. Thread counts are measured in different blocks, so their processes are drawn again
 * independently; with few processes the spread is widened by sqrt(R/(R-1)) and by Student's quantile over the normal one. */
#include "analyse/scaling.h"

#include "analyse/least_squares.h"
#include "base/random.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

enum { DRAWS_MAX = 64, RESAMPLES_MAX = 2000 };

static const struct interval unknown = {.value = NAN, .low = NAN, .high = NAN};

/* Threads as multiples of the base. */
static double multiple(const struct scaling_series *series, int point)
{
    return (double)series->points[point].threads / series->points[0].threads;
}

/* Least squares of relative errors of s + (1 - s)/p against t(p)/t(1): a line in s. */
static double fit_serial(const struct scaling_series *series, const double *seconds)
{
    double above = 0.0, below = 0.0;
    for (int i = 1; i < series->count; ++i) {
        const double p = multiple(series, i), scale = seconds[0] / seconds[i];
        const double slope = (1.0 - 1.0 / p) * scale;
        above += slope * (1.0 - scale / p);
        below += slope * slope;
    }
    return above / below;
}

static void fit_usl(double law[2], const struct scaling_series *series, const double *seconds)
{
    double matrix[2 * SCALING_POINTS_MAX], right[SCALING_POINTS_MAX];
    for (int i = 0; i < series->count; ++i) {
        const double p = multiple(series, i), scale = seconds[0] / (p * seconds[i]);
        matrix[2 * i] = (p - 1.0) * scale;
        matrix[2 * i + 1] = p * (p - 1.0) * scale;
        right[i] = 1.0 - scale;
    }
    least_squares_nonnegative(law, matrix, right, series->count, 2);
}

static double resample(const struct scaling_point *point, uint64_t seed, uint64_t stream, uint64_t offset)
{
    double drawn[DRAWS_MAX];
    const int count = point->replicate_count < DRAWS_MAX ? point->replicate_count : DRAWS_MAX;
    for (int r = 0; r < count; ++r)
        drawn[r] = point->replicates[random_bits(seed, stream, offset + (uint64_t)r) % (uint64_t)count];
    const double shift =
        log(statistics_median(drawn, (size_t)count) / statistics_median(point->replicates, (size_t)point->replicate_count));
    const double few = sqrt((double)count / (double)(count - 1)) * statistics_student_975((size_t)(count - 1)) /
                       statistics_student_975(1000000);
    return point->seconds * exp(shift * few);
}

static bool is_repeated(const struct scaling_series *series)
{
    for (int i = 0; i < series->count; ++i)
        if (!series->points[i].replicates || series->points[i].replicate_count < 2)
            return false;
    return true;
}

/* Everything that is reported, from one set of times: speed-ups, s, sigma, kappa. */
enum { AT_SERIAL = SCALING_POINTS_MAX, AT_CONTENTION, AT_COHERENCE, QUANTITIES };

static void compute(double out[QUANTITIES], const struct scaling_series *series, const double *seconds)
{
    for (int i = 0; i < series->count; ++i)
        out[i] = seconds[0] / seconds[i];
    out[AT_SERIAL] = fit_serial(series, seconds);
    out[AT_CONTENTION] = out[AT_COHERENCE] = NAN;
    if (series->count >= SCALING_USL_MIN)
        fit_usl(&out[AT_CONTENTION], series, seconds);
}

static void set_ends(struct interval *interval, double (*draws)[QUANTITIES], int count, int quantity)
{
    double values[RESAMPLES_MAX];
    for (int b = 0; b < count; ++b)
        values[b] = draws[b][quantity];
    interval->low = fmin(interval->value, statistics_quantile(values, (size_t)count, 0.025));
    interval->high = fmax(interval->value, statistics_quantile(values, (size_t)count, 0.975));
}

static void add_intervals(struct scaling *scaling, const struct scaling_series *series)
{
    double draws[RESAMPLES_MAX][QUANTITIES], seconds[SCALING_POINTS_MAX];
    const int count = series->resamples < RESAMPLES_MAX ? series->resamples : RESAMPLES_MAX;
    for (int b = 0; b < count; ++b) {
        for (int i = 0; i < series->count; ++i)
            seconds[i] = resample(&series->points[i], series->seed, (uint64_t)b, (uint64_t)(i * DRAWS_MAX));
        compute(draws[b], series, seconds);
    }
    for (int i = 1; i < series->count; ++i)
        set_ends(&scaling->speedup[i], draws, count, i);
    set_ends(&scaling->serial, draws, count, AT_SERIAL);
    if (series->count < SCALING_USL_MIN)
        return;
    set_ends(&scaling->contention, draws, count, AT_CONTENTION);
    set_ends(&scaling->coherence, draws, count, AT_COHERENCE);
}

void scaling_fit(struct scaling *scaling, const struct scaling_series *series)
{
    assert(series->count >= 2 && series->count <= SCALING_POINTS_MAX);
    double seconds[SCALING_POINTS_MAX], values[QUANTITIES];
    for (int i = 0; i < series->count; ++i)
        seconds[i] = series->points[i].seconds;
    compute(values, series, seconds);
    for (int i = 0; i < series->count; ++i)
        scaling->speedup[i] = (struct interval){.value = values[i], .low = i ? NAN : 1.0, .high = i ? NAN : 1.0};
    scaling->serial = scaling->contention = scaling->coherence = unknown;
    scaling->serial.value = values[AT_SERIAL];
    scaling->contention.value = values[AT_CONTENTION];
    scaling->coherence.value = values[AT_COHERENCE];
    if (is_repeated(series))
        add_intervals(scaling, series);
    for (int i = 0; i < series->count; ++i) {
        const double p = multiple(series, i);
        scaling->efficiency[i] =
            (struct interval){scaling->speedup[i].value / p, scaling->speedup[i].low / p, scaling->speedup[i].high / p};
    }
}
