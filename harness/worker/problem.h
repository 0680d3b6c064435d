/* problem.h - the PROBLEM fields of a request as the contract's struct. */
#ifndef HARNESS_WORKER_PROBLEM_H
#define HARNESS_WORKER_PROBLEM_H

#include "worker/module.h"

struct problem_request {
    const struct module *module;
    struct seq_problem problem; /* options point to `options` */
    double *options;            /* malloc'd; problem_free */
    int64_t extra_steps;        /* of arithmetic planted in each timed call; 0 none */
};

MUST_CHECK enum status problem_read(const json_t *request, struct problem_request *out, struct error *error);
void problem_free(struct problem_request *problem);

#endif
