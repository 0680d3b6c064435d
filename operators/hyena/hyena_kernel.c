/* hyena_kernel.c - the elementwise arithmetic of the filter network, compiled once per instruction set. */
#include "hyena/hyena.h"

#include "kernels/vecmath.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#define ROUND_MAGIC 6755399441055744.0 /* 1.5 * 2^52: adding it leaves the nearest integer in the low mantissa bits */

/* sin x without branches: x modulo pi in three parts, then the Taylor series to x^15, which is 6e-12 off at pi/2. */
INLINE double sine_of(double x)
{
    const double shifted = x * 0.318309886183790671538 + ROUND_MAGIC; /* x / pi */
    const double n = shifted - ROUND_MAGIC;
    double r = x - n * 0x1.921fb54p+1;
    r = r - n * 0x1.10b461p-29;
    r = r - n * 1.1442377452219664e-17;
    const double z = r * r;
    double p = -1.0 / 1307674368000.0;
    p = p * z + 1.0 / 6227020800.0;
    p = p * z - 1.0 / 39916800.0;
    p = p * z + 1.0 / 362880.0;
    p = p * z - 1.0 / 5040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z - 1.0 / 6.0;
    const double s = p * z * r + r;
    int64_t odd;
    memcpy(&odd, &shifted, sizeof odd);
    return odd & 1 ? -s : s;
}

static void sine(double *x, const float *freq, int64_t rows, int64_t W)
{
    for (int64_t r = 0; r < rows; ++r)
#pragma omp simd
        for (int64_t i = 0; i < W; ++i)
            x[r * W + i] = sine_of(freq[i] * x[r * W + i]);
}

static void window(float *h, const float *t, const struct hyena_window *w, int64_t rows)
{
    const float shift = w->shift;
    float rates[MATRIX_GROUP] = {0.0f};
    for (int64_t c = 0; c < w->lanes; ++c)
        rates[c] = w->deltas[c] < 0.0f ? w->deltas[c] : -w->deltas[c];
    for (int64_t i = 0; i < rows; ++i)
#pragma omp simd
        for (int c = 0; c < MATRIX_GROUP; ++c)
            h[i * MATRIX_GROUP + c] *= vec_exp(t[i] * rates[c]) + shift;
}

const struct hyena_kernel ISA_NAME(hyena_kernel) = {
    .sine = sine,
    .window = window,
};
