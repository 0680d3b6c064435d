/* store_baseline.h - the baselines that the results database knows: builds that were put aside, to compare against for years.
 * The build itself is a folder beside the database (sweep/baseline.h); here is what it is, and the hash that tells whether it
 * is still that. */
#ifndef HARNESS_STORE_STORE_BASELINE_H
#define HARNESS_STORE_STORE_BASELINE_H

#include "store/store.h"

struct baseline_record {
    char name[128];
    char hash[65];      /* SHA-256 over names and contents of its files */
    char version[64];   /* of the program; "" unknown */
    char commit[65];    /* that its source tree was at; "" unknown */
    char dirty[8];      /* yes | no: whether the tree differed from that commit; "" unknown */
    char created[32];   /* ISO 8601, UTC */
    char machine[65];   /* key of the machine it was put aside on */
    char source[512];   /* folder it was copied from */
    int files;
    double bytes;       /* of all files */
};

/* Fills `created`. A name that is taken is a sentence, unless `replace`. */
MUST_CHECK enum status store_add_baseline(struct store *store, struct baseline_record *baseline, bool replace,
                                          struct error *error);
/* Not found: a sentence that lists some names. */
MUST_CHECK enum status store_find_baseline(struct store *store, const char *name, struct baseline_record *baseline,
                                           struct error *error);
/* All, oldest first; caller frees the array. */
MUST_CHECK enum status store_list_baselines(struct store *store, struct baseline_record **baselines, size_t *count,
                                            struct error *error);
MUST_CHECK enum status store_remove_baseline(struct store *store, const char *name, struct error *error);

/* A usable name: not empty, no '/', no control character ... */
MUST_CHECK enum status store_check_baseline_name(const char *name, struct error *error);

/* baselines/NAME beside the database; malloc'd, NULL: no memory. */
char *store_baseline_folder(const struct store *store, const char *name);

#endif
