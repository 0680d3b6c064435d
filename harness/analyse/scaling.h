/* scaling.h - what more cores bring: speed-up, efficiency, and the laws of Amdahl and Gunther. Pure.
 *
 * Amdahl: t(p)/t(1) = s + (1 - s)/p, s the serial fraction. Gunther's universal scalability law (USL):
 * p t(p)/t(1) = 1 + sigma (p - 1) + kappa p (p - 1), sigma contention, kappa coherence; fitted from four thread counts up.
 */
#ifndef HARNESS_ANALYSE_SCALING_H
#define HARNESS_ANALYSE_SCALING_H

#include "analyse/statistics.h"

#include <stdint.h>

enum { SCALING_POINTS_MAX = 32, SCALING_USL_MIN = 4 };

struct scaling_point {
    int threads;
    double seconds;           /* median over processes */
    const double *replicates; /* one per process; NULL none */
    int replicate_count;
};

struct scaling_series {
    const struct scaling_point *points; /* (count), threads ascending and different; the first is the base */
    int count;
    int resamples;
    uint64_t seed;
};

struct scaling {
    struct interval speedup[SCALING_POINTS_MAX];    /* base seconds over seconds; 1 at the base. Ends NaN: unknown */
    struct interval efficiency[SCALING_POINTS_MAX]; /* speed-up over the ratio of threads */
    struct interval serial;                         /* s; below 0 where the speed-up is more than the threads */
    struct interval contention, coherence;          /* sigma, kappa; NaN below SCALING_USL_MIN points */
};

/* From two points up. Where processes were not repeated, intervals have no ends. */
void scaling_fit(struct scaling *scaling, const struct scaling_series *series);

#endif
