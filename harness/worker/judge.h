/* judge.h - what an external worker needs to stand beside one of our operators: the same tensors, and our judgement.
 *
 * Three files lie side by side: PREFIX.tensors (safetensors: the parameters under their state_dict names, and `input`), which
 * the external worker reads; PREFIX.output (ours) and PREFIX.rows (the double-precision reference of sampled rows), which it
 * does not. Its own output comes back as a file and is compared here, so that it cannot flatter itself.
 */
#ifndef HARNESS_WORKER_JUDGE_H
#define HARNESS_WORKER_JUDGE_H

#include "base/status.h"

#include <jansson.h>

/* Request: PROBLEM, seed, rows, prefix. Makes the three files, the last of them PREFIX.rows, so that where it is the others
 * are. Our own output is checked first: one that is wrong is STATUS_WRONG and leaves no file. Forward mode only. */
enum status judge_save(const json_t *request, json_t **reply, struct error *error);

/* Request: prefix, output (a safetensors file with `output` (batch, length, width)), name (for sentences). Reply: error,
 * relative to the largest reference value of the rows; tolerance; rows. STATUS_WRONG: another shape, NaN, rows off the
 * reference, or any element off our own output by more than both may be off the reference together. */
enum status judge_compare(const json_t *request, json_t **reply, struct error *error);

#endif
