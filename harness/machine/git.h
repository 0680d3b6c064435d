/* git.h - which commit a source folder is at. Absence (no git, no repository there) is an answer, not an error. */
#ifndef HARNESS_MACHINE_GIT_H
#define HARNESS_MACHINE_GIT_H

enum git_dirty { GIT_UNKNOWN = 0, GIT_CLEAN, GIT_DIRTY };

/* The commit that is checked out in `folder`, which must itself be the top of a repository: a source tree unpacked inside
 * somebody else's repository has no commit of its own. malloc'd; NULL when unknown. */
char *git_commit(const char *folder);

/* When the commit that is checked out there was made, ISO 8601. malloc'd; NULL when unknown. */
char *git_date(const char *folder);

/* Do tracked files differ from the commit? */
enum git_dirty git_dirty(const char *folder);

#endif
