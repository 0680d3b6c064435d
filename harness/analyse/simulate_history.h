/* simulate_history.h - histories with known steps, made up with the noise that real ones have, and how often the change points
 * found are right. Pure: the numbers follow from the seed. */
#ifndef HARNESS_ANALYSE_SIMULATE_HISTORY_H
#define HARNESS_ANALYSE_SIMULATE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

/* One kind of history. The noise is autoregressive, and some runs are disturbed, by up to +50 %. */
struct simulate_history_case {
    int runs;           /* at most SIMULATE_RUNS_MAX */
    double noise;       /* relative standard deviation */
    double correlation; /* of neighbouring runs */
    double outliers;    /* share of disturbed runs */
    double step;        /* ratio of the level after to the level before; 1: there is none */
    bool each_run;      /* looked at after each run, not once at the end */
};

enum { SIMULATE_RUNS_MAX = 400 };

struct simulate_history_outcome {
    int series;
    int found;            /* confirmed within 3 runs of the step */
    int found_candidate;  /* or at least a candidate */
    int false_points;     /* confirmed elsewhere; with each_run: those that were ever confirmed, of one place and sign once */
    int false_candidates;
    int in_range;         /* of those found: the range of commits holds the true one */
    int covered;          /* of those found: the interval of the shift holds the true one */
    double error;         /* of those found: median of |log shift - true one| */
    double delay;         /* with each_run: median runs at the new level until it was confirmed; those not found count as never */
};

/* The step is at a place of its own in each series, between 1/5 and 4/5 of the runs. */
void simulate_history(struct simulate_history_outcome *outcome, const struct simulate_history_case *kind, int series,
                      uint64_t seed);

/* Upper end of the one-sided 95 % interval of the mean of a Poisson count: what a count of false changes still allows. */
double simulate_count_upper(int count);

#endif
