/* gru.h - what the files of this module share. */
#ifndef GRU_GRU_H
#define GRU_GRU_H

#include "kernels/isa.h"
#include "kernels/recurrent.h"

enum gru_gate { GRU_R = 0, GRU_Z, GRU_N, GRU_GATES }; /* PyTorch's order: reset, update, candidate */

enum gru_option { GRU_GEMM = 0 };

#define GRU_STATES 1 /* h */

ISA_DECLARE(struct recurrent_kernel, gru_kernel);

enum seq_status gru_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                              double *output);

#endif
