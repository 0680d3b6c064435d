/* worker.h - the child process: answers the requests of protocol.h. The only part that loads operator code. */
#ifndef HARNESS_WORKER_WORKER_H
#define HARNESS_WORKER_WORKER_H

#include "base/status.h"

#include <jansson.h>

struct worker_state; /* loaded instances by handle; opaque */

struct worker_state *worker_create(void); /* NULL: no memory */
void worker_destroy(struct worker_state *state);

/* One request to its reply (new reference): the same code serves the child process and `seqscale run`, which stays in one
 * process for debuggers. */
json_t *worker_answer(struct worker_state *state, const json_t *request);

/* Serves PROTOCOL_REQUEST_FD until its end; the exit status of the process. */
int worker_main(void);

#endif
