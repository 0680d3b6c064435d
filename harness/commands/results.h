/* results.h - what the commands on stored results share: opening the database that is meant, and finishing an output. */
#ifndef HARNESS_COMMANDS_RESULTS_H
#define HARNESS_COMMANDS_RESULTS_H

#include "store/store.h"

#include <stdio.h>

/* `option` is the value of --db, or NULL. */
MUST_CHECK enum status results_open(struct store **store, const char *option, bool create, struct error *error);

/* Opens the database and finds the sweep; `which` NULL: the newest. Call results_close whatever comes back. */
MUST_CHECK enum status results_find(struct store **store, struct sweep_record *sweep, const char *option, const char *which,
                                    struct error *error);
void results_close(struct store *store, struct sweep_record *sweep);

/* More than `most` words after the options, which end before argv[first], are a sentence. */
MUST_CHECK enum status results_words(int argc, char **argv, int first, int most, struct error *error);

/* Flushes an output; what could not be written is a sentence that names it. */
MUST_CHECK enum status results_flush(FILE *out, const char *name, struct error *error);

#endif
