/* hyena_kernel.c - the elementwise arithmetic around GEMM and FFT, compiled once per instruction set. */
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

static void window(float *out, const float *h, const float *t, const struct hyena_window *w, int64_t L)
{
    const float rate = w->delta < 0.0f ? w->delta : -w->delta;
    const float shift = w->shift, scale = w->scale;
#pragma omp simd
    for (int64_t i = 0; i < L; ++i)
        out[i] = h[i] * (vec_exp(t[i] * rate) + shift) * scale;
}

/* One output of the short filter. Before the first token there are zeros, which have no input bias either. */
INLINE float filter_at(const float *in, const struct hyena_taps *taps, int64_t t)
{
    float sum = taps->bias;
    for (int64_t j = 0; j < taps->K && j <= t; ++j)
        sum += taps->weight[taps->K - 1 - j] * (in[t - j] + taps->input_bias);
    return sum;
}

/* The same where all K taps meet tokens; `base` holds everything that does not depend on them. */
INLINE float filter_inside(const float *newest, const float *weight, float base, const int64_t K)
{
    float sum = base;
    for (int64_t j = 0; j < K; ++j)
        sum += weight[j] * newest[j - (K - 1)];
    return sum;
}

static float filter_base(const struct hyena_taps *taps)
{
    float sum = 0.0f;
    for (int64_t j = 0; j < taps->K; ++j)
        sum += taps->weight[j];
    return taps->bias + taps->input_bias * sum;
}

INLINE void filter_from(float *out, const float *in, const struct hyena_taps *taps, int64_t L, const int64_t K)
{
    const float *const weight = taps->weight;
    const float base = filter_base(taps);
#pragma omp simd
    for (int64_t t = K - 1; t < L; ++t)
        out[t] = filter_inside(in + t, weight, base, K);
}

static void filter(float *out, const float *in, const struct hyena_taps *taps, int64_t L)
{
    const int64_t edge = taps->K - 1 < L ? taps->K - 1 : L;
    for (int64_t t = 0; t < edge; ++t)
        out[t] = filter_at(in, taps, t);
    if (taps->K == 3) /* the published size: unrolled */
        filter_from(out, in, taps, L, 3);
    else
        filter_from(out, in, taps, L, taps->K);
}

INLINE void gate_from(float *out, const float *y, float skip, const float *x, const float *in,
                      const struct hyena_taps *taps, int64_t L, const int64_t K)
{
    const float *const weight = taps->weight;
    const float base = filter_base(taps);
    if (x) {
#pragma omp simd
        for (int64_t t = K - 1; t < L; ++t)
            out[t] = (y[t] + skip * x[t]) * filter_inside(in + t, weight, base, K);
    } else {
#pragma omp simd
        for (int64_t t = K - 1; t < L; ++t)
            out[t] = y[t] * filter_inside(in + t, weight, base, K);
    }
}

static void gate(float *out, const float *y, float skip, const float *x, const float *in, const struct hyena_taps *taps,
                 int64_t L)
{
    const int64_t edge = taps->K - 1 < L ? taps->K - 1 : L;
    for (int64_t t = 0; t < edge; ++t)
        out[t] = (x ? y[t] + skip * x[t] : y[t]) * filter_at(in, taps, t);
    if (taps->K == 3)
        gate_from(out, y, skip, x, in, taps, L, 3);
    else
        gate_from(out, y, skip, x, in, taps, L, taps->K);
}

const struct hyena_kernel ISA_NAME(hyena_kernel) = {
    .sine = sine,
    .window = window,
    .filter = filter,
    .gate = gate,
};
