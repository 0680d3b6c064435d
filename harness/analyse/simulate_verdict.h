/* simulate_verdict.h - comparisons with known answers: how often the rule of verdict.h cries wolf, and how often it finds what is
 * there. Pure: the numbers follow from the seed. */
#ifndef HARNESS_ANALYSE_SIMULATE_VERDICT_H
#define HARNESS_ANALYSE_SIMULATE_VERDICT_H

#include <stdint.h>

struct simulate_verdict_case {
    double effect;   /* new over base of the changed cells, as a ratio less 1 */
    int changed;     /* cells of a run with that effect; the others are the same */
    int cells;       /* of a run */
    double noise;    /* standard deviation of a pair's log ratio */
    double outliers; /* share of processes that are disturbed, by up to +50 % */
    double carried;  /* correlation of a pair's error with that of the pair before */
    int pairs;       /* at most, per cell */
    double margin;
};

struct simulate_verdict_outcome {
    int runs, cells, changed;
    int false_alarms; /* unchanged cells that came out SLOWER or FASTER */
    int alarmed_runs; /* with one or more of them */
    int found;        /* changed cells that came out SLOWER (FASTER, where the effect is below 0) */
    int same;         /* unchanged cells that came out SAME */
    double pairs;     /* mean number of pairs of a cell */
};

void simulate_verdicts(struct simulate_verdict_outcome *outcome, const struct simulate_verdict_case *kind, int runs,
                       uint64_t seed);

#endif
