/* topology.c - see topology.h.
 *
 * hwloc gives a tree (machine, packages, caches, cores, CPUs), restricted to what this process may use. The two orders of
 * CPUs, one for each binding policy, are worked out once when the tree is loaded: cores are put in order, then the first
 * CPU of every core is taken, then every core's second, and so on.
 */
#include "machine/topology.h"

#include "base/text.h"

#include <errno.h>
#include <hwloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct topology {
    hwloc_topology_t tree;
    hwloc_obj_type_t core_type; /* HWLOC_OBJ_CORE; HWLOC_OBJ_PU where the system does not say which CPUs form a core */
    int n_cpus, n_cores;
    int *order[BIND_NONE + 1]; /* (n_cpus) operating-system numbers of the CPUs, by policy */
};

struct core {
    const struct hwloc_obj *object;
};

static int compare_compact(const void *left, const void *right)
{
    const unsigned a = ((const struct core *)left)->object->logical_index;
    const unsigned b = ((const struct core *)right)->object->logical_index;
    return (a > b) - (a < b);
}

/* Round robin over the tree: the place among siblings counts from the core upwards, so that cores in a row differ first in
 * the highest object that can differ, the package. */
static int compare_scatter(const void *left, const void *right)
{
    const struct hwloc_obj *a = ((const struct core *)left)->object, *b = ((const struct core *)right)->object;
    for (; a->parent && b->parent; a = a->parent, b = b->parent)
        if (a->sibling_rank != b->sibling_rank)
            return a->sibling_rank > b->sibling_rank ? 1 : -1;
    return compare_compact(left, right);
}

