/* ranks.h - tests and intervals that assume no distribution: exact where that can be counted, for small samples of timings.
 * Pure. Not enough data is NaN, as in statistics.h. */
#ifndef HARNESS_ANALYSE_RANKS_H
#define HARNESS_ANALYSE_RANKS_H

#include "analyse/statistics.h"

/* Hodges and Lehmann's estimate of the centre of differences, the median of the means of all pairs (Walsh averages), with the
 * interval of the signed-rank test: exact up to 30 differences, by the normal approximation beyond. Fewer than 6 differences
 * have no 95 % interval. `confidence` 0.95, 0.99 ... */
struct interval ranks_signed_interval(const double *differences, size_t count, double confidence);

/* P of a sum of positive ranks as large as observed, or larger, where the centre is not above 0: Wilcoxon's signed-rank test,
 * one-sided. Zeros are dropped; ties have middle ranks, and then, or beyond 30, the normal approximation is used. */
double ranks_signed_greater(const double *differences, size_t count);

/* Interval of the median by the sign test: order statistics. NaN ends where even the widest does not cover. */
struct interval ranks_sign_interval(const double *values, size_t count, double confidence);

/* Two-sided P of Mann and Whitney's test of two samples: exact without ties up to 20 values in one and 30 in the
 * other, else the normal approximation with correction for ties and continuity. *u (may be NULL): pairs in which `a` is
 * larger, ties half. */
double ranks_mann_whitney(double *u, const double *a, size_t a_count, const double *b, size_t b_count);

/* Hodges and Lehmann's estimate of the shift from `a` to `b`, the median of all differences b - a, with the interval of Mann and
 * Whitney's test: exact where that test is, else by the normal approximation. NaN ends where too few values have one. */
struct interval ranks_shift_interval(const double *a, size_t a_count, const double *b, size_t b_count, double confidence);

/* Benjamini and Hochberg: `p` (count) becomes the smallest false-discovery rate at which each would be rejected. NaN stays
 * and does not count. */
void ranks_adjust(double *p, size_t count);

#endif
