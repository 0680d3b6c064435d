/* recurrent.h - what the gated recurrences (rnn, lstm, gru) share: everything but the equation of their cell.
 *
 * A layer of G gates is torch.nn.RNN, LSTM or GRU of one layer, batch first, input and hidden width D. Per step t and unit
 * j the cell combines, for each gate g, the input part x[g][j] with the hidden part b_hh[g][j] + sum_k W_hh[g][j][k] h[k].
 *
 * Method: the input parts of all steps are one GEMM (the phase "projection"). The recurrence then is one matrix-vector
 * product per step. Its weights are packed once per set of weights into panels of `lanes` hidden units, one vector wide:
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

#include "operator.h"

#define RECURRENT_MAX_GATES 4

/* One step of some panels for all sequences. */
struct recurrent_step {
    const float *packed; /* (panels, 1 + D, gates, lanes), as written by recurrent_prepare() */
    int64_t B, D;
    int64_t first, last; /* panels [first, last) */
    const float *x;      /* input parts of this step: x[b * x_batch + g * x_gate + j] */
    int64_t x_batch, x_gate;
    const float *h; /* hidden state before the step: h[b * h_batch + j] */
    int64_t h_batch;
    float *out; /* hidden state after it, another row than h: out[b * out_batch + j] */
    int64_t out_batch;
    float *memory; /* second state, updated in place (B, panels * lanes); NULL where the cell has none */
    int64_t memory_batch;
};

/* A cell compiled for one instruction set. */
struct recurrent_kernel {
    int gates;  /* at most RECURRENT_MAX_GATES */
    int states; /* vectors of width D carried from step to step: h alone 1, h and a memory 2 */
    int lanes;  /* hidden units in a panel */
    void (*step)(const struct recurrent_step *step);
};

/* The tensors by name. In scope core there is no input projection, and weight_ih and bias_ih are NULL. */
struct recurrent_weights {
    const float *weight_ih, *weight_hh; /* (gates * D, D) */
    const float *bias_ih, *bias_hh;     /* (gates * D) */
};

struct recurrent_weights recurrent_weights_get(enum seq_scope scope, const float *const *parameters);

/* Hooks that also need to know the cell; the arguments are those of the hook, then the kernel. */
enum seq_status recurrent_describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message,
                                   const struct recurrent_kernel *kernel);
enum seq_status recurrent_plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan,
                               struct seq_message *message, const struct recurrent_kernel *kernel);

/* Hooks as they stand in the table. */
const struct seq_parameter *recurrent_parameters(const struct seq_plan *plan, size_t *count);
void recurrent_regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT]);
enum seq_status recurrent_prepare(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status recurrent_forward(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status recurrent_advance(const struct seq_plan *plan, const struct seq_run *run); /* the hook `step` */

#endif
