/* child.c - see child.h. */
#include "sweep/child.h"

#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LAUNCHER_WORDS_MAX 16

/* Moves a descriptor out of the way of the fixed numbers, so that none overwrites another. */
static int move_up(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

static void bind_to(const struct client_launch *launch)
{
    if (!launch->cpus || launch->cpu_count == 0)
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < launch->cpu_count; ++i)
        if (launch->cpus[i] >= 0 && launch->cpus[i] < CPU_SETSIZE)
            CPU_SET((size_t)launch->cpus[i], &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* An environment of another size and a heap that starts elsewhere: their effect on speed becomes variance, not bias. */
static void vary_layout(uint64_t seed)
{
    if (!seed)
        return;
    char number[32], padding[4097];
    snprintf(number, sizeof number, "%llu", (unsigned long long)(seed % 1000003u + 1));
    memset(padding, 'x', sizeof padding);
    padding[seed / 1000003u % 4096u] = '\0';
    setenv("SEQSCALE_LAYOUT", number, 1);
    setenv("SEQSCALE_PADDING", padding, 1);
}

static void set_environment(const char *const *environment)
{
    for (const char *const *entry = environment; entry && *entry; ++entry) {
        char name[256];
        const char *equals = strchr(*entry, '=');
        if (!equals)
            unsetenv(*entry);
        else if (snprintf(name, sizeof name, "%.*s", (int)(equals - *entry), *entry) < (int)sizeof name)
            setenv(name, equals + 1, 1);
    }
}

/* What is counted must not depend on who asks: of the environment only what finds programs and libraries stays, and
 * addresses are not random. A container may forbid the latter; what is counted says so by itself, as it is counted twice. */
static void fix_layout(void)
{
    static const char *const kept[] = {"PATH", "LD_LIBRARY_PATH", "VALGRIND_LIB"};
    char *values[ARRAY_LEN(kept)];
    for (size_t i = 0; i < ARRAY_LEN(kept); ++i) {
        const char *value = getenv(kept[i]);
        values[i] = value ? strdup(value) : NULL;
    }
    clearenv();
    for (size_t i = 0; i < ARRAY_LEN(kept); ++i)
        if (values[i])
            setenv(kept[i], values[i], 1);
    personality(ADDR_NO_RANDOMIZE);
}

/* LAUNCHER... PROGRAM worker: the launcher by PATH, our program by its own name, which /proc/self/exe is not in another
 * program. */
static void launch_by(const char *const *launcher, const char *program)
{
    char self[4096];
    const char *words[LAUNCHER_WORDS_MAX + 3];
    size_t count = 0;
    for (; launcher[count] && count < LAUNCHER_WORDS_MAX; ++count)
        words[count] = launcher[count];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    words[count++] = program ? program : self;
    words[count++] = "worker";
    words[count] = NULL;
    execvp(words[0], (char *const *)words); /* POSIX: the words are not written to */
    dprintf(STDERR_FILENO, "%s", strerror(errno));
}

void child_become_worker(const struct client_launch *launch, const struct child_ends *ends, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a killed parent leaves no worker behind */
    if (getppid() != parent)
        _exit(127);
    setpgid(0, 0); /* Ctrl-C goes to the parent alone */
    const int request = move_up(ends->request), reply = move_up(ends->reply), output = move_up(ends->output);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    dup2(request, PROTOCOL_REQUEST_FD);
    dup2(reply, PROTOCOL_REPLY_FD);
    bind_to(launch);
    if (launch->launcher)
        fix_layout();
    set_environment(launch->environment);
    vary_layout(launch->layout_seed);
    signal(SIGPIPE, SIG_DFL);
    if (launch->command)
        execl("/bin/sh", "sh", "-c", launch->command, (char *)NULL);
    else if (launch->launcher)
        launch_by(launch->launcher, launch->program);
    else
        execl(launch->program ? launch->program : "/proc/self/exe", "seqscale", "worker", (char *)NULL);
    _exit(127);
}
