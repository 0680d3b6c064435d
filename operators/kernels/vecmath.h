/* vecmath.h - exp, tanh, sigmoid, sin for float, written without branches so that loops over them vectorise at every
 * instruction set. Include it in kernel files only.
 *
 * Method: Cody-Waite range reduction with the rounding-by-addition trick (works where SSE2 has no rounding instruction),
 * then minimax polynomials in the style of Cephes. Stated errors were measured over all floats of the range.
 */
#ifndef KERNELS_VECMATH_H
#define KERNELS_VECMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float vec_float_of_bits(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int32_t vec_bits_of_float(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#define VEC_ROUND_MAGIC 12582912.0f /* 1.5 * 2^23: adding it leaves the nearest integer in the low mantissa bits */

/* e^x. Below -87.3 it is 0 (no denormals), above 88.7 +inf; NaN stays NaN. */
static inline float vec_exp(float x)
{
    const float shifted = x * 1.44269504088896341f + VEC_ROUND_MAGIC;
    const float n = shifted - VEC_ROUND_MAGIC;
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    /* Times 2^n: n is added to the exponent of p. That is right wherever the result is finite and normal; the sum is
     * unsigned, and beyond that range its value is not used. */
    const uint32_t n_bits = (uint32_t)vec_bits_of_float(shifted) << 23; /* the magic's own low bits are zeros */
    const float y = vec_float_of_bits((int32_t)((uint32_t)vec_bits_of_float(p) + n_bits));
    const float bounded = x < -87.3f ? 0.0f : y;
    return x <= 88.7228f ? bounded : x + INFINITY; /* NaN too comes here */
}

static inline float vec_sigmoid(float x)
{
    return 1.0f / (1.0f + vec_exp(-x));
}

static inline float vec_tanh(float x)
{
    const float a = x < 0.0f ? -x : x;
    /* Near 0 the odd polynomial keeps relative accuracy; elsewhere 1 - 2 / (e^2a + 1). */
    const float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    const float small = p * z * x + x;
    const float large = 1.0f - 2.0f / (vec_exp(2.0f * a) + 1.0f);
    const float signed_large = x < 0.0f ? -large : large;
    return a < 0.625f ? small : signed_large;
}

/* sin x for |x| up to 8192 (Hyena's sine activations stay far below); beyond, the reduction loses accuracy. */
static inline float vec_sin(float x)
{
    const float shifted = x * 0.31830988618379067f + VEC_ROUND_MAGIC; /* x / pi */
    const float n = shifted - VEC_ROUND_MAGIC;
    float r = x - n * 3.140625f;
    r = r - n * 9.67502593994140625e-4f;
    r = r - n * 1.509957990978376432e-7f;
    const float z = r * r;
    float p = 2.6083159809786593e-6f;
    p = p * z - 1.9810690719116718e-4f;
    p = p * z + 8.3330785855650902e-3f;
    p = p * z - 1.6666659712791443e-1f;
    const float s = p * z * r + r;
    const int32_t odd = vec_bits_of_float(shifted) & 1;
    return odd ? -s : s;
}

#endif
