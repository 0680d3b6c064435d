/* panel_kernel.c - see panel_kernel.h.
 *
 * Method: a block of output rows is summed in registers. Each tap is loaded once for the block and multiplied with as many
 * rows of x straight from the first-level cache, so that a multiply-add costs little more than one load.
 */
#include "kernels/lanes.h"
#include "kernels/panel_kernel.h"

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define BLOCK 16 /* rows of sums: 16 of 32 registers; twice as many taps loaded would be no faster */
#elif defined(__AVX2__)
#define BLOCK 6 /* 12 of 16 registers */
#else
#define BLOCK 2 /* 8 of 16 registers: products need some */
#endif

#define PARTS (PANEL_LANES / LANES)

/* ---------------------------------------------------------------- filters */

/* sums[r] += taps[m] x[r - m] for m < count and r < rows. From the oldest token on, so that the newest one's tap, which holds
 * a layer's skip and is the largest of all, joins last: what it joins would be rounded to its size from there on. */
INLINE void add_products(vector sums[][PARTS], const float *x, const float *taps, int64_t count, const int rows)
{
    for (int64_t m = count; m-- > 0;) {
        const float *const tap = taps + m * PANEL_LANES, *const newest = x - m * PANEL_LANES;
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int p = 0; p < PARTS; ++p)
                sums[r][p] += load(tap + p * LANES) * load(newest + r * PANEL_LANES + p * LANES);
    }
}

/* Row r of a block that begins at token t meets taps beyond t as well: the r that still have tokens before them. */
INLINE void add_corner(vector sums[][PARTS], const float *first_token, const float *taps, const int rows)
{
#pragma GCC unroll 16
    for (int m = 1; m < rows; ++m)
#pragma GCC unroll 16
        for (int r = m; r < rows; ++r)
#pragma GCC unroll 4
            for (int p = 0; p < PARTS; ++p)
                sums[r][p] += load(taps + m * PANEL_LANES + p * LANES) *
                              load(first_token + (r - m) * PANEL_LANES + p * LANES);
}

INLINE void begin(vector sums[][PARTS], const float *bias, const int rows)
{
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int p = 0; p < PARTS; ++p)
            sums[r][p] = bias ? load(bias + p * LANES) : (vector){0};
}

INLINE void finish(float *y, vector sums[][PARTS], const float *times, const int rows)
{
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int p = 0; p < PARTS; ++p) {
            const int at = r * PANEL_LANES + p * LANES;
            store(y + at, times ? sums[r][p] * load(times + at) : sums[r][p]);
        }
}

INLINE void filter_block(float *y, const float *x, const struct panel_filter *filter, int64_t count, const float *times,
                         const int rows)
{
    vector sums[BLOCK][PARTS];
    begin(sums, filter->bias, rows);
    add_products(sums, x, filter->taps, count, rows);
    finish(y, sums, times, rows);
}

INLINE void filter_count(float *y, const float *x, const struct panel_filter *filter, int64_t count, const float *times,
                         int64_t rows)
{
    int64_t t = 0;
    for (; t + BLOCK <= rows; t += BLOCK)
        filter_block(y + t * PANEL_LANES, x + t * PANEL_LANES, filter, count, times ? times + t * PANEL_LANES : NULL, BLOCK);
    for (; t < rows; ++t)
        filter_block(y + t * PANEL_LANES, x + t * PANEL_LANES, filter, count, times ? times + t * PANEL_LANES : NULL, 1);
}

static void filter(float *y, const float *x, const struct panel_filter *filter, const float *times, int64_t rows)
{
    if (filter->count == 3) /* the size that layers publish: unrolled */
        filter_count(y, x, filter, 3, times, rows);
    else
        filter_count(y, x, filter, filter->count, times, rows);
}

INLINE void convolve_block(float *y, const float *x, const float *taps, const float *times, int64_t t, const int rows)
{
    vector sums[BLOCK][PARTS];
    begin(sums, NULL, rows);
    add_corner(sums, x, taps + t * PANEL_LANES, rows);
    add_products(sums, x + t * PANEL_LANES, taps, t + 1, rows);
    finish(y + t * PANEL_LANES, sums, times ? times + t * PANEL_LANES : NULL, rows);
}

/* From the last row to the first, so that y may be x. */
static void convolve(float *y, const float *x, const float *taps, const float *times, int64_t rows)
{
    int64_t t = rows;
    for (; t % BLOCK != 0; --t)
        convolve_block(y, x, taps, times, t - 1, 1);
    for (; t > 0; t -= BLOCK)
        convolve_block(y, x, taps, times, t - BLOCK, BLOCK);
}

static void multiply(float *y, const float *a, const float *b, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; ++i)
        y[i] = a[i] * b[i];
}

