/* store_selfcheck.h - runs of `seqscale selfcheck` and their finished units: what --resume finds, and what a report is made of.
 * A unit is stored once, by one transaction, so it is neither lost nor counted twice. */
#ifndef HARNESS_STORE_STORE_SELFCHECK_H
#define HARNESS_STORE_STORE_SELFCHECK_H

#include "store/store.h"

struct selfcheck_record {
    char id[UUID_TEXT];
    char created[32];     /* ISO 8601, UTC */
    char suite[16];       /* measurement | regression */
    char extent[16];      /* quick | full */
    uint64_t seed;
    char fingerprint[65]; /* key */
};

struct selfcheck_unit {
    char part[48];
    int number;        /* within the part */
    char finished[32]; /* ISO 8601, UTC */
    char *outcome;     /* JSON object */
};

/* Fills id and created. */
MUST_CHECK enum status store_add_selfcheck(struct store *store, struct selfcheck_record *run, struct error *error);

/* The newest of the suite; `extent` "" is either. None: a sentence. */
MUST_CHECK enum status store_find_selfcheck(struct store *store, const char *suite, const char *extent,
                                            struct selfcheck_record *run, struct error *error);

/* Fills `finished`. A unit that is there already is an error: somebody else goes on with the same run. */
MUST_CHECK enum status store_add_selfcheck_unit(struct store *store, const char *run, struct selfcheck_unit *unit,
                                                struct error *error);

/* By part and number; caller frees by store_free_selfcheck_units. */
MUST_CHECK enum status store_read_selfcheck_units(struct store *store, const char *run, struct selfcheck_unit **units,
                                                  size_t *count, struct error *error);
void store_free_selfcheck_units(struct selfcheck_unit *units, size_t count);

#endif
