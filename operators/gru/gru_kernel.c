/* gru_kernel.c - the cell of torch.nn.GRU, compiled once per instruction set. */
#include "gru/gru.h"

#include "kernels/recurrent_step.h"
#include "kernels/vecmath.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
RECURRENT_INLINE void cell(float *h, float *memory, const float *x, const float *hidden, const float *before)
{
    (void)memory;
#pragma omp simd
    for (int i = 0; i < RECURRENT_LANES; ++i) {
        const int r = GRU_R * RECURRENT_LANES + i, z = GRU_Z * RECURRENT_LANES + i, n = GRU_N * RECURRENT_LANES + i;
        const float reset = vec_sigmoid(x[r] + hidden[r]);
        const float update = vec_sigmoid(x[z] + hidden[z]);
        const float candidate = vec_tanh(x[n] + reset * hidden[n]);
        h[i] = candidate + update * (before[i] - candidate);
    }
}

static void step(const struct recurrent_step *args)
{
    recurrent_step_panels(args, GRU_GATES, cell);
}

const struct recurrent_kernel ISA_NAME(gru_kernel) = {
    .gates = GRU_GATES,
    .states = GRU_STATES,
    .lanes = RECURRENT_LANES,
    .step = step,
};
