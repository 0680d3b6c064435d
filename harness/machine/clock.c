/* clock.c - see clock.h. */
#include "machine/clock.h"

#include <stdlib.h>
#include <time.h>

static int64_t read_clock_ns(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now); /* cannot fail: these three clocks are there on every Linux that runs OpenMP */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_wall_ns(void)
{
    return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_process_cpu_ns(void)
{
    return read_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_thread_cpu_ns(void)
{
    return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int compare_int64(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

double clock_wall_cost_seconds(void)
{
    enum { GROUPS = 31, CALLS = 200 }; /* one call is near the clock's own resolution, so calls are timed in groups */
    int64_t group_ns[GROUPS];
    for (int group = 0; group < GROUPS; ++group) {
        const int64_t start_ns = clock_wall_ns();
        int64_t last_ns = start_ns;
        for (int call = 0; call < CALLS; ++call)
            last_ns = clock_wall_ns();
        group_ns[group] = last_ns - start_ns;
    }
    qsort(group_ns, GROUPS, sizeof group_ns[0], compare_int64);
    const int64_t median_ns = group_ns[GROUPS / 2];
    return (double)median_ns / CALLS * 1e-9;
}
