/* roofline.h - the least time that a machine allows for a call, and which of its limits says so. Pure functions.
 *
 * A call must do its arithmetic, and its bytes must reach the cores. Of a set of data that is passed over again and again (the
 * tensors of a call, which the next call reads once more; the weights of a recurrence, step after step), a cache can keep at
 * most as much as it holds: the rest crosses into it from the level behind it on every pass, whatever the order. So
 *
 *     seconds >= max( flops / peak,  for each level: sum over sets of passes (set - held before it) / its bandwidth )
 *
 * where nothing is held before the first level, and of the tensors of a call in a cold cache nothing at all. No program can be faster; one at 100 % keeps in each cache what fits there. A
 * limit that was not measured is NaN and binds nothing. What depends on latency (steps that wait for each other, barriers) is
 * not counted, so a short recurrence may stay far below 100 % for good reasons.
 */
#ifndef HARNESS_ANALYSE_ROOFLINE_H
#define HARNESS_ANALYSE_ROOFLINE_H

#include <stdbool.h>

enum roofline_bound {
    ROOFLINE_NONE = 0, /* unknown */
    ROOFLINE_COMPUTE,
    ROOFLINE_L1,
    ROOFLINE_L2,
    ROOFLINE_L3,
    ROOFLINE_MEMORY,
    ROOFLINE_BOUNDS
};

enum { ROOFLINE_LEVELS = ROOFLINE_BOUNDS - ROOFLINE_L1 }; /* L1, L2, L3, memory: bound ROOFLINE_L1 + level */

/* What the team gives and has together; NaN unknown or not there. */
struct roofline {
    double flops_per_second;
    double bytes_per_second[ROOFLINE_LEVELS];
    double capacity_bytes[ROOFLINE_LEVELS - 1]; /* of the caches */
};

/* What a call is, as its operator prices it (operator.h, struct seq_cost). */
struct roofline_call {
    double flops;
    double bytes;                          /* each tensor once */
    double reread_bytes, reread_set_bytes; /* traffic beyond that, and the size of what is read again; 0 none */
    bool cold;                             /* no cache holds anything of `bytes` when the call begins */
};

struct roofline_floor {
    double seconds; /* NaN where no limit is known, or a call without work has none */
    enum roofline_bound bound;
};

struct roofline_floor roofline_floor(const struct roofline *roofline, const struct roofline_call *call);

/* "compute", "L1", "L2", "L3", "memory"; "" for ROOFLINE_NONE. */
const char *roofline_bound_name(enum roofline_bound bound);

#endif
