/* recurrent_ref.h - the plain double-precision walk through a recurrence, which asks the operator for its cell's equation.
 *
 * It shares nothing with the fast path but the order of the parameters, is never optimised, and may allocate.
 */
#ifndef KERNELS_RECURRENT_REF_H
#define KERNELS_RECURRENT_REF_H

#include "operator.h"

/* One step of one sequence, unit by unit. x (gates, D) = W_ih x_t + b_ih, in scope core x_t itself for every gate;
 * hidden (gates, D) = W_hh h + b_hh; h (D), and c (D) where the cell has a second state (NULL otherwise), are updated. */
typedef void recurrent_ref_cell(int64_t D, const double *x, const double *hidden, double *h, double *c);

/* The hook `reference`, for a cell of `gates` gates and `states` (1 or 2) state vectors. */
enum seq_status recurrent_reference(const struct seq_problem *problem, const struct seq_run *run,
                                    const struct seq_rows *rows, double *output, int64_t gates, int64_t states,
                                    recurrent_ref_cell *cell);

#endif
