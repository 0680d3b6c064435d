/* git.c - see git.h. Runs the program `git` without a shell. GIT_* is left out of its environment: in a hook it names
 * another repository. Optional locks are off, so that asking never gets in the way of somebody's commit.
 */
#include "machine/git.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A copy of the environment's list (not of its strings) without GIT_*; NULL when memory ran out. */
static char **environment_without_git(void)
{
    size_t count = 0;
    while (environ[count])
        ++count;
    char **copy = calloc(count + 1, sizeof(*copy));
    for (size_t from = 0, to = 0; copy && from < count; ++from)
        if (!text_starts(environ[from], "GIT_"))
            copy[to++] = environ[from];
    return copy;
}

/* Starts `argv` with standard output on `out` and without input or messages; 0 or an errno. */
static int spawn(pid_t *pid, char *const *argv, char *const *environment, int out)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawnp(pid, argv[0], &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static bool read_to_end(int fd, struct text *text)
{
    char chunk[4096];
    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got > 0)
            text_append_bytes(text, chunk, (size_t)got);
        else if (got == 0 || errno != EINTR)
            return got == 0;
    }
}

static bool ended_well(pid_t pid)
{
    int wait_status = 0;
    while (waitpid(pid, &wait_status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

/* What the program writes, malloc'd, without the last newline; NULL unless it ends with exit code 0. */
static char *output_of(char *const *argv, char *const *environment)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    pid_t pid = 0;
    const int failed = spawn(&pid, argv, environment, ends[1]);
    close(ends[1]);
    struct text text = {0};
    bool good = false;
    if (!failed) {
        good = read_to_end(ends[0], &text);
        good = ended_well(pid) && good;
    }
    close(ends[0]);
    char *output = good ? text_take(&text) : NULL;
    text_free(&text);
    if (output)
        output[strcspn(output, "\n")] = '\0'; /* one line is asked for, or whether there is any */
    return output;
}

/* First line of `git -C folder WORDS`; NULL where `folder` is not the top of a repository or git fails. */
static char *ask(const char *folder, const char *const *words, size_t count)
{
    char *mark = text_print("%s/.git", folder);
    const bool is_top = mark && access(mark, F_OK) == 0;
    free(mark);
    char **environment = is_top ? environment_without_git() : NULL;
    if (!environment)
        return NULL;
    enum { FIXED = 4, MOST = 12 };
    const char *argv[MOST] = {"git", "--no-optional-locks", "-C", folder};
    for (size_t at = 0; at < count && FIXED + at < MOST - 1; ++at)
        argv[FIXED + at] = words[at];
    char *answer = output_of((char *const *)argv, environment);
    free(environment);
    return answer;
}

char *git_commit(const char *folder)
{
    static const char *const words[] = {"rev-parse", "--verify", "HEAD"};
    return ask(folder, words, ARRAY_LEN(words));
}

char *git_date(const char *folder)
{
    static const char *const words[] = {"log", "-1", "--format=%cI"};
    return ask(folder, words, ARRAY_LEN(words));
}

enum git_dirty git_dirty(const char *folder)
{
    static const char *const words[] = {"status", "--porcelain", "--untracked-files=no"};
    char *first = ask(folder, words, ARRAY_LEN(words));
    const enum git_dirty dirty = !first ? GIT_UNKNOWN : *first ? GIT_DIRTY : GIT_CLEAN;
    free(first);
    return dirty;
}
