/* test_refine.c - the lengths that are asked for lie inside, are new, are multiples of 16, and end when there are no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/refine.h"
#include "base/status.h"

#include <math.h>

static void assert_lengths(int wanted, double low, double high, const int64_t *present, size_t present_count,
                           const int64_t *expected, int expected_count)
{
    int64_t lengths[8];
    const int count = refine_lengths(lengths, wanted, low, high, present, present_count);
    assert_int_equal(count, expected_count);
    for (int i = 0; i < count; ++i)
        assert_int_equal(lengths[i], expected[i]);
}

static void test_refine_lengths_are_evenly_spaced_in_the_logarithm(void **state)
{
    (void)state;
    /* 512 * 2^(1/4), 2^(2/4), 2^(3/4) = 608.9, 724.1, 861.1 */
    assert_lengths(3, 512.0, 1024.0, NULL, 0, (const int64_t[]){608, 720, 864}, 3);
}

static void test_refine_lengths_that_are_there_are_not_asked_for_again(void **state)
{
    (void)state;
    static const int64_t present[] = {512, 608, 720, 736, 1024};
    assert_lengths(3, 512.0, 1024.0, present, ARRAY_LEN(present), (const int64_t[]){624, 704, 864}, 3);
}

static void test_refine_lengths_end_when_none_is_left(void **state)
{
    (void)state;
    static const int64_t present[] = {640, 656, 672};
    assert_lengths(3, 630.0, 690.0, present, ARRAY_LEN(present), (const int64_t[]){688}, 1);
    assert_lengths(3, 641.0, 655.0, NULL, 0, NULL, 0);
    assert_lengths(3, 640.0, 656.0, NULL, 0, NULL, 0); /* strictly between */
}

static void test_refine_lengths_of_no_interval_are_none(void **state)
{
    (void)state;
    static const double bad[][2] = {{100.0, 100.0}, {200.0, 100.0}, {NAN, 100.0}, {100.0, NAN}, {100.0, INFINITY}, {NAN, NAN}};
    for (size_t i = 0; i < ARRAY_LEN(bad); ++i)
        assert_lengths(3, bad[i][0], bad[i][1], NULL, 0, NULL, 0);
    assert_lengths(0, 100.0, 1000.0, NULL, 0, NULL, 0);
    assert_lengths(-1, 100.0, 1000.0, NULL, 0, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refine_lengths_are_evenly_spaced_in_the_logarithm),
        cmocka_unit_test(test_refine_lengths_that_are_there_are_not_asked_for_again),
        cmocka_unit_test(test_refine_lengths_end_when_none_is_left),
        cmocka_unit_test(test_refine_lengths_of_no_interval_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
