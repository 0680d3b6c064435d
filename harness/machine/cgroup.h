/* cgroup.h - what the control groups of this process allow it: memory and CPU time, versions 1 and 2.
 *
 * A group and all groups above it limit the process, so every function takes the least over the path up to the root. In a
 * container the path of /proc/self/cgroup may lie outside what is mounted; groups that are not there do not count, and the
 * mounted root always does. `root` as in sysfile.h.
 */
#ifndef HARNESS_MACHINE_CGROUP_H
#define HARNESS_MACHINE_CGROUP_H

/* Bytes that may still be taken before a memory limit: limit - usage, page cache that the kernel would give back counted as
 * free. Infinity without a limit. */
double cgroup_memory_left_bytes(const char *root);

/* CPUs' worth of time that the CPU quota allows (1.5 = one and a half CPUs); infinity without a quota. */
double cgroup_cpu_quota(const char *root);

/* Seconds that a group stood still because its quota was used up, since it was made; NaN where that is not counted. */
double cgroup_throttled_seconds(const char *root);

#endif
