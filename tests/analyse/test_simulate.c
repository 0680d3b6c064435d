/* test_simulate.c - the analysis held to its targets on simulated sweeps: fewer than a full run has, from a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/simulate.h"
#include "base/status.h"

/* Sanitizers make it ten times slower; the numbers are the same. */
enum { SWEEPS = 25, RESAMPLES = 80 };

static const struct {
    double noise, overhead_seconds, deviation;
    bool caches;
} errors[] = {
    {.noise = 0.01},
    {.noise = 0.03, .overhead_seconds = 5e-6},
    {.noise = 0.03, .overhead_seconds = 5e-6, .deviation = 0.02, .caches = true},
    {.noise = 0.08, .overhead_seconds = 5e-6, .caches = true},
};

static const struct {
    double power, log_power, linear;
} growths[] = {{1.0, 0.0, 0.0}, {1.0, 1.0, 0.0}, {1.5, 0.0, 0.0}, {2.0, 0.0, 0.0}, {2.0, 0.0, 0.5}};

static struct simulate_case make_case(size_t error, int per_octave)
{
    return (struct simulate_case){.noise = errors[error].noise,
                                  .deviation = errors[error].deviation,
                                  .overhead_seconds = errors[error].overhead_seconds,
                                  .caches = errors[error].caches,
                                  .outliers = 0.05,
                                  .processes = 5,
                                  .per_octave = per_octave};
}

static void test_growth_exponents_cover_and_classes_are_right(void **state)
{
    (void)state;
    int sweeps = 0, covered = 0, right = 0;
    for (size_t e = 0; e < ARRAY_LEN(errors); ++e) {
        for (size_t g = 0; g < ARRAY_LEN(growths); ++g) {
            struct simulate_case kind = make_case(e, 2);
            kind.power = growths[g].power;
            kind.log_power = growths[g].log_power;
            kind.linear = growths[g].linear;
            struct simulate_growth_outcome outcome;
            simulate_growth(&outcome, &kind, SWEEPS, RESAMPLES, 11);
            sweeps += outcome.sweeps;
            covered += outcome.covered;
            right += outcome.right;
            if (outcome.covered < 20 || outcome.right < 20) /* of 25: no kind of sweep is much worse than all */
                fail_msg("growth %zu with errors %zu: %d covered, %d right", g, e, outcome.covered, outcome.right);
        }
    }
    if (covered < 0.9 * sweeps || right < 0.95 * sweeps)
        fail_msg("of %d sweeps %d are covered and %d right", sweeps, covered, right);
}

static void test_crossovers_are_found_and_covered(void **state)
{
    (void)state;
    int sweeps = 0, covered = 0;
    for (size_t e = 0; e < ARRAY_LEN(errors); ++e) {
        for (int per_octave = 1; per_octave <= 2; ++per_octave) {
            const struct simulate_case kind = make_case(e, per_octave);
            struct simulate_crossover_outcome outcome;
            simulate_crossovers(&outcome, &kind, 50, RESAMPLES, 12);
            sweeps += outcome.sweeps;
            covered += outcome.covered;
            assert_true(outcome.found >= 49);
            assert_true(outcome.error < 0.25); /* octaves: a quarter is 19 % */
        }
    }
    if (covered < 0.9 * sweeps)
        fail_msg("of %d crossovers %d are covered", sweeps, covered);
}

static void test_simulation_is_a_function_of_its_seed(void **state)
{
    (void)state;
    struct simulate_case kind = make_case(3, 1);
    kind.power = 1.0;
    struct simulate_growth_outcome a, b, other;
    simulate_growth(&a, &kind, 3, 20, 1);
    simulate_growth(&b, &kind, 3, 20, 1);
    simulate_growth(&other, &kind, 3, 20, 2);
    assert_true(a.width == b.width && a.bias == b.bias);
    assert_true(a.bias != other.bias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth_exponents_cover_and_classes_are_right),
        cmocka_unit_test(test_crossovers_are_found_and_covered),
        cmocka_unit_test(test_simulation_is_a_function_of_its_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
