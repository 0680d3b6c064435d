/* test_probe.c - that every set has its figures, that they are numbers where the machine has what they measure, and absent
 * (NaN) where it has not. How large they are is the machine's business, and tests do not time.
 */
#include "machine/probe.h"

#include "machine/openblas.h"
#include "machine/topology.h"

#include <math.h>
#include <omp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Small sizes: what is checked here does not depend on them. */
static struct probe_request request_for(int threads, int full)
{
    return (struct probe_request){.threads = threads, .isa = ISA_GENERIC, .l1_bytes = (size_t)32 << 10,
                                  .l2_bytes = (size_t)256 << 10, .l3_bytes = (size_t)4 << 20, .budget_seconds = 0.05,
                                  .full = full};
}

static double value_of(const struct probe *probes, size_t count, const char *kind)
{
    for (size_t at = 0; at < count; ++at)
        if (strcmp(probes[at].kind, kind) == 0)
            return probes[at].value;
    fail_msg("there is no %s", kind);
    return NAN;
}

static void check_positive(const struct probe *probes, size_t count, const char *kind)
{
    const double value = value_of(probes, count, kind);
    if (!(value > 0 && isfinite(value)))
        fail_msg("%s is %g", kind, value);
}

static void test_probe_short_set_has_every_roof(void **state)
{
    (void)state;
    static const char *const kinds[] = {"fma_gflops", "spin_seconds", "l1_bytes_per_second", "l2_bytes_per_second",
                                        "l3_bytes_per_second", "memory_bytes_per_second", "l1_bytes", "l2_bytes", "l3_bytes"};
    struct probe probes[PROBE_MOST];
    const struct probe_request request = request_for(1, 0);
    const size_t count = probe_run(&request, probes, PROBE_MOST);
    assert_int_equal(count, ARRAY_LEN(kinds) + 1);
    for (size_t at = 0; at < ARRAY_LEN(kinds); ++at)
        check_positive(probes, count, kinds[at]);
    assert_true(isnan(value_of(probes, count, "parallel_gain"))); /* there is no second thread */
}

static void test_probe_full_set_of_two_threads_has_everything(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        "fma_gflops", "spin_seconds", "memory_bytes_per_second", "parallel_gain", "l1_bytes_per_second",
        "l2_bytes_per_second", "l3_bytes_per_second", "barrier_seconds", "fork_join_seconds"};
    struct probe probes[PROBE_MOST];
    const struct probe_request request = request_for(2, 1);
    const size_t count = probe_run(&request, probes, PROBE_MOST);
    for (size_t at = 0; at < ARRAY_LEN(kinds); ++at)
        check_positive(probes, count, kinds[at]);
    assert_true(isnan(value_of(probes, count, "gemm_gflops"))); /* no library was named */
}

static void test_probe_every_instruction_set_of_this_processor_runs(void **state)
{
    (void)state;
    for (int isa = ISA_GENERIC; isa <= (int)isa_best(); ++isa) {
        struct probe probes[PROBE_MOST];
        struct probe_request request = request_for(1, 0);
        request.isa = (enum isa)isa;
        const size_t count = probe_run(&request, probes, PROBE_MOST);
        check_positive(probes, count, "fma_gflops");
        check_positive(probes, count, "memory_bytes_per_second");
    }
}

static void test_probe_absent_levels_and_single_thread_are_nan(void **state)
{
    (void)state;
    struct probe probes[PROBE_MOST];
    struct probe_request request = request_for(1, 1);
    request.l3_bytes = 0;
    request.openblas_path = "/nowhere/libopenblas.so";
    const size_t count = probe_run(&request, probes, PROBE_MOST);
    assert_true(isnan(value_of(probes, count, "l3_bytes_per_second")));
    assert_true(isnan(value_of(probes, count, "l3_bytes")));
    assert_true(isnan(value_of(probes, count, "barrier_seconds")));
    assert_true(isnan(value_of(probes, count, "gemm_gflops")));
    check_positive(probes, count, "memory_bytes_per_second");
}

static void test_probe_gemm_with_the_systems_library_is_a_number(void **state)
{
    (void)state;
    struct openblas library;
    struct probe probes[PROBE_MOST];
    struct probe_request request = request_for(1, 1);
    request.openblas_path = "libopenblas.so"; /* wherever the loader finds one */
    if (!openblas_open(&library, request.openblas_path))
        skip();
    const int openmp_threads = omp_get_max_threads();
    omp_set_num_threads(openmp_threads + 1); /* after the library took it for its own number */
    const size_t count = probe_run(&request, probes, PROBE_MOST);
    check_positive(probes, count, "gemm_gflops");
    assert_int_equal(omp_get_max_threads(), openmp_threads + 1);
    omp_set_num_threads(openmp_threads);
    assert_true(strlen(library.core()) > 0);
}

