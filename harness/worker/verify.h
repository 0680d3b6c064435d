/* verify.h - an operator against its reference and against the contract, on small problems around the one asked for. */
#ifndef HARNESS_WORKER_VERIFY_H
#define HARNESS_WORKER_VERIFY_H

#include "worker/module.h"

#include <jansson.h>

/* Appends to `checks` one object per check: {"name", "ok": true | false | null (does not apply), "detail"}. `problem` gives
 * batch, length, width, scope, options, threads and instruction set; the checks vary batch, length, threads and set. */
void verify_operator(const struct module *module, const struct seq_problem *problem, json_t *checks);

#endif
