/* growth_data.c - see growth_data.h, and the parts of growth.h that need no fit. */
#include "analyse/growth_data.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

double growth_share_beyond(double octaves, double steepness)
{
    return 1.0 / (1.0 + exp(-steepness * octaves));
}

double growth_beyond(double working_set, double level)
{
    return growth_share_beyond(log2(working_set) - log2(level), GROWTH_STEEPNESS);
}

static int count_measured(const struct growth_series *series)
{
    int measured = 0;
    for (int i = 0; i < series->count; ++i)
        measured += !series->points[i].bound;
    return measured;
}

bool growth_enough(const struct growth_series *series)
{
    return count_measured(series) >= GROWTH_MEASURED_MIN;
}

/* A level takes part where the measured lengths lie on both sides of it, with half of the step between them. */
static bool is_crossed(const struct growth_series *series, double level)
{
    double low = 1.0, high = 0.0;
    for (int i = 0; i < series->count; ++i) {
        if (series->points[i].bound)
            continue;
        const double share = growth_beyond(series->points[i].working_set, level);
        if (isnan(share))
            return false;
        low = fmin(low, share);
        high = fmax(high, share);
    }
    return high - low > 0.5;
}

void growth_data_make(struct growth_data *data, const struct growth_series *series, int parameters)
{
    assert(series->count <= GROWTH_POINTS_MAX);
    *data = (struct growth_data){.points = series->count, .measured = count_measured(series)};
    for (int k = 0; k < series->level_count && !series->exact; ++k)
        if (is_crossed(series, series->levels[k]) && data->measured - parameters - data->levels > 3)
            data->level[data->levels++] = k;
    for (int i = 0; i < series->count; ++i) {
        const struct growth_point *point = &series->points[i];
        data->log_length[i] = log(point->length);
        data->log_value[i] = log(point->value);
        data->bound[i] = point->bound;
        for (int k = 0; k < data->levels; ++k) {
            const double octaves = log2(point->working_set) - log2(series->levels[data->level[k]]);
            data->octaves[i][k] = isnan(octaves) ? 20.0 : octaves; /* a bound lies beyond what was measured */
        }
    }
}

/* Measured points within 0.75 octaves of a point, and its neighbours at least; logarithms. 16 points have 120 slopes. */
static int find_near(double *x, double *y, const struct growth_series *series, int point)
{
    enum { NEAR_MAX = 16 };
    const double half = 0.75 * log(2.0) * (1.0 + 1e-9), centre = log(series->points[point].length);
    int count = 0;
    for (int i = 0; i < series->count && count < NEAR_MAX; ++i) {
        const double at = log(series->points[i].length);
        if (series->points[i].bound || (fabs(at - centre) > half && abs(i - point) > 1))
            continue;
        x[count] = at;
        y[count++] = log(series->points[i].value);
    }
    return count;
}

double growth_local_slope(const struct growth_series *series, int point)
{
    double slopes[GROWTH_POINTS_MAX], x[GROWTH_POINTS_MAX], y[GROWTH_POINTS_MAX];
    const int near = find_near(x, y, series, point);
    int count = 0;
    for (int i = 0; i < near; ++i)
        for (int j = i + 1; j < near; ++j)
            slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
    return count ? statistics_median(slopes, (size_t)count) : NAN;
}
