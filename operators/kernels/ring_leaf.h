/* ring_leaf.h - the end of the recursion in RING_SAMPLES, where the lanes meet: 16 neighbouring vectors, each 16 samples
 * modulo z^16 - e^(i phi), are transposed, so that the lanes are the blocks, and then split twice into four.
 *
 * With r = e^(i phi / 16), one a lane: part a of 4 is multiplied by r^(4a); part p of child j by r^p e^(2 pi i j p / 16).
 * Only r and r^4 are read, the other powers are products of these: a table of them would be as large as the data.
 */
#ifndef KERNELS_RING_LEAF_H
#define KERNELS_RING_LEAF_H

#include "kernels/ring_radix.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#define RING_LEAF (RING_WIDTH * RING_VECTOR) /* floats of 16 complex vectors */

/* ---------------------------------------------------------------- transposition of 16 x 16 */

#if defined(__AVX512F__)

/* Of 4 x 4 values within the four quarters of vectors. */
RING_INLINE void ring_transpose_quarters(__m512 x[4])
{
    const __m512 a = _mm512_unpacklo_ps(x[0], x[1]), b = _mm512_unpackhi_ps(x[0], x[1]);
    const __m512 c = _mm512_unpacklo_ps(x[2], x[3]), d = _mm512_unpackhi_ps(x[2], x[3]);
    x[0] = _mm512_shuffle_ps(a, c, 0x44);
    x[1] = _mm512_shuffle_ps(a, c, 0xee);
    x[2] = _mm512_shuffle_ps(b, d, 0x44);
    x[3] = _mm512_shuffle_ps(b, d, 0xee);
}

/* Of 4 x 4 quarters. */
RING_INLINE void ring_transpose_whole(__m512 x[4])
{
    const __m512 a = _mm512_shuffle_f32x4(x[0], x[1], 0x44), b = _mm512_shuffle_f32x4(x[0], x[1], 0xee);
    const __m512 c = _mm512_shuffle_f32x4(x[2], x[3], 0x44), d = _mm512_shuffle_f32x4(x[2], x[3], 0xee);
    x[0] = _mm512_shuffle_f32x4(a, c, 0x88);
    x[1] = _mm512_shuffle_f32x4(a, c, 0xdd);
    x[2] = _mm512_shuffle_f32x4(b, d, 0x88);
    x[3] = _mm512_shuffle_f32x4(b, d, 0xdd);
}

/* Rows of both are RING_VECTOR floats apart. */
RING_INLINE void ring_transpose(float *restrict to, const float *restrict from)
{
    __m512 x[4][4]; /* [p][group of rows]: value p of each quarter */
#pragma GCC unroll 4
    for (int g = 0; g < 4; ++g) {
        __m512 row[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i)
            row[i] = _mm512_loadu_ps(from + (4 * g + i) * RING_VECTOR);
        ring_transpose_quarters(row);
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p)
            x[p][g] = row[p];
    }
#pragma GCC unroll 4
    for (int p = 0; p < 4; ++p) {
        ring_transpose_whole(x[p]);
#pragma GCC unroll 4
        for (int a = 0; a < 4; ++a)
            _mm512_storeu_ps(to + (4 * a + p) * RING_VECTOR, x[p][a]);
    }
}

#else

typedef float ring_four __attribute__((vector_size(16), aligned(4), may_alias));

RING_INLINE void ring_transpose_tile(float *restrict to, const float *restrict from)
{
    ring_four x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
        x[i] = *(const ring_four *)(const void *)(from + i * RING_VECTOR);
    const ring_four a = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5);
    const ring_four b = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7);
    const ring_four c = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
    const ring_four d = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
    *(ring_four *)(void *)to = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    *(ring_four *)(void *)(to + RING_VECTOR) = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    *(ring_four *)(void *)(to + 2 * RING_VECTOR) = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    *(ring_four *)(void *)(to + 3 * RING_VECTOR) = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

RING_INLINE void ring_transpose(float *restrict to, const float *restrict from)
{
    for (int i = 0; i < RING_WIDTH; i += 4)
        for (int j = 0; j < RING_WIDTH; j += 4)
            ring_transpose_tile(to + j * RING_VECTOR + i, from + i * RING_VECTOR + j);
}

#endif

/* ---------------------------------------------------------------- twice four, lane by lane */

