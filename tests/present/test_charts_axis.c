/* test_charts_axis.c - ranges and tics of charts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "present/charts_axis.h"

#include <math.h>

static void assert_tics(void (*write)(struct text *out, struct charts_range range), double low, double high,
                        const char *expected)
{
    struct text out = {0};
    write(&out, (struct charts_range){.low = low, .high = high, .count = 1});
    assert_string_equal(text_get(&out), expected);
    text_free(&out);
}

static void test_tics_have_units_and_steps_that_fit(void **state)
{
    (void)state;
    assert_tics(charts_tics_seconds, 5e-6, 5e-2, "'10 µs' 1e-05, '100 µs' 0.0001, '1 ms' 0.001, '10 ms' 0.01, ");
    assert_tics(charts_tics_seconds, 0.9, 6.0, "'1 s' 1, '2 s' 2, '5 s' 5, ");
    assert_tics(charts_tics_bytes, 500.0, 3000.0, "'512 B' 512, '1 KiB' 1024, '2 KiB' 2048, ");
    assert_tics(charts_tics_ratio, 0.2, 2.5, "'1/4×' 0.25, '1/2×' 0.5, '1×' 1, '2×' 2, ");
    assert_tics(charts_tics_twos, 0.2, 2.5, "'1/4' 0.25, '1/2' 0.5, '1' 1, '2' 2, ");
    assert_tics(charts_tics_number, 15.0, 250.0, "'20' 20, '50' 50, '100' 100, '200' 200, ");
    assert_tics(charts_tics_number, 0.05, 2000.0, "'0.1' 0.1, '1' 1, '10' 10, '100' 100, '1000' 1000, ");
}

static void test_tics_of_lengths_too_close_for_powers_are_the_lengths(void **state)
{
    (void)state;
    static const int64_t lengths[] = {1000, 1100, 1200};
    struct text out = {0};
    charts_tics_lengths(&out, (struct charts_range){.low = 990.0, .high = 1210.0, .count = 3}, lengths, 3);
    assert_string_equal(text_get(&out), "'1000' 1000, '1100' 1100, '1200' 1200, ");
    text_free(&out);
}

static void test_log_range_of_equal_values_has_width_and_room(void **state)
{
    (void)state;
    const struct charts_range one = {.low = 1.0, .high = 1.0, .count = 2};
    const struct charts_range range = charts_range_log(one, 0.0, 0.5);
    assert_true(fabs(range.low - 0.5) <= 1e-12);
    assert_true(fabs(range.high - 8.0) <= 1e-12); /* 0.5 to 2 is the lower half */
}

static void test_range_ignores_what_is_not_finite(void **state)
{
    (void)state;
    struct charts_range range = {.count = 0};
    charts_range_add(&range, NAN);
    charts_range_add(&range, INFINITY);
    assert_int_equal(range.count, 0);
    charts_range_add(&range, -3.0);
    charts_range_add(&range, 2.0);
    assert_true(range.low == -3.0 && range.high == 2.0);
}

static void test_length_text_is_binary_and_short(void **state)
{
    (void)state;
    static const struct {
        double length;
        const char *text;
    } examples[] = {{64.0, "64"}, {1000.0, "1000"}, {1024.0, "1k"}, {1536.0, "1.5k"}, {10300.0, "10k"}, {1048576.0, "1M"}};
    for (size_t i = 0; i < ARRAY_LEN(examples); ++i) {
        struct text out = {0};
        charts_length_text(&out, examples[i].length);
        assert_string_equal(text_get(&out), examples[i].text);
        text_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tics_have_units_and_steps_that_fit),
        cmocka_unit_test(test_tics_of_lengths_too_close_for_powers_are_the_lengths),
        cmocka_unit_test(test_log_range_of_equal_values_has_width_and_room),
        cmocka_unit_test(test_range_ignores_what_is_not_finite),
        cmocka_unit_test(test_length_text_is_binary_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
