/* random.h - counter-based random numbers: the value is a function of (seed, stream, index) alone, so tensors come out the
 * same whatever the number of threads and the order in which they are filled. Not for cryptography. */
#ifndef HARNESS_BASE_RANDOM_H
#define HARNESS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

uint64_t random_bits(uint64_t seed, uint64_t stream, uint64_t index);
double random_uniform(uint64_t seed, uint64_t stream, uint64_t index); /* in (0, 1) */
double random_normal(uint64_t seed, uint64_t stream, uint64_t index);  /* mean 0, variance 1 */

/* values[i] = low + (high - low) random_uniform(seed, stream, first + i). */
void random_fill_uniform(uint64_t seed, uint64_t stream, uint64_t first, double low, double high, float *values, size_t count);

/* values[i] = bell(seed, stream, first + i): nearly normal, mean 0, variance 1, within +-3.47. For large inputs, at a
 * twentieth of the price of random_normal. */
void random_fill_bell(uint64_t seed, uint64_t stream, uint64_t first, float *values, size_t count);

/* Fisher-Yates order of 0 .. count-1. */
void random_permutation(uint64_t seed, uint64_t stream, int count, int *order);

#endif
