/* compared.h - a comparison that a unit of selfcheck makes: the same path as `seqscale ab`, into a database in memory.
 * Both arms are this build. A slowdown in time is planted by lengths: an operator that is linear in the length does so much
 * more of its own work inside the timed call as the new arm's is longer, and its priced operations say how much that is. One
 * that is counted must leave the plan and the layout alone: the worker does plain arithmetic beside the operator's own.
 */
#ifndef HARNESS_SELFCHECK_COMPARED_H
#define HARNESS_SELFCHECK_COMPARED_H

#include "selfcheck/part.h"
#include "store/store_comparison.h"

struct compared_request {
    const char *operators;                  /* as --operator takes them */
    const char *base_lengths, *new_lengths; /* as many */
    const char *width;
    size_t pairs; /* at most, per cell */
    double budget_seconds;
    bool instructions;
    int64_t extra_steps; /* of arithmetic in each call of the new arm; 0 none */
};

struct compared {
    struct comparison_record record;
    struct comparison_cell *cells;
    size_t count;
    double *work_ratios; /* of each cell, new over base: operations as priced, bytes where there are none */
};

/* Afterwards compared_free, also on failure. A cell that failed or is wrong fails the whole. */
MUST_CHECK enum status compared_make(struct compared *compared, const struct unit_request *unit,
                                     const struct compared_request *request, struct error *error);
void compared_free(struct compared *compared);

#endif
