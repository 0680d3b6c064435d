/* predict.h - what a cell will take, from what shorter lengths and fewer threads of its series took and its operator's claim. */
#ifndef HARNESS_SWEEP_PREDICT_H
#define HARNESS_SWEEP_PREDICT_H

#include "sweep/plan.h"

/* Brings call_seconds and setup_seconds up to date; a cell that would exceed the limit, or longer than one whose worker gave no
 * answer, is skipped with the reason. */
void predict_cell(const struct plan *plan, struct planned_cell *cell, double call_limit_seconds);

#endif
