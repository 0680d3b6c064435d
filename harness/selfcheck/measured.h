/* measured.h - a sweep that a unit of selfcheck measures: the same path as `seqscale sweep`, into a database in memory. */
#ifndef HARNESS_SELFCHECK_MEASURED_H
#define HARNESS_SELFCHECK_MEASURED_H

#include "present/study.h"
#include "selfcheck/part.h"
#include "sweep/plan.h"

enum { MEASURED_OPERATORS_MAX = 64 };

struct measured_request {
    const char *operators[MEASURED_OPERATORS_MAX]; /* each as --operator takes it; NULL after the last */
    const char *lengths, *widths, *threads;        /* as --length, --width and --threads take them */
    double budget_seconds;
    double call_limit_seconds;
};

struct measured {
    struct store *store; /* in memory */
    struct sweep_record sweep;
    struct plan plan;
    struct cell_record *cells;
    size_t cell_count;
    double seconds; /* that the blocks took */
};

/* Afterwards measured_free, also on failure. A cell that failed or is wrong fails the whole. Planner knowledge comes from and
 * goes to the unit's store, as between sweeps of one database. */
MUST_CHECK enum status measured_make(struct measured *measured, const struct unit_request *unit,
                                     const struct measured_request *request, struct error *error);
void measured_free(struct measured *measured);

/* The study of it, with nothing predicted. Afterwards study_free. */
MUST_CHECK enum status measured_study(struct study *study, const struct measured *measured, struct error *error);

#endif
