/* binomial.h - a share of trials and what the trials say of it: Clopper and Pearson's exact interval. Pure. */
#ifndef HARNESS_ANALYSE_BINOMIAL_H
#define HARNESS_ANALYSE_BINOMIAL_H

#include "analyse/statistics.h"

#include <stdint.h>

/* `hits` of `trials`: the share, and the interval that holds the true one at least as often as `confidence` (0.95) says,
 * two-sided. Without trials all three are NaN; no hit, or none missed, still has its other end. */
struct interval binomial_interval(int64_t hits, int64_t trials, double confidence);

/* Regularised incomplete beta function I_x(a, b): P of at least a hits in a + b - 1 trials of chance x. */
double binomial_beta(double x, double a, double b);

#endif
