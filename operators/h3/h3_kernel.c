/* h3_kernel.c - impulse responses of 16 diagonal SSMs side by side, compiled once per instruction set. */
#include "h3/h3.h"
#include "kernels/lanes.h"

#include <assert.h>

#if defined(__AVX512F__)
#define COLUMNS 4 /* 16 of 32 registers hold sums */
#elif defined(__AVX2__)
#define COLUMNS 2 /* 8 of 16 */
#else
#define COLUMNS 2
#endif

#define PIECE 16 /* products in one sum before it joins the rest: a long sum loses more to rounding */

static_assert(H3_LEFT * COLUMNS >= 8, "additions of latency 4, two per cycle");

static void powers(float *table, double *power, const double *step, int64_t modes, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        for (int64_t m = 0; m < modes; ++m) {
            float *const to = table + (i * modes + m) * 2 * MATRIX_GROUP;
            double *const re = power + m * 2 * MATRIX_GROUP, *const im = re + MATRIX_GROUP;
            const double *const step_re = step + m * 2 * MATRIX_GROUP, *const step_im = step_re + MATRIX_GROUP;
#pragma omp simd
            for (int c = 0; c < MATRIX_GROUP; ++c) {
                const double moved = re[c] * step_re[c] - im[c] * step_im[c];
                to[c] = (float)re[c];
                to[MATRIX_GROUP + c] = (float)im[c];
                im[c] = re[c] * step_im[c] + im[c] * step_re[c];
                re[c] = moved;
            }
        }
}

/* sums[a][k] += the products of modes' parts [first, last) of rows a of `left` and k of `right`. */
INLINE void add_parts(vector sums[][COLUMNS], const float *left, const float *right, int64_t parts, int64_t first, int64_t last)
{
    for (int64_t m = first; m < last; ++m) {
        vector columns[COLUMNS];
#pragma GCC unroll 4
        for (int k = 0; k < COLUMNS; ++k)
            columns[k] = load(right + (k * parts + m) * MATRIX_GROUP);
#pragma GCC unroll 4
        for (int a = 0; a < H3_LEFT; ++a) {
            const vector row = load(left + (a * parts + m) * MATRIX_GROUP);
#pragma GCC unroll 4
            for (int k = 0; k < COLUMNS; ++k)
                sums[a][k] += row * columns[k];
        }
    }
}

/* LANES channels from `left`, `right` and `values` on. Conjugates on the left make the real part a plain sum of products. */
INLINE void product_lanes(float *values, const float *left, const float *right, int64_t modes, int64_t steps)
{
    const int64_t parts = 2 * modes;
    for (int64_t b = 0; b < steps; b += COLUMNS)
        for (int64_t first = 0; first < parts; first += PIECE) {
            const int64_t last = first + PIECE < parts ? first + PIECE : parts;
            vector sums[H3_LEFT][COLUMNS] = {{{0}}};
            add_parts(sums, left, right + b * parts * MATRIX_GROUP, parts, first, last);
#pragma GCC unroll 4
            for (int a = 0; a < H3_LEFT; ++a)
#pragma GCC unroll 4
                for (int k = 0; k < COLUMNS; ++k) {
                    float *const to = values + (a * steps + b + k) * MATRIX_GROUP;
                    const vector sum = first == 0 ? sums[a][k] : load(to) + sums[a][k];
                    store(to, sum);
                }
        }
}

static void product(float *values, const float *left, const float *right, int64_t modes, int64_t steps)
{
    for (int lane = 0; lane < MATRIX_GROUP; lane += LANES)
        product_lanes(values + lane, left + lane, right + lane, modes, steps);
}

const struct h3_kernel ISA_NAME(h3_kernel) = {.powers = powers, .product = product};
