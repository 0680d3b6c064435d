/* worktree.h - a commit of a git repository, checked out in a folder of its own: the checkout that somebody works in
 * is never touched. */
#ifndef HARNESS_MACHINE_WORKTREE_H
#define HARNESS_MACHINE_WORKTREE_H

#include "base/status.h"

struct worktree {
    char *repository; /* top of the repository */
    char *scratch;    /* temporary folder that holds the others */
    char *folder;     /* the worktree */
    char *log;        /* what git said */
    char commit[65];  /* that it was made of */
};

/* The commit that `revision` means in the repository around `folder`; both unknown are sentences. */
MUST_CHECK enum status worktree_resolve(char commit[65], const char *folder, const char *revision, struct error *error);

/* Afterwards worktree_delete, also on failure. */
MUST_CHECK enum status worktree_create(struct worktree *worktree, const char *folder, const char *revision,
                                       struct error *error);

void worktree_delete(struct worktree *worktree);

#endif
