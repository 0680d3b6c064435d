/* gru_ref.c - the equations of torch.nn.GRU in plain double precision, reset after the hidden product:
 *
 *     r, z = sigmoid(W_i x + b_i + W_h h + b_h);   n = tanh(W_in x + b_in + r (W_hn h + b_hn));   h = (1 - z) n + z h
 */
#include "gru/gru.h"

#include "kernels/recurrent_ref.h"

#include <math.h>

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
static void cell(int64_t D, const double *x, const double *hidden, double *h, double *c)
{
    (void)c;
    for (int64_t j = 0; j < D; ++j) {
        const double r = sigmoid(x[GRU_R * D + j] + hidden[GRU_R * D + j]);
        const double z = sigmoid(x[GRU_Z * D + j] + hidden[GRU_Z * D + j]);
        const double n = tanh(x[GRU_N * D + j] + r * hidden[GRU_N * D + j]);
        h[j] = (1.0 - z) * n + z * h[j];
    }
}

enum seq_status gru_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                              double *output)
{
    return recurrent_reference(problem, run, rows, output, GRU_GATES, GRU_STATES, cell);
}
