/* conv.h - what the files of this module share.
 *
 *     y[t][o] = bias[o] + sum over taps j < kernel, channels i of o's group:  weight[o][i][j] * x[t - (kernel - 1) + j][i]
 *
 * so that the last tap meets the current token. Tokens before the first are zero, or those of the state.
 */
#ifndef CONV_CONV_H
#define CONV_CONV_H

#include "kernels/isa.h"

#include <stdbool.h>

enum conv_option { CONV_KERNEL = 0, CONV_GROUPS, CONV_OPTIONS };

enum conv_parameter { CONV_WEIGHT = 0, CONV_BIAS, CONV_PARAMETERS };

/* A problem with its options resolved. */
struct conv_shape {
    int64_t B, L, D;
    int64_t taps;     /* option kernel */
    int64_t groups;   /* D: depthwise */
    int64_t channels; /* of a group: D / groups */
    int threads;
};

/* Output tokens [first, first + count) of one sequence. */
struct conv_block {
    const struct conv_shape *shape;
    const float *x;       /* (L, D): the sequence */
    const float *history; /* (taps - 1, D): the tokens before it, oldest first; NULL: zeros */
    const float *weight;  /* (taps, groups, channels in, channels out); depthwise that is (taps, D) */
    const float *bias;    /* (D) */
    float *y;             /* (L, D) */
    int64_t first, count;
};

/* Any number of groups: each tap is one GEMM per group. */
void conv_dense_block(const struct conv_block *block);

/* A channel meets itself alone; compiled once per instruction set. */
struct conv_depthwise {
    void (*block)(const struct conv_block *block);
};

ISA_DECLARE(struct conv_depthwise, conv_depthwise);

/* Reads the options; SEQ_UNSUPPORTED with a sentence when they do not fit the problem. */
enum seq_status conv_shape_get(const struct seq_problem *problem, struct conv_shape *shape, struct seq_message *message);

enum seq_status conv_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                               double *output);

#endif
