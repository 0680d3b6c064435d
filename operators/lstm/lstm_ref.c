/* lstm_ref.c - the equations of torch.nn.LSTM in plain double precision:
 *
 *     i, f, o = sigmoid, g = tanh of (W_ih x + b_ih + W_hh h + b_hh);   c = f c + i g;   h = o tanh(c)
 */
#include "lstm/lstm.h"

#include "kernels/recurrent_ref.h"

#include <math.h>

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void cell(int64_t D, const double *x, const double *hidden, double *h, double *c)
{
    for (int64_t j = 0; j < D; ++j) {
        const double i = sigmoid(x[LSTM_I * D + j] + hidden[LSTM_I * D + j]);
        const double f = sigmoid(x[LSTM_F * D + j] + hidden[LSTM_F * D + j]);
        const double g = tanh(x[LSTM_G * D + j] + hidden[LSTM_G * D + j]);
        const double o = sigmoid(x[LSTM_O * D + j] + hidden[LSTM_O * D + j]);
        c[j] = f * c[j] + i * g;
        h[j] = o * tanh(c[j]);
    }
}

enum seq_status lstm_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                               double *output)
{
    return recurrent_reference(problem, run, rows, output, LSTM_GATES, LSTM_STATES, cell);
}
