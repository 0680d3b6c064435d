/* test_growth.c - growth classes, exponents, claims and predictions of data with known growth, and of degenerate data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/growth.h"

#include <math.h>
#include <string.h>

enum { MOST = 32 };

struct data {
    struct growth_point points[MOST];
    struct growth_series series;
};

typedef double curve(double n);

/* Lengths 64, 64 * step, ...; no caches. */
static void make(struct data *data, curve *value, int count, double step)
{
    memset(data, 0, sizeof *data);
    for (int i = 0; i < count; ++i) {
        const double n = round(64.0 * pow(step, i));
        data->points[i] = (struct growth_point){.length = n, .value = value(n), .working_set = NAN};
    }
    data->series =
        (struct growth_series){.points = data->points, .count = count, .resolution = 0.002, .resamples = 100, .seed = 3};
}

static double linear(double n)
{
    return 5e-6 + 1e-7 * n;
}

static double logarithmic(double n)
{
    return 2e-6 + 1e-8 * n * log2(n);
}

static double attention(double n)
{
    return 3e-6 + 2e-7 * n + 4e-10 * n * n;
}

static double cubic(double n)
{
    return 1e-12 * n * n * n;
}

static double constant(double n)
{
    (void)n;
    return 1e-3;
}

static void assert_only(const struct data *data, double power, double log_power)
{
    struct growth_choice choice;
    growth_choose_class(&choice, &data->series);
    const int expected = growth_class_find(power, log_power);
    for (int i = 0; i < GROWTH_CLASSES; ++i)
        if (choice.candidates[i].chosen != (i == expected))
            fail_msg("class %s is %s the set", growth_classes[i].name, i == expected ? "not in" : "in");
    assert_int_equal(choice.best, expected);
}

static void test_class_of_exact_curves_is_theirs_alone(void **state)
{
    (void)state;
    struct data data;
    make(&data, linear, 14, 1.5);
    assert_only(&data, 1.0, 0.0);
    make(&data, logarithmic, 14, 1.5);
    assert_only(&data, 1.0, 1.0);
    make(&data, attention, 14, 1.5);
    assert_only(&data, 2.0, 0.0);
    make(&data, cubic, 14, 1.5);
    assert_only(&data, 3.0, 0.0);
    make(&data, constant, 14, 1.5);
    assert_only(&data, 0.0, 0.0);
}

/* By a power law without a fixed part, which 5 lengths do not allow, the line would be n^0.9. */
static void test_exponent_of_counted_line_is_one(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, linear, 5, 2.0);
    data.series.exact = true;
    growth_choose_class(&choice, &data.series);
    const struct growth_exponent exponent = growth_fit_exponent(&data.series, &choice);
    assert_true(exponent.exponent.value == 1.0);
    assert_true(exponent.exponent.low > 0.99 && exponent.exponent.high < 1.01);
    assert_true(fabs(exponent.fixed.value / 5e-6 - 1.0) < 1e-3);
}

static void test_class_recovers_coefficients(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, attention, 14, 1.5);
    growth_choose_class(&choice, &data.series);
    const struct growth_candidate *best = &choice.candidates[choice.best];
    assert_int_equal(best->lower, growth_class_find(1.0, 0.0));
    assert_true(fabs(best->leading / 4e-10 - 1.0) < 1e-4);
    assert_true(fabs(best->lower_coefficient / 2e-7 - 1.0) < 1e-4);
    assert_true(fabs(best->fixed / 3e-6 - 1.0) < 1e-2);
    assert_true(best->residual < 1e-6 && best->held_out < 1e-4);
}

static void test_exponent_of_exact_power_laws_is_theirs(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, cubic, 12, 1.5);
    growth_choose_class(&choice, &data.series);
    const struct growth_exponent exponent = growth_fit_exponent(&data.series, &choice);
    assert_true(fabs(exponent.exponent.value - 3.0) < 1e-3);
    assert_true(exponent.exponent.low > 2.9 && exponent.exponent.high < 3.1);
    assert_true(exponent.exponent.low <= 3.0 && 3.0 <= exponent.exponent.high);
    assert_true(exponent.lack_of_fit_only);
}

static void test_exponent_is_the_same_at_every_call(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, logarithmic, 12, 1.5);
    for (int i = 0; i < 12; ++i)
        data.points[i].value *= i % 3 ? 1.02 : 0.97;
    growth_choose_class(&choice, &data.series);
    const struct growth_exponent a = growth_fit_exponent(&data.series, &choice);
    const struct growth_exponent b = growth_fit_exponent(&data.series, &choice);
    assert_memory_equal(&a.exponent, &b.exponent, sizeof a.exponent);
}

/* A step of 2 at 1 MiB makes n look like more than n; the working set tells. */
static void test_cache_step_is_not_taken_for_growth(void **state)
{
    (void)state;
    struct data data;
    make(&data, linear, 18, sqrt(2.0));
    data.series.levels[0] = 1048576.0;
    data.series.level_count = 1;
    for (int i = 0; i < 18; ++i) {
        data.points[i].working_set = 2048.0 * data.points[i].length;
        data.points[i].value =
            5e-6 + 1e-7 * data.points[i].length * pow(2.0, growth_beyond(data.points[i].working_set, 1048576.0));
    }
    assert_only(&data, 1.0, 0.0);
    struct growth_choice choice;
    growth_choose_class(&choice, &data.series);
    const struct growth_exponent exponent = growth_fit_exponent(&data.series, &choice);
    assert_true(fabs(exponent.exponent.value - 1.0) < 0.02);
    assert_true(fabs(exponent.steps[0] - 2.0) < 0.1);
    data.series.level_count = 0; /* without that knowledge */
    growth_choose_class(&choice, &data.series);
    assert_true(fabs(growth_fit_exponent(&data.series, &choice).exponent.value - 1.0) > 0.05);
}

