/* client.h - a worker as its parent sees it: started, asked, watched, ended.
 *
 * A worker that crashes, hangs past its limit, takes too much memory or writes nonsense is ended, with its whole process
 * group, and the request that it failed returns one sentence that says so. Its standard output and error are kept; their
 * tail goes with a failed cell.
 */
#ifndef HARNESS_SWEEP_CLIENT_H
#define HARNESS_SWEEP_CLIENT_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct client; /* opaque */

struct client_launch {
    const char *program;             /* seqscale executable whose worker is meant; NULL: this one */
    const char *command;             /* external worker, run by /bin/sh instead; NULL none */
    const char *const *launcher;     /* words of a program that runs ours, as valgrind does, NULL-terminated; NULL none. The
                                        process then has a fixed environment, no address randomisation, and these words */
    const char *const *environment;  /* "NAME=VALUE", or "NAME" to unset it; NULL-terminated; NULL none */
    const int *cpus;                 /* CPUs to bind to; NULL: as the parent */
    int cpu_count;
    double timeout_seconds;          /* for its hello: an interpreter with large libraries starts slowly */
    double memory_limit_bytes;       /* resident memory at which it is ended; 0 none */
    uint64_t layout_seed;            /* varies environment size and heap start; 0: plain */
};

/* Starts the process and says hello. */
MUST_CHECK enum status client_start(struct client **client, const struct client_launch *launch, struct error *error);

/* Sends a request (the reference is taken) and waits for its reply. STATUS_OK: *reply is a new reference with "ok": true. A
 * refusal becomes the status of its kind with its sentence; client_kind() tells the kind. A dead worker is STATUS_FAILED and
 * stays dead: later requests fail the same way. Ctrl-C is STATUS_INTERRUPTED. */
MUST_CHECK enum status client_ask(struct client *client, json_t *request, double timeout_seconds, json_t **reply,
                                  struct error *error);

/* The two halves of it, for workers that work at the same time. One request of a worker is under way at a time. */
MUST_CHECK enum status client_send(struct client *client, json_t *request, struct error *error);
MUST_CHECK enum status client_receive(struct client *client, double timeout_seconds, json_t **reply, struct error *error);

const char *client_kind(const struct client *client);  /* kind of the last refusal, "" none, "died" where the worker did */
const char *client_tail(struct client *client);        /* last few KiB of its output; lives until client_end */
pid_t client_pid(const struct client *client);
bool client_alive(const struct client *client);
bool client_timed_out(const struct client *client); /* it was ended because it gave no answer in time */

/* Asks the worker to end, waits briefly, then kills its process group. NULL is allowed. */
void client_end(struct client *client);

#endif
