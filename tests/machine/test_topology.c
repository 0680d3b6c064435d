/* test_topology.c - orders of CPUs on machines described in hwloc's synthetic notation, and that the real one loads.
 *
 * In "pack:2 core:4 pu:2" hwloc numbers the CPUs depth first: package 0 has CPUs 0-7, core c of it CPUs 2c and 2c+1.
 */
#include "machine/topology.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SMT_MACHINE "pack:2 core:4 pu:2"
#define ROOM 64

static struct topology *load(const char *synthetic)
{
    struct topology *topology = NULL;
    struct error error = {{0}};
    if (topology_load(&topology, synthetic, &error) != STATUS_OK)
        fail_msg("%s: %s", synthetic ? synthetic : "this machine", error.text);
    return topology;
}

static void check_place(const char *synthetic, enum bind_policy policy, int threads, const int *expected)
{
    struct topology *topology = load(synthetic);
    struct error error = {{0}};
    int cpus[ROOM], count = 0;
    assert_int_equal(topology_place(topology, policy, threads, cpus, &count, &error), STATUS_OK);
    assert_int_equal(count, threads);
    for (int at = 0; at < count; ++at)
        if (cpus[at] != expected[at])
            fail_msg("%s, %d threads: thread %d is on CPU %d, expected %d", synthetic, threads, at, cpus[at], expected[at]);
    topology_free(topology);
}

static const int smt_thread_counts[] = {1, 2, 4, 8, 16};

static void test_place_compact_on_smt_fills_cores_before_second_threads(void **state)
{
    (void)state;
    static const int expected[] = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15};
    for (size_t at = 0; at < ARRAY_LEN(smt_thread_counts); ++at)
        check_place(SMT_MACHINE, BIND_COMPACT, smt_thread_counts[at], expected);
}

static void test_place_scatter_on_smt_alternates_packages(void **state)
{
    (void)state;
    static const int expected[] = {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15};
    for (size_t at = 0; at < ARRAY_LEN(smt_thread_counts); ++at)
        check_place(SMT_MACHINE, BIND_SCATTER, smt_thread_counts[at], expected);
}

static void test_place_scatter_alternates_packages_then_caches(void **state)
{
    (void)state;
    static const int expected[] = {0, 4, 2, 6, 1, 5, 3, 7};
    check_place("pack:2 l3:2 core:2 pu:1", BIND_SCATTER, 8, expected);
}

static void test_place_unbound_gives_all_cpus_in_order(void **state)
{
    (void)state;
    struct topology *topology = load(SMT_MACHINE);
    struct error error = {{0}};
    int cpus[ROOM], count = 0;
    assert_int_equal(topology_place(topology, BIND_NONE, 3, cpus, &count, &error), STATUS_OK);
    assert_int_equal(count, 16);
    for (int at = 0; at < count; ++at)
        assert_int_equal(cpus[at], at);
    topology_free(topology);
}

static void test_place_more_threads_than_cpus_is_a_sentence(void **state)
{
    (void)state;
    struct topology *topology = load(SMT_MACHINE);
    const enum bind_policy policies[] = {BIND_COMPACT, BIND_SCATTER, BIND_NONE};
    for (size_t at = 0; at < ARRAY_LEN(policies); ++at) {
        struct error error = {{0}};
        int cpus[ROOM], count = -1;
        assert_int_equal(topology_place(topology, policies[at], 17, cpus, &count, &error), STATUS_USAGE);
        assert_int_equal(count, 0);
        assert_non_null(strstr(error.text, "17 threads"));
        assert_non_null(strstr(error.text, "16 CPUs"));
        assert_int_equal(topology_place(topology, policies[at], 0, cpus, &count, &error), STATUS_USAGE);
    }
    topology_free(topology);
}

static void test_topology_one_cpu_has_one_place(void **state)
{
    (void)state;
    static const int expected[] = {0};
    check_place("core:1 pu:1", BIND_COMPACT, 1, expected);
    check_place("core:1 pu:1", BIND_SCATTER, 1, expected);
    struct topology *topology = load("core:1 pu:1");
    int counts[ROOM];
    assert_int_equal(topology_thread_counts(topology, counts, ROOM), 1);
    assert_int_equal(counts[0], 1);
    topology_free(topology);
}

static void test_topology_without_core_objects_takes_cpus_for_cores(void **state)
{
    (void)state;
    static const int expected[] = {0, 1, 2};
    struct topology *topology = load("pu:3");
    assert_int_equal(topology_cores(topology), 3);
    assert_int_equal(topology_packages(topology), 1);
    topology_free(topology);
    check_place("pu:3", BIND_COMPACT, 3, expected);
}

static void check_thread_counts(const char *synthetic, const int *expected, int n_expected)
{
    struct topology *topology = load(synthetic);
    int counts[ROOM];
    assert_int_equal(topology_thread_counts(topology, counts, ROOM), n_expected);
    assert_memory_equal(counts, expected, (size_t)n_expected * sizeof(int));
    topology_free(topology);
}

static void test_thread_counts_double_and_end_at_the_cores(void **state)
{
    (void)state;
    check_thread_counts(SMT_MACHINE, (const int[]){1, 2, 4, 8}, 4);
    check_thread_counts("core:6 pu:1", (const int[]){1, 2, 4, 6}, 4);
    check_thread_counts("core:3 pu:2", (const int[]){1, 2, 3}, 3);
}

static void test_thread_counts_stop_at_the_capacity(void **state)
{
    (void)state;
    struct topology *topology = load(SMT_MACHINE);
    int counts[2] = {0};
    assert_int_equal(topology_thread_counts(topology, counts, 2), 2);
    assert_int_equal(counts[1], 2);
    topology_free(topology);
}

