/* spent.h - where the time of a sweep goes: all of it, in seconds of the wall clock, so that what the harness itself takes is
 * known. */
#ifndef HARNESS_SWEEP_SPENT_H
#define HARNESS_SWEEP_SPENT_H

#include <stdint.h>

enum spent_on {
    SPENT_SAMPLES = 0, /* timed calls */
    SPENT_WARMUP,      /* untimed calls before and between them */
    SPENT_TOUCH,       /* the system giving the operator its memory, page by page; and the sweep holding it between blocks */
    SPENT_START,       /* starting a process, up to its hello */
    SPENT_PREPARE,     /* input, plan and prepare */
    SPENT_CHECK,       /* against the reference, or against a twin */
    SPENT_ASKING,      /* of a sample: all that is neither of the above, eviction included */
    SPENT_QUIET,       /* waiting until the threads of the process before have stopped spinning */
    SPENT_SPIN,        /* calibration around each block */
    SPENT_PHASES,      /* instrumented calls */
    SPENT_PROBES,      /* of the machine */
    SPENT_NULL,        /* the memory of a worker that computes nothing */
    SPENT_END,         /* ending processes */
    SPENT_STORE,
    SPENT_KINDS
};

struct spent {
    double seconds[SPENT_KINDS];
    double total_seconds; /* of the sweep, once it has ended; what no kind accounts for is `other` */
};

/* Adds the time since `start_ns` (clock_wall_ns) and returns now. NULL counts nothing. */
int64_t spent_since(struct spent *spent, enum spent_on kind, int64_t start_ns);
void spent_add(struct spent *spent, enum spent_on kind, double seconds);

/* Share of the total that is neither samples nor warm-up. NaN before the total is known. */
double spent_harness_share(const struct spent *spent);

/* {"samples": 1.2, ..., "other": 0.1, "total": 9.5}, malloc'd; NULL when memory ran out. */
char *spent_to_json(const struct spent *spent);

#endif
