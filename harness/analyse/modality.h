/* modality.h - whether values lie in two groups rather than one: a process that got one of two memory layouts, samples half of
 * which met a neighbour. Pure. */
#ifndef HARNESS_ANALYSE_MODALITY_H
#define HARNESS_ANALYSE_MODALITY_H

#include <stddef.h>

#define MODALITY_LEAST 6 /* with fewer values any split looks good */

/* Relative distance of the means of the two groups (0.1: the upper is 10 % above the lower) that positive values fall into; 0
 * where one group describes them as well; NaN with fewer than MODALITY_LEAST values or one that is not positive. */
double modality_distance(const double *values, size_t count);

#endif
