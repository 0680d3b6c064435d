/* ab_internal.h - what ab.c (cells, stages), ab_pair.c (two processes) and ab_judge.c (verdicts) share. */
#ifndef HARNESS_SWEEP_AB_INTERNAL_H
#define HARNESS_SWEEP_AB_INTERNAL_H

#include "sweep/ab.h"
#include "sweep/reference.h"

/* A cell of the comparison: what each arm makes of it, and what is known so far. */
struct ab_cell {
    struct arm *arms[2]; /* base, new; a control has the base twice */
    struct planned_cell *planned[2];
    struct comparison_cell record;
    double *log_ratios[2]; /* new over base, one for each pair, by wall and by CPU clock; NaN unknown */
    double *seconds[2];    /* of each process, by the clock that is judged */
    size_t pairs;
    int64_t calls;       /* of a sample, the same for both arms */
    double pair_seconds; /* what a pair costs */
    bool runs;           /* neither failed nor skipped */
};

enum { AB_BASE = 0, AB_NEW = 1, AB_WALL = 0, AB_CPU = 1 };

struct ab {
    const struct ab_request *request;
    struct plan plans[3]; /* base, new, and the null operator's */
    struct ab_cell *cells;
    size_t count;
    double floor; /* from stored controls; NaN unknown */
    char reference_dir[REFERENCE_FOLDER];
    char id[UUID_TEXT];
    int64_t began_ns;
};

double ab_left(const struct ab *ab);      /* seconds of the budget */
int ab_clock(const struct ab_cell *cell); /* AB_WALL or AB_CPU, whichever is judged */

/* Plans both arms, pairs their cells and adds the controls. */
MUST_CHECK enum status ab_make_cells(struct ab *ab, struct error *error);

/* Each cell's noise floor, from the controls that this machine stored. The cells' clocks must be known. */
MUST_CHECK enum status ab_load_floor(struct ab *ab, struct error *error);

/* Ends a cell without measuring it further. */
void ab_conclude(struct ab_cell *cell, enum verdict verdict, const char *side, const char *reason);

/* One process of each arm, checked; fixes the number of calls and shares planner knowledge. A failure of an arm ends the cell,
 * with its verdict and reason, and is STATUS_OK. */
MUST_CHECK enum status ab_rehearse(struct ab *ab, struct ab_cell *cell, struct error *error);

/* Counts the instructions of both arms, after the rehearsal. A cell that cannot be counted says so and is judged by its times. */
MUST_CHECK enum status ab_count(struct ab_cell *cell, struct error *error);

/* One pair, added to the cell and stored. */
MUST_CHECK enum status ab_take_pair(struct ab *ab, struct ab_cell *cell, int stage, struct error *error);

/* The rule with the margin that holds for the cell. */
struct verdict_rule ab_rule(const struct ab *ab, const struct ab_cell *cell);

/* Fills in the estimates of a cell from its pairs. */
void ab_estimate(const struct ab *ab, struct ab_cell *cell);

/* Every cell's verdict. */
void ab_judge(struct ab *ab);

#endif
