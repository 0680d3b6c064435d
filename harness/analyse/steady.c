/* steady.c - see steady.h.
 *
 * Three tests that fail for different transients: turning points for monotone ones (a clock that ramps up), the line for slow
 * drift (memory being moved into huge pages), the step for a change of state (another process came or went). The turning points
 * that are asked for are fewer than half of what independent noise has, 2 (n - 2) / 3 of n values.
 */
#include "analyse/steady.h"

#include <math.h>
#include <stdbool.h>

#define LEVEL 0.01 /* relative change over the window that does not matter: below what regressions are judged by */

/* Values where the direction changes; equal neighbours are level, which is as good. */
static size_t turning_points(const double *values, size_t count)
{
    size_t turns = 0;
    for (size_t i = 1; i + 1 < count; ++i)
        turns += (values[i] - values[i - 1]) * (values[i + 1] - values[i]) <= 0.0;
    return turns;
}

static bool is_level(const double *values, size_t count)
{
    const double n = (double)count, middle = (n - 1.0) / 2.0;
    double mean = 0.0, product = 0.0, squares = 0.0, residual = 0.0;
    for (size_t i = 0; i < count; ++i)
        mean += values[i] / n;
    for (size_t i = 0; i < count; ++i) {
        product += ((double)i - middle) * (values[i] - mean);
        squares += ((double)i - middle) * ((double)i - middle);
    }
    const double slope = product / squares;
    for (size_t i = 0; i < count; ++i) {
        const double off = values[i] - mean - slope * ((double)i - middle);
        residual += off * off;
    }
    const double error = sqrt(residual / (n - 2.0) / squares);
    return fabs(slope) * n <= LEVEL * mean || fabs(slope) <= error;
}

/* Whether one half lies wholly above the other. */
static bool steps(const double *values, size_t count)
{
    const size_t half = count / 2;
    double low[2] = {INFINITY, INFINITY}, high[2] = {0.0, 0.0};
    for (size_t i = 0; i < count; ++i) {
        const int side = i >= half;
        low[side] = fmin(low[side], values[i]);
        high[side] = fmax(high[side], values[i]);
    }
    return low[1] > high[0] * (1.0 + LEVEL) || low[0] > high[1] * (1.0 + LEVEL);
}

enum steady steady_judge(const double *values, size_t count)
{
    if (count < STEADY_LEAST)
        return STEADY_UNKNOWN;
    for (size_t i = 0; i < count; ++i)
        if (!(values[i] > 0.0) || !isfinite(values[i]))
            return STEADY_UNKNOWN;
    const size_t window = count < STEADY_WINDOW ? count : STEADY_WINDOW;
    const double *last = values + count - window;
    const bool steady = turning_points(last, window) >= window / 2 - 1 && is_level(last, window) && !steps(last, window);
    return steady ? STEADY_YES : STEADY_NO;
}
