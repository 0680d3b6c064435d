/* ranks.c - see ranks.h. Sources: Hollander and Wolfe, "Nonparametric Statistical Methods", chapters 3 and 4; the counts of
 * rank sums by the recursions c_n(s) = c_(n-1)(s) + c_(n-1)(s-n) and r(m,n,u) = r(m,n-1,u) + r(m-1,n,u-n); Benjamini and
 * Hochberg 1995 in the step-up form of adjusted P values. */
#include "analyse/ranks.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNED_EXACT_MAX = 30, WHITNEY_SMALLER_MAX = 20, WHITNEY_LARGER_MAX = 30 };

static const struct interval unknown = {.value = NAN, .low = NAN, .high = NAN};

static bool has_nan(const double *values, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (isnan(values[i]))
            return true;
    return false;
}

static double normal_above(double z)
{
    return 0.5 * erfc(z / sqrt(2.0));
}

/* z with normal_above(z) = tail, by halving. */
static double normal_quantile(double tail)
{
    double low = 0.0, high = 40.0;
    for (int i = 0; i < 100; ++i) {
        const double middle = 0.5 * (low + high);
        if (normal_above(middle) > tail)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---------------------------------------------------------------- signed ranks */

enum { SUMS_MAX = SIGNED_EXACT_MAX * (SIGNED_EXACT_MAX + 1) / 2 + 1 };

/* Number of sign patterns of the ranks 1 .. n with each sum of positive ranks. */
static void count_sums(double counts[SUMS_MAX], int n)
{
    memset(counts, 0, SUMS_MAX * sizeof *counts);
    counts[0] = 1.0;
    for (int i = 1; i <= n; ++i)
        for (int s = i * (i + 1) / 2; s >= i; --s)
            counts[s] += counts[s - i];
}

/* How many of the sorted Walsh averages are cut off at each end; 0: there is no interval. */
static size_t walsh_rank(size_t count, double confidence)
{
    const double tail = (1.0 - confidence) / 2.0, n = (double)count;
    if (count > SIGNED_EXACT_MAX) {
        const double mean = n * (n + 1.0) / 4.0, deviation = sqrt(n * (n + 1.0) * (2.0 * n + 1.0) / 24.0);
        return (size_t)fmax(floor(mean - normal_quantile(tail) * deviation), 0.0);
    }
    double counts[SUMS_MAX], below = 0.0;
    count_sums(counts, (int)count);
    size_t rank = 0;
    while (rank < SUMS_MAX && (below += counts[rank]) / exp2(n) <= tail)
        ++rank;
    return rank;
}

struct interval ranks_signed_interval(const double *differences, size_t count, double confidence)
{
    const size_t total = count * (count + 1) / 2;
    if (count == 0 || count > 10000 || has_nan(differences, count))
        return unknown;
    double *walsh = malloc(total * sizeof *walsh);
    if (!walsh)
        return unknown;
    size_t at = 0;
    for (size_t i = 0; i < count; ++i)
        for (size_t j = i; j < count; ++j)
            walsh[at++] = 0.5 * (differences[i] + differences[j]);
    statistics_sort(walsh, total);
    struct interval interval = unknown;
    interval.value = 0.5 * (walsh[(total - 1) / 2] + walsh[total / 2]);
    const size_t rank = walsh_rank(count, confidence);
    if (rank > 0) {
        interval.low = walsh[rank - 1];
        interval.high = walsh[total - rank];
    }
    free(walsh);
    return interval;
}

struct ranked {
    double size; /* |difference| */
    bool positive;
};

static int compare_ranked(const void *a, const void *b)
{
    return statistics_compare(&((const struct ranked *)a)->size, &((const struct ranked *)b)->size);
}

/* Sum of the middle ranks of positive values; *ties gathers t^3 - t. */
static double positive_sum(double *ties, const struct ranked *ranked, size_t count)
{
    double sum = 0.0;
    *ties = 0.0;
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && ranked[end].size == ranked[i].size)
            ++end;
        const double t = (double)(end - i), rank = ((double)(i + 1) + (double)end) / 2.0;
        for (size_t j = i; j < end; ++j)
            sum += ranked[j].positive ? rank : 0.0;
        *ties += t * t * t - t;
        i = end;
    }
    return sum;
}

