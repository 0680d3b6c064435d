/* reference.h - the files that the processes of one sweep or comparison share: reference rows, tensors of twins. */
#ifndef HARNESS_SWEEP_REFERENCE_H
#define HARNESS_SWEEP_REFERENCE_H

#include "base/cell.h"

/* FOLDER/HASH-VERSION, malloc'd. The hash is of everything in the cell but threads, binding and the prepare policy, on which
 * tensors and results do not depend; `version` tells builds apart. NULL: no folder, or no memory. */
char *reference_path(const char *folder, const struct cell *cell, const char *version);

#define REFERENCE_FOLDER 64

/* The folder goes with the sweep or comparison of that id; what a killed one left is found again. "": it cannot be made, and each
 * process computes its own. */
void reference_folder_make(char folder[REFERENCE_FOLDER], const char *id);
void reference_folder_remove(const char *folder);

#endif
