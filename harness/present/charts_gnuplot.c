/* charts_gnuplot.c - see charts_gnuplot.h. */
#include "present/charts_gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The environment with a UTF-8 locale, whatever the person's: in the C locale gnuplot complains about every sign that is
 * no ASCII. malloc'd array of borrowed strings; NULL when memory ran out. */
static char **utf8_environment(void)
{
    size_t count = 0;
    while (environ[count])
        ++count;
    char **copy = calloc(count + 2, sizeof *copy);
    if (!copy)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i)
        if (!text_starts(environ[i], "LC_ALL="))
            copy[kept++] = environ[i];
    copy[kept] = (char *)"LC_ALL=C.UTF-8";
    return copy;
}

/* Starts gnuplot in run->directory with its output and its errors going to `descriptor`. Returns an errno value. */
static int spawn(const struct charts_run *run, int descriptor, pid_t *child)
{
    /* -d: the user's own ~/.gnuplot must not change a chart. */
    char *arguments[] = {(char *)"gnuplot",         (char *)"-d",          (char *)"-c",          (char *)run->program,
                         (char *)run->settings,     (char *)run->format,   (char *)run->output,   NULL};
    posix_spawn_file_actions_t actions;
    char **environment = utf8_environment();
    int code = environment ? posix_spawn_file_actions_init(&actions) : ENOMEM;
    if (code != 0) {
        free(environment);
        return code;
    }
    code = posix_spawn_file_actions_addchdir_np(&actions, run->directory);
    if (code == 0)
        code = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, descriptor, STDERR_FILENO);
    if (code == 0)
        code = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return code;
}

static void read_said(int descriptor, struct text *said)
{
    enum { MOST = 65536 }; /* more than any message, but no endless one */
    char chunk[4096];
    ssize_t got;
    while ((got = read(descriptor, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0 && said->length < MOST)
            text_append_bytes(said, chunk, (size_t)got);
}

/* The line that tells most: gnuplot repeats the command before its message, which names the line after a colon. */
static const char *telling_line(char *said)
{
    const char *telling = "";
    char *rest = NULL;
    for (char *line = strtok_r(said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " \t^");
        if (*line && (!*telling || strstr(line, "line ") || strstr(line, "arning")))
            telling = line;
    }
    return telling;
}

static enum status wait_for(pid_t child, int *code, struct error *error)
{
    while (waitpid(child, code, 0) < 0)
        if (errno != EINTR)
            return error_set(error, STATUS_SYSTEM, "cannot wait for gnuplot: %s", strerror(errno));
    return STATUS_OK;
}

static enum status spawn_error(int code, struct error *error)
{
    if (code == ENOENT)
        return error_set(error, STATUS_SYSTEM, "charts need the program gnuplot, which was not found: install the package "
                                               "gnuplot-nox");
    return error_set(error, STATUS_SYSTEM, "cannot start gnuplot: %s", strerror(code));
}

enum status charts_gnuplot_run(const struct charts_run *run, struct text *notes, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, STATUS_SYSTEM, "cannot make a pipe for gnuplot: %s", strerror(errno));
    pid_t child = 0;
    const int started = spawn(run, ends[1], &child);
    close(ends[1]);
    struct text said = {0};
    if (started == 0)
        read_said(ends[0], &said);
    close(ends[0]);
    int code = 0;
    enum status status = started == 0 ? wait_for(child, &code, error) : spawn_error(started, error);
    const char *message = said.data ? telling_line(said.data) : "";
    if (status == STATUS_OK && (!WIFEXITED(code) || WEXITSTATUS(code) != 0))
        status = error_set(error, STATUS_SYSTEM, "gnuplot could not draw %s with %s: %s", run->output, run->program,
                           *message ? message : "it ended without a message");
    else if (status == STATUS_OK && *message)
        text_format(notes, "gnuplot on %s: %s\n", run->output, message);
    text_free(&said);
    return status;
}
