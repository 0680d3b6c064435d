/* plan_internal.h - the steps of a plan, for the files plan*.c alone. */
#ifndef HARNESS_SWEEP_PLAN_INTERNAL_H
#define HARNESS_SWEEP_PLAN_INTERNAL_H

#include "sweep/plan.h"

/* Appends one cell, without a price and a mark; its number is its place. */
MUST_CHECK enum status plan_append(struct plan *plan, const struct cell *cell, const char *module, struct error *error);

/* Asks workers for the prices of the cells from `first` on. */
MUST_CHECK enum status plan_price(struct plan *plan, size_t first, const struct setting *setting, double call_limit_seconds,
                                  struct error *error);

#endif
