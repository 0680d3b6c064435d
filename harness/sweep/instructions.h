/* instructions.h - how many instructions one call of a cell executes, counted by valgrind's callgrind: the same number at each
 * run, on a machine that has no counters or is busy with other things.
 *
 * Valgrind has no AVX-512, so that what is counted are the kernels of instructions_isa(). Nothing that a count could depend on
 * is left to chance: one thread, fixed environment, addresses that are not random, nothing shifted, and a plan that an ordinary
 * process made beforehand, because what a planner measures under valgrind is valgrind.
 */
#ifndef HARNESS_SWEEP_INSTRUCTIONS_H
#define HARNESS_SWEEP_INSTRUCTIONS_H

#include "sweep/setting.h"

#define INSTRUCTIONS_RUNS 2 /* processes that count the same cell: equal counts are the proof that they can be relied on */

/* The instruction set that is counted where `isa` was asked for: never more than valgrind can run. */
enum isa instructions_isa(enum isa isa);

/* Whether valgrind is there and this build can count: otherwise STATUS_SYSTEM and a sentence that says what to install. */
MUST_CHECK enum status instructions_available(const struct setting *setting, struct error *error);

/* One count of one call. `plan_text`: the planner's knowledge (base64) made with instructions_isa(setting->isa); NULL: it is
 * made here first. The cell has one thread and is no external operator: both are STATUS_USAGE. Otherwise fails as client_ask.
 * Waits setting->timeout_seconds at most for each step, of which valgrind makes 50 to 1000 times what it takes otherwise. */
MUST_CHECK enum status instructions_count(const struct setting *setting, const struct cell *cell, const char *module,
                                          const char *plan_text, double *instructions, struct error *error);

/* What INSTRUCTIONS_RUNS processes counted, or how the first of them that failed came to it. */
struct instructions_runs {
    double counts[INSTRUCTIONS_RUNS];
    char kind[16];  /* of the failure, as client_kind; "" none */
    char *tail;     /* what the process said last; malloc'd, NULL none */
    bool timed_out;
};

/* Counts in INSTRUCTIONS_RUNS processes at the same time; `plan_text` as above, but NULL means that there is none. The caller
 * frees `tail`, after a failure too. */
MUST_CHECK enum status instructions_count_runs(const struct setting *setting, const struct cell *cell, const char *module,
                                               const char *plan_text, struct instructions_runs *runs, struct error *error);

#endif
