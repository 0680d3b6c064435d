/* recurrent_math.h - sigmoid and tanh of one vector, for the end of a step of a recurrence.
 *
 * vecmath.h serves loops over many elements, where throughput counts. Here one vector is waited for, step after step, so
 * latency does: polynomials are evaluated pairwise (Estrin), what follows them is multiplied in beforehand, and tanh is one
 * ratio instead of a choice of two formulas. Nothing is branched on, and a NaN stays one. At most 3 ulp.
 */
#ifndef KERNELS_RECURRENT_MATH_H
#define KERNELS_RECURRENT_MATH_H

#include "kernels/recurrent_vector.h"

typedef int32_t recurrent_integers __attribute__((vector_size(RECURRENT_LANES * sizeof(int32_t))));

/* x in [low, high]; a NaN stays. */
RECURRENT_INLINE recurrent_vector recurrent_clamp(recurrent_vector x, float low, float high)
{
    const recurrent_vector lows = (recurrent_vector){0} + low, highs = (recurrent_vector){0} + high;
#if defined(__AVX512F__)
    return (recurrent_vector)_mm512_min_ps((__m512)highs, _mm512_max_ps((__m512)lows, (__m512)x));
#elif defined(__AVX2__)
    return (recurrent_vector)_mm256_min_ps((__m256)highs, _mm256_max_ps((__m256)lows, (__m256)x));
#else
    const recurrent_integers below = x < lows, above = x > highs, keep = ~(below | above);
    return (recurrent_vector)(((recurrent_integers)lows & below) | ((recurrent_integers)highs & above) |
                              ((recurrent_integers)x & keep));
#endif
}

/* e^y = 2^n e^r as the three parts that both functions below join in their own way: e^r - 1 = r + r^2 tail. */
struct recurrent_exp {
    recurrent_vector scale, r, r2, tail;
};

/* |y| <= 87, or NaN. */
RECURRENT_INLINE struct recurrent_exp recurrent_exp(recurrent_vector y)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest integer in the low mantissa bits */
    const recurrent_vector shifted = y * 1.44269504088896341f + magic;
    const recurrent_vector n = shifted - magic;
    const recurrent_vector r = (y - n * 0.693359375f) - n * -2.12194440e-4f; /* Cody and Waite's ln 2 in two parts */
    const recurrent_vector r2 = r * r;
    const recurrent_vector low = r * 1.6666665459e-1f + 5.0000001201e-1f; /* Cephes expf */
    const recurrent_vector middle = r * 8.3334519073e-3f + 4.1665795894e-2f;
    const recurrent_vector high = r * 1.9875691500e-4f + 1.3981999507e-3f;
    return (struct recurrent_exp){
        /* The exponent bits of 2^n; what garbage a NaN leaves here is multiplied by that NaN. */
        .scale = (recurrent_vector)(((recurrent_integers)shifted << 23) + 0x3f800000),
        .r = r,
        .r2 = r2,
        .tail = (high * r2 + middle) * r2 + low,
    };
}

/* 1 / (1 + e^-x). Below -87 it stays at e^-87: no denormals. */
RECURRENT_INLINE recurrent_vector recurrent_sigmoid(recurrent_vector x)
{
    const struct recurrent_exp e = recurrent_exp(recurrent_clamp(-x, -87.0f, 87.0f));
    return 1.0f / (e.scale * e.r2 * e.tail + (e.scale * e.r + (e.scale + 1.0f)));
}

/* (e^2x - 1) / (e^2x + 1), both from the parts: near 0 the first is r + r^2 tail, exact to the last bits. */
RECURRENT_INLINE recurrent_vector recurrent_tanh(recurrent_vector x)
{
    const struct recurrent_exp e = recurrent_exp(recurrent_clamp(x + x, -20.0f, 20.0f)); /* beyond, it is 1 */
    const recurrent_vector top = e.scale * e.r2, rest = e.scale * e.r;
    return (top * e.tail + (rest + (e.scale - 1.0f))) / (top * e.tail + (rest + (e.scale + 1.0f)));
}

#endif
