/* execute.c - see execute.h. */
#include "machine/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether "NAME=VALUE" is of the variable that `word` ("NAME" or "NAME=OTHER") sets or unsets. */
static bool same_name(const char *variable, const char *word)
{
    const size_t length = strcspn(word, "=");
    return strncmp(variable, word, length) == 0 && variable[length] == '=';
}

static bool is_kept(const char *variable, const char *const *changes)
{
    if (text_starts(variable, "GIT_"))
        return false;
    for (size_t i = 0; changes && changes[i]; ++i)
        if (same_name(variable, changes[i]))
            return false;
    return true;
}

/* The environment with its changes: a malloc'd array of borrowed strings; NULL when memory ran out. */
static char **make_environment(const char *const *changes)
{
    size_t count = 0, changed = 0;
    while (environ[count])
        ++count;
    while (changes && changes[changed])
        ++changed;
    char **copy = calloc(count + changed + 1, sizeof *copy);
    size_t kept = 0;
    for (size_t i = 0; copy && i < count; ++i)
        if (is_kept(environ[i], changes))
            copy[kept++] = environ[i];
    for (size_t i = 0; copy && i < changed; ++i)
        if (strchr(changes[i], '='))
            copy[kept++] = (char *)changes[i];
    return copy;
}

/* Adds to `actions` where the child's descriptors lead; returns an errno value. */
static int redirect(posix_spawn_file_actions_t *actions, const struct execution *execution, int output)
{
    const int append = O_WRONLY | O_CREAT | O_APPEND;
    int code = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, execution->log ? execution->log : "/dev/null", append,
                                                0666);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, output >= 0 ? output : STDERR_FILENO, STDOUT_FILENO);
    if (code == 0 && execution->directory)
        code = posix_spawn_file_actions_addchdir_np(actions, execution->directory);
    return code;
}

/* Starts it with standard output on `output`, or on the log where that is negative; an errno value. */
static int start(pid_t *child, const struct execution *execution, int output)
{
    posix_spawn_file_actions_t actions;
    char **environment = make_environment(execution->environment);
    int code = environment ? posix_spawn_file_actions_init(&actions) : ENOMEM;
    if (code == 0) {
        code = redirect(&actions, execution, output);
        if (code == 0)
            code = posix_spawnp(child, execution->argv[0], &actions, NULL, (char *const *)execution->argv, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    free(environment);
    return code;
}

static void read_to_end(int descriptor, struct text *text)
{
    char chunk[4096];
    for (;;) {
        const ssize_t got = read(descriptor, chunk, sizeof chunk);
        if (got > 0)
            text_append_bytes(text, chunk, (size_t)got);
        else if (got == 0 || errno != EINTR)
            return;
    }
}

static enum status wait_for(pid_t child, const char *name, int *code, struct error *error)
{
    int state = 0;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return error_set(error, STATUS_SYSTEM, "cannot wait for %s: %s", name, strerror(errno));
    *code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    return STATUS_OK;
}

enum status execute(const struct execution *execution, struct text *output, int *code, struct error *error)
{
    int ends[2] = {-1, -1};
    pid_t child = 0;
    if (output && pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, STATUS_SYSTEM, "cannot make a pipe for %s: %s", execution->argv[0], strerror(errno));
    const int failed = start(&child, execution, ends[1]);
    if (output)
        close(ends[1]);
    if (output && !failed)
        read_to_end(ends[0], output);
    if (output)
        close(ends[0]);
    if (failed)
        return error_set(error, STATUS_SYSTEM, "cannot start %s%s%s: %s", execution->argv[0],
                         execution->directory ? " in " : "", execution->directory ? execution->directory : "",
                         strerror(failed));
    TRY(wait_for(child, execution->argv[0], code, error));
    if (output && output->failed)
        return error_set(error, STATUS_SYSTEM, "out of memory for the output of %s", execution->argv[0]);
    return STATUS_OK;
}
