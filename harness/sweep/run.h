/* run.h - a sweep from its first block to its last: which block comes next, until the intervals are narrow or the budget
 * is spent.
 *
 * Pass 0 measures every (length, threads) once, short lengths first, because what a call takes at one length predicts the
 * next: cells beyond the time limit are skipped before they run. Further passes go round until each block has
 * RUN_PASSES_FIRST of them; then the block with the widest interval for its price is next. The choice looks at widths only,
 * never at which operator is ahead.
 */
#ifndef HARNESS_SWEEP_RUN_H
#define HARNESS_SWEEP_RUN_H

#include "sweep/plan.h"

#define RUN_PASSES_FIRST 3
#define RUN_PASSES_MAX 15
#define RUN_PROCESSES_NARROW 6   /* from here the interval is free of assumptions (statistics.h) */
#define RUN_WIDTH_NARROW 0.02    /* half-width of an interval over its value, at which a cell is done */

struct run_request {
    const struct setting *setting;
    struct store *store;
    const char *sweep;              /* id */
    const char *machine;            /* machine key */
    struct plan *plan;
    double budget_seconds;          /* of the whole sweep, of which ... */
    double gone_seconds;            /* ... that much was spent before this call */
    double kept_seconds;            /* ... and that much is kept for a later one */
    size_t first_cell;              /* only the cells of the plan from this one on */
    int processes_most;             /* of a cell; 0: as many as its interval asks for */
    double call_limit_seconds;
    void (*progress)(void *context, double fraction, double gone_seconds, double left_seconds, const char *doing);
    void *context;                  /* progress may be NULL */
};

/* STATUS_OK when every cell was measured, skipped or failed with a reason; STATUS_INTERRUPTED after Ctrl-C, with everything
 * finished so far in the store. */
MUST_CHECK enum status run_sweep(const struct run_request *request, struct error *error);

#endif
