/* context.h - the longest sequence whose value (time or memory) stays within a limit. Pure. */
#ifndef HARNESS_ANALYSE_CONTEXT_H
#define HARNESS_ANALYSE_CONTEXT_H

#include "analyse/growth.h"

enum context_verdict {
    CONTEXT_UNKNOWN = 0, /* not enough lengths, or they contradict each other */
    CONTEXT_MEASURED,    /* between two measured lengths */
    CONTEXT_PREDICTED,   /* beyond the longest one, by the growth classes */
    CONTEXT_AT_LEAST,    /* beyond the longest one, and no prediction is possible: length.value is the longest one */
    CONTEXT_BELOW        /* even the shortest one is above the limit: length.value is the shortest one */
};

struct context {
    enum context_verdict verdict;
    struct interval length; /* ends NaN where unknown */
    int new_level;          /* with CONTEXT_AT_LEAST: the cache level that stands in the way, -1 none */
};

/* `choice` is that of the series, or NULL where it has too few lengths. */
void context_find(struct context *context, const struct growth_series *series, const struct growth_choice *choice,
                  double limit);

/* Working set at any length, by the growth of the last two that are known; NaN unknown. */
double context_working_set(const struct growth_series *series, double length);

#endif
