/* lstm_kernel.c - the cell of torch.nn.LSTM, compiled once per instruction set. */
#include "lstm/lstm.h"

#include "kernels/recurrent_math.h"
#include "kernels/recurrent_step.h"

RECURRENT_INLINE recurrent_vector cell(recurrent_vector *memory, const recurrent_vector *a, recurrent_vector apart,
                                       recurrent_vector before)
{
    (void)apart, (void)before;
    const recurrent_vector input = recurrent_sigmoid(a[LSTM_I]) * recurrent_tanh(a[LSTM_G]);
    *memory = recurrent_sigmoid(a[LSTM_F]) * *memory + input;
    return recurrent_sigmoid(a[LSTM_O]) * recurrent_tanh(*memory);
}

RECURRENT_OUTLINE void block(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){RECURRENT_PANELS(LSTM_GATES), 1, LSTM_GATES});
}

RECURRENT_OUTLINE void block_batch(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){RECURRENT_PANELS(LSTM_GATES), RECURRENT_BATCH, LSTM_GATES});
}

RECURRENT_OUTLINE void panel(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){1, 1, LSTM_GATES});
}

RECURRENT_OUTLINE void panel_batch(const struct recurrent_product *product)
{
    recurrent_multiply(product, (struct recurrent_shape){1, RECURRENT_BATCH, LSTM_GATES});
}

static void walk(const struct recurrent_walk *args)
{
    recurrent_walk_steps(args, (struct recurrent_form){
                                   .gates = LSTM_GATES,
                                   .apart = RECURRENT_NONE_APART,
                                   .cell = cell,
                                   .block = block,
                                   .block_batch = block_batch,
                                   .panel = panel,
                                   .panel_batch = panel_batch,
                               });
}

const struct recurrent_kernel ISA_NAME(lstm_kernel) = {
    .gates = LSTM_GATES,
    .states = LSTM_STATES,
    .lanes = RECURRENT_LANES,
    .panels = RECURRENT_PANELS(LSTM_GATES),
    .walk = walk,
};
