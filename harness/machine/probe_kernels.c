/* probe_kernels.c - the loops that the probes time, compiled once for each instruction set with PROBE_SUFFIX set to
 * generic, v3 or v4; each compilation exports one const table.
 *
 * They are written in the compilers' vector types, so that the same lines become SSE, AVX2 or AVX-512 code (and NEON
 * elsewhere). Contraction is on, so `a * b + c` is one fused instruction where there is one; -ffast-math is off, so that
 * additions of floats keep their order and the accumulators stay as many as are written.
 */
#include "machine/probe_kernels.h"

#define JOIN_(name, suffix) name##_##suffix
#define JOIN(name, suffix) JOIN_(name, suffix)

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

typedef float vector __attribute__((vector_size(VECTOR_BYTES)));

/* Latency 4 to 5 cycles, two issued in a cycle: 10 chains keep the units busy. 12 and two constants fit the 16 registers of
 * SSE and AVX2. */
enum { N_CHAINS = 12, STEPS_PER_ROUND = 16, LANES = VECTOR_BYTES / (int)sizeof(float) };

static vector filled(float value)
{
    vector v;
    for (int lane = 0; lane < LANES; ++lane)
        v[lane] = value;
    return v;
}

static float sum_of(const vector *vectors, int count)
{
    float sum = 0.0f;
    for (int at = 0; at < count; ++at)
        for (int lane = 0; lane < LANES; ++lane)
            sum += vectors[at][lane];
    return sum;
}

/* Every chain is x <- 0.5 x + 0.5, which stays near 1: no overflow, no denormals. The compiler must not know the start:
 * clang sees that a chain which starts at 1 stays there and leaves it out, and the peak came out 12/11 too high. */
static float fma_rounds(int64_t rounds)
{
    const volatile float start = 1.25f;
    vector half = filled(0.5f), chain[N_CHAINS];
    for (int at = 0; at < N_CHAINS; ++at)
        chain[at] = filled(start + 0.01f * (float)at);
    for (int64_t round = 0; round < rounds; ++round)
        for (int step = 0; step < STEPS_PER_ROUND; ++step)
            for (int at = 0; at < N_CHAINS; ++at)
                chain[at] = chain[at] * half + half;
    return sum_of(chain, N_CHAINS);
}

enum { N_SUMS = 8 }; /* enough that loads, and not the additions' latency, set the pace */
_Static_assert(PROBE_READ_STEP % ((size_t)N_SUMS * LANES) == 0, "whole iterations only");

static float read_passes(const float *data, size_t count, int64_t passes)
{
    const vector *const begin = (const vector *)(const void *)data, *const end = begin + count / LANES;
    vector sums[N_SUMS];
    for (int at = 0; at < N_SUMS; ++at)
        sums[at] = filled(0.0f);
    for (int64_t pass = 0; pass < passes; ++pass)
        for (const vector *next = begin; next < end; next += N_SUMS)
            for (int at = 0; at < N_SUMS; ++at)
                sums[at] += next[at];
    return sum_of(sums, N_SUMS);
}

const struct probe_kernels JOIN(probe_kernels, PROBE_SUFFIX) = {
    .flops_per_round = 2.0 * STEPS_PER_ROUND * N_CHAINS * LANES,
    .fma = fma_rounds,
    .read = read_passes,
};
