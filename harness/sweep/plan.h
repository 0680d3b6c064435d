/* plan.h - the cells of a sweep, priced before anything runs. */
#ifndef HARNESS_SWEEP_PLAN_H
#define HARNESS_SWEEP_PLAN_H

#include "base/text.h"
#include "store/store.h"
#include "sweep/axes.h"
#include "sweep/setting.h"

/* What the axes of a sweep are. */
struct plan_request {
    struct operator_list operators;
    struct axis lengths, widths, batches, threads; /* threads empty: 1, 2, 4 ... all cores */
    struct cell base;              /* mode, scope, prepare, cache, bind, seed */
    double call_limit_seconds;     /* longest call that is measured */
    bool from_file;                /* an operator that is not there is skipped with a sentence instead of refused */
};

struct planned_cell {
    struct cell_record record;
    char *module;           /* its file; NULL for an external operator */
    char *plan_text;        /* planner knowledge (base64), NULL none yet */
    bool plan_stored;       /* plan_text is in the store as this cell's own */
    bool plan_borrowed;     /* plan_text is a starting point made for fewer threads */
    bool *checked;          /* its series (operator, options, width, threads) went through the full check; points into plan */
    double call_seconds;    /* a call's time: measured, or guessed from the price */
    double count_seconds;   /* what counting its instructions took, all told; 0 not counted in this run */
    double setup_seconds;   /* start, prepare and check of its last process */
    bool timed_out;         /* a worker of it gave no answer in time: longer lengths are not tried */
    double null_peak_bytes; /* peak of a worker that does nothing at this size; NaN unknown */
};

struct plan {
    struct planned_cell *cells;
    size_t count;
    bool *checked; /* one entry for each series */
    json_t *libraries; /* loaded by the modules */
    struct text notes; /* sentences about what was left out, one a line */
};

/* Crosses the axes and asks a worker for every price. Cells that an operator does not support, or that do not fit in memory
 * or in the time limit, come out with status "skipped" and the reason. */
MUST_CHECK enum status plan_make(struct plan *plan, const struct setting *setting, const struct plan_request *request,
                                 struct error *error);

/* The plan of a sweep that is already stored: its cells as they are, modules looked up again. */
MUST_CHECK enum status plan_load(struct plan *plan, const struct setting *setting, struct store *store, const char *sweep,
                                 struct error *error);
/* A measured cell's series at another length. */
struct plan_addition {
    size_t like; /* index in the plan; its cell was measured */
    int64_t length;
};

/* Appends cells, priced as those of plan_make. Pointers into plan->cells become invalid. */
MUST_CHECK enum status plan_add(struct plan *plan, const struct setting *setting, const struct plan_addition *additions,
                                size_t count, double call_limit_seconds, struct error *error);
void plan_free(struct plan *plan);

/* How the reason of a cell begins that only a larger budget keeps from being measured: --resume tries it again. */
#define PLAN_BUDGET_REASON "does not fit in what is left of the budget"

bool plan_cell_runs(const struct planned_cell *cell); /* planned or measured so far, neither skipped nor failed */
void plan_skip(struct planned_cell *cell, const char *format, ...) PRINTF_LIKE(2, 3);
/* The cell could not be measured: keeps the sentence, and what its worker said last (NULL nothing). `kind` as client_kind. */
void plan_fail(struct planned_cell *cell, enum status status, const char *kind, const char *tail, const struct error *error);

/* Seconds that one process of the cell will take: start and preparation, check, samples. */
double plan_process_seconds(const struct planned_cell *cell, int samples);

#endif
