/* lstm.h - what the files of this module share. */
#ifndef LSTM_LSTM_H
#define LSTM_LSTM_H

#include "kernels/isa.h"
#include "kernels/recurrent.h"

enum lstm_gate { LSTM_I = 0, LSTM_F, LSTM_G, LSTM_O, LSTM_GATES }; /* PyTorch's order: input, forget, candidate, output */

enum lstm_option { LSTM_GEMM = 0 };

#define LSTM_STATES 2 /* h and c */

ISA_DECLARE(struct recurrent_kernel, lstm_kernel);

enum seq_status lstm_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                               double *output);

#endif
