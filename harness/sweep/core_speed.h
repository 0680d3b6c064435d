/* core_speed.h - how fast a core of this machine can be, by the calibrated spin, as far as its stored sweeps know. */
#ifndef HARNESS_SWEEP_CORE_SPEED_H
#define HARNESS_SWEEP_CORE_SPEED_H

#include "store/store.h"

/* Nanoseconds of a spin's step in the fastest sweep of the machine with this key; NaN where there is none yet. */
MUST_CHECK enum status core_speed_known(struct store *store, const char *machine, double *step_ns, struct error *error);

#endif
