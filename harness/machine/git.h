/* git.h - which commit a source folder is at. Absence (no git, no repository there) is an answer, not an error. */
#ifndef HARNESS_MACHINE_GIT_H
#define HARNESS_MACHINE_GIT_H

#include "base/status.h"
#include "base/text.h"

enum git_dirty { GIT_UNKNOWN = 0, GIT_CLEAN, GIT_DIRTY };

/* The commit that is checked out in `folder`, which must itself be the top of a repository: a source tree unpacked inside
 * somebody else's repository has no commit of its own. malloc'd; NULL when unknown. */
char *git_commit(const char *folder);

/* When the commit that is checked out there was made, ISO 8601. malloc'd; NULL when unknown. */
char *git_date(const char *folder);

/* Do tracked files differ from the commit? */
enum git_dirty git_dirty(const char *folder);

/* Runs `git -C folder WORDS` (`words` NULL-terminated, 20 at most): *code is its exit code, `output` what it printed, `log` (or
 * NULL) the file that gets its messages. Without git: a sentence. */
MUST_CHECK enum status git_run(const char *folder, const char *const *words, const char *log, struct text *output, int *code,
                               struct error *error);

#endif
