/* eval.h - an operator applied to tensors from a file: parameters and `input` by name in, `output` out. */
#ifndef HARNESS_WORKER_EVAL_H
#define HARNESS_WORKER_EVAL_H

#include "base/status.h"

#include <jansson.h>

/* Request fields: module, options, input, output (paths), threads, isa. Options come from the request and, where it is
 * silent, from the file's metadata. The reply carries the canonical options, the shape and, where the file itself holds an
 * `output`, the largest difference from it relative to its largest value. */
MUST_CHECK enum status eval_file(const json_t *request, json_t **reply, struct error *error);

#endif
