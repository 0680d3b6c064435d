/* topology.h - which CPUs a process may use, in which order threads are put on them, and how that is said to OpenMP.
 *
 * Source: hwloc, restricted to the CPUs allowed to this process (affinity mask and control group). Tested on hwloc's
 * synthetic topologies.
 */
#ifndef HARNESS_MACHINE_TOPOLOGY_H
#define HARNESS_MACHINE_TOPOLOGY_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct topology; /* opaque */

/* `synthetic` is NULL for this machine, or an hwloc synthetic description ("pack:2 core:4 pu:2"). */
MUST_CHECK enum status topology_load(struct topology **topology, const char *synthetic, struct error *error);
void topology_free(struct topology *topology);

int topology_cpus(const struct topology *topology);       /* CPUs (hardware threads) allowed to this process */
int topology_cores(const struct topology *topology);      /* cores with at least one allowed CPU */
int topology_packages(const struct topology *topology);
int topology_numa_nodes(const struct topology *topology);
/* Bytes of the data or unified cache of a level (1..4) seen by the first allowed CPU, 0 when there is none; `shared_by`
 * (may be NULL): how many allowed CPUs share it. */
size_t topology_cache_bytes(const struct topology *topology, int level, int *shared_by);

enum bind_policy {
    BIND_COMPACT = 0, /* neighbouring cores first, one thread a core until cores run out, then their second threads */
    BIND_SCATTER,     /* spread over packages and caches first, one thread a core first */
    BIND_NONE         /* no binding; the allowed mask stays as it is */
};

MUST_CHECK enum status bind_policy_parse(const char *name, enum bind_policy *policy, struct error *error);

/* The CPUs (operating-system numbers) for `threads` threads in thread order; more threads than allowed CPUs is a sentence.
 * For BIND_NONE the allowed CPUs in order. `cpus` has room for topology_cpus() numbers; writes their count to *count
 * (threads, or all for NONE). */
MUST_CHECK enum status topology_place(const struct topology *topology, enum bind_policy policy, int threads, int *cpus,
                                      int *count, struct error *error);

/* Text for OMP_PLACES from topology_place's list: "{0},{1}". malloc'd. */
char *topology_omp_places(const int *cpus, int count);

/* 1, 2, 4 ... up to the number of cores, and the number of cores itself; writes at most `capacity`, returns how many. */
int topology_thread_counts(const struct topology *topology, int *counts, int capacity);

/* Restricts this process (call before any thread is made) to the CPUs. */
MUST_CHECK enum status topology_bind_process(const int *cpus, int count, struct error *error);

/* One line for people: "2 cores of 1 package, 2 hardware threads allowed; L1d 32 KiB, L2 1 MiB, L3 32 MiB shared by 2". */
char *topology_describe(const struct topology *topology);

#endif
