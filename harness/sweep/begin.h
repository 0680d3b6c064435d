/* begin.h - a planned sweep entered in the store: the machine's fingerprint, the sweep and its cells. */
#ifndef HARNESS_SWEEP_BEGIN_H
#define HARNESS_SWEEP_BEGIN_H

#include "machine/fingerprint.h"
#include "sweep/plan.h"

/* `sweep` comes with name (may be ""), note, relative_to and arguments; id, seed, fingerprint and status are filled in here.
 * `machine` is the machine key, for planner knowledge. */
MUST_CHECK enum status begin_sweep(struct store *store, const struct setting *setting, struct plan *plan,
                                   struct sweep_record *sweep, char machine[FINGERPRINT_KEY], struct error *error);

/* Stores the cells of the plan from number `first` on as those of the sweep; they get their ids. */
MUST_CHECK enum status begin_cells(struct store *store, struct plan *plan, size_t first, const char *sweep,
                                   struct error *error);

#endif
