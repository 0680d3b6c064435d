/* recurrent.h - what the gated recurrences (rnn, lstm, gru) share: everything but the equation of their cell.
 *
 * A layer of G gates is torch.nn.RNN, LSTM or GRU of one layer, batch first, input and hidden width D. Per step t and unit
 * j the cell combines, for each gate g, the input part x[g][j] with the hidden part b_hh[g][j] + sum_k W_hh[g][j][k] h[k].
 *
 * Method: the input parts of a chunk of steps are one GEMM (the phase "projection"). The recurrence then is one
 * matrix-vector product per step. Its weights are packed once per set of weights into panels of `lanes` hidden units, one
 * vector wide:
 *
 *     panel p = rows (1 + D) x gates x lanes: the row of b_hh, then for each k the row of W_hh[.][p * lanes + .][k]
 *
 * so that a step reads them strictly forward, sums without horizontal additions, and has all gates of a unit at hand for
 * the cell. Units beyond D in the last panel are zero. The hidden state is read from the output's previous row, which is
 * why the threads of a team, each owning a range of panels for the whole sequence, need to wait for each other only once a
 * step.
 *
 * The hooks of an operator's table can be the functions here; `struct seq_plan` is theirs.
 */
#ifndef KERNELS_RECURRENT_H
#define KERNELS_RECURRENT_H

#include "kernels/linear.h"
#include "operator.h"

#include <stdbool.h>

struct progress;

/* One thread's panels through all steps of a span, for all sequences. */
struct recurrent_walk {
    const float *packed; /* (panels, 1 + D, gates, lanes), as written by recurrent_prepare() */
    int64_t B, D, steps;
    int64_t first, last; /* panels [first, last) */
    const float *x;      /* input parts of the first step: x[b * x_batch + t * x_step + g * x_gate + j] */
    int64_t x_batch, x_step, x_gate;
    const float *h; /* hidden state before the first step: h[b * h_batch + j] */
    int64_t h_batch;
    float *out; /* hidden state after step t, read again by step t + 1: out[b * out_batch + t * D + j] */
    int64_t out_batch;
    float *memory; /* second state, updated in place (B, panels * lanes); NULL where the cell has none */
    int64_t memory_batch;
    struct progress *progress; /* (team), all 0 */
    int thread, team;
    int64_t ahead; /* blocks to begin before the others' units are waited for */
    float *sums;   /* (1 + ahead, B, panels of a block, gates, lanes), the thread's own */
};

/* A cell compiled for one instruction set. */
struct recurrent_kernel {
    int gates;
    int states; /* vectors of width D carried from step to step: h alone 1, h and a memory 2 */
    int lanes;  /* hidden units in a panel */
    int panels; /* in a block, whose sums are made together */
    void (*walk)(const struct recurrent_walk *walk);
    bool finer_input; /* the input's projection is where most of the rounding error comes from: struct linear, `finer` */
};

/* The tensors by name. In scope core there is no input projection, and weight_ih and bias_ih are NULL. */
struct recurrent_weights {
    const float *weight_ih, *weight_hh; /* (gates * D, D) */
    const float *bias_ih, *bias_hh;     /* (gates * D) */
};

struct recurrent_weights recurrent_weights_get(enum seq_scope scope, const float *const *parameters);

/* Hooks that also need to know the cell; the arguments are those of the hook, then the kernel and
 * the method of the input projection. */
enum seq_status recurrent_describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message,
                                   const struct recurrent_kernel *kernel, enum linear_method method);
enum seq_status recurrent_plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan,
                               struct seq_message *message, const struct recurrent_kernel *kernel,
                               enum linear_method method);

/* Hooks as they stand in the table. */
const struct seq_parameter *recurrent_parameters(const struct seq_plan *plan, size_t *count);
void recurrent_regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT]);
size_t recurrent_method(const struct seq_plan *plan, char *text, size_t capacity);
enum seq_status recurrent_prepare(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status recurrent_forward(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status recurrent_advance(const struct seq_plan *plan, const struct seq_run *run); /* the hook `step` */

#endif
