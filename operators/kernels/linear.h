/* linear.h - y = x W^T + b, the projection of every layer, as one GEMM over all tokens.
 *
 * Method: OpenBLAS sgemm on top of rows preset with the bias. Called from outside a parallel region it uses the threads
 * set by linear_set_threads(); inside one, the calling thread alone.
 */
#ifndef KERNELS_LINEAR_H
#define KERNELS_LINEAR_H

#include <stdint.h>

/* Threads of later linear_forward() calls in this process; call it first thing in forward. Cheap. */
void linear_set_threads(int threads);

/* y (rows, outputs; row stride ldy) = x (rows, inputs; row stride ldx) times weight (outputs, inputs) transposed, plus
 * bias (outputs; NULL: none). x and y must not overlap. */
void linear_forward(float *y, int64_t ldy, const float *x, int64_t ldx, const float *weight, const float *bias,
                    int64_t rows, int64_t inputs, int64_t outputs);

#endif
