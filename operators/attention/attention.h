/* attention.h - what the files of this module share.
 *
 * Per head, with q, k, v of width d:  o_i = sum_j p_ij v_j,  p_i = softmax_j(q_i . k_j / sqrt(d) + bias_ij).
 * The two variants differ in what they hold of p: `tiled` a few rows and columns at a time, `materialised` all of it.
 */
#ifndef ATTENTION_ATTENTION_H
#define ATTENTION_ATTENTION_H

#include "kernels/linear.h"

#include <stdbool.h>

enum attention_option {
    ATTENTION_HEADS = 0,
    ATTENTION_CAUSAL,
    ATTENTION_POSITION,
    ATTENTION_VARIANT,
    ATTENTION_GEMM,
    ATTENTION_OPTIONS
};

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
    enum linear_method method; /* of the projections */
    enum seq_scope scope;
    enum seq_isa isa;
    int threads;
};

/* Some queries of one head against all the keys they see. */
struct attention_tile {
    struct matrix out;    /* (count, width): what the queries become */
    struct matrix_in q;            /* (count, width) */
    struct matrix_in keys, values; /* (L, width); of values whole groups are read, whatever lies beyond the width */
    int64_t count;
    int64_t first; /* position of the first query */
    int64_t L, width;
    int64_t key_block; /* keys whose scores are held at once; a multiple of 16 */
    bool causal;
    float slope;    /* ALiBi's, times log2 e: scores fall by slope * |i - j|; 0 without */
    float *scratch; /* as many floats as attention_kernel.scratch() says */
    float *held;    /* hold() alone: (L rounded up to 16, strip), key by key the scores of all queries; on a cache line */
    bool held_streams; /* what is masked of it is written past the caches */
};

/* Compiled once per instruction set. */
struct attention_kernel {
    int64_t strip; /* queries computed at once */
    int64_t (*scratch)(int64_t tile_rows, int64_t key_block, int64_t width);
    void (*tile)(const struct attention_tile *tile);
    void (*hold)(const struct attention_tile *tile); /* the same for one strip; leaves its probabilities in held */
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

/* Where head 0 of sequence 0 lies; head h of sequence b begins h * head_stride floats and b * L rows further. Results may
 * lie where the queries do. Of the values, and of them alone, whole groups may be read. */
struct attention_operands {
    struct matrix_in q, k, v; /* (B * L, width) of head 0 */
    int64_t head_stride;
    struct matrix mixed; /* the same of what becomes of them: in scope core the output */
    int64_t mixed_head_stride;
};

/* Floats of PREPARED (tables of positions, packed weights), of ACTIVATIONS from their beginning on (operands), of SCRATCH
 * from its beginning on (the moved input), and of THREAD_SCRATCH (projections, while they run). */
int64_t attention_prepared_floats(const struct attention_shape *shape);
int64_t attention_operand_floats(const struct attention_shape *shape);
int64_t attention_moved_floats(const struct attention_shape *shape);
int64_t attention_linear_scratch_floats(const struct attention_shape *shape);

void attention_prepare(const struct seq_plan *plan, const struct seq_run *run);

/* Positions and input projection of all tokens. */
struct attention_operands attention_project(const struct seq_plan *plan, const struct seq_run *run);

/* Output projection of what is mixed; scope layer. */
void attention_project_out(const struct seq_plan *plan, const struct seq_run *run,
                           const struct attention_operands *operands);

/* Up to `rows` queries of head 0 .. B * heads - 1 from `first` on; key_block and scratch are left to the caller. */
struct attention_tile attention_tile_get(const struct attention_shape *shape, const struct attention_operands *operands,
                                         int64_t head, int64_t first, int64_t rows);

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
