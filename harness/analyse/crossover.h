/* crossover.h - where one curve passes another, with an interval: once, several times, or not at all. Pure. */
#ifndef HARNESS_ANALYSE_CROSSOVER_H
#define HARNESS_ANALYSE_CROSSOVER_H

#include "analyse/statistics.h"

#include <stdbool.h>
#include <stdint.h>

enum { CROSSOVER_POINTS_MAX = 160, CROSSOVERS_MAX = 8 };

/* a against b at one length. Either pairs that ran side by side, or two samples, or the ratio alone. */
struct crossover_point {
    double length;
    double log_ratio;    /* log(a/b), of medians or the median over pairs; negative: a is smaller */
    const double *pairs; /* (pair_count) log ratios; NULL none */
    int pair_count;
    const double *a, *b; /* where there are no pairs: the values of each; NULL none */
    int a_count, b_count;
};

struct crossover_series {
    const struct crossover_point *points; /* (count), lengths ascending and different */
    int count;
    bool exact;    /* values are counted: the crossing lies between two lengths for certain */
    int resamples; /* of each bootstrap */
    uint64_t seed;
};

enum crossover_verdict {
    CROSSOVER_UNKNOWN = 0,
    CROSSOVER_CROSSES,
    CROSSOVER_ALWAYS, /* a is smaller at every length */
    CROSSOVER_NEVER   /* b is */
};

struct crossover_root {
    struct interval length;
    bool a_beyond; /* a is the smaller one beyond */
};

struct crossover {
    enum crossover_verdict verdict;
    struct crossover_root roots[CROSSOVERS_MAX]; /* (count), ascending */
    int count;
    int undecided;                          /* lengths at which the two cannot be told apart */
    double first_undecided, last_undecided; /* NaN none */
};

void crossover_find(struct crossover *crossover, const struct crossover_series *series);

#endif