static double signed_tail(double sum, double ties, size_t count)
{
    const double n = (double)count;
    if (ties > 0.0 || count > SIGNED_EXACT_MAX) {
        const double variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
        return normal_above((sum - 0.5 - n * (n + 1.0) / 4.0) / sqrt(variance));
    }
    double counts[SUMS_MAX], above = 0.0;
    count_sums(counts, (int)count);
    for (int s = (int)sum; s < SUMS_MAX; ++s)
        above += counts[s];
    return above / exp2(n);
}

double ranks_signed_greater(const double *differences, size_t count)
{
    if (count == 0 || has_nan(differences, count))
        return NAN;
    struct ranked *ranked = malloc(count * sizeof *ranked);
    if (!ranked)
        return NAN;
    size_t used = 0;
    for (size_t i = 0; i < count; ++i)
        if (differences[i] != 0.0)
            ranked[used++] = (struct ranked){.size = fabs(differences[i]), .positive = differences[i] > 0.0};
    qsort(ranked, used, sizeof *ranked, compare_ranked);
    double ties = 0.0;
    const double sum = positive_sum(&ties, ranked, used);
    free(ranked);
    return used == 0 ? 1.0 : signed_tail(sum, ties, used);
}

/* ---------------------------------------------------------------- signs */

struct interval ranks_sign_interval(const double *values, size_t count, double confidence)
{
    struct interval interval = unknown;
    if (count == 0 || has_nan(values, count))
        return unknown;
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        return unknown;
    memcpy(sorted, values, count * sizeof *sorted);
    statistics_sort(sorted, count);
    interval.value = 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
    const double n = (double)count;
    double below = 0.0;
    size_t rank = 0;
    for (;; ++rank) { /* terms by logarithms: 2^-count underflows from 1075 values up */
        const double k = (double)rank;
        below += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) - n * log(2.0));
        if (!(below <= (1.0 - confidence) / 2.0))
            break;
    }
    if (rank > 0) {
        interval.low = sorted[rank - 1];
        interval.high = sorted[count - rank];
    }
    free(sorted);
    return interval;
}

/* ---------------------------------------------------------------- two samples */

/* Ties of the two samples together: sum of t^3 - t. */
static double count_ties(const double *a, size_t a_count, const double *b, size_t b_count, bool *failed)
{
    const size_t count = a_count + b_count;
    double *all = malloc(count * sizeof *all), ties = 0.0;
    *failed = !all;
    if (!all)
        return NAN;
    memcpy(all, a, a_count * sizeof *all);
    memcpy(all + a_count, b, b_count * sizeof *all);
    statistics_sort(all, count);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && all[end] == all[i])
            ++end;
        const double t = (double)(end - i);
        ties += t * t * t - t;
        i = end;
    }
    free(all);
    return ties;
}

enum { U_MAX = WHITNEY_SMALLER_MAX * WHITNEY_LARGER_MAX + 1 };

static bool whitney_is_exact(size_t a_count, size_t b_count)
{
    const size_t smaller = a_count < b_count ? a_count : b_count, larger = a_count < b_count ? b_count : a_count;
    return smaller <= WHITNEY_SMALLER_MAX && larger <= WHITNEY_LARGER_MAX;
}

/* Share of the orders of two samples without ties that have each U, 0 .. a_count * b_count: row by row over the larger. */
static void whitney_shares(double shares[U_MAX], size_t a_count, size_t b_count)
{
    const int m = (int)(a_count < b_count ? a_count : b_count), n = (int)(a_count < b_count ? b_count : a_count);
    double counts[WHITNEY_SMALLER_MAX + 1][U_MAX];
    for (int i = 0; i <= m; ++i) {
        memset(counts[i], 0, (size_t)(m * n + 1) * sizeof counts[i][0]);
        counts[i][0] = 1.0; /* n = 0 */
    }
    for (int j = 1; j <= n; ++j)
        for (int i = 1; i <= m; ++i)
            for (int s = i * j; s >= j; --s)
                counts[i][s] += counts[i - 1][s - j];
    const double total = exp(lgamma(m + n + 1.0) - lgamma(m + 1.0) - lgamma(n + 1.0));
    for (int s = 0; s <= m * n; ++s)
        shares[s] = counts[m][s] / total;
}

