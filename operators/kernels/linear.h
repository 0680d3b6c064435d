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

/* The same in double, rows without gaps. */
void linear_forward_double(double *y, const double *x, const double *weight, const double *bias, int64_t rows,
                           int64_t inputs, int64_t outputs);

/* linear_forward() with each channel's tokens one after the other in memory, for what then works along the sequence: the
 * GEMM itself transposes. y (outputs, tokens; row stride ldy) = weight (outputs, inputs) times x (tokens, inputs; row
 * stride ldx) transposed. The bias is left to whoever reads y next. */
void linear_forward_to_channels(float *y, int64_t ldy, const float *x, int64_t ldx, const float *weight, int64_t tokens,
                                int64_t inputs, int64_t outputs);

/* And back: y (tokens, outputs; row stride ldy) = x (inputs, tokens; row stride ldx) transposed, times weight (outputs,
 * inputs; row stride ldw) transposed, plus bias. Without a bias (NULL) the product is added to what y holds, so that a
 * sum over several groups of inputs can be built up. */
void linear_forward_from_channels(float *y, int64_t ldy, const float *x, int64_t ldx, const float *weight, int64_t ldw,
                                  const float *bias, int64_t tokens, int64_t inputs, int64_t outputs);

/* Row stride in floats, at least `tokens`, for channel-major tensors: whole cache lines, and never whole pages, because
 * rows a multiple of 4 KiB apart compete for the same few cache sets. */
int64_t linear_channel_stride(int64_t tokens);

#endif
