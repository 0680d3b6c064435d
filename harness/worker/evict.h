/* evict.h - a cold cache: what an instance's call uses is driven out of every cache level before the call.
 *
 * Where the processor can (x86), line by line, out of the caches of all cores, and nothing else: the operator's code, the
 * runtime's stacks and what libraries allocated for themselves (FFTW's tables, OpenBLAS's buffers) stay as they are. Elsewhere a
 * buffer of twice the last cache level is read through.
 */
#ifndef HARNESS_WORKER_EVICT_H
#define HARNESS_WORKER_EVICT_H

#include "worker/instance.h"

#include <stddef.h>

/* Every region, the state and the plan's arena; by the team that will run the call, which so is awake when it comes. Returns the
 * bytes that were evicted. */
size_t evict_instance(const struct instance *instance);

#endif
