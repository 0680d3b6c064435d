/* load.h - a busy neighbour: stress-ng on one CPU for as long as something is measured beside it. It ends with this process,
 * however that ends. */
#ifndef HARNESS_SELFCHECK_LOAD_H
#define HARNESS_SELFCHECK_LOAD_H

#include "base/status.h"
#include "machine/topology.h"

struct load; /* opaque */

/* Starts it on one CPU: the last one allowed to this process, where there are several not the one that a single thread is
 * measured on. Without stress-ng: a sentence. */
MUST_CHECK enum status load_start(struct load **load, const struct topology *topology, struct error *error);

/* Ends it and waits for that. NULL is allowed. */
void load_stop(struct load *load);

#endif
