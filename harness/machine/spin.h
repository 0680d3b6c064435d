/* spin.h - the calibrated spin: a fixed chain of dependent multiplications and shifts that no cache, vector unit or compiler
 * changes, so that its time is the core's speed and nothing else. */
#ifndef HARNESS_MACHINE_SPIN_H
#define HARNESS_MACHINE_SPIN_H

#include <stdint.h>

#define SPIN_STEPS 65536 /* one chain: about 0.1 ms, 1.3 ns a step */

/* Runs a chain; the result depends on every step. */
uint64_t spin_chain(int64_t steps, uint64_t seed);

/* Nanoseconds a step, the least of as many chains as fit into `seconds` (at least three). */
double spin_step_ns(double seconds);

/* What a spin of `seconds` that reads the clock all the time saw: gaps in which something else ran. */
struct spin_gaps {
    double seconds;      /* really spun */
    double lost_seconds; /* sum of the gaps longer than SPIN_GAP_SECONDS */
    double longest_seconds;
    int64_t count;
};

#define SPIN_GAP_SECONDS 2e-6 /* a clock reading takes 20 to 40 ns; an interrupt a few microseconds */

struct spin_gaps spin_look_for_gaps(double seconds);

#endif