/* A virtual machine is told of a cache that it has only a part of: how large a part, only the full set finds out. */
static void test_probe_cache_too_large_to_be_exceeded_is_not_taken_at_its_word(void **state)
{
    (void)state;
    struct probe probes[PROBE_MOST];
    struct probe_request request = request_for(1, 0);
    request.l3_bytes = (size_t)1 << 30;
    size_t count = probe_run(&request, probes, PROBE_MOST);
    check_positive(probes, count, "l3_bytes_per_second");
    check_positive(probes, count, "memory_bytes_per_second");
    assert_true(isnan(value_of(probes, count, "l3_bytes")));
    request.full = 1;
    count = probe_run(&request, probes, PROBE_MOST);
    const double found = value_of(probes, count, "l3_bytes");
    assert_true(found >= 0x1p20 && found <= 0x1p27);
}

static void test_probe_cache_that_can_be_exceeded_is_as_large_as_given(void **state)
{
    (void)state;
    struct probe probes[PROBE_MOST];
    const struct probe_request request = request_for(1, 1);
    const size_t count = probe_run(&request, probes, PROBE_MOST);
    assert_true(value_of(probes, count, "l1_bytes") == 0x1p15);
    assert_true(value_of(probes, count, "l3_bytes") == 0x1p22);
}

/* OpenMP gives no team inside a team unless it is asked to, so a probe called there gets one thread where it wants two. */
static void test_probe_team_that_openmp_does_not_give_is_nan(void **state)
{
    (void)state;
    struct probe probes[PROBE_MOST];
    const struct probe_request request = request_for(2, 0);
    size_t count = 0;
    omp_set_max_active_levels(1);
#pragma omp parallel num_threads(2)
#pragma omp master
    count = probe_run(&request, probes, PROBE_MOST);
    assert_true(isnan(value_of(probes, count, "fma_gflops")));
    assert_true(isnan(value_of(probes, count, "parallel_gain")));
    assert_true(isnan(value_of(probes, count, "memory_bytes_per_second")));
    check_positive(probes, count, "spin_seconds");
}

static void test_probe_more_figures_than_room_writes_what_fits(void **state)
{
    (void)state;
    struct probe probes[3];
    const struct probe_request request = request_for(1, 0);
    strcpy(probes[2].kind, "untouched");
    assert_int_equal(probe_run(&request, probes, 2), 2);
    assert_string_equal(probes[2].kind, "untouched");
}

static void test_probe_without_threads_gives_nothing(void **state)
{
    (void)state;
    struct probe probes[PROBE_MOST];
    const struct probe_request request = request_for(0, 1);
    assert_int_equal(probe_run(&request, probes, PROBE_MOST), 0);
}

static void test_probe_with_cpus_restores_the_callers_binding(void **state)
{
    (void)state;
    struct topology *topology = NULL;
    struct error error = {{0}};
    struct probe probes[PROBE_MOST];
    cpu_set_t before, after;
    assert_int_equal(topology_load(&topology, NULL, &error), STATUS_OK);
    int *cpus = calloc((size_t)topology_cpus(topology), sizeof(int)), count = 0;
    assert_non_null(cpus);
    assert_int_equal(topology_place(topology, BIND_COMPACT, 1, cpus, &count, &error), STATUS_OK);
    struct probe_request request = request_for(1, 0);
    request.cpus = cpus;
    sched_getaffinity(0, sizeof before, &before);
    probe_run(&request, probes, PROBE_MOST);
    sched_getaffinity(0, sizeof after, &after);
    assert_true(CPU_EQUAL(&before, &after));
    free(cpus);
    topology_free(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_short_set_has_every_roof),
        cmocka_unit_test(test_probe_full_set_of_two_threads_has_everything),
        cmocka_unit_test(test_probe_every_instruction_set_of_this_processor_runs),
        cmocka_unit_test(test_probe_absent_levels_and_single_thread_are_nan),
        cmocka_unit_test(test_probe_gemm_with_the_systems_library_is_a_number),
        cmocka_unit_test(test_probe_cache_too_large_to_be_exceeded_is_not_taken_at_its_word),
        cmocka_unit_test(test_probe_cache_that_can_be_exceeded_is_as_large_as_given),
        cmocka_unit_test(test_probe_team_that_openmp_does_not_give_is_nan),
        cmocka_unit_test(test_probe_more_figures_than_room_writes_what_fits),
        cmocka_unit_test(test_probe_without_threads_gives_nothing),
        cmocka_unit_test(test_probe_with_cpus_restores_the_callers_binding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
