/* potts.c - see potts.h. Sources: Friedrich, Kempe, Liebscher and Winkler 2008, "Complexity penalized M-estimation" (the
 * recursion over the last jump); the running median keeps the lower and the upper half in two heaps. */
#include "analyse/potts.h"

#include "analyse/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A heap of the larger (sign 1) or smaller (sign -1) values, the median's side on top, with their sum. */
struct half {
    double *items;
    size_t count;
    double sum, sign;
};

static void put(struct half *half, double value)
{
    size_t at = half->count++;
    half->sum += value;
    while (at > 0 && half->sign * half->items[(at - 1) / 2] > half->sign * value) {
        half->items[at] = half->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    half->items[at] = value;
}

static double take(struct half *half)
{
    const double top = half->items[0], last = half->items[--half->count];
    half->sum -= top;
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < half->count; at = child) {
        if (child + 1 < half->count && half->sign * half->items[child + 1] < half->sign * half->items[child])
            ++child;
        if (half->sign * half->items[child] >= half->sign * last)
            break;
        half->items[at] = half->items[child];
    }
    if (half->count > 0)
        half->items[at] = last;
    return top;
}

/* Adds a value; returns the sum of absolute deviations from the median of all so far. */
static double add(struct half *low, struct half *high, double value)
{
    put(low, value);
    put(high, take(low));
    if (high->count > low->count)
        put(low, take(high));
    const double median = low->items[0];
    return median * (double)low->count - low->sum + high->sum - median * (double)high->count;
}

/* best[n] is the least cost of the first n values, whose last piece begins at from[n]. */
static void solve(double *best, size_t *from, struct half *low, struct half *high, const double *values, size_t count,
                  double price, size_t least)
{
    best[0] = -price; /* the first piece has no jump before it */
    for (size_t end = 1; end <= count; ++end) {
        best[end] = INFINITY;
        from[end] = 0;
        low->count = high->count = 0;
        low->sum = high->sum = 0.0;
        for (size_t begin = end; begin-- > 0;) {
            const double deviation = add(low, high, values[begin]);
            const double cost = best[begin] + price + deviation;
            if (end - begin >= least && cost <= best[end]) { /* of equal ones the fewest jumps */
                best[end] = cost;
                from[end] = begin;
            }
        }
    }
}

bool potts_fit(bool *jumps, const double *values, size_t count, double price, size_t least)
{
    memset(jumps, 0, count * sizeof *jumps);
    double *space = malloc((3 * count + 4) * sizeof *space);
    size_t *from = malloc((count + 1) * sizeof *from);
    const bool enough = space && from;
    if (enough) {
        struct half low = {.items = space, .sign = -1.0}, high = {.items = space + count + 1, .sign = 1.0};
        solve(space + 2 * count + 2, from, &low, &high, values, count, price, least);
        for (size_t end = count; end > 0; end = from[end])
            if (from[end] > 0)
                jumps[from[end]] = true;
    }
    free(space);
    free(from);
    return enough;
}

double potts_spread(const double *values, size_t count)
{
    double *steps = count >= 3 ? malloc((count - 1) * sizeof *steps) : NULL;
    if (!steps)
        return NAN;
    for (size_t i = 0; i + 1 < count; ++i)
        steps[i] = fabs(values[i + 1] - values[i]);
    const double spread = statistics_median(steps, count - 1) / sqrt(2.0); /* a difference has twice the variance */
    free(steps);
    return spread;
}
