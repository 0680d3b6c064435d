/* compare_fingerprints.h - what differs between the machines and builds of two stored sweeps. */
#ifndef HARNESS_SWEEP_COMPARE_FINGERPRINTS_H
#define HARNESS_SWEEP_COMPARE_FINGERPRINTS_H

#include "store/store.h"

/* *differences: JSON array of {field, kind, base, new} of the fields of the machine and the build, malloc'd. `obstacle`: a phrase
 * where times of the two cannot be compared (another machine, or an unknown one), else "". */
MUST_CHECK enum status compare_fingerprints(struct store *store, const struct sweep_record *base,
                                            const struct sweep_record *fresh, char **differences, char obstacle[256],
                                            struct error *error);

#endif
