/* reference.h - names of the files that the processes of one sweep share: reference rows, tensors of twins. */
#ifndef HARNESS_SWEEP_REFERENCE_H
#define HARNESS_SWEEP_REFERENCE_H

#include "base/cell.h"

/* FOLDER/HASH-VERSION, malloc'd. The hash is of everything in the cell but threads, binding and the prepare policy, on which
 * tensors and results do not depend; `version` tells builds apart. NULL: no folder, or no memory. */
char *reference_path(const char *folder, const struct cell *cell, const char *version);

#endif
