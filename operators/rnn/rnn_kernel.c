/* rnn_kernel.c - the cell of torch.nn.RNN, compiled once per instruction set. */
#include "rnn/rnn.h"

#include "kernels/recurrent_math.h"
#include "kernels/recurrent_step.h"

#include <math.h>

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
RECURRENT_INLINE recurrent_vector cell_tanh(recurrent_vector *memory, const recurrent_vector *a, recurrent_vector apart,
                                            recurrent_vector before)
{
    (void)memory, (void)apart, (void)before;
    return recurrent_tanh(a[0]);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
RECURRENT_INLINE recurrent_vector cell_relu(recurrent_vector *memory, const recurrent_vector *a, recurrent_vector apart,
                                            recurrent_vector before)
{
    (void)memory, (void)apart, (void)before;
    return recurrent_clamp(a[0], 0.0f, INFINITY);
}

RECURRENT_OUTLINE void block(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){RECURRENT_PANELS(RNN_GATES), 1, RNN_GATES});
}

RECURRENT_OUTLINE void block_batch(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){RECURRENT_PANELS(RNN_GATES), RECURRENT_BATCH, RNN_GATES});
}

RECURRENT_OUTLINE void panel(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){1, 1, RNN_GATES});
}

RECURRENT_OUTLINE void panel_batch(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){1, RECURRENT_BATCH, RNN_GATES});
}

static void walk_tanh(const struct recurrent_walk *walk)
{
    recurrent_walk_steps(walk, (struct recurrent_form){
                                   .gates = RNN_GATES,
                                   .apart = RECURRENT_NONE_APART,
                                   .cell = cell_tanh,
                                   .block = block,
                                   .block_batch = block_batch,
                                   .panel = panel,
                                   .panel_batch = panel_batch,
                               });
}

static void walk_relu(const struct recurrent_walk *walk)
{
    recurrent_walk_steps(walk, (struct recurrent_form){
                                   .gates = RNN_GATES,
                                   .apart = RECURRENT_NONE_APART,
                                   .cell = cell_relu,
                                   .block = block,
                                   .block_batch = block_batch,
                                   .panel = panel,
                                   .panel_batch = panel_batch,
                               });
}

const struct recurrent_kernel ISA_NAME(rnn_tanh) = {
    .gates = RNN_GATES,
    .states = RNN_STATES,
    .lanes = RECURRENT_LANES,
    .panels = RECURRENT_PANELS(RNN_GATES),
    .walk = walk_tanh,
    .finer_input = true,
};

const struct recurrent_kernel ISA_NAME(rnn_relu) = {
    .gates = RNN_GATES,
    .states = RNN_STATES,
    .lanes = RECURRENT_LANES,
    .panels = RECURRENT_PANELS(RNN_GATES),
    .walk = walk_relu,
    .finer_input = true,
};
