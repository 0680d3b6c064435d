/* compare.h - two stored sweeps against each other. Their processes ran at different times and are not paired, so what drifted
 * between the sweeps looks like a difference: the margin is wider, what the machine's own probes drifted by is taken off, and
 * across machines nothing is judged at all.
 */
#ifndef HARNESS_SWEEP_COMPARE_H
#define HARNESS_SWEEP_COMPARE_H

#include "store/store_comparison.h"

#define COMPARE_MARGIN 0.05 /* the same build an hour later moves by less than this on a quiet machine */

struct compare_request {
    struct store *store;
    const struct sweep_record *base, *fresh;
    double margin; /* at least; the spread of the processes can be more */
    bool force;    /* different machines or settings are shown, with UNKNOWN for a verdict, instead of refused */
};

/* A comparison that is not stored; the caller frees the record's members and the cells. What forbids a comparison is a sentence
 * that names it. */
MUST_CHECK enum status compare_sweeps(const struct compare_request *request, struct comparison_record *comparison,
                                      struct comparison_cell **cells, size_t *count, struct error *error);

#endif
