/* count.h - one call under valgrind's callgrind, which counts its instructions. */
#ifndef HARNESS_WORKER_COUNT_H
#define HARNESS_WORKER_COUNT_H

#include "worker/instance.h"

/* Why no instruction can be counted here, a sentence; NULL: they can. */
const char *count_obstacle(void);

/* One call without counting, then one that is counted; the count goes where callgrind was told to write, one file a request.
 * Only where there is no obstacle. */
MUST_CHECK enum status count_instructions(const struct instance *instance, struct error *error);

#endif
