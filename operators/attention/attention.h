/* attention.h - what the files of this module share.
 *
 * Per head, with q, k, v of width d:  o_i = sum_j p_ij v_j,  p_i = softmax_j(q_i . k_j / sqrt(d) + bias_ij).
 * The two variants differ in what they hold of p: `tiled` a few rows and columns at a time, `materialised` all of it.
 */
#ifndef ATTENTION_ATTENTION_H
#define ATTENTION_ATTENTION_H

#include "kernels/isa.h"

#include <stdbool.h>

enum attention_option { ATTENTION_HEADS = 0, ATTENTION_CAUSAL, ATTENTION_POSITION, ATTENTION_VARIANT, ATTENTION_OPTIONS };

enum attention_position { POSITION_NONE = 0, POSITION_SINUSOIDAL, POSITION_ROTARY, POSITION_ALIBI };

enum attention_variant { VARIANT_TILED = 0, VARIANT_MATERIALISED };

enum attention_parameter { IN_PROJ_WEIGHT = 0, IN_PROJ_BIAS, OUT_PROJ_WEIGHT, OUT_PROJ_BIAS, ATTENTION_PARAMETERS };

/* A problem with its options resolved. */
struct attention_shape {
    int64_t B, L, D;
    int64_t heads;
    int64_t width; /* of a head: D / heads */
    bool causal;
    enum attention_position position;
    enum attention_variant variant;
    enum seq_scope scope;
    int threads;
};

/* Some queries of one head against all the keys they see. Panels are as wide as the kernel says. */
struct attention_tile {
    float *rows; /* rows[i * stride + c]: in the queries (count, width), out what they become */
    int64_t stride, count;
    int64_t first;       /* position of the first query */
    const float *keys;   /* (ceil(L / panel), width, panel): keys transposed; zero beyond L */
    const float *values; /* (ceil(width / panel), L, panel); zero beyond width */
    int64_t L, width;
    int64_t key_block; /* keys whose scores are held at once; a multiple of panel */
    bool causal;
    float slope;    /* ALiBi's: scores fall by slope * |i - j|; 0 without */
    float *scratch; /* as many floats as attention_kernel.scratch() says */
};

/* Compiled once per instruction set. */
struct attention_kernel {
    int64_t row_unit; /* queries computed at once */
    int64_t panel;    /* keys, or channels of values, computed at once */
    int64_t (*scratch)(int64_t tile_rows, int64_t key_block, int64_t width);
    void (*tile)(const struct attention_tile *tile);
    /* Row `position` of a matrix of scores, of which the first `valid` count, becomes probabilities; the rest, to L, 0. */
    void (*softmax_row)(float *scores, int64_t valid, int64_t L, int64_t position, float slope);
};

ISA_DECLARE(struct attention_kernel, attention_kernel);

struct seq_plan {
    struct attention_shape shape;
    const struct attention_kernel *kernel;
    struct seq_parameter parameters[ATTENTION_PARAMETERS];
    size_t parameter_count; /* 0 in scope core */
};

/* Reads the options; SEQ_UNSUPPORTED with a sentence when they do not fit the problem. */
enum seq_status attention_shape_get(const struct seq_problem *problem, struct attention_shape *shape,
                                    struct seq_message *message);

/* ---------------------------------------------------------------- attention_project.c */

/* Queries, keys and values of consecutive tokens, each row D wide and `stride` floats after the one before. */
struct attention_tokens {
    const float *q, *k, *v;
    int64_t stride;
};

/* Floats of PREPARED: (L, D) of sinusoids to add, or (L, width) of cosines and sines to rotate by, or none. */
int64_t attention_table_floats(const struct attention_shape *shape);
void attention_table_fill(const struct attention_shape *shape, float *table);

/* Whether attention_project() needs room to move the input by its positions. */
bool attention_moves_input(const struct attention_shape *shape);

/* Where attention_project() may write, for as many tokens as it is asked for. */
struct attention_space {
    float *projected; /* (tokens, 3D): used in scope layer */
    float *moved;     /* (tokens, D): used where attention_moves_input() */
};

/* Positions and input projection of tokens [first, first + count), counted through all sequences (token = b * L + t). The
 * result points into the space or into the input. */
struct attention_tokens attention_project(const struct seq_plan *plan, const struct seq_run *run, int64_t first,
                                          int64_t count, const struct attention_space *space);

/* Output projection of mixed (B, L, D). */
void attention_project_out(const struct seq_plan *plan, const struct seq_run *run, const float *mixed);

/* ALiBi's slope of a head; 0 where the shape has none. */
double attention_slope(const struct attention_shape *shape, int64_t head);

/* Floats rounded up to whole cache lines, so that what follows starts on one. */
static inline int64_t attention_aligned(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

/* ---------------------------------------------------------------- the variants */

/* Bytes of ACTIVATIONS, SCRATCH and THREAD_SCRATCH. In floating point, because L x L of a length that is merely priced may
 * exceed any integer; exact wherever it fits a machine. */
void attention_tiled_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                           double bytes[SEQ_REGION_COUNT]);
void attention_materialised_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                                  double bytes[SEQ_REGION_COUNT]);

enum seq_status attention_tiled_forward(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status attention_materialised_forward(const struct seq_plan *plan, const struct seq_run *run);

enum seq_status attention_reference(const struct seq_problem *problem, const struct seq_run *run,
                                    const struct seq_rows *rows, double *output);

#endif
