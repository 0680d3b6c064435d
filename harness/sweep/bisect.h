/* bisect.h - finds the commit that made something slower: `git bisect run` in a worktree of its own, where each step builds the
 * candidate and compares it with the good revision. A step that cannot tell, or does not build, skips its commit and blames
 * nobody. */
#ifndef HARNESS_SWEEP_BISECT_H
#define HARNESS_SWEEP_BISECT_H

#include "analyse/statistics.h"
#include "base/status.h"

struct bisect_plan {
    const char *good, *bad;   /* revisions */
    const char *build;        /* shell command that builds `module`; NULL: commits of seqscale itself, as ab builds them */
    const char *module;       /* that is compared, relative to the top of the repository; NULL with `build` */
    const char *judge;        /* shell command that judges instead of ab, by ab's exit codes; NULL none */
    const char *const *words; /* options for ab */
    int word_count;
    const char *log;          /* file that is appended to */
};

struct bisect_result {
    char good[65], bad[65];  /* full hashes of the ends */
    char commit[65];         /* the first bad one; "" where several remain */
    char *remaining;         /* lines "HASH SUBJECT" of the commits that it may be; malloc'd */
    int remaining_count;
    struct interval ratio;   /* of `commit` to the good revision, the worst cell; NaN unknown */
    int judged, skipped;
};

/* Progress goes to standard error. STATUS_INCONCLUSIVE: the ends do not differ. */
MUST_CHECK enum status bisect_run(struct bisect_result *result, const struct bisect_plan *plan, struct error *error);

/* What `git bisect run` starts: judges the commit that is checked out. `file` is what bisect_run wrote; *code is the exit code
 * that git expects. */
MUST_CHECK enum status bisect_step(const char *file, int *code, struct error *error);

#endif
