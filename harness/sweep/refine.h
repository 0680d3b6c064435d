/* refine.h - a sweep that goes on where its crossings are not known well: after the regular passes, operators whose curves
 * cross within an interval that is wide are measured at new lengths inside it, until it is narrow, no length is left, or the
 * budget is spent.
 *
 * It looks at how wide intervals are, never at who is ahead. New cells get numbers after those that are there, and are
 * planned, priced, checked and measured in blocks like all others.
 */
#ifndef HARNESS_SWEEP_REFINE_H
#define HARNESS_SWEEP_REFINE_H

#include "sweep/run.h"

#define REFINE_RATIO 1.15       /* of the ends of an interval, from which it is narrow */
#define REFINE_BUDGET_SHARE 0.4 /* kept for it; what it leaves goes to all cells again */
#define REFINE_PROCESSES 5      /* of a new cell, before the interval is looked at again */

struct refine_request {
    const struct run_request *run; /* the whole budget; gone_seconds, kept_seconds, first_cell and processes_most are 0 */
    const struct sweep_record *sweep;
    double ratio;      /* > 1 */
    bool measured_all; /* the regular passes were made: the whole budget is for new lengths */
};

/* run_sweep and what comes after it. `notes`: a line for each crossing that was wide, and what became of it. */
MUST_CHECK enum status refine_run(const struct refine_request *request, struct text *notes, struct error *error);

#endif
