/* arm_commit.h - the build of a commit: made once in a worktree of its own, and kept. */
#ifndef HARNESS_SWEEP_ARM_COMMIT_H
#define HARNESS_SWEEP_ARM_COMMIT_H

#include "base/status.h"

struct arm_commit {
    char *folder;    /* of the build; malloc'd */
    char commit[65]; /* its full hash */
    char date[40];   /* ISO 8601 */
};

/* Builds the revision of the repository that this folder belongs to, unless it was built before, under
 * $XDG_CACHE_HOME/seqscale/builds/COMMIT (~/.cache by default). The worktree goes, the build stays. A revision
 * that is unknown is STATUS_USAGE; one that does not build STATUS_FAILED, with the end of what was printed. */
MUST_CHECK enum status arm_build_commit(struct arm_commit *commit, const char *revision, struct error *error);

#endif