/* ---------------------------------------------------------------- transpositions */

#if defined(__AVX512F__)

#define SIDE 16 /* of a block */

/* Stores row i of the block at y + i * ldy; x has row stride ldx. */
INLINE void transpose_block(float *y, int64_t ldy, const float *x, int64_t ldx)
{
    __m512 a[SIDE], b[SIDE];
#pragma GCC unroll 16
    for (int i = 0; i < SIDE; ++i)
        a[i] = _mm512_loadu_ps(x + i * ldx);
#pragma GCC unroll 8
    for (int i = 0; i < SIDE; i += 2) {
        b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < SIDE; i += 4) /* a[i + k] then holds columns 4 q + k of rows i .. i + 3, for quarters q */
#pragma GCC unroll 2
        for (int k = 0; k < 2; ++k) {
            const __m512d lower = _mm512_castps_pd(b[i + k]), upper = _mm512_castps_pd(b[i + k + 2]);
            a[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(lower, upper));
            a[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(lower, upper));
        }
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
        const __m512 even_low = _mm512_shuffle_f32x4(a[k], a[k + 4], 0x88), odd_low = _mm512_shuffle_f32x4(a[k], a[k + 4], 0xdd);
        const __m512 even_high = _mm512_shuffle_f32x4(a[k + 8], a[k + 12], 0x88);
        const __m512 odd_high = _mm512_shuffle_f32x4(a[k + 8], a[k + 12], 0xdd);
        _mm512_storeu_ps(y + k * ldy, _mm512_shuffle_f32x4(even_low, even_high, 0x88));
        _mm512_storeu_ps(y + (k + 4) * ldy, _mm512_shuffle_f32x4(odd_low, odd_high, 0x88));
        _mm512_storeu_ps(y + (k + 8) * ldy, _mm512_shuffle_f32x4(even_low, even_high, 0xdd));
        _mm512_storeu_ps(y + (k + 12) * ldy, _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd));
    }
}

#elif defined(__AVX2__)

#define SIDE 8

INLINE void transpose_block(float *y, int64_t ldy, const float *x, int64_t ldx)
{
    __m256 a[SIDE], b[SIDE];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) { /* quarters meet while they are loaded: rows i and i + 4 side by side */
        a[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x + i * ldx)), _mm_loadu_ps(x + (i + 4) * ldx), 1);
        a[i + 4] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x + i * ldx + 4)),
                                        _mm_loadu_ps(x + (i + 4) * ldx + 4), 1);
    }
#pragma GCC unroll 4
    for (int i = 0; i < SIDE; i += 2) {
        b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
#pragma GCC unroll 2
    for (int half = 0; half < SIDE; half += 4)
#pragma GCC unroll 2
        for (int k = 0; k < 2; ++k) {
            const __m256d lower = _mm256_castps_pd(b[half + k]), upper = _mm256_castps_pd(b[half + k + 2]);
            _mm256_storeu_ps(y + (half + 2 * k) * ldy, _mm256_castpd_ps(_mm256_unpacklo_pd(lower, upper)));
            _mm256_storeu_ps(y + (half + 2 * k + 1) * ldy, _mm256_castpd_ps(_mm256_unpackhi_pd(lower, upper)));
        }
}

#else

#define SIDE 4

INLINE void transpose_block(float *y, int64_t ldy, const float *x, int64_t ldx)
{
    for (int i = 0; i < SIDE; ++i)
        for (int k = 0; k < SIDE; ++k)
            y[k * ldy + i] = x[i * ldx + k];
}

#endif

static void to_rows(float *y, int64_t stride, const float *x, int64_t rows)
{
    int64_t t = 0;
    for (; t + SIDE <= rows; t += SIDE)
        for (int c = 0; c < PANEL_LANES; c += SIDE)
            transpose_block(y + c * stride + t, stride, x + t * PANEL_LANES + c, PANEL_LANES);
    for (; t < rows; ++t)
        for (int c = 0; c < PANEL_LANES; ++c)
            y[c * stride + t] = x[t * PANEL_LANES + c];
}

static void from_rows(float *y, const float *x, int64_t stride, int64_t rows)
{
    int64_t t = 0;
    for (; t + SIDE <= rows; t += SIDE)
        for (int c = 0; c < PANEL_LANES; c += SIDE)
            transpose_block(y + t * PANEL_LANES + c, PANEL_LANES, x + c * stride + t, stride);
    for (; t < rows; ++t)
        for (int c = 0; c < PANEL_LANES; ++c)
            y[t * PANEL_LANES + c] = x[c * stride + t];
}

const struct panel_kernel ISA_NAME(panel_kernel) = {
    .filter = filter,
    .convolve = convolve,
    .multiply = multiply,
    .to_rows = to_rows,
    .from_rows = from_rows,
};
