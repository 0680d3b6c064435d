/* hyena_kernel.c - the elementwise arithmetic of the filter network, compiled once per instruction set. */
#include "hyena/hyena.h"

#include "kernels/vecmath.h"

#include <string.h>

#if defined(__AVX512F__)
#define DOUBLES 8 /* in a vector */
#define ROWS 6    /* positions of a tile: 24 of 32 registers hold sums */
#elif defined(__AVX2__)
#define DOUBLES 4
#define ROWS 2 /* 8 of 16 */
#else
#define DOUBLES 2
#define ROWS 2
#endif

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

/* ---------------------------------------------------------------- sine layers */

#define VECTORS (HYENA_UNITS / 8) /* of 8 doubles at most: HYENA_UNITS is then a multiple of what a tile has */

typedef double vector __attribute__((vector_size(DOUBLES * sizeof(double))));

INLINE vector load(const double *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* `rows` positions of VECTORS vectors of units, from `unit` on: weights times inputs, and the bias. */
INLINE void add_inputs(double *y, const double *x, int64_t ldx, const struct hyena_sines *layer, int64_t unit, const int rows)
{
    vector sums[ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v)
            sums[r][v] = load(layer->bias + unit + v * DOUBLES);
    for (int64_t i = 0; i < layer->inputs; ++i) {
        vector weight[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v)
            weight[v] = load(layer->weight + i * layer->units + unit + v * DOUBLES);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; ++v)
                sums[r][v] += x[r * ldx + i] * weight[v];
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
        memcpy(y + r * layer->units + unit, sums[r], sizeof sums[r]);
}

static void sines(double *y, const double *x, int64_t ldx, const struct hyena_sines *layer, int64_t rows)
{
    for (int64_t unit = 0; unit < layer->units; unit += (int64_t)VECTORS * DOUBLES) {
        int64_t r = 0;
        for (; r + ROWS <= rows; r += ROWS)
            add_inputs(y + r * layer->units, x + r * ldx, ldx, layer, unit, ROWS);
        for (; r < rows; ++r)
            add_inputs(y + r * layer->units, x + r * ldx, ldx, layer, unit, 1);
    }
    for (int64_t r = 0; r < rows; ++r)
#pragma omp simd
        for (int64_t i = 0; i < layer->units; ++i)
            y[r * layer->units + i] = sine_of(layer->freq[i] * y[r * layer->units + i]);
}

/* ---------------------------------------------------------------- windows */

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
    .sines = sines,
    .window = window,
};
