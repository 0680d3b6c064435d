/* rnn.h - what the files of this module share. */
#ifndef RNN_RNN_H
#define RNN_RNN_H

#include "kernels/isa.h"
#include "kernels/recurrent.h"

#define RNN_GATES 1
#define RNN_STATES 1 /* h */

enum rnn_option { RNN_NONLINEARITY = 0, RNN_GEMM };

enum rnn_nonlinearity { RNN_TANH = 0, RNN_RELU };

ISA_DECLARE(struct recurrent_kernel, rnn_tanh);
ISA_DECLARE(struct recurrent_kernel, rnn_relu);

enum seq_status rnn_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                              double *output);

#endif
