/* load.c - see load.h. stress-ng is started in a process group of its own, which gets the signals; the kernel sends one to it
 * when this process dies, and stress-ng's own children do the same with regard to it. */
#include "selfcheck/load.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CPUS_MAX = 1024, NOT_STARTED = 127 };

struct load {
    pid_t pid; /* and process group */
};

/* The CPU for the load: that of the last of as many threads as there are cores. */
static int choose_cpu(const struct topology *topology)
{
    int cpus[CPUS_MAX], count = 0;
    struct error ignored;
    const int threads = topology_cores(topology) < CPUS_MAX ? topology_cores(topology) : 1;
    if (topology_cpus(topology) > CPUS_MAX ||
        topology_place(topology, BIND_COMPACT, threads, cpus, &count, &ignored) != STATUS_OK || count == 0)
        return -1;
    return cpus[count - 1];
}

__attribute__((noreturn)) static void become_load(int cpu, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(NOT_STARTED);
    setpgid(0, 0); /* Ctrl-C goes to the parent, which ends this */
    const int nothing = open("/dev/null", O_RDWR);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
        dup2(nothing, fd);
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu >= 0) {
        CPU_SET((size_t)cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    /* Its end by itself is a last resort, should everything else fail. */
    execlp("stress-ng", "stress-ng", "--cpu", "1", "--cpu-method", "matrixprod", "--timeout", "2h", (char *)NULL);
    _exit(NOT_STARTED);
}

static bool wait_a_moment(pid_t pid, int *state)
{
    const struct timespec moment = {.tv_nsec = 300 * 1000 * 1000}; /* exec fails in less, stress-ng starts in less */
    nanosleep(&moment, NULL);
    return waitpid(pid, state, WNOHANG) == pid;
}

enum status load_start(struct load **load, const struct topology *topology, struct error *error)
{
    struct load *started = calloc(1, sizeof *started);
    if (!started)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    const int cpu = choose_cpu(topology);
    const pid_t parent = getpid();
    started->pid = fork();
    if (started->pid == 0)
        become_load(cpu, parent);
    int state = 0;
    enum status status = STATUS_OK;
    if (started->pid < 0)
        status = error_set(error, STATUS_SYSTEM, "cannot start stress-ng: %s", strerror(errno));
    else if (wait_a_moment(started->pid, &state))
        status = error_set(error, STATUS_SYSTEM,
                           "--load needs the program stress-ng, which %s; install it (Debian: apt-get install stress-ng) or leave "
                           "--load out",
                           WIFEXITED(state) && WEXITSTATUS(state) == NOT_STARTED ? "is not there" : "ended at once");
    if (status == STATUS_OK)
        *load = started;
    else
        free(started);
    return status;
}

void load_stop(struct load *load)
{
    if (!load)
        return;
    int state = 0;
    kill(-load->pid, SIGTERM);
    for (int i = 0; i < 10; ++i)
        if (wait_a_moment(load->pid, &state))
            break;
        else if (i == 8)
            kill(-load->pid, SIGKILL);
    free(load);
}
