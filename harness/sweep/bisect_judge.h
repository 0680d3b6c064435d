/* bisect_judge.h - one step of a bisection: a commit is built and compared; and the state that steps share, a JSON file, because
 * git starts each step as a process of its own. For bisect.c alone. */
#ifndef HARNESS_SWEEP_BISECT_JUDGE_H
#define HARNESS_SWEEP_BISECT_JUDGE_H

#include "analyse/statistics.h"
#include "base/status.h"

#include <jansson.h>

/* Exit codes of a step, as `git bisect run` takes them. */
enum bisect_verdict { BISECT_GOOD = 0, BISECT_BAD = 1, BISECT_SKIP = 125, BISECT_ABORT = 128 };

struct bisect_judgement {
    enum bisect_verdict verdict;
    struct interval ratio; /* NaN unknown */
    char reason[700];
};

/* `state` is {"good", "build", "module", "judge", "margin", "words", "log", "here", "tree", "scratch", "program", "progress"}:
 * texts, "" absent, but for words, an array. Builds the module of the commit that is checked out in `tree`, and copies it to
 * the folder `to` in the scratch folder. STATUS_FAILED: it does not build. */
MUST_CHECK enum status bisect_build(const json_t *state, const char *to, struct error *error);

/* Builds and compares; writes it to the log and to the results in the scratch folder. */
MUST_CHECK enum status bisect_judge(const json_t *state, const char *commit, struct bisect_judgement *judgement,
                                    struct error *error);

/* The text of a member. */
const char *bisect_text(const json_t *state, const char *name);

/* Appends a line to the log. */
void bisect_note(const json_t *state, const char *line);

#endif