static int compare_number(const void *left, const void *right)
{
    const int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

/* The CPU of `core` that has `rank` CPUs before it, or -1. */
static int cpu_of_core(const struct hwloc_obj *core, int rank)
{
    int cpu = hwloc_bitmap_first(core->cpuset);
    while (rank-- > 0 && cpu >= 0)
        cpu = hwloc_bitmap_next(core->cpuset, cpu);
    return cpu;
}

/* Every core's first CPU, then every core's second ...: until all of `n_cpus` are there. */
static void spread_over_cores(int *order, int n_cpus, const struct core *cores, int n_cores)
{
    int count = 0;
    for (int rank = 0; count < n_cpus; ++rank)
        for (int core = 0; core < n_cores && count < n_cpus; ++core) {
            const int cpu = cpu_of_core(cores[core].object, rank);
            if (cpu >= 0)
                order[count++] = cpu;
        }
}

static enum status out_of_memory(struct error *error)
{
    return error_set(error, STATUS_SYSTEM, "out of memory while reading the machine's topology");
}

static enum status make_orders(struct topology *topology, struct error *error)
{
    const size_t n_cpus = (size_t)topology->n_cpus, n_cores = (size_t)topology->n_cores;
    struct core *cores = calloc(n_cores, sizeof(*cores));
    for (int policy = 0; policy <= BIND_NONE; ++policy)
        topology->order[policy] = calloc(n_cpus, sizeof(int));
    if (!cores || !topology->order[BIND_COMPACT] || !topology->order[BIND_SCATTER] || !topology->order[BIND_NONE]) {
        free(cores);
        return out_of_memory(error);
    }
    for (unsigned at = 0; at < n_cores; ++at)
        cores[at].object = hwloc_get_obj_by_type(topology->tree, topology->core_type, at);
    qsort(cores, n_cores, sizeof(*cores), compare_compact);
    spread_over_cores(topology->order[BIND_COMPACT], topology->n_cpus, cores, topology->n_cores);
    qsort(cores, n_cores, sizeof(*cores), compare_scatter);
    spread_over_cores(topology->order[BIND_SCATTER], topology->n_cpus, cores, topology->n_cores);
    free(cores);
    memcpy(topology->order[BIND_NONE], topology->order[BIND_COMPACT], n_cpus * sizeof(int));
    qsort(topology->order[BIND_NONE], n_cpus, sizeof(int), compare_number);
    return STATUS_OK;
}

static enum status load_tree(hwloc_topology_t *tree, const char *synthetic, struct error *error)
{
    if (hwloc_topology_init(tree) != 0) {
        *tree = NULL;
        return out_of_memory(error);
    }
    if (synthetic && hwloc_topology_set_synthetic(*tree, synthetic) != 0)
        return error_set(error, STATUS_USAGE, "'%s' is not a topology in hwloc's notation, such as \"pack:2 core:4 pu:2\"",
                         synthetic);
    const unsigned long flags = synthetic ? 0
                                          : HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM | HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING |
                                                HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING;
    if (hwloc_topology_set_flags(*tree, flags) != 0 || hwloc_topology_load(*tree) != 0)
        return error_set(error, STATUS_SYSTEM, "hwloc cannot read this machine's topology: %s", strerror(errno));
    return STATUS_OK;
}

static enum status load(struct topology *topology, const char *synthetic, struct error *error)
{
    TRY(load_tree(&topology->tree, synthetic, error));
    topology->n_cpus = hwloc_get_nbobjs_by_type(topology->tree, HWLOC_OBJ_PU);
    if (topology->n_cpus < 1)
        return error_set(error, STATUS_SYSTEM, "hwloc found no CPU that this process may use");
    const int n_cores = hwloc_get_nbobjs_by_type(topology->tree, HWLOC_OBJ_CORE);
    topology->core_type = n_cores > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    topology->n_cores = n_cores > 0 ? n_cores : topology->n_cpus;
    return make_orders(topology, error);
}

enum status topology_load(struct topology **topology, const char *synthetic, struct error *error)
{
    *topology = calloc(1, sizeof(**topology));
    if (!*topology)
        return out_of_memory(error);
    const enum status status = load(*topology, synthetic, error);
    if (status != STATUS_OK) {
        topology_free(*topology);
        *topology = NULL;
    }
    return status;
}

void topology_free(struct topology *topology)
{
    if (!topology)
        return;
    if (topology->tree)
        hwloc_topology_destroy(topology->tree);
    for (int policy = 0; policy <= BIND_NONE; ++policy)
        free(topology->order[policy]);
    free(topology);
}

int topology_cpus(const struct topology *topology)
{
    return topology->n_cpus;
}

int topology_cores(const struct topology *topology)
{
    return topology->n_cores;
}

static int at_least_one(int count)
{
    return count > 0 ? count : 1;
}

int topology_packages(const struct topology *topology)
{
    return at_least_one(hwloc_get_nbobjs_by_type(topology->tree, HWLOC_OBJ_PACKAGE));
}

int topology_numa_nodes(const struct topology *topology)
{
    return at_least_one(hwloc_get_nbobjs_by_type(topology->tree, HWLOC_OBJ_NUMANODE));
}

size_t topology_cache_bytes(const struct topology *topology, int level, int *shared_by)
{
    if (shared_by)
        *shared_by = 0;
    hwloc_obj_t object = hwloc_get_pu_obj_by_os_index(topology->tree, (unsigned)topology->order[BIND_COMPACT][0]);
    for (; object; object = object->parent) {
        if (!hwloc_obj_type_is_dcache(object->type) || object->attr->cache.depth != (unsigned)level)
            continue;
        if (shared_by)
            *shared_by = hwloc_bitmap_weight(object->cpuset);
        return (size_t)object->attr->cache.size;
    }
    return 0;
}

static const char *const policy_names[] = {[BIND_COMPACT] = "compact", [BIND_SCATTER] = "scatter", [BIND_NONE] = "none"};

enum status bind_policy_parse(const char *name, enum bind_policy *policy, struct error *error)
{
    for (int at = 0; at < (int)ARRAY_LEN(policy_names); ++at)
        if (strcmp(name, policy_names[at]) == 0) {
            *policy = (enum bind_policy)at;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "there is no binding '%s': choose compact, scatter or none", name);
}

enum status topology_place(const struct topology *topology, enum bind_policy policy, int threads, int *cpus, int *count,
                           struct error *error)
{
    *count = 0;
    if (threads < 1)
        return error_set(error, STATUS_USAGE, "%d threads cannot be placed: ask for at least 1", threads);
    if (threads > topology->n_cpus)
        return error_set(error, STATUS_USAGE,
                         "%d threads do not fit: this process may use %d CPU%s, and each thread needs one of its own",
                         threads, topology->n_cpus, topology->n_cpus == 1 ? "" : "s");
    *count = policy == BIND_NONE ? topology->n_cpus : threads;
    memcpy(cpus, topology->order[policy], (size_t)*count * sizeof(int));
    return STATUS_OK;
}

char *topology_omp_places(const int *cpus, int count)
{
    struct text text = {0};
    for (int at = 0; at < count; ++at)
        text_format(&text, "%s{%d}", at ? "," : "", cpus[at]);
    return text_take(&text);
}

int topology_thread_counts(const struct topology *topology, int *counts, int capacity)
{
    int written = 0;
    for (int threads = 1; threads < topology->n_cores && written < capacity; threads *= 2)
        counts[written++] = threads;
    if (written < capacity)
        counts[written++] = topology->n_cores;
    return written;
}

enum status topology_bind_process(const int *cpus, int count, struct error *error)
{
    int highest = 0;
    for (int at = 0; at < count; ++at)
        highest = cpus[at] > highest ? cpus[at] : highest;
    cpu_set_t *const set = CPU_ALLOC((size_t)highest + 1);
    if (!set)
        return error_set(error, STATUS_SYSTEM, "out of memory while binding to CPUs");
    const size_t bytes = CPU_ALLOC_SIZE((size_t)highest + 1);
    CPU_ZERO_S(bytes, set);
    for (int at = 0; at < count; ++at)
        CPU_SET_S((size_t)cpus[at], bytes, set);
    const int failed = sched_setaffinity(0, bytes, set);
    CPU_FREE(set);
    if (failed)
        return error_set(error, STATUS_SYSTEM, "cannot bind this process to its CPUs: %s; --bind none does without",
                         strerror(errno));
    return STATUS_OK;
}

static void describe_bytes(struct text *text, size_t bytes)
{
    const size_t mib = (size_t)1 << 20;
    if (bytes >= mib && bytes % mib == 0)
        text_format(text, "%zu MiB", bytes / mib);
    else
        text_format(text, "%zu KiB", bytes / 1024);
}

static void describe_cache(struct text *text, const struct topology *topology, int level, const char *before)
{
    int shared_by = 0;
    const size_t bytes = topology_cache_bytes(topology, level, &shared_by);
    text_format(text, "%sL%d%s ", before, level, level == 1 ? "d" : "");
    describe_bytes(text, bytes);
    if (shared_by > 1)
        text_format(text, " shared by %d", shared_by);
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

char *topology_describe(const struct topology *topology)
{
    const int packages = topology_packages(topology), nodes = topology_numa_nodes(topology);
    struct text text = {0};
    text_format(&text, "%d core%s of %d package%s", topology->n_cores, plural(topology->n_cores), packages,
                plural(packages));
    if (nodes > 1)
        text_format(&text, " and %d NUMA nodes", nodes);
    text_format(&text, ", %d hardware thread%s allowed", topology->n_cpus, plural(topology->n_cpus));
    const char *before = "; ";
    for (int level = 1; level <= 4; ++level) /* topology.h: levels are 1..4 */
        if (topology_cache_bytes(topology, level, NULL) > 0) {
            describe_cache(&text, topology, level, before);
            before = ", ";
        }
    return text_take(&text);
}
