/* test_ranks.c - rank tests and intervals against scipy 1.17.1 (the call stands beside each number) and on degenerate input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/ranks.h"
#include "base/status.h"

#include <math.h>

static void assert_close(double actual, double expected, double relative)
{
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static const double twelve[] = {1.2, -.4, 2.2, 3.1, .7, 1.9, -1.1, 2.5, .3, 1.4, 2.8, -.2};

static void test_signed_greater_of_few_values_is_exact(void **state)
{
    (void)state;
    /* scipy.stats.wilcoxon(twelve, alternative='greater', method='exact') */
    assert_close(ranks_signed_greater(twelve, ARRAY_LEN(twelve)), 0.008056640625, 1e-12);
    const double five[] = {1, 2, 3, 4, 5};
    assert_close(ranks_signed_greater(five, 5), 1.0 / 32.0, 1e-12); /* all positive: one pattern of 2^5 */
}

static void test_signed_greater_with_ties_or_many_values_agrees_with_scipy(void **state)
{
    (void)state;
    /* scipy.stats.wilcoxon(..., alternative='greater', method='approx', correction=True) */
    const double tied[] = {1, 1, -1, 2, 2, 3, -4, 5, 5, 5};
    assert_close(ranks_signed_greater(tied, ARRAY_LEN(tied)), 0.03247898538806067, 1e-9);
    /* numpy.round(numpy.random.default_rng(3).normal(.3, 1, 40), 3) */
    const double forty[] = {2.341,  -2.256, 0.718, -0.268, -0.153, 0.084,  -1.72,  0.068, -0.565, 3.623,
                            0.526,  -0.053, 0.019, -0.368, -0.755, -0.091, 0.782,  0.061, 1.258,  0.1,
                            0.324,  1.846,  0.845, -0.205, 0.117,  0.841,  2.235,  0.03,  0.056,  1.302,
                            -0.586, 0.008,  1.183, 0.88,   0.392,  0.97,   -2.528, 1.321, -0.66,  -1.369};
    assert_close(ranks_signed_greater(forty, ARRAY_LEN(forty)), 0.0602749219973381, 1e-9);
}

static void test_signed_interval_is_the_walsh_averages_of_the_exact_ranks(void **state)
{
    (void)state;
    /* The 14th of 78 sorted pair means from either end: R's wilcox.test(twelve, conf.int=TRUE) cuts 13 as well. */
    const struct interval interval = ranks_signed_interval(twelve, ARRAY_LEN(twelve), 0.95);
    assert_close(interval.value, 1.225, 1e-12);
    assert_close(interval.low, 0.25, 1e-12);
    assert_close(interval.high, 2.2, 1e-12);
}

static void test_signed_interval_of_too_few_values_has_no_ends(void **state)
{
    (void)state;
    const struct interval five = ranks_signed_interval(twelve, 5, 0.95);
    assert_true(isfinite(five.value));
    assert_true(isnan(five.low) && isnan(five.high));
    assert_true(isfinite(ranks_signed_interval(twelve, 6, 0.95).low));
    assert_true(isnan(ranks_signed_interval(twelve, 7, 0.99).low));
    assert_true(isfinite(ranks_signed_interval(twelve, 8, 0.99).low));
}

static void test_signed_interval_of_many_values_is_near_the_exact_one(void **state)
{
    (void)state;
    double values[31];
    for (int i = 0; i < 31; ++i)
        values[i] = i;
    const struct interval exact = ranks_signed_interval(values, 30, 0.95), normal = ranks_signed_interval(values, 31, 0.95);
    assert_true(fabs(exact.high - exact.low - (normal.high - normal.low)) < 1.0);
}

static void test_sign_interval_has_the_binomial_ranks(void **state)
{
    (void)state;
    double values[20];
    for (int i = 0; i < 20; ++i)
        values[i] = i + 1.0;
    /* scipy.stats.binom.cdf(5, 20, .5) = .0207 is the last below .025: ranks 6 and 15 */
    const struct interval interval = ranks_sign_interval(values, 20, 0.95);
    assert_true(interval.low == 6.0 && interval.high == 15.0 && interval.value == 10.5);
    assert_true(isnan(ranks_sign_interval(values, 5, 0.95).low));
}

