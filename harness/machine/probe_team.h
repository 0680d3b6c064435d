/* probe_team.h - runs and times a piece of work on a team of OpenMP threads; what the probes have in common. */
#ifndef HARNESS_MACHINE_PROBE_TEAM_H
#define HARNESS_MACHINE_PROBE_TEAM_H

#include <stdint.h>

struct probe_team {
    int threads;
    const int *cpus; /* as in struct probe_request */
};

struct probe_work {
    void (*run)(const void *context, int thread, int64_t repeats); /* called by every thread of the team */
    const void *context;
};

/* Seconds from the moment when all threads are there until all have done `repeats`; NaN when OpenMP gave a smaller team. */
double probe_team_run(const struct probe_team *team, const struct probe_work *work, int64_t repeats);

/* Best seconds for one repeat: runs of at least a millisecond, for about `slice_seconds` and at least three of them. */
double probe_team_best(const struct probe_team *team, const struct probe_work *work, double slice_seconds);

/* Waits until this process's other threads sleep. After a parallel region they spin for milliseconds, and what is measured
 * next to a spinning thread is measured on half a core where two CPUs share one. */
void probe_team_settle(void);

#endif
