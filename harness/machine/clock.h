/* clock.h - the two clocks of a sample, and what they cost. */
#ifndef HARNESS_MACHINE_CLOCK_H
#define HARNESS_MACHINE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ns(void);        /* CLOCK_MONOTONIC */
int64_t clock_process_cpu_ns(void); /* CPU time of all threads of this process */
int64_t clock_thread_cpu_ns(void);  /* CPU time of the calling thread */
double clock_wall_cost_seconds(void); /* median cost of one clock_wall_ns, measured */

#endif
