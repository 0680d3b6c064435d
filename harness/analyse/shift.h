/* shift.h - how far apart two samples are: Hodges and Lehmann's estimate, the median of all differences between a value of one
 * and a value of the other, with the interval that Mann and Whitney's test gives. Pure; not enough data is NaN. */
#ifndef HARNESS_ANALYSE_SHIFT_H
#define HARNESS_ANALYSE_SHIFT_H

#include "analyse/statistics.h"

/* Of `after` less `before`, 95 %, by the normal approximation of the test. `inflation` is the standard error of a mean of such
 * values over that of independent ones: 1 where they are independent, sqrt((1 + r) / (1 - r)) for autocorrelation r. Samples
 * too small for 95 % have a value and no interval. */
struct interval shift_between(const double *before, size_t before_count, const double *after, size_t after_count,
                              double inflation);

#endif
