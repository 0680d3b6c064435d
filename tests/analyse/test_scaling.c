/* test_scaling.c - speed-up, Amdahl's and Gunther's laws against numpy, known laws, and degenerate input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/scaling.h"

#include <math.h>

static void assert_close(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static struct scaling fit(const struct scaling_point *points, int count)
{
    struct scaling scaling;
    scaling_fit(&scaling, &(struct scaling_series){.points = points, .count = count, .resamples = 200, .seed = 5});
    return scaling;
}

/* Least squares of relative errors by numpy 2, and scipy.optimize.nnls for Gunther's law. */
static void test_fit_of_four_thread_counts_agrees_with_numpy(void **state)
{
    (void)state;
    const struct scaling_point points[] = {{.threads = 1, .seconds = 10.0},
                                           {.threads = 2, .seconds = 5.4},
                                           {.threads = 4, .seconds = 3.1},
                                           {.threads = 8, .seconds = 2.0}};
    const struct scaling scaling = fit(points, 4);
    assert_close(scaling.serial.value, 0.0842309379741178, 1e-12);
    assert_close(scaling.contention.value, 0.07526983, 1e-7);
    assert_close(scaling.coherence.value, 0.00129959, 1e-7);
    assert_close(scaling.speedup[3].value, 5.0, 1e-12);
    assert_close(scaling.efficiency[3].value, 0.625, 1e-12);
    assert_true(isnan(scaling.serial.low) && isnan(scaling.speedup[1].high)); /* nothing was repeated */
}

static void test_fit_of_two_thread_counts_is_karp_and_flatt(void **state)
{
    (void)state;
    const struct scaling_point points[] = {{.threads = 1, .seconds = 10.0}, {.threads = 2, .seconds = 6.0}};
    const struct scaling scaling = fit(points, 2);
    assert_close(scaling.serial.value, (1.0 / (10.0 / 6.0) - 0.5) / 0.5, 1e-12); /* (1/S - 1/p) / (1 - 1/p) */
    assert_true(isnan(scaling.contention.value));
}

static void test_fit_with_processes_covers_the_value(void **state)
{
    (void)state;
    const double one[] = {9.8, 10.0, 10.3, 10.1, 9.9}, two[] = {5.3, 5.5, 5.4, 5.6, 5.2};
    const struct scaling_point points[] = {{.threads = 1, .seconds = 10.0, .replicates = one, .replicate_count = 5},
                                           {.threads = 2, .seconds = 5.4, .replicates = two, .replicate_count = 5}};
    const struct scaling scaling = fit(points, 2);
    assert_true(scaling.speedup[1].low < 1.84 && 1.86 < scaling.speedup[1].high);
    assert_true(scaling.speedup[1].low > 1.6 && scaling.speedup[1].high < 2.1);
    assert_true(scaling.serial.low < 0.08 && 0.08 < scaling.serial.high);
    assert_true(scaling.speedup[0].low == 1.0 && scaling.speedup[0].high == 1.0);
    const struct scaling again = fit(points, 2);
    assert_true(again.serial.low == scaling.serial.low && again.serial.high == scaling.serial.high);
}

static void test_fit_of_more_than_linear_speed_up_has_a_negative_serial_fraction(void **state)
{
    (void)state;
    const struct scaling_point points[] = {{.threads = 1, .seconds = 10.0}, {.threads = 2, .seconds = 4.0}};
    assert_true(fit(points, 2).serial.value < 0.0);
}

static void test_fit_from_a_base_of_several_threads_counts_multiples(void **state)
{
    (void)state;
    const struct scaling_point points[] = {{.threads = 2, .seconds = 10.0}, {.threads = 4, .seconds = 5.0}};
    const struct scaling scaling = fit(points, 2);
    assert_close(scaling.efficiency[1].value, 1.0, 1e-12);
    assert_close(scaling.serial.value, 0.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_of_four_thread_counts_agrees_with_numpy),
        cmocka_unit_test(test_fit_of_two_thread_counts_is_karp_and_flatt),
        cmocka_unit_test(test_fit_with_processes_covers_the_value),
        cmocka_unit_test(test_fit_of_more_than_linear_speed_up_has_a_negative_serial_fraction),
        cmocka_unit_test(test_fit_from_a_base_of_several_threads_counts_multiples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
