/* store_study.h - what `seqscale study` reads beside the cells: processes with the block they ran in. */
#ifndef HARNESS_STORE_STORE_STUDY_H
#define HARNESS_STORE_STORE_STUDY_H

#include "store/store.h"

/* One process. Two with the same pass, length and threads, neither of them split, ran side by side. */
struct study_process {
    int cell_number;
    int pass;
    bool split;
    double wall_quartile; /* seconds; never NaN */
};

/* Those of a sweep that were timed, by cell number and pass. Caller frees the array. */
MUST_CHECK enum status store_read_study_processes(struct store *store, const char *sweep, struct study_process **processes,
                                                  size_t *count, struct error *error);

#endif
