/* run_counts.h - a sweep whose cells are counted instead of timed (--metric instructions): each cell once, short lengths
 * first, by an ordinary worker that plans it and checks its output, and then by the workers of instructions.h.
 *
 * There are no blocks, passes or probes: a count does not depend on what else the machine does.
 */
#ifndef HARNESS_SWEEP_RUN_COUNTS_H
#define HARNESS_SWEEP_RUN_COUNTS_H

#include "sweep/run.h"

#define RUN_COUNTS_FLOPS_MAX 2e9 /* of a call: valgrind computes multiply-adds in software, 2 GFLOP in minutes */
#define RUN_COUNTS_WIDTH "64"    /* default: narrow layers leave long lengths within that limit */
#define RUN_COUNTS_TIMEOUT_SECONDS 600.0

/* Skips what cannot be counted: calls beyond the limit and external workers. */
void run_counts_limit(struct plan *plan);

/* What counting the cell will take, from what shorter ones of its series took, or from its price. */
double run_counts_seconds(const struct plan *plan, const struct planned_cell *cell);

/* As run_sweep, for the cells that are planned; those that have a count keep it. */
MUST_CHECK enum status run_counts(const struct run_request *request, struct error *error);

#endif
