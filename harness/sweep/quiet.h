/* quiet.h - waiting until a worker's threads have stopped spinning: OpenMP teams burn CPU for milliseconds after a region,
 * which would be taken from the worker that is measured next. */
#ifndef HARNESS_SWEEP_QUIET_H
#define HARNESS_SWEEP_QUIET_H

#include <sys/types.h>

/* Returns when no thread of `pid` runs or waits for a CPU, or after 0.3 s. */
void quiet_wait(pid_t pid);

#endif
