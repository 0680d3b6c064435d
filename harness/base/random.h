/* random.h - counter-based random numbers: the value is a function of (seed, stream, index) alone, so tensors come out the
 * same whatever the number of threads and the order in which they are filled. Not for cryptography. */
#ifndef HARNESS_BASE_RANDOM_H
#define HARNESS_BASE_RANDOM_H

#include <stdint.h>

uint64_t random_bits(uint64_t seed, uint64_t stream, uint64_t index);
double random_uniform(uint64_t seed, uint64_t stream, uint64_t index); /* in (0, 1) */
double random_normal(uint64_t seed, uint64_t stream, uint64_t index);  /* mean 0, variance 1 */
/* Normal values of indices 2 * pair and 2 * pair + 1: the same as two calls, at half the price. */
void random_normal_pair(uint64_t seed, uint64_t stream, uint64_t pair, double values[2]);

/* Fisher-Yates order of 0 .. count-1. */
void random_permutation(uint64_t seed, uint64_t stream, int count, int *order);

#endif
