/* arm_commit.c - see arm_commit.h. The work is git's and CMake's, so it is a shell script, run with this program's words; a build
 * is made beside its final place and moved there, so that an interrupted one is never taken for whole.
 */
#include "sweep/arm_commit.h"

#include "base/interrupt.h"
#include "base/text.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_BYTES 600 /* of what a failed build printed last: fits in a sentence */

/* $1 revision, $2 folder of builds. Prints the commit, its date and the folder, or says what is wrong and exits 2 (no repository,
 * no such revision) or 4 (it does not build). GIT_* would name another repository in a hook. */
static const char script[] =
    "for name in $(env | sed -n 's/^\\(GIT_[A-Z_]*\\)=.*/\\1/p'); do unset \"$name\"; done\n"
    "top=$(git rev-parse --show-toplevel 2>/dev/null) || { echo 'this folder belongs to no git repository'; exit 2; }\n"
    "commit=$(git -C \"$top\" rev-parse --verify --quiet \"$1^{commit}\") || {\n"
    "  echo \"the repository $top has no revision '$1'\"; exit 2; }\n"
    "place=$2/$commit tree=$2/$commit.$$\n"
    "if ! [ -x \"$place/seqscale\" ]; then\n"
    "  trap 'git -C \"$top\" worktree remove --force \"$tree\" >/dev/null 2>&1; rm -rf \"$tree\"; "
    "git -C \"$top\" worktree prune' EXIT\n"
    "  trap 'exit 130' INT TERM HUP\n"
    "  mkdir -p \"$2\" && git -C \"$top\" worktree add --quiet --detach \"$tree\" \"$commit\" || exit 4\n"
    "  cd \"$tree\" || exit 4\n"
    "  if grep -q -e --program scripts/build 2>/dev/null; then scripts/build --program release || exit 4\n"
    "  else cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DSEQSCALE_TESTS=OFF && cmake --build build -j || exit 4; fi\n"
    "  [ -x build/seqscale ] || { echo 'its build makes no build/seqscale'; exit 4; }\n"
    "  rm -rf \"$place\"; mv build \"$place\" || exit 4\n"
    "fi\n"
    "printf '\\n%s\\n%s\\n%s\\n' \"$place\" \"$commit\" \"$(git -C \"$top\" log -1 --format=%cI \"$commit\")\"\n";

static char *builds_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return text_print("%s/seqscale/builds", cache);
    return text_print("%s/.cache/seqscale/builds", home && home[0] ? home : "/tmp");
}

static int spawn(pid_t *pid, const char *revision, const char *folder, int out)
{
    char *const argv[] = {"sh", "-c", (char *)script, "seqscale", (char *)revision, (char *)folder, NULL};
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    if (!failed)
        failed = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Keeps the end of what is printed. On Ctrl-C the script is told, and ends with what it had begun put away. */
static void listen(int fd, pid_t pid, struct text *said)
{
    char chunk[1024];
    bool told = false;
    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (interrupt_requested() && !told) {
            kill(pid, SIGTERM);
            told = true;
        }
        if (got > 0)
            text_append_bytes(said, chunk, (size_t)got);
        else if (got == 0 || errno != EINTR)
            return;
    }
}

static enum status run_script(const char *revision, const char *folder, struct text *said, int *code, struct error *error)
{
    int ends[2];
    pid_t pid = 0;
    if (pipe(ends) != 0)
        return error_set(error, STATUS_SYSTEM, "cannot build %s: %s", revision, strerror(errno));
    const int failed = spawn(&pid, revision, folder, ends[1]);
    close(ends[1]);
    if (!failed)
        listen(ends[0], pid, said);
    close(ends[0]);
    if (failed)
        return error_set(error, STATUS_SYSTEM, "cannot run sh to build %s: %s", revision, strerror(failed));
    int ended = 0;
    while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        continue;
    *code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128;
    return interrupt_requested() ? error_set(error, STATUS_INTERRUPTED, "interrupted while building %s", revision)
                                 : STATUS_OK;
}

/* The last lines as one: an error is one sentence. */
static const char *tail(struct text *said)
{
    if (!said->data)
        return "it said nothing";
    char *at = said->data + (said->length > TAIL_BYTES ? said->length - TAIL_BYTES : 0);
    for (char *c = at; *c; ++c)
        if (*c == '\n')
            *c = c[1] ? '|' : '\0'; /* a sentence is one line */
    return at;
}

/* The last three lines. */
static enum status read_answer(struct arm_commit *commit, struct text *said, struct error *error)
{
    char *lines[3] = {NULL, NULL, NULL};
    for (int i = 2; i >= 0; --i) {
        char *end = said->data ? strrchr(said->data, '\n') : NULL;
        if (!end)
            break;
        *end = '\0';
        char *begin = strrchr(said->data, '\n');
        lines[i] = begin ? begin + 1 : said->data;
    }
    if (!lines[0])
        return error_set(error, STATUS_SYSTEM, "the build said nothing");
    commit->folder = strdup(lines[0]);
    snprintf(commit->commit, sizeof commit->commit, "%s", lines[1]);
    snprintf(commit->date, sizeof commit->date, "%s", lines[2]);
    return commit->folder ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

enum status arm_build_commit(struct arm_commit *commit, const char *revision, struct error *error)
{
    struct text said = {0};
    int code = 0;
    char *folder = builds_folder();
    *commit = (struct arm_commit){.folder = NULL};
    enum status status =
        folder ? run_script(revision, folder, &said, &code, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK && code == 0)
        status = read_answer(commit, &said, error);
    else if (status == STATUS_OK && code == STATUS_USAGE)
        status = error_set(error, STATUS_USAGE, "%s", tail(&said));
    else if (status == STATUS_OK)
        status = error_set(error, STATUS_FAILED, "%s does not build: %s", revision, tail(&said));
    text_free(&said);
    free(folder);
    return status;
}
