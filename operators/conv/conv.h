/* conv.h - what the files of this module share.
 *
 *     y[t][o] = bias[o] + sum over taps j < kernel, channels i of o's group:  weight[o][i][j] * x[t - (kernel - 1) + j][i]
 *
 * so that the last tap meets the current token. Tokens before the first are zero, or those of the state.
 */
#ifndef CONV_CONV_H
#define CONV_CONV_H

#include "kernels/linear.h"

#include <stdbool.h>

enum conv_option { CONV_KERNEL = 0, CONV_GROUPS, CONV_METHOD, CONV_GEMM, CONV_OPTIONS };

enum conv_method { CONV_AUTO = 0, CONV_WINOGRAD, CONV_DIRECT };

enum conv_parameter { CONV_WEIGHT = 0, CONV_BIAS, CONV_PARAMETERS };

/* A problem with its options resolved. */
struct conv_shape {
    int64_t B, L, D;
    int64_t taps;     /* option kernel */
    int64_t groups;   /* D: depthwise */
    int64_t channels; /* of a group: D / groups */
    int threads;
    struct linear linear; /* of one group */
    const struct conv_winograd_kernel *winograd; /* NULL: direct */
};

/* Output tokens [first, first + count) of one sequence, depthwise. */
struct conv_block {
    const struct conv_shape *shape;
    const float *x;       /* (L, D): the sequence */
    const float *history; /* (taps - 1, D): the tokens before it, oldest first; NULL: zeros */
    const float *weight;  /* (taps, D) */
    const float *bias;    /* (D) */
    float *y;             /* (L, D) */
    int64_t first, count;
};

/* Any groups of more than one channel: `tokens` tokens of every sequence, by a team of threads; the memory that takes, each
 * thread's part of the scratch and the packed weights; and the packing. */
void conv_dense(const struct conv_shape *shape, const struct seq_run *run, int64_t tokens);
size_t conv_dense_scratch_bytes(const struct conv_shape *shape);
size_t conv_dense_prepared_bytes(const struct conv_shape *shape);
void conv_dense_prepare(const struct conv_shape *shape, const struct seq_run *run);

/* joined (taps - 1 + rows, D): the history (NULL: zeros), then the first rows of x. */
void conv_join_rows(const struct conv_shape *shape, float *joined, const float *history, const float *x, int64_t rows);

/* Threads that these many tokens are worth. */
int conv_dense_team(const struct conv_shape *shape, int64_t tokens);

/* Blocks of at most `most` tokens, or pairs, of each of B sequences of `count`: all together a multiple of the threads where
 * there are enough. */
int64_t conv_choose_blocks(int64_t B, int64_t count, int64_t most, int threads);

/* The same by method winograd: three taps, whole sequences. */
void conv_winograd(const struct conv_shape *shape, const struct seq_run *run);
size_t conv_winograd_scratch_bytes(const struct conv_shape *shape);
size_t conv_winograd_prepared_bytes(const struct conv_shape *shape);
void conv_winograd_prepare(const struct conv_shape *shape, const struct seq_run *run);

#define WINOGRAD_PRODUCTS 4

/* What the products of method winograd read, for one group: a row of its channels for every two tokens, `stride` apart. */
struct conv_pairs {
    float *u[WINOGRAD_PRODUCTS];
    int64_t stride;
};

struct conv_winograd_kernel {
    /* Rows from `pair` on, of `width` channels, for the outputs of `tokens` tokens; x, `stride` floats from token to token,
     * begins two before the first. */
    void (*spread)(const struct conv_pairs *pairs, int64_t pair, const float *x, int64_t stride, int64_t tokens, int64_t width);
    /* y[2 i] += p[i] + q[i], y[2 i + 1] += p[i] - q[i]: `tokens` rows of y, D floats apart; p and q are (pairs, width). */
    void (*gather)(float *y, int64_t D, const float *p, const float *q, int64_t tokens, int64_t width);
};

ISA_DECLARE(struct conv_winograd_kernel, conv_winograd_kernel);

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
