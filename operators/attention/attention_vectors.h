/* attention_vectors.h - vectors of the instruction set that a kernel file is compiled for, the two tile products of
 * attention, the transposition that brings queries into lanes, and softmax of a vector of queries. Included by
 * attention_kernel.c alone.
 *
 * Method: scores have queries in the lanes of a vector and keys down the rows (S^T = K Q^T), so that softmax works lane by
 * lane and needs no sum across a vector. The same array read downwards is P^T, whose queries lie side by side: just what
 * the second product, O = P V, broadcasts. Neither keys nor values are packed, and results come out row by row.
 *
 * Sizes: the sums of a tile, one operand row and a broadcast fill the vector registers, 32 with AVX-512, else 16; without
 * FMA a product needs one more. Per multiply-add less than one load, so two load ports keep up with two FMA units.
 */
#ifndef ATTENTION_VECTORS_H
#define ATTENTION_VECTORS_H

#include "kernels/lanes.h"
#include "kernels/matrix.h"

#include <math.h>
#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define STRIP_VECTORS 3
#define TILE_KEYS 8
#define TILE_ROWS 12
#elif defined(__AVX2__)
#define STRIP_VECTORS 3
#define TILE_KEYS 4
#define TILE_ROWS 6
#else
#define STRIP_VECTORS 2
#define TILE_KEYS 4
#define TILE_ROWS 4
#endif
#define STRIP (STRIP_VECTORS * LANES) /* queries whose scores lie side by side; a multiple of TILE_ROWS */

typedef int32_t lane_mask __attribute__((vector_size(LANES * sizeof(float))));
typedef float quarter __attribute__((vector_size(16)));
/* At any address. */
typedef float quarter_anywhere __attribute__((vector_size(16), aligned(sizeof(float)), may_alias));

/* Zeros [to, end), whole vectors from a multiple of a vector on, past the caches where the instruction set can: what is
 * overwritten is not read for it, and what is in use stays. */
static inline void stream_zeros(float *to, const float *end)
{
    for (; to < end; to += LANES) {
#if defined(__AVX512F__)
        _mm512_stream_ps(to, _mm512_setzero_ps());
#elif defined(__AVX2__)
        _mm256_stream_ps(to, _mm256_setzero_ps());
#else
        store(to, (vector){0});
#endif
    }
#if defined(__AVX2__)
    _mm_sfence(); /* such stores keep no order with those by which a thread tells that it is done */
#endif
}

INLINE vector splat(float value)
{
    return (vector){0} + value;
}

/* The larger of each lane; b where a is NaN, and where b is: scores that are NaN come as b. */
INLINE vector larger(vector a, vector b)
{
#if defined(__AVX512F__)
    return (vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vector)_mm256_max_ps((__m256)a, (__m256)b);
#else
    const lane_mask first = a > b;
    return (vector)((first & (lane_mask)a) | (~first & (lane_mask)b));
#endif
}

INLINE vector where(lane_mask mask, vector yes, vector no)
{
    return (vector)((mask & (lane_mask)yes) | (~mask & (lane_mask)no));
}

