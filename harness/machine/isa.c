/* isa.c - see isa.h. The levels are those of the x86-64 psABI ("Micro-Architecture Levels").
 *
 * __builtin_cpu_supports also asks the operating system (XGETBV), so that a level is reported only where the registers are
 * saved. What clang 14 has no name for (F16C, LZCNT, MOVBE) is read from CPUID: of these F16C alone needs the operating
 * system, and it needs no more than AVX2 does.
 */
#include "machine/isa.h"

#include <stdbool.h>
#include <string.h>

#ifdef SEQ_HAVE_X86_LEVELS

#include <cpuid.h>

static bool has_unnamed_v3_features(void)
{
    const unsigned leaf1 = bit_MOVBE | bit_F16C;
    unsigned a, b, c = 0, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & leaf1) != leaf1)
        return false;
    return __get_cpuid(0x80000001u, &a, &b, &c, &d) && (c & bit_LZCNT);
}

static bool has_v3(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt") && has_unnamed_v3_features();
}

static bool has_v4(void)
{
    return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

enum isa isa_best(void)
{
    __builtin_cpu_init();
    return has_v4() ? ISA_V4 : has_v3() ? ISA_V3 : ISA_GENERIC;
}

#else

enum isa isa_best(void)
{
    return ISA_GENERIC;
}

#endif

static const char *const names[] = {[ISA_GENERIC] = "generic", [ISA_V3] = "v3", [ISA_V4] = "v4"};
_Static_assert(ARRAY_LEN(names) == ISA_COUNT, "every instruction set has a name");

const char *isa_name(enum isa isa)
{
    return names[isa];
}

enum status isa_choose(const char *request, enum isa *isa, struct error *error)
{
    return isa_choose_up_to(isa_best(), request, isa, error);
}

enum status isa_choose_up_to(enum isa best, const char *request, enum isa *isa, struct error *error)
{
    *isa = best;
    if (!request || !*request)
        return STATUS_OK;
    for (int at = 0; at < ISA_COUNT; ++at) {
        if (strcmp(request, names[at]) != 0)
            continue;
        if (at > (int)best)
            return error_set(error, STATUS_USAGE,
                             "this processor does not have instruction set %s; the best that it has is %s: ask for that, "
                             "or leave SEQSCALE_ISA unset", request, names[best]);
        *isa = (enum isa)at;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE, "there is no instruction set '%s': choose generic, v3 or v4, or leave "
                     "SEQSCALE_ISA unset for the best that this processor has", request);
}

/* OpenBLAS's own names of its oldest kernels for the two lower levels. */
const char *isa_openblas_core_named(enum isa isa)
{
    return isa == ISA_V3 ? "Haswell" : isa == ISA_GENERIC ? "Prescott" : NULL;
}

const char *isa_openblas_core(enum isa isa)
{
    return isa == isa_best() ? NULL : isa_openblas_core_named(isa);
}
