/* noise.c - see noise.h. Sources: proc(5) for stat and status, Documentation/scheduler/sched-stats and accounting/psi of the
 * Linux kernel. */
#include "machine/noise.h"

#include "base/text.h"
#include "machine/cgroup.h"
#include "machine/clock.h"
#include "machine/sysfile.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The second number of a thread's schedstat: nanoseconds that it was runnable and waited. */
static double run_delay_of(const char *root, const char *folder, const char *thread)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/schedstat", folder, thread);
    char *content = sysfile_read(root, path);
    const char *second = content ? strchr(content, ' ') : NULL;
    const double nanoseconds = second ? strtod(second, NULL) : NAN;
    free(content);
    return nanoseconds * 1e-9;
}

/* Over the threads in a /proc/PID/task below `root`. Threads that ended take their count with them; a worker's stay. */
static double run_delay_under(const char *root, const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, folder);
    DIR *threads = opendir(path);
    double sum = threads ? 0.0 : NAN;
    for (struct dirent *entry = threads ? readdir(threads) : NULL; entry; entry = readdir(threads))
        if (entry->d_name[0] != '.')
            sum += run_delay_of(root, folder, entry->d_name);
    if (threads)
        closedir(threads);
    return sum;
}

double noise_run_delay_seconds(void)
{
    return run_delay_under("", "/proc/self/task");
}

/* Steal is the eighth number of the line "cpu"; divided by the CPUs, whose lines follow. */
static double steal_under(const char *root)
{
    char *lines = sysfile_read(root, "/proc/stat");
    char *all = sysfile_field(lines, "cpu", ' ');
    int cpus = 0;
    for (const char *line = lines; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        cpus += text_starts(line, "cpu") && line[3] >= '0' && line[3] <= '9';
    }
    const char *at = all;
    for (int word = 0; at && word < 7; ++word) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    char *end = NULL;
    const double ticks = at ? strtod(at, &end) : NAN;
    const double seconds = at && end != at && cpus > 0 ? ticks / (double)sysconf(_SC_CLK_TCK) / cpus : NAN;
    free(all);
    free(lines);
    return seconds;
}

static double pressure_under(const char *root)
{
    char *lines = sysfile_read(root, "/proc/pressure/cpu");
    const char *total = lines ? strstr(lines, "total=") : NULL;
    const double microseconds = total ? strtod(total + strlen("total="), NULL) : NAN;
    free(lines);
    return microseconds * 1e-6;
}

static double involuntary_switches(const char *root, const char *process)
{
    char path[512];
    snprintf(path, sizeof path, "%s/status", process);
    char *lines = sysfile_read(root, path);
    const double switches = sysfile_field_number(lines, "nonvoluntary_ctxt_switches", ':');
    free(lines);
    return switches;
}

struct noise noise_read_under(const char *root, pid_t pid)
{
    char process[64], threads[96];
    snprintf(process, sizeof process, pid ? "/proc/%ld" : "/proc/self", (long)pid);
    snprintf(threads, sizeof threads, "%s/task", process);
    return (struct noise){.wall_seconds = (double)clock_wall_ns() * 1e-9,
                          .run_delay_seconds = run_delay_under(root, threads),
                          .involuntary_switches = involuntary_switches(root, process),
                          .steal_seconds = steal_under(root),
                          .throttled_seconds = cgroup_throttled_seconds(root),
                          .pressure_seconds = pressure_under(root)};
}

struct noise noise_read(pid_t pid)
{
    return noise_read_under("", pid);
}

struct noise noise_since(const struct noise *before, const struct noise *after)
{
    return (struct noise){.wall_seconds = after->wall_seconds - before->wall_seconds,
                          .run_delay_seconds = after->run_delay_seconds - before->run_delay_seconds,
                          .involuntary_switches = after->involuntary_switches - before->involuntary_switches,
                          .steal_seconds = after->steal_seconds - before->steal_seconds,
                          .throttled_seconds = after->throttled_seconds - before->throttled_seconds,
                          .pressure_seconds = after->pressure_seconds - before->pressure_seconds};
}

double noise_lost_share(const struct noise *difference, int threads)
{
    const double delay = difference->run_delay_seconds / (threads > 0 ? threads : 1);
    const double steal = difference->steal_seconds;
    if (!(difference->wall_seconds > 0.0) || (isnan(delay) && isnan(steal)))
        return NAN;
    const double lost = (isnan(delay) ? 0.0 : delay) + (isnan(steal) ? 0.0 : steal);
    return fmin(1.0, fmax(0.0, lost / difference->wall_seconds));
}
