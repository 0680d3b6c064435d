/* transpose.h - a matrix turned over in blocks that stay in the first-level cache. */
#ifndef KERNELS_TRANSPOSE_H
#define KERNELS_TRANSPOSE_H

#include <stdint.h>

/* y (columns, rows; row stride ldy) = x (rows, columns; row stride ldx) transposed, by `threads` threads. They must not
 * overlap. */
void transpose(float *y, int64_t ldy, const float *x, int64_t ldx, int64_t rows, int64_t columns, int threads);

#endif
