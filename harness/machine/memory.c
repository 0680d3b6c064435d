/* memory.c - see memory.h. */
#include "machine/memory.h"

#include "base/text.h"
#include "machine/cgroup.h"
#include "machine/sysfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define KIB 1024.0 /* /proc says kB and means KiB */

/* A "KEY:  N kB" line of a file in /proc, in bytes. */
static double kilobytes_field(const char *root, const char *path, const char *key)
{
    char *lines = sysfile_read(root, path);
    const double value = sysfile_field_number(lines, key, ':') * KIB;
    free(lines);
    return value;
}

double memory_available_under(const char *root)
{
    const double available = kilobytes_field(root, "/proc/meminfo", "MemAvailable");
    const double left = cgroup_memory_left_bytes(root);
    const double least = fmin(available, left); /* fmin passes over a NaN */
    return isinf(least) ? NAN : least;
}

double memory_available_bytes(void)
{
    return memory_available_under("");
}

double memory_total_bytes(void)
{
    return kilobytes_field("", "/proc/meminfo", "MemTotal");
}

double memory_swap_used_bytes(void)
{
    return kilobytes_field("", "/proc/meminfo", "SwapTotal") - kilobytes_field("", "/proc/meminfo", "SwapFree");
}

static double process_field(pid_t pid, const char *key)
{
    char *path = pid ? text_print("/proc/%ld/status", (long)pid) : text_print("/proc/self/status");
    const double value = path ? kilobytes_field("", path, key) : NAN;
    free(path);
    return value;
}

double memory_peak_bytes(pid_t pid)
{
    return process_field(pid, "VmHWM");
}

double memory_resident_bytes(pid_t pid)
{
    return process_field(pid, "VmRSS");
}

void memory_reset_peak(void)
{
    malloc_trim(0);
    const int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return;
    const ssize_t written = write(file, "5", 1); /* 5: reset the peak resident set (proc(5)) */
    (void)written;
    close(file);
}

double memory_page_faults(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return NAN;
    return (double)usage.ru_minflt + (double)usage.ru_majflt;
}

/* ---------------------------------------------------------------- a process and what it started */

#define TREE_DEPTH 16 /* of processes that start others */

/* What is summed over them: of each process, of each of its threads; either may be NULL. */
struct tally {
    double (*process)(pid_t pid);
    double (*thread)(const char *folder, const char *thread);
};

static double sum_tree(pid_t pid, const struct tally *tally, int depth);

/* Sums over the children of one thread, and over theirs. The list is a line of numbers; a kernel without it names none. */
static double sum_children(const char *folder, const char *thread, const struct tally *tally, int depth)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/children", folder, thread);
    char *line = sysfile_read("", path);
    double sum = 0.0;
    for (char *at = line, *end = NULL; at && *at; at = end) {
        const long child = strtol(at, &end, 10);
        if (end == at)
            break;
        sum += sum_tree((pid_t)child, tally, depth + 1);
    }
    free(line);
    return sum;
}

static double sum_thread(const char *folder, const char *thread, const struct tally *tally, int depth)
{
    return (tally->thread ? tally->thread(folder, thread) : 0.0) +
           (depth < TREE_DEPTH ? sum_children(folder, thread, tally, depth) : 0.0);
}

static double sum_tree(pid_t pid, const struct tally *tally, int depth)
{
    char folder[64] = "/proc/self/task";
    if (pid != 0)
        snprintf(folder, sizeof folder, "/proc/%ld/task", (long)pid);
    double sum = tally->process ? tally->process(pid) : 0.0;
    DIR *threads = opendir(folder);
    for (struct dirent *entry = threads ? readdir(threads) : NULL; entry; entry = readdir(threads))
        if (entry->d_name[0] != '.')
            sum += sum_thread(folder, entry->d_name, tally, depth);
    if (threads)
        closedir(threads);
    return sum;
}

/* The state is the letter behind the name, which stands in parentheses and may hold anything. */
static double thread_runs(const char *folder, const char *thread)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/stat", folder, thread);
    char *line = sysfile_read("", path);
    const char *name_end = line ? strrchr(line, ')') : NULL;
    const bool runs = name_end && strncmp(name_end, ") R", 3) == 0;
    free(line);
    return runs ? 1.0 : 0.0;
}

static double resident_of(pid_t pid)
{
    const double bytes = memory_resident_bytes(pid);
    return isnan(bytes) ? 0.0 : bytes; /* it has just ended */
}

int process_running_threads(pid_t pid)
{
    return (int)sum_tree(pid, &(struct tally){.thread = thread_runs}, 0);
}

double process_tree_resident_bytes(pid_t pid)
{
    return sum_tree(pid, &(struct tally){.process = resident_of}, 0);
}
