/* test_binomial.c - intervals of shares against SciPy, and what there is to say of no trials and of no hits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/binomial.h"
#include "base/status.h"

#include <math.h>

static void assert_close(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 1e-9 * fabs(expected) + 1e-15))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void test_binomial_interval_agrees_with_scipy(void **state)
{
    (void)state;
    /* scipy.stats.beta.ppf(t, k, n - k + 1) and .ppf(1 - t, k + 1, n - k) with t = (1 - confidence) / 2; SciPy 1.17 */
    static const struct {
        int64_t hits, trials;
        double confidence, low, high;
    } cases[] = {
        {0, 10, 0.95, 0, 0.308497107818761},
        {10, 10, 0.95, 0.691502892181239, 1},
        {1, 1, 0.95, 0.025, 1},
        {0, 1, 0.95, 0, 0.975},
        {18, 20, 0.95, 0.683017285980918, 0.987651472829705},
        {3, 3, 0.95, 0.292401773821287, 1},
        {5, 20, 0.95, 0.0865714691014346, 0.491045871707957},
        {950, 1000, 0.95, 0.934609512084506, 0.962664602395338},
        {1, 1000, 0.99, 5.01252926077751e-06, 0.00740628693835294},
        {0, 3000, 0.95, 0, 0.00122887080382551},
        {99990, 100000, 0.95, 0.999816104154623, 0.999952045104861},
        {7, 13, 0.9, 0.287049002794389, 0.776044605788681},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        const struct interval share = binomial_interval(cases[i].hits, cases[i].trials, cases[i].confidence);
        assert_close(share.value, (double)cases[i].hits / (double)cases[i].trials);
        assert_close(share.low, cases[i].low);
        assert_close(share.high, cases[i].high);
    }
}

static void test_binomial_beta_agrees_with_scipy(void **state)
{
    (void)state;
    /* scipy.special.betainc(a, b, x) */
    static const double cases[][4] = {
        {0.5, 2, 3, 0.6875},           {0.1, 0.5, 0.5, 0.204832764699133},  {0.9, 10, 1, 0.3486784401},
        {0.01, 1, 300, 0.950959105928714}, {0.999, 4000, 5, 0.628055093695771}, {0.25, 1000, 3000, 0.5024279808921},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i)
        assert_close(binomial_beta(cases[i][0], cases[i][1], cases[i][2]), cases[i][3]);
    assert_true(binomial_beta(0.0, 2.0, 3.0) == 0.0 && binomial_beta(1.0, 2.0, 3.0) == 1.0);
    assert_true(isnan(binomial_beta(NAN, 2.0, 3.0)));
}

static void test_binomial_without_trials_nothing_is_said(void **state)
{
    (void)state;
    static const int64_t bad[][2] = {{0, 0}, {-1, 5}, {6, 5}, {0, -3}};
    for (size_t i = 0; i < ARRAY_LEN(bad); ++i) {
        const struct interval share = binomial_interval(bad[i][0], bad[i][1], 0.95);
        assert_true(isnan(share.value) && isnan(share.low) && isnan(share.high));
    }
    assert_true(isnan(binomial_interval(1, 2, 1.0).low));
}

static void test_binomial_interval_is_symmetric_and_holds_the_share(void **state)
{
    (void)state;
    for (int64_t hits = 0; hits <= 40; ++hits) {
        const struct interval one = binomial_interval(hits, 40, 0.95), other = binomial_interval(40 - hits, 40, 0.95);
        assert_true(one.low <= one.value && one.value <= one.high);
        assert_true(fabs(one.low + other.high - 1.0) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binomial_interval_agrees_with_scipy),
        cmocka_unit_test(test_binomial_beta_agrees_with_scipy),
        cmocka_unit_test(test_binomial_without_trials_nothing_is_said),
        cmocka_unit_test(test_binomial_interval_is_symmetric_and_holds_the_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
