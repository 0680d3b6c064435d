/* sample.h - the timed loop, with the warm-up before it, and the instrumented one that says where the time goes. */
#ifndef HARNESS_WORKER_SAMPLE_H
#define HARNESS_WORKER_SAMPLE_H

#include "analyse/steady.h"
#include "worker/instance.h"

struct sample {
    double wall_seconds, cpu_seconds; /* per call; CPU summed over the threads of the process */
    int64_t calls;
    double faults;                    /* page faults during the timed calls */
    double run_delay_seconds;         /* threads waited for a CPU during the timed calls; summed over them */
};

struct sample_policy {
    double settle_seconds;  /* before an instance's first sample: untimed calls until their times are steady, so long at most */
    double warmup_seconds;  /* before every sample: untimed calls for at least this long; none where one call exceeds
                             * long_call_seconds, and in a cold cache only before the first sample */
    double minimum_seconds; /* timed calls for at least this long */
    double long_call_seconds;
    int64_t calls;          /* timed calls exactly, where both sides of a comparison must make as many; 0: by the time */
};

#define SAMPLE_EPOCHS_MAX 64

/* An instance that is being sampled, and what is known of it so far. Zero-initialised with `instance` and `cold`. */
struct sampling {
    struct instance *instance;
    bool cold;                 /* what a call uses is driven out of the caches before each timed call */
    double call_seconds;       /* last seen; 0 unknown */
    double warmup_seconds;     /* spent on untimed calls so far */
    double clock_seconds;      /* what reading the clock costs; 0 not measured yet */
    double clock_share;        /* of the last sample: cost of reading the clock over one timed stretch, already subtracted */
    bool settled;              /* settling was tried */
    double epochs[SAMPLE_EPOCHS_MAX]; /* times of a call, in order: while settling, then the samples' */
    size_t epoch_count;
};

/* One sample. */
MUST_CHECK enum status sample_take(struct sampling *sampling, const struct sample_policy *policy, struct sample *sample,
                                   struct error *error);

/* Whether the calls' times were steady when settling ended; where that took too few calls to tell, by the samples. */
enum steady sample_steady(const struct sampling *sampling);

#define PHASES_MAX 32

struct phase_time {
    char name[32];
    double seconds; /* per call */
};

/* `calls` instrumented calls; writes at most PHASES_MAX phases in order of appearance, returns how many through `count`. */
MUST_CHECK enum status sample_phases(struct instance *instance, int64_t calls, struct phase_time *phases, size_t *count,
                                     struct error *error);

#endif
