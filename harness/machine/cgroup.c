/* cgroup.c - see cgroup.h. File names and meanings: the Linux kernel's admin-guide/cgroup-v1/memory and cgroup-v2. */
#include "machine/cgroup.h"

#include "base/text.h"
#include "machine/sysfile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one group, given by its folder below `root`, allows; infinity or NaN where it sets no limit. */
typedef double (*group_limit)(const char *root, const char *folder);

static double number_in(const char *root, const char *folder, const char *file)
{
    char *path = text_print("%s/%s", folder, file);
    const double value = path ? sysfile_number(root, path) : NAN;
    free(path);
    return value;
}

static double stat_in(const char *root, const char *folder, const char *key)
{
    char *path = text_print("%s/memory.stat", folder);
    char *lines = path ? sysfile_read(root, path) : NULL;
    const double value = sysfile_field_number(lines, key, ' ');
    free(lines);
    free(path);
    return isnan(value) ? 0.0 : value;
}

static double memory_left(double limit, double usage, double reclaimable)
{
    const double used = fmax(usage - reclaimable, 0.0);
    return isnan(limit) || isnan(usage) ? INFINITY : fmax(limit - used, 0.0);
}

static double memory_left_v2(const char *root, const char *folder)
{
    return memory_left(number_in(root, folder, "memory.max"), number_in(root, folder, "memory.current"),
                       stat_in(root, folder, "inactive_file"));
}

static double memory_left_v1(const char *root, const char *folder)
{
    return memory_left(number_in(root, folder, "memory.limit_in_bytes"), number_in(root, folder, "memory.usage_in_bytes"),
                       stat_in(root, folder, "total_inactive_file"));
}

/* cpu.max is "QUOTA PERIOD" or "max PERIOD", in microseconds. */
static double cpu_quota_v2(const char *root, const char *folder)
{
    char *path = text_print("%s/cpu.max", folder);
    char *content = path ? sysfile_read(root, path) : NULL;
    double quota = INFINITY;
    if (content) {
        char *end = NULL;
        const double quota_us = strtod(content, &end);
        const double period_us = end == content ? NAN : strtod(end, NULL);
        quota = quota_us > 0 && period_us > 0 ? quota_us / period_us : INFINITY;
    }
    free(content);
    free(path);
    return quota;
}

static double cpu_quota_v1(const char *root, const char *folder)
{
    const double quota_us = number_in(root, folder, "cpu.cfs_quota_us"); /* -1: none */
    const double period_us = number_in(root, folder, "cpu.cfs_period_us");
    return quota_us > 0 && period_us > 0 ? quota_us / period_us : INFINITY;
}

/* The least limit over the group `path` below `mount` and all above it. */
static double least_up_to_root(const char *root, const char *mount, const char *path, group_limit limit)
{
    double least = INFINITY;
    char *folder = text_print("%s%s", mount, strcmp(path, "/") == 0 ? "" : path);
    if (!folder)
        return least;
    for (;;) {
        least = fmin(least, limit(root, folder)); /* fmin passes over a NaN */
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= strlen(mount))
            break;
        *slash = '\0';
    }
    free(folder);
    return least;
}

/* Is `controller` one of the comma-separated names between `list` and `end`? */
static bool list_has(const char *list, const char *end, const char *controller)
{
    const size_t length = strlen(controller);
    while (list < end) {
        const size_t word = strcspn(list, ",:");
        if (word == length && strncmp(list, controller, length) == 0)
            return true;
        list += word + 1;
    }
    return false;
}

/* One line of /proc/self/cgroup: "ID:CONTROLLERS:PATH"; version 2 has the id 0 and no controllers. */
static double limit_of_line(const char *root, const char *line, const char *controller, group_limit v1, group_limit v2)
{
    const char *list = strchr(line, ':');
    const char *colon = list ? strchr(list + 1, ':') : NULL;
    if (!colon)
        return INFINITY;
    const char *path = colon + 1;
    if (text_starts(line, "0::"))
        return least_up_to_root(root, "/sys/fs/cgroup", path, v2);
    if (!list_has(list + 1, colon, controller))
        return INFINITY;
    char *mount = text_print("/sys/fs/cgroup/%s", controller); /* joint mounts ("cpu,cpuacct") have a link of this name */
    const double least = mount ? least_up_to_root(root, mount, path, v1) : INFINITY;
    free(mount);
    return least;
}

static double least_limit(const char *root, const char *controller, group_limit v1, group_limit v2)
{
    char *groups = sysfile_read(root, "/proc/self/cgroup");
    double least = INFINITY;
    char *rest = NULL;
    for (char *line = groups ? strtok_r(groups, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
        least = fmin(least, limit_of_line(root, line, controller, v1, v2));
    free(groups);
    return least;
}

double cgroup_memory_left_bytes(const char *root)
{
    return least_limit(root, "memory", memory_left_v1, memory_left_v2);
}

double cgroup_cpu_quota(const char *root)
{
    return least_limit(root, "cpu", cpu_quota_v1, cpu_quota_v2);
}

/* ---------------------------------------------------------------- throttling */

/* Negative, so that the least over a path is that of the group that stood still for longest. */
static double throttled(const char *root, const char *folder, const char *key, double unit_seconds)
{
    char *path = text_print("%s/cpu.stat", folder);
    char *lines = path ? sysfile_read(root, path) : NULL;
    const double value = sysfile_field_number(lines, key, ' ');
    free(lines);
    free(path);
    return isnan(value) ? INFINITY : -value * unit_seconds;
}

static double throttled_v1(const char *root, const char *folder)
{
    return throttled(root, folder, "throttled_time", 1e-9);
}

static double throttled_v2(const char *root, const char *folder)
{
    return throttled(root, folder, "throttled_usec", 1e-6);
}

double cgroup_throttled_seconds(const char *root)
{
    const double least = least_limit(root, "cpu", throttled_v1, throttled_v2);
    return isinf(least) ? NAN : fabs(least);
}
