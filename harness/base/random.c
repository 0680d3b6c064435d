/* random.c - two rounds of a 64-bit finaliser (Stafford's mix 13, as in SplitMix64) over seed, stream and index. */
#include "base/random.h"

#include <math.h>

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static const uint64_t golden = 0x9e3779b97f4a7c15u;

/* The round over seed and stream; the one over the index is the other. */
static uint64_t key_of(uint64_t seed, uint64_t stream)
{
    return mix(mix(seed + golden) ^ (stream * 0xd1342543de82ef95u + golden));
}

static uint64_t bits_at(uint64_t key, uint64_t index)
{
    return mix(key + (index + 1) * golden);
}

uint64_t random_bits(uint64_t seed, uint64_t stream, uint64_t index)
{
    return bits_at(key_of(seed, stream), index);
}

static double uniform(uint64_t bits)
{
    return ((double)(int64_t)(bits >> 11) + 0.5) * 0x1p-53;
}

double random_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return uniform(random_bits(seed, stream, index));
}

void random_fill_uniform(uint64_t seed, uint64_t stream, uint64_t first, double low, double high, float *values, size_t count)
{
    const uint64_t key = key_of(seed, stream);
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)(low + (high - low) * uniform(bits_at(key, first + i)));
}

/* Box and Muller 1958: two uniform values make two independent normal ones. */
static void random_normal_pair(uint64_t seed, uint64_t stream, uint64_t pair, double values[2])
{
    const double tau = 6.283185307179586;
    const double u = random_uniform(seed, stream, 2 * pair), v = random_uniform(seed, stream, 2 * pair + 1);
    const double radius = sqrt(-2.0 * log(u));
    values[0] = radius * cos(tau * v);
    values[1] = radius * sin(tau * v);
}

double random_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    double values[2];
    random_normal_pair(seed, stream, index / 2, values);
    return values[index % 2];
}

/* Four uniform values of 16 bits: mean 4 * 32767.5, variance 4 * (2^32 - 1) / 12. */
static double bell(uint64_t bits)
{
    const int64_t sum = (int64_t)((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    return ((double)sum - 131070.0) * (1.0 / 37837.22723720648);
}

void random_fill_bell(uint64_t seed, uint64_t stream, uint64_t first, float *values, size_t count)
{
    const uint64_t key = key_of(seed, stream);
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)bell(bits_at(key, first + i));
}

void random_permutation(uint64_t seed, uint64_t stream, int count, int *order)
{
    for (int i = 0; i < count; ++i)
        order[i] = i;
    for (int i = count - 1; i > 0; --i) {
        const int j = (int)(random_bits(seed, stream, (uint64_t)i) % (uint64_t)(i + 1));
        const int swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}
