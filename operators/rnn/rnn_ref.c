/* rnn_ref.c - h = tanh(x + W_hh h + b_hh), or relu, in plain double precision. */
#include "rnn/rnn.h"

#include "kernels/recurrent_ref.h"

#include <math.h>

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
static void cell_tanh(int64_t D, const double *x, const double *hidden, double *h, double *c)
{
    (void)c;
    for (int64_t j = 0; j < D; ++j)
        h[j] = tanh(x[j] + hidden[j]);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is that of every cell; this one has no second state */
static void cell_relu(int64_t D, const double *x, const double *hidden, double *h, double *c)
{
    (void)c;
    for (int64_t j = 0; j < D; ++j) {
        const double a = x[j] + hidden[j];
        h[j] = a < 0.0 ? 0.0 : a;
    }
}

enum seq_status rnn_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                              double *output)
{
    recurrent_ref_cell *const cell = seq_option_int(problem, RNN_NONLINEARITY) == RNN_RELU ? cell_relu : cell_tanh;
    return recurrent_reference(problem, run, rows, output, RNN_GATES, RNN_STATES, cell);
}
