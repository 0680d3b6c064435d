/* disturbance.h - what the machine did to a block while its samples were taken: the calibrated spin and the kernel's counters,
 * before and after. */
#ifndef HARNESS_SWEEP_DISTURBANCE_H
#define HARNESS_SWEEP_DISTURBANCE_H

#include "analyse/grade.h"
#include "machine/noise.h"

#define DISTURBANCE_CPUS 8 /* so many of a block's CPUs are calibrated; the rest of a large machine stands for itself */

struct disturbance {
    int cpus[DISTURBANCE_CPUS], cpu_count;
    double spin_ns[DISTURBANCE_CPUS]; /* before */
    struct noise before;
};

/* Calibrates on each of the CPUs, bound to it for the while, and reads the counters. */
void disturbance_begin(struct disturbance *disturbance, const int *cpus, int count);

/* What is to be seen since then: drift (of the CPU that drifted most), how much slower a CPU was than `fastest_ns` a step (NaN:
 * nobody knows; brought up to date), throttling, and steal as lost time. */
struct grade_evidence disturbance_end(const struct disturbance *disturbance, double *fastest_ns);

#endif