RING_INLINE struct ring_complex ring_times(struct ring_complex a, struct ring_complex b)
{
    return (struct ring_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

RING_INLINE struct ring_complex ring_get(const float *from)
{
    return (struct ring_complex){ring_load(from), ring_load(from + RING_WIDTH)};
}

RING_INLINE void ring_put(float *to, struct ring_complex x)
{
    ring_store(to, x.re);
    ring_store(to + RING_WIDTH, x.im);
}

/* The powers that the parts are multiplied by: outer[a] = r^(4a), inner[p] = r^p; [0] is not used. */
struct ring_powers {
    struct ring_complex outer[4], inner[4];
};

/* `r`: r and r^4 of 16 lanes. */
RING_INLINE struct ring_powers ring_get_powers(const float *r)
{
    struct ring_powers powers;
    powers.inner[1] = ring_get(r);
    powers.inner[2] = ring_times(powers.inner[1], powers.inner[1]);
    powers.inner[3] = ring_times(powers.inner[2], powers.inner[1]);
    powers.outer[1] = ring_get(r + RING_VECTOR);
    powers.outer[2] = ring_times(powers.outer[1], powers.outer[1]);
    powers.outer[3] = ring_times(powers.outer[2], powers.outer[1]);
    return powers;
}

/* w[p] = r^p e^(2 pi i j p / 16) */
RING_INLINE void ring_child_powers(struct ring_complex w[4], const struct ring_powers *powers, const int j)
{
    static const float c[10] = {1.0f, 0.923879532511286756f, 0.707106781186547524f, 0.382683432365089772f, 0.0f,
                                -0.382683432365089772f, -0.707106781186547524f, 0.0f, 0.0f, -0.923879532511286756f};
    static const float s[10] = {0.0f, 0.382683432365089772f, 0.707106781186547524f, 0.923879532511286756f, 1.0f,
                                0.923879532511286756f, 0.707106781186547524f, 0.0f, 0.0f, -0.382683432365089772f};
#pragma GCC unroll 4
    for (int p = 1; p < 4; ++p)
        w[p] = j == 0 ? powers->inner[p] : ring_turn(powers->inner[p], c[j * p], s[j * p]);
}

RING_INLINE void ring_times_all(struct ring_complex x[4], const struct ring_complex w[4])
{
#pragma GCC unroll 4
    for (int q = 1; q < 4; ++q)
        x[q] = ring_times(x[q], w[q]);
}

/* Values 4a + p of t into children j, at 4j + p. */
RING_INLINE void ring_leaf_split(float *t, const struct ring_powers *powers)
{
#pragma GCC unroll 4
    for (int p = 0; p < 4; ++p) {
        struct ring_complex x[4];
#pragma GCC unroll 4
        for (int a = 0; a < 4; ++a)
            x[a] = ring_get(t + (4 * a + p) * RING_VECTOR);
        ring_times_all(x, powers->outer);
        ring_dft4(x, 1.0f, 1.0f, 1.0f);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j)
            ring_put(t + (4 * j + p) * RING_VECTOR, x[j]);
    }
}

/* Child j split to single values. */
RING_INLINE void ring_child_split(struct ring_complex x[4], const float *t, const struct ring_complex w[4])
{
#pragma GCC unroll 4
    for (int p = 0; p < 4; ++p)
        x[p] = ring_get(t + p * RING_VECTOR);
    ring_times_all(x, w);
    ring_dft4(x, 1.0f, 1.0f, 1.0f);
}

RING_INLINE void ring_leaf_transform(float *spectrum, float *t, const struct ring_powers *powers)
{
    ring_leaf_split(t, powers);
    for (int j = 0; j < 4; ++j) {
        struct ring_complex x[4], w[4];
        ring_child_powers(w, powers, j);
        ring_child_split(x, t + 4 * j * RING_VECTOR, w);
        for (int k = 0; k < 4; ++k)
            ring_put(spectrum + (4 * j + k) * RING_VECTOR, x[k]);
    }
}

/* From the product on, real and imaginary parts are exchanged: see ring_radix.h. */
RING_INLINE void ring_leaf_convolve(float *t, const float *filter, const struct ring_powers *powers)
{
    ring_leaf_split(t, powers);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        struct ring_complex x[4], w[4];
        ring_child_powers(w, powers, j);
        ring_child_split(x, t + 4 * j * RING_VECTOR, w);
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) {
            const struct ring_complex product = ring_times(x[k], ring_get(filter + (4 * j + k) * RING_VECTOR));
            x[k] = (struct ring_complex){product.im, product.re};
        }
        ring_dft4(x, 1.0f, 1.0f, 1.0f);
        ring_times_all(x, w);
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p)
            ring_put(t + (4 * j + p) * RING_VECTOR, x[p]);
    }
#pragma GCC unroll 4
    for (int p = 0; p < 4; ++p) {
        struct ring_complex x[4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j)
            x[j] = ring_get(t + (4 * j + p) * RING_VECTOR);
        ring_dft4(x, 1.0f, 1.0f, 1.0f);
        ring_times_all(x, powers->outer);
#pragma GCC unroll 4
        for (int a = 0; a < 4; ++a)
            ring_put(t + (4 * a + p) * RING_VECTOR, (struct ring_complex){x[a].im, x[a].re});
    }
}

#endif
