/* sample.h - the timed loop, and the instrumented one that says where the time goes. */
#ifndef HARNESS_WORKER_SAMPLE_H
#define HARNESS_WORKER_SAMPLE_H

#include "worker/instance.h"

struct sample {
    double wall_seconds, cpu_seconds; /* per call; CPU summed over the threads of the process */
    int64_t calls;
    double faults;                    /* page faults during the timed calls */
};

struct sample_policy {
    double warmup_seconds;  /* untimed calls for at least this long; none where one call exceeds long_call_seconds */
    double minimum_seconds; /* timed calls for at least this long */
    double long_call_seconds;
    int64_t calls;          /* timed calls exactly, where both sides of a comparison must make as many; 0: by the time */
};

/* One sample. `call_seconds` is what a call was last seen to take (0: unknown) and is brought up to date. */
MUST_CHECK enum status sample_take(const struct instance *instance, const struct sample_policy *policy, double *call_seconds,
                                   struct sample *sample, struct error *error);

#define PHASES_MAX 32

struct phase_time {
    char name[32];
    double seconds; /* per call */
};

/* `calls` instrumented calls; writes at most PHASES_MAX phases in order of appearance, returns how many through `count`. */
MUST_CHECK enum status sample_phases(struct instance *instance, int64_t calls, struct phase_time *phases, size_t *count,
                                     struct error *error);

#endif
