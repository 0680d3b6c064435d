/* random.h - counter-based random numbers: the value is a function of (seed, stream, index) alone, so tensors come out the
 * same whatever the number of threads and the order in which they are filled. Not for cryptography. */
#ifndef HARNESS_BASE_RANDOM_H
#define HARNESS_BASE_RANDOM_H

#include <stdint.h>

uint64_t random_bits(uint64_t seed, uint64_t stream, uint64_t index);
double random_uniform(uint64_t seed, uint64_t stream, uint64_t index); /* in (0, 1) */
double random_normal(uint64_t seed, uint64_t stream, uint64_t index);  /* mean 0, variance 1 */
/* Nearly normal, mean 0, variance 1, within +-3.47: for large inputs, at a tenth of the price. */
double random_bell(uint64_t seed, uint64_t stream, uint64_t index);

/* Fisher-Yates order of 0 .. count-1. */
void random_permutation(uint64_t seed, uint64_t stream, int count, int *order);

#endif
