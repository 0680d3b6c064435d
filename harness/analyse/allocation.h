/* allocation.h - where the next second of measuring is spent best. Pure; looks at variances and costs, never at which of two
 * operators is ahead. */
#ifndef HARNESS_ANALYSE_ALLOCATION_H
#define HARNESS_ANALYSE_ALLOCATION_H

#include <stddef.h>

/* Sums over the processes of a cell, of relative (logarithmic) values. Zero-initialised; allocation_add for each process. */
struct allocation {
    double within;      /* sum over processes of the squared deviations of samples from their process's mean */
    double within_free; /* its degrees of freedom */
    double mean, square; /* of the processes' means: running mean and sum of squared deviations */
    double samples;     /* over all processes */
    int processes;
};

/* Samples that are not positive make a process unusable: it is left out. */
void allocation_add(struct allocation *allocation, const double *samples, size_t count);

#define ALLOCATION_SAMPLES_LEAST 3
#define ALLOCATION_SAMPLES_MOST 32
#define ALLOCATION_PROCESSES_LEAST 3 /* with fewer nothing is known of the variance between them */

/* Samples per process with which the least time gives the narrowest interval (Kalibera and Jones, "Rigorous benchmarking in
 * reasonable time", ISMM 2013, section 6.2): ceil(sqrt(process cost / sample cost * variance of samples / variance of
 * processes)), between the least and the most. Where processes do not differ at all it is the most. 0: not enough is known. */
int allocation_samples(const struct allocation *allocation, double process_seconds, double sample_seconds);

/* At least so many samples, up to the most, that starting a process (`setup_seconds`) is at most ALLOCATION_SETUP_SHARE of its
 * time, of which `warmup_seconds` are no setup either. Short calls need no more for their intervals; but a process whose time
 * goes into its start tells less than it could for the price. */
#define ALLOCATION_SETUP_SHARE 0.06
int allocation_share(int samples, double setup_seconds, double warmup_seconds, double sample_seconds);

/* Relative width that one more process takes off an interval of relative half-width `width` from `processes` of them, beyond
 * `enough`: width * (1 - sqrt(n / (n + 1))). An unknown width counts as 1. 0 where the interval is narrow enough. */
double allocation_gain(double width, int processes, double enough);

#endif
