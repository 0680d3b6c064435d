/* lstm_kernel.c - the cell of torch.nn.LSTM, compiled once per instruction set. */
#include "lstm/lstm.h"

#include "kernels/recurrent_step.h"
#include "kernels/vecmath.h"

RECURRENT_INLINE void cell(float *h, float *memory, const float *x, const float *hidden, const float *before)
{
    (void)before;
#pragma omp simd
    for (int i = 0; i < RECURRENT_LANES; ++i) {
        const int at_i = LSTM_I * RECURRENT_LANES + i, at_f = LSTM_F * RECURRENT_LANES + i;
        const int at_g = LSTM_G * RECURRENT_LANES + i, at_o = LSTM_O * RECURRENT_LANES + i;
        const float input = vec_sigmoid(x[at_i] + hidden[at_i]);
        const float forget = vec_sigmoid(x[at_f] + hidden[at_f]);
        const float candidate = vec_tanh(x[at_g] + hidden[at_g]);
        const float output = vec_sigmoid(x[at_o] + hidden[at_o]);
        const float c = forget * memory[i] + input * candidate;
        memory[i] = c;
        h[i] = output * vec_tanh(c);
    }
}

static void step(const struct recurrent_step *args)
{
    recurrent_step_panels(args, LSTM_GATES, cell);
}

const struct recurrent_kernel ISA_NAME(lstm_kernel) = {
    .gates = LSTM_GATES,
    .states = LSTM_STATES,
    .lanes = RECURRENT_LANES,
    .step = step,
};
