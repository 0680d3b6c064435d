/* conclude.h - from the verdicts of all cells to that of the comparison. */
#ifndef HARNESS_SWEEP_CONCLUDE_H
#define HARNESS_SWEEP_CONCLUDE_H

#include "store/store_comparison.h"

/* Fills in verdict, reason and exit code; analyse/verdict.h has the rule. */
void conclude_comparison(struct comparison_record *comparison, const struct comparison_cell *cells, size_t count);

#endif
