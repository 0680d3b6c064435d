/* test_context.c - the longest sequence within a limit: between lengths, beyond them, and where nothing can be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/context.h"

#include <math.h>

enum { COUNT = 9 };

struct data {
    struct growth_point points[COUNT];
    struct growth_series series;
    struct growth_choice choice;
};

/* 1 us a token, 1 KiB a token, lengths 64 .. 16384. */
static void make(struct data *data)
{
    for (int i = 0; i < COUNT; ++i) {
        const double n = 64.0 * exp2(i);
        data->points[i] = (struct growth_point){.length = n, .value = 1e-6 * n, .working_set = 1024.0 * n};
    }
    data->series =
        (struct growth_series){.points = data->points, .count = COUNT, .resolution = 0.002, .resamples = 100, .seed = 1};
    growth_choose_class(&data->choice, &data->series);
}

static struct context find(const struct data *data, double limit)
{
    struct context context;
    context_find(&context, &data->series, &data->choice, limit);
    return context;
}

static void test_limit_between_lengths_is_found(void **state)
{
    (void)state;
    struct data data;
    make(&data);
    const struct context context = find(&data, 1e-3);
    assert_int_equal(context.verdict, CONTEXT_MEASURED);
    assert_true(context.length.low <= 1000.0 && 1000.0 <= context.length.high);
    assert_true(fabs(context.length.value - 1000.0) < 10.0);
}

static void test_limit_beyond_the_lengths_is_predicted(void **state)
{
    (void)state;
    struct data data;
    make(&data);
    const struct context context = find(&data, 0.032768);
    assert_int_equal(context.verdict, CONTEXT_PREDICTED);
    assert_true(fabs(context.length.value / 32768.0 - 1.0) < 0.01);
    assert_true(context.length.low < 32768.0 && 32768.0 < context.length.high);
}

static void test_limit_beyond_a_new_cache_is_only_bounded(void **state)
{
    (void)state;
    struct data data;
    make(&data);
    data.series.levels[0] = 128.0 * 1048576.0; /* of 16 MiB seen; 131072 tokens fill it */
    data.series.level_count = 1;
    const struct context context = find(&data, 0.1);
    assert_int_equal(context.verdict, CONTEXT_AT_LEAST);
    assert_true(context.length.value == 16384.0 && context.new_level == 0);
}

static void test_limit_far_beyond_or_below_all_is_only_bounded(void **state)
{
    (void)state;
    struct data data;
    make(&data);
    assert_int_equal(find(&data, 100.0).verdict, CONTEXT_AT_LEAST);
    const struct context below = find(&data, 1e-6);
    assert_int_equal(below.verdict, CONTEXT_BELOW);
    assert_true(below.length.value == 64.0);
}

static void test_counted_values_give_the_length_itself(void **state)
{
    (void)state;
    struct data data;
    make(&data);
    data.series.exact = true;
    data.series.resolution = 0.001;
    const struct context context = find(&data, 1e-3);
    assert_true(fabs(context.length.value - 1000.0) < 1.0 && context.length.high / context.length.low < 1.02);
}

static void test_one_length_and_none_are_answered(void **state)
{
    (void)state;
    struct data data;
    struct context context;
    make(&data);
    data.series.count = 1;
    context_find(&context, &data.series, NULL, 1.0);
    assert_int_equal(context.verdict, CONTEXT_AT_LEAST);
    data.series.count = 0;
    context_find(&context, &data.series, NULL, 1.0);
    assert_int_equal(context.verdict, CONTEXT_UNKNOWN);
    assert_true(isnan(context_working_set(&data.series, 64.0)));
}

static void test_working_set_is_continued(void **state)
{
    (void)state;
    struct data data;
    make(&data);
    assert_true(fabs(context_working_set(&data.series, 65536.0) / (65536.0 * 1024.0) - 1.0) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_between_lengths_is_found),
        cmocka_unit_test(test_limit_beyond_the_lengths_is_predicted),
        cmocka_unit_test(test_limit_beyond_a_new_cache_is_only_bounded),
        cmocka_unit_test(test_limit_far_beyond_or_below_all_is_only_bounded),
        cmocka_unit_test(test_counted_values_give_the_length_itself),
        cmocka_unit_test(test_one_length_and_none_are_answered),
        cmocka_unit_test(test_working_set_is_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