/* 0, 1, 2 ... */
INLINE lane_mask lane_numbers(void)
{
#if LANES == 16
    return (lane_mask){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LANES == 8
    return (lane_mask){0, 1, 2, 3, 4, 5, 6, 7};
#else
    return (lane_mask){0, 1, 2, 3};
#endif
}

/* 2^x for x <= 0 (up to 127), 0 below 2^-126, NaN for NaN. Minimax polynomials of degree 5; relative error below 3e-7. */
INLINE vector power_of_two(vector x)
{
#if defined(__AVX512F__)
    /* x - floor(x) in [0, 1); scalef takes floor(x) by itself. */
    const vector f = (vector)_mm512_reduce_ps((__m512)x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    vector p = f * 1.877576675206661e-3f + 8.989340090451896e-3f;
    p = p * f + 5.582631805333842e-2f;
    p = p * f + 2.401536170443576e-1f;
    p = p * f + 6.931530732001715e-1f;
    p = p * f + 9.999999250635262e-1f;
    return (vector)_mm512_scalef_ps((__m512)p, (__m512)x);
#else
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest integer in the low mantissa bits */
    const vector shifted = x + magic, f = x - (shifted - magic);
    vector p = f * 1.3276471992602875e-3f + 9.675541334451691e-3f;
    p = p * f + 5.5507132734977614e-2f;
    p = p * f + 2.4022119723840046e-1f;
    p = p * f + 6.931469670647605e-1f;
    p = p * f + 1.0000000716546849f;
    /* The factor is made of the integer alone, so that a NaN of p stays one. */
    const lane_mask exponent = ((lane_mask)shifted << 23) + 0x3f800000;
    return where(x < -126.0f, (vector){0}, p * (vector)exponent);
#endif
}

/* ---------------------------------------------------------------- transposition */

#if LANES == 16
#define UNPACK_LOW(a, b) (vector) _mm512_unpacklo_ps((__m512)(a), (__m512)(b))
#define UNPACK_HIGH(a, b) (vector) _mm512_unpackhi_ps((__m512)(a), (__m512)(b))
#define PAIRS_LOW(a, b) (vector) _mm512_shuffle_ps((__m512)(a), (__m512)(b), 0x44)
#define PAIRS_HIGH(a, b) (vector) _mm512_shuffle_ps((__m512)(a), (__m512)(b), 0xee)
#elif LANES == 8
#define UNPACK_LOW(a, b) (vector) _mm256_unpacklo_ps((__m256)(a), (__m256)(b))
#define UNPACK_HIGH(a, b) (vector) _mm256_unpackhi_ps((__m256)(a), (__m256)(b))
#define PAIRS_LOW(a, b) (vector) _mm256_shuffle_ps((__m256)(a), (__m256)(b), 0x44)
#define PAIRS_HIGH(a, b) (vector) _mm256_shuffle_ps((__m256)(a), (__m256)(b), 0xee)
#else
#define UNPACK_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define UNPACK_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define PAIRS_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define PAIRS_HIGH(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#endif

/* Four floats of rows i, i + 4, i + 8 ... , as many as fit a vector. */
INLINE vector load_quarters(const float *const *rows, int64_t at)
{
    const quarter a = *(const quarter_anywhere *)(rows[0] + at);
#if LANES == 4
    return a;
#else
    const quarter b = *(const quarter_anywhere *)(rows[4] + at);
    const __m256 ab = _mm256_insertf128_ps(_mm256_castps128_ps256((__m128)a), (__m128)b, 1);
#if LANES == 8
    return (vector)ab;
#else
    const quarter c = *(const quarter_anywhere *)(rows[8] + at), d = *(const quarter_anywhere *)(rows[12] + at);
    const __m256 cd = _mm256_insertf128_ps(_mm256_castps128_ps256((__m128)c), (__m128)d, 1);
    return (vector)_mm512_insertf32x8(_mm512_castps256_ps512(ab), cd, 1);
#endif
#endif
}

/* Channels [at, at + 4) of LANES rows, times scale: channel c to `to + c * STRIP`, row by row in the lanes. */
INLINE void transpose_four(float *to, const float *const *rows, int64_t at, float scale)
{
    const vector a = load_quarters(rows, at), b = load_quarters(rows + 1, at);
    const vector c = load_quarters(rows + 2, at), d = load_quarters(rows + 3, at);
    const vector ab_low = UNPACK_LOW(a, b), ab_high = UNPACK_HIGH(a, b);
    const vector cd_low = UNPACK_LOW(c, d), cd_high = UNPACK_HIGH(c, d);
    store(to, PAIRS_LOW(ab_low, cd_low) * scale);
    store(to + STRIP, PAIRS_HIGH(ab_low, cd_low) * scale);
    store(to + 2 * STRIP, PAIRS_LOW(ab_high, cd_high) * scale);
    store(to + 3 * STRIP, PAIRS_HIGH(ab_high, cd_high) * scale);
}

/* ---------------------------------------------------------------- products */

/* Steps of a product that are written out: pointers then move once for all of them. Integer additions would take turns from
 * the multiply-adds, with which they share ports (measured: 8 % of the time when each step moves its pointers). */
#define STEPS 4

/* sums (TILE_KEYS, STRIP) += TILE_KEYS scalars, key_stride apart, times a row of q, from lane vector `first` on. */
INLINE void score_step(vector sums[TILE_KEYS][STRIP_VECTORS], const float *key, int64_t key_stride, const float *q,
                             const int first)
{
    vector operand[STRIP_VECTORS];
#pragma GCC unroll 3
    for (int v = first; v < STRIP_VECTORS; ++v)
        operand[v] = load(q + v * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < TILE_KEYS; ++r) {
        const float scalar = key[r * key_stride];
#pragma GCC unroll 3
        for (int v = first; v < STRIP_VECTORS; ++v)
            sums[r][v] += operand[v] * scalar;
    }
}

/* sums = keys (TILE_KEYS rows, width) times q (width, STRIP), from lane vector `first` on. */
INLINE void score_sums(vector sums[TILE_KEYS][STRIP_VECTORS], struct matrix_in keys, const float *q, int64_t width,
                             const int first)
{
#pragma GCC unroll 8
    for (int r = 0; r < TILE_KEYS; ++r)
#pragma GCC unroll 3
        for (int v = first; v < STRIP_VECTORS; ++v)
            sums[r][v] = (vector){0};
    for (int64_t left = width; left > 0; left -= MATRIX_GROUP, keys.data += keys.group_stride) {
        const float *key = keys.data, *const end = key + (left < MATRIX_GROUP ? left : MATRIX_GROUP);
#pragma GCC unroll 1
        for (; key + STEPS <= end; key += STEPS, q += STEPS * STRIP)
#pragma GCC unroll 4
            for (int i = 0; i < STEPS; ++i)
                score_step(sums, key + i, keys.row_stride, q + i * STRIP, first);
#pragma GCC unroll 1
        for (; key < end; ++key, q += STRIP)
            score_step(sums, key, keys.row_stride, q, first);
    }
}

/* Scores (TILE_KEYS, STRIP), from lane vector `first` on: what is before it the mask leaves out. */
INLINE void score_tile(float *scores, struct matrix_in keys, const float *q, int64_t width, const int first)
{
    vector sums[TILE_KEYS][STRIP_VECTORS];
    score_sums(sums, keys, q, width, first);
#pragma GCC unroll 8
    for (int r = 0; r < TILE_KEYS; ++r)
#pragma GCC unroll 3
        for (int v = first; v < STRIP_VECTORS; ++v)
            store(scores + r * STRIP + v * LANES, sums[r][v]);
}

/* 2^(score - max) instead, and added to sum (STRIP), while it is in registers. Without AVX-512 power_of_two() ends at
 * 2^127; what is cut off there still shows in the sum. NaN stays NaN. */
INLINE void soft_tile(float *scores, float *sum, const float *max, struct matrix_in keys, const float *q,
                            int64_t width)
{
    vector sums[TILE_KEYS][STRIP_VECTORS];
    score_sums(sums, keys, q, width, 0);
#pragma GCC unroll 3
    for (int v = 0; v < STRIP_VECTORS; ++v) {
        const vector top = load(max + v * LANES);
        vector total = load(sum + v * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < TILE_KEYS; ++r) {
            const vector x = sums[r][v] - top;
#if defined(__AVX512F__)
            const vector p = power_of_two(x);
#else
            const vector p = power_of_two(where(x > 126.0f, splat(126.0f), x));
#endif
            total += p;
            store(scores + r * STRIP + v * LANES, p);
        }
        store(sum + v * LANES, total);
    }
}

/* sums (TILE_ROWS, 2 vectors, or 1) += TILE_ROWS scalars, side by side, times a row of values. */
INLINE void value_step(vector sums[TILE_ROWS][2], const float *probabilities, const float *left, const float *right,
                             const int vectors)
{
    vector operand[2];
    operand[0] = load(left);
    if (vectors == 2)
        operand[1] = load(right);
#pragma GCC unroll 12
    for (int r = 0; r < TILE_ROWS; ++r) {
        const float scalar = probabilities[r];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v)
            sums[r][v] += operand[v] * scalar;
    }
}

/* out (TILE_ROWS, `vectors` of 2 * LANES) = out * factors + probabilities (keys, TILE_ROWS of STRIP)^T times values (keys
 * rows, the second vector `apart` floats behind); without factors what was in out does not count. */
INLINE void value_tile(float *out, const float *probabilities, const float *values, int64_t row_stride, int64_t apart,
                             int64_t keys, const float *factors, const int vectors)
{
    vector sums[TILE_ROWS][2];
#pragma GCC unroll 12
    for (int r = 0; r < TILE_ROWS; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v)
            sums[r][v] = factors ? load(out + (2 * r + v) * LANES) * factors[r] : (vector){0};
    const float *left = values, *right = values + apart;
    int64_t j = keys;
#pragma GCC unroll 1
    for (; j >= STEPS; j -= STEPS, probabilities += STEPS * STRIP, left += STEPS * row_stride, right += STEPS * row_stride)
#pragma GCC unroll 4
        for (int i = 0; i < STEPS; ++i)
            value_step(sums, probabilities + i * STRIP, left + i * row_stride, right + i * row_stride, vectors);
#pragma GCC unroll 1
    for (; j > 0; --j, probabilities += STRIP, left += row_stride, right += row_stride)
        value_step(sums, probabilities, left, right, vectors);
#pragma GCC unroll 12
    for (int r = 0; r < TILE_ROWS; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v)
            store(out + (2 * r + v) * LANES, sums[r][v]);
}

/* ---------------------------------------------------------------- columns of scores */

/* Lane 0 of the column of scores stands for the query at `position`, row 0 for key j. */
static inline void mask_column(float *column, int64_t position, int64_t j, int64_t from, int64_t to)
{
    const lane_mask lanes = lane_numbers();
    for (int64_t k = from > 0 ? from : 0; k < to; ++k) {
        const lane_mask seen = lanes >= (int32_t)(j + k - position);
        store(column + k * STRIP, where(seen, load(column + k * STRIP), splat(-INFINITY)));
    }
}

static inline void fall_with_distance(float *column, int64_t position, int64_t j, int64_t keys, float slope)
{
    const lane_mask lanes = lane_numbers();
    for (int64_t k = 0; k < keys; ++k) {
        const vector distance = __builtin_convertvector(lanes + (int32_t)(position - j - k), vector);
        store(column + k * STRIP, load(column + k * STRIP) - slope * larger(distance, -distance));
    }
}

static inline vector column_max(const float *column, int64_t keys, vector before)
{
    vector a = before, b = before, c = before, d = before;
    int64_t k = 0;
    for (; k + 4 <= keys; k += 4, column += 4 * STRIP) {
        a = larger(load(column), a);
        b = larger(load(column + STRIP), b);
        c = larger(load(column + 2 * STRIP), c);
        d = larger(load(column + 3 * STRIP), d);
    }
    for (; k < keys; ++k, column += STRIP)
        a = larger(load(column), a);
    return larger(larger(a, b), larger(c, d));
}

/* column = 2^(column - max); the sum of it. */
static inline vector column_exp(float *column, int64_t keys, vector max)
{
    vector sum = {0};
    for (int64_t k = 0; k < keys; ++k, column += STRIP) {
        const vector p = power_of_two(load(column) - max);
        sum += p;
        store(column, p);
    }
    return sum;
}

#endif
