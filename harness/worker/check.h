/* check.h - a result is compared with the double-precision definition before its time counts. */
#ifndef HARNESS_WORKER_CHECK_H
#define HARNESS_WORKER_CHECK_H

#include "worker/instance.h"

/* Largest accepted error of an output element, relative to the largest reference value of the rows compared: the bound
 * that the reference tensors of other implementations are held to. Float32 rounding through layers of these sizes stays
 * below 1e-5; a dropped term or a wrong index is far above. */
#define CHECK_TOLERANCE 2e-5

struct check_result {
    double error;        /* largest |output - reference| over the largest |reference|; NaN when there is nothing to compare with */
    size_t rows;         /* compared */
    double call_seconds; /* of the one call made */
};

/* Calls the instance once on poisoned memory and looks at what it did: every output element written and finite, red zones
 * unharmed, and `rows` output rows (0: all) within CHECK_TOLERANCE of the reference. Rows are drawn from the seed, the
 * first and the last among them; for sequential operators from a prefix, because the reference of row t costs t steps.
 * `cache` is NULL or a file that keeps the reference rows between processes: read when it fits, else written.
 * Anything wrong is STATUS_WRONG with a sentence. Decode mode has no reference of its own: only the first part is done. */
MUST_CHECK enum status check_instance(struct instance *instance, size_t rows, uint64_t seed, const char *cache,
                                      struct check_result *result, struct error *error);

/* Its two halves, for a caller who must know which of them takes long: the call on poisoned memory, and what is made of it. */
MUST_CHECK enum status check_call(struct instance *instance, struct check_result *result, struct error *error);
MUST_CHECK enum status check_called(struct instance *instance, size_t rows, uint64_t seed, const char *cache,
                                    struct check_result *result, struct error *error);

/* Output rows that are compared, and what they should be. Zero-initialised or made; freed by check_rows_free. */
struct check_rows {
    int64_t *b, *t;    /* batch and position of each row */
    size_t count;
    double *reference; /* (count, D) */
};

/* The rows that check_instance would draw for the same arguments, with their reference. */
MUST_CHECK enum status check_rows_make(struct check_rows *rows, const struct instance *instance, size_t want, uint64_t seed,
                                       const char *cache, struct error *error);
void check_rows_free(struct check_rows *rows);

/* What is compared with the reference. */
struct check_subject {
    const char *name;    /* for the sentence */
    const float *output; /* (B, L, D), and all rows lie in it */
    int64_t L, D;
    double tolerance;    /* relative to the largest reference value */
};

/* Sets result->error and ->rows; beyond the tolerance, or NaN, it is STATUS_WRONG. */
MUST_CHECK enum status check_rows_compare(const struct check_rows *rows, const struct check_subject *subject,
                                          struct check_result *result, struct error *error);
MUST_CHECK enum status check_instance_rows(const struct instance *instance, const struct check_rows *rows,
                                           struct check_result *result, struct error *error); /* its own output */

/* The parts, for `verify`. */
MUST_CHECK enum status check_written(const struct instance *instance, struct error *error);    /* output complete and finite */
MUST_CHECK enum status check_red_zones(const struct instance *instance, struct error *error);
/* Reference of chosen rows, (count, D) doubles, malloc'd. */
MUST_CHECK enum status check_reference(const struct instance *instance, const struct seq_rows *rows, double **values,
                                       struct error *error);

#endif
