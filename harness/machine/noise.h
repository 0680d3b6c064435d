/* noise.h - what disturbed a process: the kernel's own counters, read before and after, from /proc and the control group.
 * NaN where the kernel does not count it.
 */
#ifndef HARNESS_MACHINE_NOISE_H
#define HARNESS_MACHINE_NOISE_H

#include <sys/types.h>

/* Counters so far, or with noise_since what happened between two readings. */
struct noise {
    double wall_seconds;         /* monotonic clock */
    double run_delay_seconds;    /* its threads waited for a CPU; summed over the threads that are there */
    double involuntary_switches; /* the kernel took the CPU from the process's first thread */
    double steal_seconds;        /* the hypervisor ran something else, a mean over all CPUs; counted in hundredths of a second */
    double throttled_seconds;    /* its control group had used up its quota */
    double pressure_seconds;     /* somebody somewhere waited for a CPU (pressure-stall information) */
};

struct noise noise_read(pid_t pid); /* 0: this process */
struct noise noise_read_under(const char *root, pid_t pid); /* from a folder that stands for / */

/* Run delay alone, for a reading beside every sample: one small file for each thread of this process. */
double noise_run_delay_seconds(void);

struct noise noise_since(const struct noise *before, const struct noise *after);

/* Share of the wall time that each of `threads` threads lost to run delay and steal: between 0 and 1; NaN where neither is
 * known. */
double noise_lost_share(const struct noise *difference, int threads);

#endif
