/* rnn_kernel.c - the cell of torch.nn.RNN, compiled once per instruction set. */
#include "rnn/rnn.h"

#include "kernels/recurrent_step.h"
#include "kernels/vecmath.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
RECURRENT_INLINE void cell_tanh(float *h, float *memory, const float *x, const float *hidden, const float *before)
{
    (void)memory, (void)before;
#pragma omp simd
    for (int i = 0; i < RECURRENT_LANES; ++i)
        h[i] = vec_tanh(x[i] + hidden[i]);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
RECURRENT_INLINE void cell_relu(float *h, float *memory, const float *x, const float *hidden, const float *before)
{
    (void)memory, (void)before;
#pragma omp simd
    for (int i = 0; i < RECURRENT_LANES; ++i) {
        const float a = x[i] + hidden[i];
        h[i] = a < 0.0f ? 0.0f : a; /* this way round a NaN stays one */
    }
}

static void step_tanh(const struct recurrent_step *step)
{
    recurrent_step_panels(step, RNN_GATES, cell_tanh);
}

static void step_relu(const struct recurrent_step *step)
{
    recurrent_step_panels(step, RNN_GATES, cell_relu);
}

const struct recurrent_kernel ISA_NAME(rnn_tanh) = {
    .gates = RNN_GATES,
    .states = RNN_STATES,
    .lanes = RECURRENT_LANES,
    .step = step_tanh,
};

const struct recurrent_kernel ISA_NAME(rnn_relu) = {
    .gates = RNN_GATES,
    .states = RNN_STATES,
    .lanes = RECURRENT_LANES,
    .step = step_relu,
};
