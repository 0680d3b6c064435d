/* baseline.h - whole builds kept to compare against: the program and its modules, copied to baselines/NAME beside the results
 * database, with a hash over all of it. A build that is compared against for years must stay what it was. */
#ifndef HARNESS_SWEEP_BASELINE_H
#define HARNESS_SWEEP_BASELINE_H

#include "store/store_baseline.h"

enum baseline_state { BASELINE_INTACT = 0, BASELINE_CHANGED, BASELINE_MISSING };

/* Copies the build in `build` (a build folder or an install prefix; NULL: of the running program) and records it under
 * baseline->name; fills the rest. `commit` NULL: that of the source tree that the build was configured from. `machine` is
 * the machine's key. A name that is taken is a sentence, unless `replace`. */
MUST_CHECK enum status baseline_set(struct store *store, struct baseline_record *baseline, const char *build,
                                    const char *commit, const char *machine, bool replace, struct error *error);

/* Whether the folder still holds what was put there. */
MUST_CHECK enum status baseline_check(struct store *store, const struct baseline_record *baseline, enum baseline_state *state,
                                      struct error *error);

/* The folder of a baseline that is there and intact: `seqscale`, the program, and `operators/`, its modules. malloc'd.
 * `baseline` may be NULL. */
MUST_CHECK enum status baseline_find(struct store *store, const char *name, char **folder, struct baseline_record *baseline,
                                     struct error *error);

/* Deletes the record and the folder. */
MUST_CHECK enum status baseline_remove(struct store *store, const char *name, struct error *error);

#endif
