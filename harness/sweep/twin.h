/* twin.h - an external worker that stands beside one of our operators: priced alike, given the same tensors, and compared with
 * the same reference before it is timed.
 *
 * The worker says which one it is ("twin" in its reply to describe). Our own worker then writes the tensors and the reference
 * (worker/judge.h), once for each problem of a sweep, and judges the output that the external one makes of them.
 */
#ifndef HARNESS_SWEEP_TWIN_H
#define HARNESS_SWEEP_TWIN_H

#include "sweep/client.h"
#include "sweep/setting.h"

struct twin {
    struct cell cell; /* the external worker's problem, with our operator and options in it */
    char *module;     /* file of our operator; NULL: it named none */
    char *prefix;     /* of the files of worker/judge.h; NULL until twin_make_tensors */
};

struct twin_limits {
    const char *folder;     /* where the files go; they are the sweep's and go with it */
    double timeout_seconds; /* the longest that a request may stay unanswered */
    size_t rows;            /* sampled for the reference */
};

/* What a reply of an external worker to describe says about its twin. An operator that is not there is STATUS_FAILED. */
MUST_CHECK enum status twin_find(struct twin *twin, const struct setting *setting, const struct cell *cell,
                                 const json_t *description, struct error *error);
void twin_free(struct twin *twin);

/* Adds to the description what it does not say itself and its twin's price does: FLOPs, compulsory bytes, growth. A problem
 * that the twin does not do is STATUS_USAGE. Without a twin nothing happens. */
MUST_CHECK enum status twin_complete_price(json_t *description, const struct setting *setting, const struct cell *cell,
                                           struct error *error);

/* Makes the files, unless an earlier process of the sweep did. */
MUST_CHECK enum status twin_make_tensors(struct twin *twin, const struct setting *setting, const struct twin_limits *limits,
                                         struct error *error);

/* Path of the tensors; malloc'd, NULL without memory. */
char *twin_tensors(const struct twin *twin);

/* Asks the external worker for its output and judges it: STATUS_WRONG where it is off. *off: its error, *tolerance: what is
 * accepted, relative to the largest reference value. */
MUST_CHECK enum status twin_check(double *off, double *tolerance, const struct twin *twin, const struct setting *setting,
                                  const struct twin_limits *limits, struct client *external, int handle, struct error *error);

#endif