static void test_topology_counts_and_caches_are_those_described(void **state)
{
    (void)state;
    struct topology *topology = load("pack:2 l3:1(size=33554432) l2:4(size=1048576) l1d:1(size=32768) core:1 pu:2");
    int shared_by = -1;
    assert_int_equal(topology_cpus(topology), 16);
    assert_int_equal(topology_cores(topology), 8);
    assert_int_equal(topology_packages(topology), 2);
    assert_int_equal(topology_cache_bytes(topology, 1, &shared_by), 32 << 10);
    assert_int_equal(shared_by, 2);
    assert_int_equal(topology_cache_bytes(topology, 3, &shared_by), 32 << 20);
    assert_int_equal(shared_by, 8);
    assert_int_equal(topology_cache_bytes(topology, 4, &shared_by), 0);
    assert_int_equal(shared_by, 0);
    char *line = topology_describe(topology);
    assert_string_equal(line, "8 cores of 2 packages, 16 hardware threads allowed; "
                              "L1d 32 KiB shared by 2, L2 1 MiB shared by 2, L3 32 MiB shared by 8");
    free(line);
    topology_free(topology);
}

static void test_topology_description_without_caches_leaves_them_out(void **state)
{
    (void)state;
    struct topology *topology = load("core:1 pu:1");
    char *line = topology_describe(topology);
    assert_string_equal(line, "1 core of 1 package, 1 hardware thread allowed");
    free(line);
    topology_free(topology);
}

static void test_topology_numa_nodes_are_counted(void **state)
{
    (void)state;
    struct topology *topology = load("pack:2 [numa] core:2 pu:1");
    assert_int_equal(topology_numa_nodes(topology), 2);
    topology_free(topology);
}

static void test_topology_description_that_is_none_is_a_sentence(void **state)
{
    (void)state;
    struct topology *topology = NULL;
    struct error error = {{0}};
    assert_int_equal(topology_load(&topology, "two fast cores", &error), STATUS_USAGE);
    assert_null(topology);
    assert_non_null(strstr(error.text, "two fast cores"));
}

static void test_omp_places_list_one_place_a_thread(void **state)
{
    (void)state;
    char *places = topology_omp_places((const int[]){0, 8, 2}, 3);
    assert_string_equal(places, "{0},{8},{2}");
    free(places);
}

static void test_bind_policy_names_are_parsed_and_others_refused(void **state)
{
    (void)state;
    enum bind_policy policy = BIND_NONE;
    struct error error = {{0}};
    assert_int_equal(bind_policy_parse("scatter", &policy, &error), STATUS_OK);
    assert_int_equal(policy, BIND_SCATTER);
    assert_int_equal(bind_policy_parse("none", &policy, &error), STATUS_OK);
    assert_int_equal(policy, BIND_NONE);
    assert_int_equal(bind_policy_parse("spread", &policy, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "spread"));
}

/* Binding to the one CPU must hold, and the topology read afterwards must be restricted to it. */
static void test_topology_of_this_machine_follows_the_binding(void **state)
{
    (void)state;
    struct topology *topology = load(NULL);
    struct error error = {{0}};
    cpu_set_t before, after;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(topology_cpus(topology), CPU_COUNT(&before));
    assert_in_range(topology_cores(topology), 1, topology_cpus(topology));
    int *cpus = calloc((size_t)topology_cpus(topology), sizeof(int)), count = 0;
    assert_non_null(cpus);
    assert_int_equal(topology_place(topology, BIND_COMPACT, topology_cpus(topology), cpus, &count, &error), STATUS_OK);
    const int last = cpus[count - 1];
    assert_int_equal(topology_bind_process(&last, 1, &error), STATUS_OK);
    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    assert_int_equal(CPU_COUNT(&after), 1);
    assert_true(CPU_ISSET((size_t)last, &after));
    struct topology *restricted = load(NULL);
    assert_int_equal(topology_cpus(restricted), 1);
    sched_setaffinity(0, sizeof before, &before);
    topology_free(restricted);
    topology_free(topology);
    free(cpus);
}

static void test_bind_process_to_absent_cpu_is_a_sentence(void **state)
{
    (void)state;
    struct error error = {{0}};
    assert_int_equal(topology_bind_process((const int[]){100000}, 1, &error), STATUS_SYSTEM);
    assert_non_null(strstr(error.text, "cannot bind"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_compact_on_smt_fills_cores_before_second_threads),
        cmocka_unit_test(test_place_scatter_on_smt_alternates_packages),
        cmocka_unit_test(test_place_scatter_alternates_packages_then_caches),
        cmocka_unit_test(test_place_unbound_gives_all_cpus_in_order),
        cmocka_unit_test(test_place_more_threads_than_cpus_is_a_sentence),
        cmocka_unit_test(test_topology_one_cpu_has_one_place),
        cmocka_unit_test(test_topology_without_core_objects_takes_cpus_for_cores),
        cmocka_unit_test(test_thread_counts_double_and_end_at_the_cores),
        cmocka_unit_test(test_thread_counts_stop_at_the_capacity),
        cmocka_unit_test(test_topology_counts_and_caches_are_those_described),
        cmocka_unit_test(test_topology_description_without_caches_leaves_them_out),
        cmocka_unit_test(test_topology_numa_nodes_are_counted),
        cmocka_unit_test(test_topology_description_that_is_none_is_a_sentence),
        cmocka_unit_test(test_omp_places_list_one_place_a_thread),
        cmocka_unit_test(test_bind_policy_names_are_parsed_and_others_refused),
        cmocka_unit_test(test_topology_of_this_machine_follows_the_binding),
        cmocka_unit_test(test_bind_process_to_absent_cpu_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
