/* arm_commit.c - see arm_commit.h. A build is made in the worktree and moved to its place whole, so that an interrupted one is
 * never taken for one.
 */
#include "sweep/arm_commit.h"

#include "base/interrupt.h"
#include "base/text.h"
#include "machine/execute.h"
#include "machine/git.h"
#include "machine/worktree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_BYTES_MAX ((size_t)1 << 24)
#define TAIL_BYTES 600 /* of what a failed build printed last: fits in a sentence */
#define DATE_FILE "commit-date"

/* $1: where the build goes. Older commits have no scripts/build that can leave out the tests. */
static const char script[] =
    "set -e\n"
    "if grep -q -e --program scripts/build 2>/dev/null; then scripts/build --program release\n"
    "else cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DSEQSCALE_TESTS=OFF; cmake --build build --parallel; fi\n"
    "[ -x build/seqscale ] || { echo 'its build makes no build/seqscale'; exit 1; }\n"
    "printf '%s\\n' \"$2\" > build/" DATE_FILE "\n"
    "rm -rf \"$1\"; mkdir -p \"${1%/*}\"; mv build \"$1.part\"; mv \"$1.part\" \"$1\"\n";

static char *build_folder(const char *commit)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return text_print("%s/seqscale/builds/%s", cache, commit);
    return text_print("%s/.cache/seqscale/builds/%s", home && home[0] ? home : "/tmp", commit);
}

static bool is_built(const char *folder)
{
    char *program = text_print("%s/seqscale", folder);
    const bool there = program && access(program, X_OK) == 0;
    free(program);
    return there;
}

/* The last lines of the log as one: an error is one sentence. */
static enum status say_tail(const char *log, const char *revision, struct error *error)
{
    char *said = NULL;
    size_t length = 0;
    struct error ignored;
    if (text_read_file(log, LOG_BYTES_MAX, &said, &length, &ignored) != STATUS_OK || length == 0) {
        free(said);
        return error_set(error, STATUS_FAILED, "%s does not build, and its build said nothing", revision);
    }
    char *at = said + (length > TAIL_BYTES ? length - TAIL_BYTES : 0);
    for (char *c = at; *c; ++c)
        if (*c == '\n')
            *c = c[1] ? '|' : '\0';
    error_set(error, STATUS_FAILED, "%s does not build: %s", revision, at);
    free(said);
    return STATUS_FAILED;
}

static enum status build_in(const struct worktree *worktree, const char *place, const char *revision, struct error *error)
{
    char *log = text_print("%s/build.log", worktree->scratch), *date = git_date(worktree->folder);
    const char *const argv[] = {"sh", "-c", script, "seqscale", place, date ? date : "", NULL};
    const struct execution execution = {.argv = argv, .directory = worktree->folder, .log = log};
    int code = 0;
    enum status status = log ? execute(&execution, NULL, &code, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK && interrupt_requested())
        status = error_set(error, STATUS_INTERRUPTED, "interrupted while building %s", revision);
    else if (status == STATUS_OK && code != 0)
        status = say_tail(log, revision, error);
    free(log);
    free(date);
    return status;
}

static enum status build(const char *place, const char *revision, struct error *error)
{
    struct worktree worktree;
    enum status status = worktree_create(&worktree, ".", revision, error);
    if (status == STATUS_OK)
        status = build_in(&worktree, place, revision, error);
    worktree_delete(&worktree);
    return status;
}

static void read_date(struct arm_commit *commit)
{
    char *path = text_print("%s/" DATE_FILE, commit->folder), *date = NULL;
    struct error ignored;
    if (path && text_read_file(path, sizeof commit->date, &date, NULL, &ignored) == STATUS_OK)
        snprintf(commit->date, sizeof commit->date, "%.*s", (int)strcspn(date, "\n"), date);
    free(date);
    free(path);
}

enum status arm_build_commit(struct arm_commit *commit, const char *revision, struct error *error)
{
    *commit = (struct arm_commit){.folder = NULL};
    TRY(worktree_resolve(commit->commit, ".", revision, error));
    commit->folder = build_folder(commit->commit);
    if (!commit->folder)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    if (!is_built(commit->folder))
        TRY(build(commit->folder, revision, error));
    read_date(commit);
    return STATUS_OK;
}
