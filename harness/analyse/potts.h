/* potts.h - the step function nearest to a series: the one with the least sum of absolute deviations plus a price for each
 * jump (the L1-Potts functional). Pure. It uses the sizes of values where rank tests use their order alone, so it errs in
 * other places than they do. */
#ifndef HARNESS_ANALYSE_POTTS_H
#define HARNESS_ANALYSE_POTTS_H

#include <stdbool.h>
#include <stddef.h>

/* jumps[i] (count): a jump lies between values i - 1 and i. `least` values between two jumps at least. The exact minimum, by
 * dynamic programming over the last jump. False where memory ran out, and then there is no jump. */
bool potts_fit(bool *jumps, const double *values, size_t count, double price, size_t least);

/* Spread of a series around its steps: the median absolute difference of neighbours, as that of the values themselves, which
 * no few jumps change. NaN below 3 values. */
double potts_spread(const double *values, size_t count);

#endif
