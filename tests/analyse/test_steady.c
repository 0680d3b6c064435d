/* test_steady.c - transients of several shapes, level noise, and too little to tell. */
#include "analyse/steady.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(values) (sizeof(values) / sizeof *(values))

static void test_steady_level_noise_is_steady(void **state)
{
    (void)state;
    const double values[] = {1.00, 1.01, 0.99, 1.005, 0.995, 1.01, 0.99, 1.0};
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_YES);
}

static void test_steady_large_noise_without_trend_is_steady(void **state)
{
    (void)state;
    const double values[] = {1.0, 1.3, 0.9, 1.2, 1.0, 1.4, 0.95, 1.1};
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_YES);
}

static void test_steady_equal_values_are_steady(void **state)
{
    (void)state;
    const double values[] = {2, 2, 2, 2, 2};
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_YES);
}

static void test_steady_falling_values_are_not(void **state)
{
    (void)state;
    const double values[] = {2.0, 1.7, 1.5, 1.35, 1.25, 1.2, 1.16, 1.13};
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_NO);
}

/* Noise on a slope of 1 % a value: turning points alone would pass it. */
static void test_steady_noisy_drift_is_not(void **state)
{
    (void)state;
    const double values[] = {1.000, 1.012, 1.010, 1.033, 1.030, 1.054, 1.050, 1.074};
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_NO);
}

static void test_steady_step_in_the_window_is_not(void **state)
{
    (void)state;
    const double values[] = {1.00, 1.01, 0.99, 1.0, 1.20, 1.21, 1.19, 1.2};
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_NO);
}

static void test_steady_forgets_what_lies_before_the_window(void **state)
{
    (void)state;
    const double values[] = {9.0, 5.0, 2.0, 1.00, 1.01, 0.99, 1.005, 0.995, 1.01, 0.99, 1.0};
    assert_int_equal(steady_judge(values, 4), STEADY_UNKNOWN);
    assert_int_equal(steady_judge(values, 6), STEADY_NO);
    assert_int_equal(steady_judge(values, COUNT(values)), STEADY_YES);
}

static void test_steady_of_values_that_are_no_times_is_unknown(void **state)
{
    (void)state;
    const double zero[] = {1, 1, 0, 1, 1}, unknown[] = {1, 1, NAN, 1, 1}, endless[] = {1, 1, INFINITY, 1, 1};
    assert_int_equal(steady_judge(zero, 5), STEADY_UNKNOWN);
    assert_int_equal(steady_judge(unknown, 5), STEADY_UNKNOWN);
    assert_int_equal(steady_judge(endless, 5), STEADY_UNKNOWN);
    assert_int_equal(steady_judge(NULL, 0), STEADY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_level_noise_is_steady),
        cmocka_unit_test(test_steady_large_noise_without_trend_is_steady),
        cmocka_unit_test(test_steady_equal_values_are_steady),
        cmocka_unit_test(test_steady_falling_values_are_not),
        cmocka_unit_test(test_steady_noisy_drift_is_not),
        cmocka_unit_test(test_steady_step_in_the_window_is_not),
        cmocka_unit_test(test_steady_forgets_what_lies_before_the_window),
        cmocka_unit_test(test_steady_of_values_that_are_no_times_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
