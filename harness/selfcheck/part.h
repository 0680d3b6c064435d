/* part.h - what a part of selfcheck is; for the files of selfcheck/ alone.
 *
 * To add one: write `run` and `report` in a file of its own, define its `const struct selfcheck_part`, declare that at the
 * end of this header, and append it to `parts` in selfcheck.c, where the order is that in which they run and are printed.
 * Units, storing, resuming, load, progress and printing are not its business.
 */
#ifndef HARNESS_SELFCHECK_PART_H
#define HARNESS_SELFCHECK_PART_H

#include "selfcheck/selfcheck.h"

#include <jansson.h>

/* What a unit may know. The same number, seed and extent ask for the same unit, whenever it runs. */
struct unit_request {
    const struct selfcheck_part *part; /* that it is one of */
    const struct setting *setting;
    struct store *store; /* for planner knowledge alone: units measure into memory */
    uint64_t seed; /* of this unit */
    int number;    /* 0 and up, within the part */
    bool full;
};

/* What `report` is made from. */
struct part_results {
    const json_t *units;    /* array of the finished units' outcomes, by number; each has "number" and "finished" beside */
    const json_t *all;      /* object: such an array for each part */
    bool full;
};

struct selfcheck_part {
    const char *name; /* key in the store, and the first column of the report: not changed once results are committed */
    enum selfcheck_suite suite;
    bool loaded;                 /* measured beside stress-ng, and only with --load */
    const void *plan;            /* what its `run` and `report` are told, where several parts share them; NULL */
    int quick_units, full_units; /* units of a run */
    double quick_seconds, full_seconds; /* that one unit takes, about, for the progress line; at most 40, so that a piece of a
                                           minute holds one */
    /* *outcome is a new JSON object. STATUS_INTERRUPTED is handed on; another failure ends the run. */
    enum status (*run)(json_t **outcome, const struct unit_request *request, struct error *error);
    /* Adds the lines of this part; called when at least one unit is finished. */
    void (*report)(struct report *report, const struct selfcheck_part *part, const struct part_results *results);
};

/* Names of the installed operators without those that are there for checking (null, skeleton, synthetic): find_names_free. */
MUST_CHECK enum status part_operators(const struct unit_request *unit, char ***names, size_t *count, struct error *error);

/* ---------------------------------------------------------------- reading outcomes */

/* Sum of a member over the units: counts, and true as 1. */
int64_t part_sum(const json_t *units, const char *member);

/* Median of a member over the units, with its interval from 6 units up; NaN where nobody has it. */
struct interval part_median(const json_t *units, const char *member);

/* ---------------------------------------------------------------- the parts */

extern const struct selfcheck_part part_repeat_begin, part_repeat_end;
extern const struct selfcheck_part part_memory, part_overhead;
extern const struct selfcheck_part part_growth_simulated, part_crossovers_simulated;
extern const struct selfcheck_part part_growth_measured, part_growth_loaded;
extern const struct selfcheck_part part_crossovers_measured, part_crossovers_loaded;
extern const struct selfcheck_part part_verdicts_simulated, part_histories_simulated;
extern const struct selfcheck_part part_same, part_same_loaded, part_counted;
extern const struct selfcheck_part part_arithmetic_10, part_arithmetic_5, part_memory_10;
extern const struct selfcheck_part part_arithmetic_10_loaded, part_arithmetic_5_loaded, part_memory_10_loaded;

#endif
