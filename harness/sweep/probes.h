/* probes.h - what the sweep measures beside its operators: the machine's own speed, and the memory of a worker that does
 * nothing. */
#ifndef HARNESS_SWEEP_PROBES_H
#define HARNESS_SWEEP_PROBES_H

#include "sweep/plan.h"

#define PROBES_MAX 64
#define PROBES_FULL_SECONDS 1.0 /* for everything; the short set takes about 0.2 s */
#define PROBES_BYTES 0x1p28      /* that they write to, at most */

enum probe_level { PROBES_NONE = 0, PROBES_SHORT, PROBES_FULL };

/* Runs the probes in a worker bound as the cell is. A probe worker that fails leaves the block without probes. */
MUST_CHECK enum status probes_take(const struct setting *setting, const struct cell *like, enum probe_level level,
                                   struct probe_record probes[PROBES_MAX], size_t *count, struct error *error);

/* Fills null_peak_bytes of cells that lack it: peak memory of a worker with the module `null` at the same size, one process
 * for each size. Where that module is not there the value stays NaN. */
MUST_CHECK enum status probes_null_peak(const struct setting *setting, struct planned_cell **cells, size_t count,
                                        struct error *error);

#endif
