/* statistics.c - see statistics.h.
 *
 * Sources: quantile type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996); the order-statistic
 * interval of the median is the inverted sign test (Conover, Practical Nonparametric Statistics, section 3.2); Student's
 * distribution by the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4, its quantile for many degrees of freedom by
 * their expansion 26.7.5.
 */
#include "analyse/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The sign test needs 6 values: with 5, even the widest interval covers only 1 - 2/2^5 = 94 %. */
enum { ORDER_INTERVAL_MIN = 6 };

/* From here on the expansion 26.7.5 is exact to 1e-10, and the finite sums would only get longer. */
enum { STUDENT_EXPANSION_MIN = 300 };

static const double PI = 3.14159265358979323846;
static const double NORMAL_975 = 1.95996398454005423552; /* two-sided 95 % quantile of the normal distribution */

int statistics_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void statistics_sort(double *values, size_t count)
{
    if (count > 0)
        qsort(values, count, sizeof *values, statistics_compare);
}

/* Sorted malloc'd copy; NULL when there are no values, one of them is NaN, or memory ran out: no statistic then. */
static double *sorted_copy(const double *values, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (isnan(values[i]))
            return NULL;
    double *copy = count > 0 ? malloc(count * sizeof *copy) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, values, count * sizeof *copy);
    statistics_sort(copy, count);
    return copy;
}

static double quantile_of_sorted(const double *sorted, size_t count, double q)
{
    const double position = q * (double)(count - 1);
    const size_t below = (size_t)position;
    const double fraction = position - (double)below;
    if (below + 1 >= count || fraction == 0.0)
        return sorted[below];
    return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}

double statistics_quantile(const double *values, size_t count, double q)
{
    if (!(q >= 0.0 && q <= 1.0))
        return NAN;
    double *sorted = sorted_copy(values, count);
    if (!sorted)
        return NAN;
    const double quantile = quantile_of_sorted(sorted, count, q);
    free(sorted);
    return quantile;
}

double statistics_median(const double *values, size_t count)
{
    return statistics_quantile(values, count, 0.5);
}

double statistics_minimum(const double *values, size_t count)
{
    return statistics_quantile(values, count, 0.0);
}

/* Largest rank k (from 1) with P(Binomial(count, 1/2) < k) <= 2.5 %: the interval of the median is then [x_k, x_(n+1-k)].
 * Terms by logarithms of factorials, because 2^-count underflows from 1075 values up. */
static size_t median_rank(size_t count)
{
    const double n = (double)count;
    double below = 0.0;
    size_t rank = 0;
    for (;; ++rank) {
        const double k = (double)rank;
        below += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) - n * log(2.0));
        if (!(below <= 0.025))
            return rank;
    }
}

/* Student's t on the logarithms: timings are skewed and positive, their logarithms less so. */
static void student_interval(const double *values, size_t count, struct interval *interval)
{
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < count; ++i) {
        if (!(values[i] > 0.0))
            return;
        mean += log(values[i]) / (double)count;
    }
    for (size_t i = 0; i < count; ++i)
        square += (log(values[i]) - mean) * (log(values[i]) - mean);
    const double deviation = sqrt(square / (double)(count - 1));
    const double half = statistics_student_975(count - 1) * deviation / sqrt((double)count);
    /* Rounding must not leave the median outside an interval of width zero. */
    interval->low = fmin(exp(mean - half), interval->value);
    interval->high = fmax(exp(mean + half), interval->value);
}

struct interval statistics_median_interval(const double *values, size_t count)
{
    struct interval interval = {.value = NAN, .low = NAN, .high = NAN};
    double *sorted = sorted_copy(values, count);
    if (!sorted)
        return interval;
    interval.value = quantile_of_sorted(sorted, count, 0.5);
    if (count >= ORDER_INTERVAL_MIN) {
        const size_t rank = median_rank(count);
        interval.low = sorted[rank - 1];
        interval.high = sorted[count - rank];
    } else if (count >= 2) {
        student_interval(sorted, count, &interval);
    }
    free(sorted);
    return interval;
}

double statistics_relative_width(struct interval interval)
{
    return (interval.high - interval.low) / 2.0 / interval.value;
}

/* P(|T| < sqrt(degrees) tan(angle)) of Student's T: Abramowitz and Stegun 26.7.3 (odd) and 26.7.4 (even). */
static double student_inside(size_t degrees, double angle)
{
    const bool odd = degrees % 2 == 1;
    const double square = cos(angle) * cos(angle);
    double term = odd ? cos(angle) : 1.0, sum = 0.0;
    for (size_t k = odd ? 3 : 2; k <= degrees; k += 2) {
        sum += term;
        term *= square * (double)(k - 1) / (double)k;
    }
    return odd ? 2.0 / PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

/* Abramowitz and Stegun 26.7.5. */
static double student_expansion(double degrees)
{
    const double z = NORMAL_975, z2 = z * z;
    const double g1 = z * (z2 + 1.0) / 4.0;
    const double g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    const double g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    return z + (g1 + (g2 + g3 / degrees) / degrees) / degrees;
}

double statistics_student_975(size_t degrees)
{
    if (degrees == 0)
        return NAN;
    if (degrees >= STUDENT_EXPANSION_MIN)
        return student_expansion((double)degrees);
    double low = 0.0, high = PI / 2.0;
    for (int halving = 0; halving < 60; ++halving) { /* to the last bit of the angle */
        const double middle = 0.5 * (low + high);
        if (student_inside(degrees, middle) < 0.95)
            low = middle;
        else
            high = middle;
    }
    return sqrt((double)degrees) * tan(0.5 * (low + high));
}
