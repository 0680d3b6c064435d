/* block.h - a block: fresh workers for everything that is compared at one length and thread count, asked in turn.
 *
 * All workers of a block live at the same time and are asked for one sample each, in a new random order every round, so
 * that drift hits all alike and ratios are paired. Where they do not fit in memory together the block is split, which is
 * recorded. A cell that fails is marked with the reason, and the others go on.
 */
#ifndef HARNESS_SWEEP_BLOCK_H
#define HARNESS_SWEEP_BLOCK_H

#include "sweep/ballast.h"
#include "sweep/plan.h"
#include "sweep/probes.h"
#include "sweep/spent.h"

/* What a block leaves behind for the next ones. */
struct block_outcome {
    bool disturbed;       /* by what the machine did meanwhile: to be repeated */
    double parallel_gain; /* of two CPUs, last seen; NaN never */
    double fastest_ns;    /* of a step of the calibrated spin, that is known of this machine; NaN nothing */
};

struct block_request {
    const struct setting *setting;
    struct store *store;
    const char *sweep;         /* id */
    const char *machine;       /* machine key, for planner knowledge */
    const char *reference_dir; /* where reference rows are kept between processes; NULL: computed anew */
    struct planned_cell **cells; /* those that run, all of one length and thread count */
    size_t count;
    int pass;
    uint64_t order_seed;
    enum probe_level probes;
    double timeout_seconds;    /* the longest that a request may stay unanswered */
    void (*doing)(void *context, const struct planned_cell *cell); /* called before each step; may be NULL */
    void *context;
    struct spent *spent;           /* where the time goes; may be NULL */
    struct block_outcome *outcome; /* brought up to date; may be NULL */
    struct ballast *ballast;       /* makes room for each process and comes back after the block; may be NULL */
};

/* Runs the block and stores it in one transaction. STATUS_INTERRUPTED leaves nothing of it behind. Cells that failed are
 * no failure of the block. */
MUST_CHECK enum status block_run(const struct block_request *request, struct error *error);

#endif
