/* test_statistics.c - order statistics, intervals and Student's quantiles against scipy and by their properties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/statistics.h"
#include "base/status.h"

#include <math.h>

static const double five[] = {3.0, 1.0, 2.5, 7.0, 4.0};

static void assert_close(double actual, double expected, double relative)
{
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void test_quantile_between_values_agrees_with_numpy(void **state)
{
    (void)state;
    /* python3 -c 'import numpy; print(numpy.quantile([3, 1, 2.5, 7, 4], [0, .1, .25, .5, .9, 1]))' */
    static const double q[] = {0.0, 0.1, 0.25, 0.5, 0.9, 1.0};
    static const double expected[] = {1.0, 1.6, 2.5, 3.0, 5.8, 7.0};
    for (size_t i = 0; i < ARRAY_LEN(q); ++i)
        assert_close(statistics_quantile(five, ARRAY_LEN(five), q[i]), expected[i], 1e-15);
}

static void test_quantile_does_not_change_its_input(void **state)
{
    (void)state;
    double values[] = {3.0, 1.0, 2.0};
    assert_close(statistics_median(values, 3), 2.0, 0.0);
    assert_true(values[0] == 3.0 && values[1] == 1.0 && values[2] == 2.0);
}

static void test_median_of_even_count_is_the_mean_of_the_middle(void **state)
{
    (void)state;
    const double values[] = {4.0, 1.0, 3.0, 2.0};
    assert_close(statistics_median(values, 4), 2.5, 0.0);
    assert_close(statistics_minimum(values, 4), 1.0, 0.0);
}

static void test_statistics_without_values_are_nan(void **state)
{
    (void)state;
    assert_true(isnan(statistics_quantile(five, 0, 0.5)));
    assert_true(isnan(statistics_quantile(five, 5, 1.5)));
    assert_true(isnan(statistics_quantile(five, 5, NAN)));
    assert_true(isnan(statistics_minimum(NULL, 0)));
    assert_true(isnan(statistics_median_interval(NULL, 0).value));
    assert_true(isnan(statistics_student_975(0)));
}

static void test_statistics_with_a_nan_are_nan(void **state)
{
    (void)state;
    const double values[] = {1.0, NAN, 3.0};
    assert_true(isnan(statistics_median(values, 3)));
    assert_true(isnan(statistics_minimum(values, 3)));
    const struct interval interval = statistics_median_interval(values, 3);
    assert_true(isnan(interval.value) && isnan(interval.low) && isnan(interval.high));
}

static void test_student_agrees_with_scipy(void **state)
{
    (void)state;
    /* python3 -c 'from scipy import stats; [print(d, repr(stats.t.ppf(.975, d))) for d in (...)]' */
    static const struct {
        size_t degrees;
        double quantile;
    } cases[] = {
        {1, 12.706204736174694},   {2, 4.302652729749462},    {3, 3.1824463052837078},    {4, 2.7764451051977934},
        {5, 2.5705818356363146},   {7, 2.364624251592784},    {10, 2.228138851986274},    {30, 2.0422724563012378},
        {299, 1.9679296690656698}, {300, 1.9679030112610865}, {1000, 1.9623390808264083}, {100000, 1.9599877075346095},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i)
        assert_close(statistics_student_975(cases[i].degrees), cases[i].quantile, 1e-9);
}

static void test_interval_of_one_value_has_no_ends(void **state)
{
    (void)state;
    const struct interval interval = statistics_median_interval(five, 1);
    assert_close(interval.value, 3.0, 0.0);
    assert_true(isnan(interval.low) && isnan(interval.high));
    assert_true(isnan(statistics_relative_width(interval)));
}

static void test_interval_of_two_to_five_values_is_students_on_logarithms(void **state)
{
    (void)state;
    /* l = numpy.log(x); h = stats.t.ppf(.975, n - 1) * l.std(ddof=1) / n ** .5; numpy.exp([l.mean() - h, l.mean() + h]) */
    const struct interval of_five = statistics_median_interval(five, 5);
    assert_close(of_five.value, 3.0, 0.0);
    assert_close(of_five.low, 1.201336121709079, 1e-9);
    assert_close(of_five.high, 7.066806214460583, 1e-9);
    const double two[] = {1.0, 1.1};
    const struct interval of_two = statistics_median_interval(two, 2);
    assert_close(of_two.low, 0.572432623255929, 1e-9);
    assert_close(of_two.high, 1.9216235331650566, 1e-9);
    assert_close(statistics_relative_width(of_two), (1.9216235331650566 - 0.572432623255929) / 2.0 / 1.05, 1e-9);
}

static void test_interval_of_equal_values_holds_its_median(void **state)
{
    (void)state;
    const double values[] = {0.1, 0.1, 0.1};
    const struct interval interval = statistics_median_interval(values, 3);
    assert_true(interval.low <= 0.1 && interval.high >= 0.1);
    assert_true(statistics_relative_width(interval) < 1e-12);
}

static void test_interval_of_few_values_not_positive_has_no_ends(void **state)
{
    (void)state;
    const double values[] = {1.0, 0.0, 2.0};
    const struct interval interval = statistics_median_interval(values, 3);
    assert_close(interval.value, 1.0, 0.0);
    assert_true(isnan(interval.low) && isnan(interval.high));
}

/* The values are 1 .. count, so the ends of the interval are its ranks. */
static void assert_rank(size_t count, double rank)
{
    double values[3000];
    for (size_t i = 0; i < count; ++i)
        values[i] = (double)((i * 7919) % count + 1); /* 7919 is prime to every count used: a permutation */
    const struct interval interval = statistics_median_interval(values, count);
    assert_close(interval.low, rank, 0.0);
    assert_close(interval.high, (double)count + 1.0 - rank, 0.0);
    assert_close(interval.value, ((double)count + 1.0) / 2.0, 0.0);
}

static void test_interval_from_six_values_is_between_binomial_ranks(void **state)
{
    (void)state;
    /* max(k for k in range(1, n) if scipy.stats.binom.cdf(k - 1, n, .5) <= .025) */
    static const struct {
        size_t count;
        double rank;
    } cases[] = {{6, 1}, {7, 1}, {8, 1}, {9, 2}, {12, 3}, {20, 6}, {25, 8}, {100, 40}, {1000, 469}, {3000, 1446}};
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i)
        assert_rank(cases[i].count, cases[i].rank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantile_between_values_agrees_with_numpy),
        cmocka_unit_test(test_quantile_does_not_change_its_input),
        cmocka_unit_test(test_median_of_even_count_is_the_mean_of_the_middle),
        cmocka_unit_test(test_statistics_without_values_are_nan),
        cmocka_unit_test(test_statistics_with_a_nan_are_nan),
        cmocka_unit_test(test_student_agrees_with_scipy),
        cmocka_unit_test(test_interval_of_one_value_has_no_ends),
        cmocka_unit_test(test_interval_of_two_to_five_values_is_students_on_logarithms),
        cmocka_unit_test(test_interval_of_equal_values_holds_its_median),
        cmocka_unit_test(test_interval_of_few_values_not_positive_has_no_ends),
        cmocka_unit_test(test_interval_from_six_values_is_between_binomial_ranks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
