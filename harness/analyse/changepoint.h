/* changepoint.h - where the level of a series changed: commits at which something became slower or faster. Pure.
 *
 * A rank split finds them: each run is compared with Mann and Whitney's test to up to 30 runs before and 30 from it on, the
 * best split of a piece is kept where it holds against all candidates (Bonferroni) and shifts the level by more than 2 %, and
 * the pieces are split again. Then each is tested again between its final neighbours, and the weakest dropped until all pass.
 * A second detector of another kind (L1-Potts, potts.h) votes: a change that both see, and that holds at a tenth of the level, is
 * confirmed; any other, or one younger than 5 runs, is a candidate, which no one should be woken for.
 */
#ifndef HARNESS_ANALYSE_CHANGEPOINT_H
#define HARNESS_ANALYSE_CHANGEPOINT_H

#include "analyse/statistics.h"

#include <stdbool.h>

enum {
    CHANGEPOINT_RUNS_MIN = 10, /* fewer cannot be judged */
    CHANGEPOINT_AGE_MIN = 5,   /* runs at the new level before a change can be confirmed */
    CHANGEPOINT_MAX = 64       /* of a series; more than that is no step function */
};

struct changepoint {
    size_t at;             /* index of the first run at the new level */
    size_t first, last;    /* the data do not tell which of these runs it is */
    struct interval shift; /* of the logarithm: new level less the old; 95 % */
    double p;              /* of the split, against all candidates */
    bool confirmed;
};

struct changepoints {
    struct changepoint items[CHANGEPOINT_MAX]; /* in order of `at` */
    size_t count;
};

/* `logs` (count): logarithms of the ratios to a fixed reference, in order of the commits. Fewer than CHANGEPOINT_RUNS_MIN, or a
 * value that is not finite: no change. */
void changepoint_find(struct changepoints *changes, const double *logs, size_t count);

#endif
