/* sweep_prices.h - what `sweep --list` prints: each cell with its price and how long it will take, before anything runs. */
#ifndef HARNESS_COMMANDS_SWEEP_PRICES_H
#define HARNESS_COMMANDS_SWEEP_PRICES_H

#include "sweep/plan.h"

/* To standard output. `counted`: instructions are counted, and nothing is timed; `samples`: of a process. */
MUST_CHECK enum status sweep_prices_print(const struct plan *plan, bool counted, int samples, struct error *error);

#endif
