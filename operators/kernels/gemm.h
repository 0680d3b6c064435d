/* gemm.h - the tile kernel behind linear.h: one panel of packed weights times many rows. */
#ifndef KERNELS_GEMM_H
#define KERNELS_GEMM_H

#include "kernels/isa.h"
#include "kernels/matrix.h"

#include <stdbool.h>

/* y[r] = start + sum over taps, inputs of x[r + tap] * weight, for the columns of one panel; without a start, y[r] += the sum. */
struct gemm_strip {
    struct matrix y;     /* from the panel's first column on */
    struct matrix_in x;  /* from the block's first input on, which begins a group */
    const float *weight; /* (taps, inputs, columns of the panel) */
    const float *start;  /* (columns); NULL: add to y */
    const float *next;   /* the weights wanted after these, as many, to be prefetched on the way; NULL: they are near */
    int64_t rows, inputs, taps;
    int64_t width; /* columns that y has, at most the panel's */
    bool finer;    /* shorter sums: leave two thirds of the rounding error, for 1 to 2 % of the time */
};

struct gemm_tile {
    int64_t columns; /* of a panel; a multiple of MATRIX_GROUP */
    int64_t rows;    /* of a full tile */
    void (*strip)(const struct gemm_strip *strip);
};

/* Panels are regular; where the columns do not come out even the last is a group narrower or wider. */
struct gemm_kernel {
    struct gemm_tile regular, narrower, wider; /* `strip` NULL where a regular panel is one group */
};

ISA_DECLARE(struct gemm_kernel, gemm_kernel);

#endif
