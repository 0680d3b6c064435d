/* verify_internal.h - what the files of `verify` share. */
#ifndef HARNESS_WORKER_VERIFY_INTERNAL_H
#define HARNESS_WORKER_VERIFY_INTERNAL_H

#include "worker/instance.h"
#include "worker/verify.h"

enum outcome { OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_SKIP };

struct verify {
    const struct module *module;
    struct seq_problem problem;
    bool silent; /* the operator has no output: only what it does to memory can be looked at */
};

/* What varies from the verified problem; 0 or NULL: as it is. */
struct variation {
    int64_t B, L;
    int threads;
    int isa_plus_one;
    enum seq_mode mode;
    const void *blob;
    size_t blob_bytes;
    uint64_t seed;
};

/* A prepared instance. OUTCOME_SKIP with the operator's sentence where the problem is unsupported. */
enum outcome verify_make(const struct verify *verify, const struct variation *variation, struct instance **instance,
                         struct error *error);

enum outcome verify_outcome(enum status status); /* STATUS_OK passes, anything else fails */
enum outcome verify_skip(struct error *error, const char *why);
enum outcome verify_fail(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* malloc'd copy of the output after one call on poisoned memory; NULL on failure, with the sentence. */
float *verify_output(struct instance *instance, struct error *error);
size_t verify_output_count(const struct instance *instance);

/* Index of the first element that differs in its bits, -1 when none does. */
int64_t verify_first_difference(const float *a, const float *b, size_t count);
double verify_largest_difference(const float *a, const float *b, size_t count); /* relative to the largest |a| */

/* Runs `check` on an instance of every shape; verify.c. */
enum outcome verify_each_shape(const struct verify *verify, enum outcome (*check)(const struct instance *, struct error *),
                               struct error *error);

/* verify_method.c */
enum outcome verify_method(const struct verify *verify, struct error *error);
/* verify_sequence.c */
enum outcome verify_causality(const struct verify *verify, struct error *error);
enum outcome verify_state(const struct verify *verify, struct error *error);
enum outcome verify_step(const struct verify *verify, struct error *error);
/* verify_gradient.c */
enum outcome verify_gradient(const struct verify *verify, struct error *error);

#endif
