/* child.h - from a forked copy of the parent to a worker: descriptors, binding, environment, and then another program. */
#ifndef HARNESS_SWEEP_CHILD_H
#define HARNESS_SWEEP_CHILD_H

#include "sweep/client.h"

/* The worker's ends of the pipes. */
struct child_ends {
    int request, reply, output;
};

/* Called in the child after fork; `parent` is the process that forked. Never returns. */
__attribute__((noreturn)) void child_become_worker(const struct client_launch *launch, const struct child_ends *ends,
                                                   pid_t parent);

#endif
