/* transpose.c - see transpose.h. */
#include "kernels/transpose.h"

#define TILE 16 /* floats: one cache line of each row, read and written whole */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void transpose_tile(float *restrict y, int64_t ldy, const float *restrict x, int64_t ldx, int64_t rows,
                           int64_t columns)
{
    for (int64_t c = 0; c < columns; ++c)
        for (int64_t r = 0; r < rows; ++r)
            y[c * ldy + r] = x[r * ldx + c];
}

void transpose(float *y, int64_t ldy, const float *x, int64_t ldx, int64_t rows, int64_t columns, int threads)
{
#pragma omp parallel for collapse(2) num_threads(threads) schedule(static)
    for (int64_t r = 0; r < rows; r += TILE)
        for (int64_t c = 0; c < columns; c += TILE)
            transpose_tile(y + c * ldy + r, ldy, x + r * ldx + c, ldx, smaller(TILE, rows - r), smaller(TILE, columns - c));
}
