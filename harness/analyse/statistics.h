/* statistics.h - order statistics for timings. Pure functions: no clock, no file. Only a sort changes its input. Not enough data
 * gives NaN, which is stored as absent and printed as such; a NaN in the input gives NaN. */
#ifndef HARNESS_ANALYSE_STATISTICS_H
#define HARNESS_ANALYSE_STATISTICS_H

#include <stddef.h>

struct interval {
    double value, low, high;
};

/* Ascending, in place. No value may be NaN. */
void statistics_sort(double *values, size_t count);
int statistics_compare(const void *a, const void *b); /* of two doubles, as qsort calls it */

double statistics_quantile(const double *values, size_t count, double q); /* linear between order statistics (type 7) */
double statistics_median(const double *values, size_t count);
double statistics_minimum(const double *values, size_t count);

/* Median of positive values with a 95 % interval. From 6 values up distribution-free, by order statistics (the ranks of
 * the binomial); from 2 to 5 Student's t on the logarithms; one value: no interval (NaN). */
struct interval statistics_median_interval(const double *values, size_t count);

/* Half-width of an interval over its value; NaN where there is none. */
double statistics_relative_width(struct interval interval);

/* Two-sided 95 % quantile of Student's t, degrees of freedom 1 and up. */
double statistics_student_975(size_t degrees);

#endif