static void test_claim_beyond_the_measured_lengths_is_not_refuted(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, attention, 7, 1.5); /* to 729: the square is a half of the value at most */
    growth_choose_class(&choice, &data.series);
    assert_true(growth_consistent(&data.series, &choice, growth_class_find(2.0, 0.0)));
    make(&data, linear, 14, 1.5);
    growth_choose_class(&choice, &data.series);
    assert_true(growth_consistent(&data.series, &choice, growth_class_find(1.0, 0.0)));
    assert_false(growth_consistent(&data.series, &choice, growth_class_find(2.0, 0.0)));
    assert_false(growth_consistent(&data.series, &choice, growth_class_find(0.0, 0.0)));
}

static void test_bound_excludes_slow_growth(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    const int slow = growth_class_find(1.0, 0.0), right = growth_class_find(1.0, 1.0);
    make(&data, logarithmic, 5, 1.5); /* 64 .. 324: with a little noise n, n log n and n^1.5 all fit */
    for (int i = 0; i < 5; ++i)
        data.points[i].value *= i % 2 ? 1.05 : 0.95;
    growth_choose_class(&choice, &data.series);
    assert_true(choice.candidates[slow].chosen && choice.candidates[right].chosen);
    data.points[5] = (struct growth_point){
        .length = 1e6, .value = 0.95 * logarithmic(1e6), .working_set = NAN, .bound = true}; /* cut off */
    data.series.count = 6;
    growth_choose_class(&choice, &data.series);
    assert_true(!choice.candidates[slow].chosen && choice.candidates[right].chosen);
}

static void test_prediction_covers_the_curve_and_stops_at_a_new_cache(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, attention, 12, 1.5);
    for (int i = 0; i < 12; ++i)
        data.points[i].working_set = 1024.0 * data.points[i].length;
    data.series.levels[0] = 1e9;
    data.series.level_count = 1;
    growth_choose_class(&choice, &data.series);
    const struct growth_prediction near = growth_predict(&data.series, &choice, 16384.0, 16384.0 * 1024.0);
    assert_true(near.value.low < attention(16384.0) && attention(16384.0) < near.value.high);
    assert_true(near.value.high / near.value.low < 1.2 && near.new_level == -1);
    const struct growth_prediction far = growth_predict(&data.series, &choice, 1e6, 1e6 * 1024.0);
    assert_true(far.new_level == 0 && isnan(far.value.value));
}

static void test_local_slope_is_that_of_the_curve(void **state)
{
    (void)state;
    struct data data;
    make(&data, cubic, 6, 2.0);
    for (int i = 0; i < 6; ++i)
        assert_true(fabs(growth_local_slope(&data.series, i) - 3.0) < 1e-9);
    data.series.count = 1;
    assert_true(isnan(growth_local_slope(&data.series, 0)));
}

static void test_growth_of_few_or_equal_or_tiny_values_is_finite(void **state)
{
    (void)state;
    struct data data;
    struct growth_choice choice;
    make(&data, constant, 2, 2.0);
    assert_false(growth_enough(&data.series));
    for (int count = 3; count <= 12; ++count) {
        make(&data, constant, count, 2.0);
        assert_true(growth_enough(&data.series));
        growth_choose_class(&choice, &data.series);
        const struct growth_exponent exponent = growth_fit_exponent(&data.series, &choice);
        assert_true(choice.chosen >= 1 && choice.candidates[0].chosen);
        assert_true(isfinite(exponent.exponent.low) && isfinite(exponent.exponent.high));
        assert_true(exponent.exponent.low <= 0.001 && exponent.exponent.low >= 0.0);
    }
    make(&data, linear, 3, 2.0);
    data.points[0].length = 1.0; /* log2 of 1 is 0 */
    data.points[0].value = 1e-300;
    growth_choose_class(&choice, &data.series);
    assert_true(isfinite(growth_fit_exponent(&data.series, &choice).exponent.value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_of_exact_curves_is_theirs_alone),
        cmocka_unit_test(test_exponent_of_counted_line_is_one),
        cmocka_unit_test(test_class_recovers_coefficients),
        cmocka_unit_test(test_exponent_of_exact_power_laws_is_theirs),
        cmocka_unit_test(test_exponent_is_the_same_at_every_call),
        cmocka_unit_test(test_cache_step_is_not_taken_for_growth),
        cmocka_unit_test(test_claim_beyond_the_measured_lengths_is_not_refuted),
        cmocka_unit_test(test_bound_excludes_slow_growth),
        cmocka_unit_test(test_prediction_covers_the_curve_and_stops_at_a_new_cache),
        cmocka_unit_test(test_local_slope_is_that_of_the_curve),
        cmocka_unit_test(test_growth_of_few_or_equal_or_tiny_values_is_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
