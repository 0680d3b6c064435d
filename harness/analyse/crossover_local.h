/* crossover_local.h - a parabola or line through the log ratios near a length, for crossover.c alone. */
#ifndef HARNESS_ANALYSE_CROSSOVER_LOCAL_H
#define HARNESS_ANALYSE_CROSSOVER_LOCAL_H

#include "analyse/crossover.h"

struct crossover_local {
    int first, count;       /* the points it is fitted to */
    double centre;          /* log2 length */
    int parameters;         /* 3: parabola from 5 points up; 2: line */
    double coefficients[3]; /* of 1, x, x^2 with x = log2 length - centre */
};

/* The points within `reach` octaves of `centre`, or the nearest up to five within 2.5; at least those from `low` to
 * `high`. */
void crossover_local_choose(struct crossover_local *local, const double *x, int count, double centre, double reach, int low,
                            int high);

/* Least squares of y (all points of the series). */
void crossover_local_fit(struct crossover_local *local, const double *x, const double *y);
double crossover_local_at(const struct crossover_local *local, double x);

/* The zero nearest to `near` at which the curve rises (falls), within [low, high]; beyond an end where the curve has the sign
 * of the side before (after) it all along. */
double crossover_local_root(const struct crossover_local *local, bool rises, double near, double low, double high);

#endif
