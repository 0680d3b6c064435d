/* protocol.h - the words that parent and worker exchange: the process boundary, in one file.
 *
 * One JSON object a line, UTF-8, on two descriptors of its own, so that a module's printf cannot corrupt it: the worker
 * reads requests from PROTOCOL_REQUEST_FD and writes replies to PROTOCOL_REPLY_FD. A request carries "do" and its fields;
 * its reply carries "ok": true and the results, or "ok": false with "kind" and "error", one sentence. One reply for each
 * request, in order. End of file on the request descriptor means: end.
 *
 * do          fields -> results
 * hello       protocol -> protocol, worker, isa (the best that this processor has), cannot_count? (why not, a sentence)
 * identify    module -> name, summary, source, colour, capabilities, modes, build, options, libraries
 * describe    PROBLEM -> options (canonical), flops, bytes, rereads, claims, regions, total_bytes, workspace_bytes,
 *             unsupported, twin? (external worker: the operator of ours, with options, that it stands beside)
 * prepare     PROBLEM, seed, prepare, shift, plan?, tensors? (path, for a worker with a twin) -> handle, plan_seconds,
 *             prepare_seconds, regions, total_bytes, workspace_bytes, plan?, libraries,
 *             method (what plan chose, a line of text)
 * call        handle -> call_seconds (on poisoned memory; the next check judges it)
 * check       handle, rows, full, reference?, touched? -> error, tolerance, rows, and where asked for touched {region: bytes};
 *             kind "wrong" if it is off
 *             handle, output (path, for a worker with a twin) -> (it has written its output there)
 * sample      handle, count, settle_seconds, warmup_seconds, minimum_seconds, long_call_seconds -> wall, cpu, calls, faults,
 *             run_delay (arrays), peak_bytes, steady?, warmup_seconds? (so far), clock_share?
 * phases      handle, calls -> phases {name: seconds per call}
 * count       handle -> (valgrind has counted one call; only of a worker that it runs)
 * release     handle ->
 * probe       threads, isa, full, budget_seconds, cache sizes, openblas -> probes [{kind, threads, value}]
 * verify      PROBLEM -> checks [{name, ok, detail}]
 * save        PROBLEM, seed, rows, prefix -> rows, error (has made the files of worker/judge.h)
 * compare     prefix, output, name -> error, tolerance, rows; kind "wrong" if it is off
 * eval        module, options, input, output, threads, isa -> options, error?
 * end         ->
 *
 * PROBLEM: module, options, batch, length, width, mode, scope, threads, cache, isa. Blobs are base64. An external worker
 * (exec:COMMAND) answers hello, describe, prepare, sample, release and end, and anything else with kind "unsupported";
 * it gets "module": "" and what it measures is its own command's business.
 */
#ifndef HARNESS_PROTOCOL_H
#define HARNESS_PROTOCOL_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PROTOCOL_VERSION 2
#define PROTOCOL_VERSION_OLDEST 1 /* workers of it are measured as they always were: it had no `twin` */
#define PROTOCOL_REQUEST_FD 3
#define PROTOCOL_REPLY_FD 4
#define PROTOCOL_LINE_MAX ((size_t)64 << 20) /* planner blobs are the largest thing that travels; they are kilobytes */

/* Kinds of refusal, and the status that each becomes. */
#define KIND_UNSUPPORTED "unsupported" /* a well-formed problem that the operator does not do */
#define KIND_USAGE "usage"             /* an option, a file or a module that was given cannot be used */
#define KIND_WRONG "wrong"             /* wrong or non-finite results, a broken contract */
#define KIND_MEMORY "memory"
#define KIND_FAILED "failed"

enum status protocol_status_of_kind(const char *kind);

/* Lines of JSON from a descriptor. Zero-initialise with the descriptor. */
struct protocol_reader {
    int fd;
    char *data;
    size_t length, capacity;
};

/* Takes what can be read without blocking beyond one read(); *message is a new reference when a whole line is there, NULL
 * otherwise. *closed: end of file. A line that is no JSON object is STATUS_FAILED. */
MUST_CHECK enum status protocol_receive(struct protocol_reader *reader, json_t **message, bool *closed, struct error *error);
void protocol_reader_free(struct protocol_reader *reader);

/* Writes one line. A broken pipe is STATUS_FAILED. */
MUST_CHECK enum status protocol_send(int fd, const json_t *message, struct error *error);

/* Replies. Both return a new reference, or NULL when memory ran out. */
json_t *protocol_refusal(const char *kind, const char *sentence);
json_t *protocol_refusal_of(enum status status, const struct error *error);

/* Fields with a default. */
double protocol_real(const json_t *message, const char *key, double absent);
const char *protocol_string(const json_t *message, const char *key, const char *absent);

/* A number that may be NaN: JSON has none, so it travels as null. New reference. */
json_t *protocol_number(double value);

/* Base64, malloc'd; NULL when the text is no base64 or memory ran out. */
char *protocol_encode(const void *bytes, size_t count);
void *protocol_decode(const char *text, size_t *count);

#endif
