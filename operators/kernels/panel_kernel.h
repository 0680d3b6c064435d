/* panel_kernel.h - arithmetic on panels, compiled once per instruction set: 16 channels side by side, one cache line a token.
 *
 * Row t of a panel is the 16 floats at t * 16. Filters, gates and sums run along the tokens with the channels in the lanes of
 * vectors, so that nothing is shuffled; what wants each channel's tokens one after the other gets them from to_rows, by
 * transposed blocks of 16 x 16. Panels are 64-byte aligned, except that `x` and `y` of the two transpositions need not be.
 */
#ifndef KERNELS_PANEL_KERNEL_H
#define KERNELS_PANEL_KERNEL_H

#include "kernels/isa.h"
#include "kernels/matrix.h"

#define PANEL_LANES MATRIX_GROUP

/* A short filter of each lane. */
struct panel_filter {
    const float *taps; /* (count, 16); the first one meets the newest token */
    const float *bias; /* (16); NULL: none */
    int64_t count;
};

struct panel_kernel {
    /* y[t] = (bias + sum over m < count of taps[m] x[t - m]) * times[t] for t < rows; times NULL: 1. x has count - 1 rows
     * before its beginning. y may be `times`, not x. */
    void (*filter)(float *y, const float *x, const struct panel_filter *filter, const float *times, int64_t rows);
    /* The same with as many taps as rows, no bias, and nothing before x. y may be x or `times`. */
    void (*convolve)(float *y, const float *x, const float *taps, const float *times, int64_t rows);
    /* y[i] = a[i] * b[i]. y may be a or b */
    void (*multiply)(float *y, const float *a, const float *b, int64_t count);
    /* y[c * stride + t] = x[t * 16 + c] for t < rows */
    void (*to_rows)(float *y, int64_t stride, const float *x, int64_t rows);
    /* y[t * 16 + c] = x[c * stride + t] for t < rows */
    void (*from_rows)(float *y, const float *x, int64_t stride, int64_t rows);
};

ISA_DECLARE(struct panel_kernel, panel_kernel);

#endif
