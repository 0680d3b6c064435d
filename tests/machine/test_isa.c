/* test_isa.c - names of instruction sets, and that a level beyond the processor's is refused. */
#include "machine/isa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "machine/sysfile.h"

static void test_isa_no_request_gives_the_best(void **state)
{
    (void)state;
    enum isa isa = ISA_COUNT;
    struct error error = {{0}};
    assert_int_equal(isa_choose(NULL, &isa, &error), STATUS_OK);
    assert_int_equal(isa, isa_best());
    assert_int_equal(isa_choose("", &isa, &error), STATUS_OK);
    assert_int_equal(isa, isa_best());
}

static void test_isa_levels_up_to_the_best_are_given_and_others_refused(void **state)
{
    (void)state;
    for (int best = ISA_GENERIC; best < ISA_COUNT; ++best)
        for (int level = ISA_GENERIC; level < ISA_COUNT; ++level) {
            enum isa isa = ISA_COUNT;
            struct error error = {{0}};
            const enum status status = isa_choose_up_to((enum isa)best, isa_name((enum isa)level), &isa, &error);
            assert_int_equal(status, level <= best ? STATUS_OK : STATUS_USAGE);
            assert_int_equal(isa, level <= best ? level : best);
            if (level > best)
                assert_non_null(strstr(error.text, isa_name((enum isa)level)));
        }
}

static void test_isa_unknown_name_is_a_sentence(void **state)
{
    (void)state;
    enum isa isa = ISA_COUNT;
    struct error error = {{0}};
    assert_int_equal(isa_choose("avx9", &isa, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "avx9"));
    assert_non_null(strstr(error.text, "generic, v3 or v4"));
}

static void test_isa_best_level_leaves_openblas_its_choice(void **state)
{
    (void)state;
    assert_null(isa_openblas_core(isa_best()));
    if (isa_best() == ISA_V4)
        assert_string_equal(isa_openblas_core(ISA_V3), "Haswell");
    if (isa_best() != ISA_GENERIC)
        assert_string_equal(isa_openblas_core(ISA_GENERIC), "Prescott");
}

/* Two ways to the same answer: CPUID, and what the kernel read from it. */
static void test_isa_best_agrees_with_the_kernels_flags(void **state)
{
    (void)state;
    char *cpuinfo = sysfile_read("", "/proc/cpuinfo");
    char *flags = sysfile_field(cpuinfo, "flags", ':');
    free(cpuinfo);
    if (!flags)
        skip();
    const int v3 = strstr(flags, " avx2 ") && strstr(flags, " fma ") && strstr(flags, " bmi2 ") && strstr(flags, " movbe ");
    const int v4 = v3 && strstr(flags, " avx512f ") && strstr(flags, " avx512vl ") && strstr(flags, " avx512bw ");
    free(flags);
    assert_int_equal(isa_best(), v4 ? ISA_V4 : v3 ? ISA_V3 : ISA_GENERIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isa_no_request_gives_the_best),
        cmocka_unit_test(test_isa_levels_up_to_the_best_are_given_and_others_refused),
        cmocka_unit_test(test_isa_unknown_name_is_a_sentence),
        cmocka_unit_test(test_isa_best_level_leaves_openblas_its_choice),
        cmocka_unit_test(test_isa_best_agrees_with_the_kernels_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
