/* refine.h - which lengths to measure next so that a crossing is known better. Pure. */
#ifndef HARNESS_ANALYSE_REFINE_H
#define HARNESS_ANALYSE_REFINE_H

#include <stddef.h>
#include <stdint.h>

/* New lengths are multiples of this: operators work in tiles and vectors of up to 16, and the cost of a length between, which
 * they pad, lies off the curve that is looked for. */
#define REFINE_MULTIPLE 16

/* Up to `wanted` lengths strictly between low and high, evenly spaced in the logarithm, each moved to the nearest multiple of
 * REFINE_MULTIPLE that is in there and not among `present` (count). Ascending, each once; returns how many there are. */
int refine_lengths(int64_t *lengths, int wanted, double low, double high, const int64_t *present, size_t count);

#endif
