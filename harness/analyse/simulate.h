/* simulate.h - sweeps with known answers, made up with the errors that real ones have, and how often the analysis is right
 * about them. Pure: the numbers follow from the seed. */
#ifndef HARNESS_ANALYSE_SIMULATE_H
#define HARNESS_ANALYSE_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

/* One kind of sweep: lengths 2^6 .. 2^15. */
struct simulate_case {
    double power, log_power; /* the growth n^power log2(n)^log_power ... */
    double linear;           /* ... and a linear term: its share at length 512, 0 none */
    double noise;            /* relative standard deviation of a process */
    double deviation;        /* of a length, common to its processes (layout); relative standard deviation */
    double overhead_seconds; /* the shortest call takes 20 us without it */
    bool caches;             /* steps of 1.15, 1.5 and 2.2 beyond three cache levels */
    double outliers;         /* share of processes that are disturbed, up to +50 % */
    double disturbed;        /* share of lengths of which all processes are */
    int processes;           /* per length */
    int per_octave;          /* lengths */
};

struct simulate_growth_outcome {
    int sweeps;
    int covered;  /* the exponent's interval holds the exponent */
    int in_set;   /* the class is in the set */
    int right;    /* and the set has at most two classes */
    double width; /* median width of the interval */
    double bias;  /* median of exponent less the true one */
    double size;  /* mean size of the set */
};

void simulate_growth(struct simulate_growth_outcome *outcome, const struct simulate_case *kind, int sweeps, int resamples,
                     uint64_t seed);

struct simulate_crossover_outcome {
    int sweeps;
    int found;    /* exactly one crossover is reported */
    int covered;  /* and its interval holds the true length */
    double error; /* median of |log2(found / true)|, octaves */
    double width; /* median of high/low */
};

/* Two operators, n^2 with a linear term against n log n with an overhead, that cross once near length 724. */
void simulate_crossovers(struct simulate_crossover_outcome *outcome, const struct simulate_case *kind, int sweeps,
                         int resamples, uint64_t seed);

#endif
