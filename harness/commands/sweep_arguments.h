/* sweep_arguments.h - the words of `seqscale sweep`, read. */
#ifndef HARNESS_COMMANDS_SWEEP_ARGUMENTS_H
#define HARNESS_COMMANDS_SWEEP_ARGUMENTS_H

#include "commands/words.h"
#include "sweep/plan.h"

#include <stdbool.h>

struct sweep_arguments {
    struct plan_request request;
    bool counted; /* --metric instructions */
    char *name, *note, *again, *resume; /* malloc'd; NULL not given. resume "" is the newest unfinished one */
    char *database, *directory, *relative_to;
    double budget_seconds, timeout_seconds, memory_limit_bytes; /* NaN: the default of timeout and memory */
    double refine_ratio; /* NaN: --refine was not given */
    bool list, charts, quiet, help;
    struct words kept; /* the words that `--again` repeats: everything but name, note, database and what is about this run */
};

extern const char sweep_help[];

/* May be called again on the same struct: later words override earlier ones (--again: the stored words, then the new). */
MUST_CHECK enum status sweep_arguments_parse(struct sweep_arguments *arguments, int argc, char **argv, struct error *error);
void sweep_arguments_init(struct sweep_arguments *arguments);
/* Fills axes that were not given with their defaults; a sweep without operators is a sentence. */
MUST_CHECK enum status sweep_arguments_complete(struct sweep_arguments *arguments, struct error *error);
void sweep_arguments_free(struct sweep_arguments *arguments);

#endif
