/* gru_kernel.c - the cell of torch.nn.GRU, compiled once per instruction set. */
#include "gru/gru.h"

#include "kernels/recurrent_math.h"
#include "kernels/recurrent_step.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
RECURRENT_INLINE recurrent_vector cell(recurrent_vector *memory, const recurrent_vector *a, recurrent_vector apart,
                                       recurrent_vector before)
{
    (void)memory;
    const recurrent_vector candidate = recurrent_tanh(apart + recurrent_sigmoid(a[GRU_R]) * a[GRU_N]);
    return candidate + recurrent_sigmoid(a[GRU_Z]) * (before - candidate);
}

RECURRENT_OUTLINE void block(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){RECURRENT_PANELS(GRU_GATES), 1, GRU_GATES});
}

RECURRENT_OUTLINE void panel(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){1, 1, GRU_GATES});
}

RECURRENT_OUTLINE void panel_batch(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){1, RECURRENT_BATCH, GRU_GATES});
}

static void walk(const struct recurrent_walk *args)
{
    recurrent_walk_steps(args, (struct recurrent_form){
                                   .gates = GRU_GATES,
                                   .apart = GRU_N,
                                   .cell = cell,
                                   .block = block,
                                   .panel = panel,
                                   .panel_batch = panel_batch,
                               });
}

const struct recurrent_kernel ISA_NAME(gru_kernel) = {
    .gates = GRU_GATES,
    .states = GRU_STATES,
    .lanes = RECURRENT_LANES,
    .panels = RECURRENT_PANELS(GRU_GATES),
    .walk = walk,
    .finer_input = true,
};