/* P(U <= u) without ties. */
static double whitney_below(size_t a_count, size_t b_count, size_t u)
{
    double shares[U_MAX], below = 0.0;
    whitney_shares(shares, a_count, b_count);
    for (size_t s = 0; s <= u; ++s)
        below += shares[s];
    return below;
}

double ranks_mann_whitney(double *u, const double *a, size_t a_count, const double *b, size_t b_count)
{
    double larger = 0.0;
    if (u)
        *u = NAN;
    if (a_count == 0 || b_count == 0 || has_nan(a, a_count) || has_nan(b, b_count))
        return NAN;
    for (size_t i = 0; i < a_count; ++i)
        for (size_t j = 0; j < b_count; ++j)
            larger += a[i] > b[j] ? 1.0 : a[i] == b[j] ? 0.5 : 0.0;
    if (u)
        *u = larger;
    bool failed;
    const double ties = count_ties(a, a_count, b, b_count, &failed);
    const double m = (double)a_count, n = (double)b_count, all = m + n;
    if (failed)
        return NAN;
    if (ties == 0.0 && whitney_is_exact(a_count, b_count))
        return fmin(1.0, 2.0 * whitney_below(a_count, b_count, (size_t)fmin(larger, m * n - larger)));
    const double variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    if (!(variance > 0.0))
        return 1.0; /* all values are the same */
    return fmin(1.0, 2.0 * normal_above((fabs(larger - m * n / 2.0) - 0.5) / sqrt(variance)));
}

/* How many of the sorted differences are cut off at each end; 0: there is no interval. */
static size_t shift_rank(size_t a_count, size_t b_count, double confidence)
{
    const double m = (double)a_count, n = (double)b_count, tail = (1.0 - confidence) / 2.0;
    if (!whitney_is_exact(a_count, b_count)) {
        const double deviation = sqrt(m * n * (m + n + 1.0) / 12.0);
        return (size_t)fmax(floor(m * n / 2.0 - normal_quantile(tail) * deviation), 0.0);
    }
    double shares[U_MAX], below = 0.0;
    whitney_shares(shares, a_count, b_count);
    size_t rank = 0;
    while (rank < a_count * b_count / 2 && (below += shares[rank]) <= tail)
        ++rank;
    return rank;
}

struct interval ranks_shift_interval(const double *a, size_t a_count, const double *b, size_t b_count, double confidence)
{
    const size_t total = a_count * b_count;
    if (total == 0 || a_count > 10000 || b_count > 10000 || has_nan(a, a_count) || has_nan(b, b_count))
        return unknown;
    double *shifts = malloc(total * sizeof *shifts);
    if (!shifts)
        return unknown;
    for (size_t i = 0; i < total; ++i)
        shifts[i] = b[i / a_count] - a[i % a_count];
    statistics_sort(shifts, total);
    struct interval interval = unknown;
    interval.value = 0.5 * (shifts[(total - 1) / 2] + shifts[total / 2]);
    const size_t rank = shift_rank(a_count, b_count, confidence);
    if (rank > 0) {
        interval.low = shifts[rank - 1];
        interval.high = shifts[total - rank];
    }
    free(shifts);
    return interval;
}

/* ---------------------------------------------------------------- many tests */

struct indexed {
    double p;
    size_t index;
};

static int compare_indexed(const void *a, const void *b)
{
    return statistics_compare(&((const struct indexed *)a)->p, &((const struct indexed *)b)->p);
}

void ranks_adjust(double *p, size_t count)
{
    struct indexed *sorted = count ? malloc(count * sizeof *sorted) : NULL;
    size_t tests = 0;
    for (size_t i = 0; i < count; ++i) {
        if (sorted && !isnan(p[i]))
            sorted[tests++] = (struct indexed){.p = p[i], .index = i};
        else if (!sorted)
            p[i] = NAN; /* memory ran out: nothing is claimed */
    }
    if (tests > 0)
        qsort(sorted, tests, sizeof *sorted, compare_indexed);
    double least = 1.0;
    for (size_t i = tests; i-- > 0;) {
        least = fmin(least, sorted[i].p * (double)tests / (double)(i + 1));
        p[sorted[i].index] = least;
    }
    free(sorted);
}