static void test_mann_whitney_is_exact_for_a_small_and_a_larger_sample(void **state)
{
    (void)state;
    double many[30];
    const double few[] = {100.5, 101.5, 102.5, 103.5, 104.5};
    for (int i = 0; i < 30; ++i)
        many[i] = i;
    /* scipy.stats.mannwhitneyu(numpy.arange(30), few, method='exact') */
    assert_close(ranks_mann_whitney(NULL, many, 30, few, 5), 6.160822100101037e-06, 1e-9);
    assert_close(ranks_mann_whitney(NULL, few, 5, many, 30), 6.160822100101037e-06, 1e-9);
}

static void test_mann_whitney_agrees_with_scipy(void **state)
{
    (void)state;
    const double a[] = {1.1, 2.3, 3.7, 4.2, 5.9}, b[] = {2.0, 3.1, 4.9, 6.3, 7.7, 8.1, 9.4};
    double u;
    assert_close(ranks_mann_whitney(&u, a, 5, b, 7), 0.148989898989899, 1e-12); /* mannwhitneyu(a, b, method='exact') */
    assert_true(u == 8.0);
    const double tied_a[] = {1, 2, 2, 3, 5}, tied_b[] = {2, 3, 4, 4, 6, 7};
    assert_close(ranks_mann_whitney(&u, tied_a, 5, tied_b, 6), 0.13862587987892763, 1e-9); /* method='asymptotic' */
    assert_true(u == 6.5);
}

static void test_adjust_agrees_with_scipy(void **state)
{
    (void)state;
    double p[] = {.01, .04, NAN, .03, .005, .5, .2};
    const double expected[] = {.03, .06, NAN, .06, .03, .5, .24}; /* scipy.stats.false_discovery_control, without the NaN */
    ranks_adjust(p, ARRAY_LEN(p));
    for (size_t i = 0; i < ARRAY_LEN(p); ++i) {
        if (isnan(expected[i]))
            assert_true(isnan(p[i]));
        else
            assert_close(p[i], expected[i], 1e-12);
    }
}

static void test_ranks_of_degenerate_input_claim_nothing(void **state)
{
    (void)state;
    const double zeros[] = {0, 0, 0, 0, 0, 0}, nan[] = {1, NAN, 2}, one[] = {3};
    assert_true(ranks_signed_greater(zeros, 6) == 1.0);
    assert_true(isnan(ranks_signed_greater(zeros, 0)) && isnan(ranks_signed_greater(nan, 3)));
    assert_true(isnan(ranks_signed_interval(one, 0, 0.95).value) && isnan(ranks_sign_interval(nan, 3, 0.95).value));
    assert_true(ranks_signed_interval(one, 1, 0.95).value == 3.0);
    assert_true(ranks_mann_whitney(NULL, zeros, 6, zeros, 6) == 1.0);
    assert_true(isnan(ranks_mann_whitney(NULL, zeros, 0, one, 1)));
    ranks_adjust(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed_greater_of_few_values_is_exact),
        cmocka_unit_test(test_signed_greater_with_ties_or_many_values_agrees_with_scipy),
        cmocka_unit_test(test_signed_interval_is_the_walsh_averages_of_the_exact_ranks),
        cmocka_unit_test(test_signed_interval_of_too_few_values_has_no_ends),
        cmocka_unit_test(test_signed_interval_of_many_values_is_near_the_exact_one),
        cmocka_unit_test(test_sign_interval_has_the_binomial_ranks),
        cmocka_unit_test(test_mann_whitney_agrees_with_scipy),
        cmocka_unit_test(test_mann_whitney_is_exact_for_a_small_and_a_larger_sample),
        cmocka_unit_test(test_adjust_agrees_with_scipy),
        cmocka_unit_test(test_ranks_of_degenerate_input_claim_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
