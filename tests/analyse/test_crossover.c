/* test_crossover.c - crossings of known curves: once, several times, never, and of degenerate data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/crossover.h"

#include <math.h>

enum { MOST = 32 };

typedef double curve(double x); /* log ratio by log2 length */

static void make(struct crossover_point *points, curve *log_ratio, int count)
{
    for (int i = 0; i < count; ++i)
        points[i] = (struct crossover_point){.length = 64.0 * exp2(i), .log_ratio = log_ratio(6.0 + i)};
}

static struct crossover find(const struct crossover_point *points, int count, bool exact)
{
    struct crossover crossover;
    crossover_find(&crossover, &(struct crossover_series){
                                   .points = points, .count = count, .exact = exact, .resamples = 200, .seed = 9});
    return crossover;
}

static double once(double x) /* a is faster from 2^9.3 on */
{
    return 0.5 * (9.3 - x);
}

static double twice(double x) /* a is faster between 2^8 + and 2^12 + */
{
    return 0.3 * (x - 8.4) * (x - 12.6);
}

static double slower(double x)
{
    return 0.4 + 0.05 * x;
}

static void test_find_of_one_crossing_gives_its_place_and_side(void **state)
{
    (void)state;
    struct crossover_point points[MOST];
    make(points, once, 10);
    const struct crossover crossover = find(points, 10, false);
    assert_int_equal(crossover.verdict, CROSSOVER_CROSSES);
    assert_int_equal(crossover.count, 1);
    assert_true(crossover.roots[0].a_beyond);
    const struct interval length = crossover.roots[0].length;
    assert_true(fabs(length.value / exp2(9.3) - 1.0) < 0.01);
    assert_true(length.low <= exp2(9.3) && exp2(9.3) <= length.high && length.high / length.low < 1.2);
}

static void test_find_of_two_crossings_gives_both(void **state)
{
    (void)state;
    struct crossover_point points[MOST];
    make(points, twice, 10);
    const struct crossover crossover = find(points, 10, false);
    assert_int_equal(crossover.count, 2);
    assert_true(crossover.roots[0].a_beyond && !crossover.roots[1].a_beyond);
    assert_true(fabs(log2(crossover.roots[0].length.value) - 8.4) < 0.1);
    assert_true(fabs(log2(crossover.roots[1].length.value) - 12.6) < 0.1);
}

static void test_find_of_curves_apart_is_always_or_never(void **state)
{
    (void)state;
    struct crossover_point points[MOST];
    make(points, slower, 10);
    assert_int_equal(find(points, 10, false).verdict, CROSSOVER_NEVER);
    for (int i = 0; i < 10; ++i)
        points[i].log_ratio *= -1.0;
    assert_int_equal(find(points, 10, false).verdict, CROSSOVER_ALWAYS);
    assert_int_equal(find(points, 10, true).verdict, CROSSOVER_ALWAYS);
}

static void test_find_of_counted_values_gives_the_lengths_around(void **state)
{
    (void)state;
    struct crossover_point points[MOST];
    make(points, once, 10);
    const struct interval length = find(points, 10, true).roots[0].length;
    assert_true(length.low == 512.0 && length.high == 1024.0);
    assert_true(512.0 < length.value && length.value < 1024.0);
}

static void test_find_of_equal_curves_is_unknown(void **state)
{
    (void)state;
    struct crossover_point points[MOST] = {{.length = 0.0}};
    for (int i = 0; i < 8; ++i)
        points[i].length = 64.0 * exp2(i);
    for (int count = 0; count <= 8; ++count) {
        const struct crossover crossover = find(points, count, count % 2);
        assert_int_equal(crossover.verdict, CROSSOVER_UNKNOWN);
        assert_int_equal(crossover.undecided, count);
        assert_true(count == 0 || crossover.first_undecided == 64.0);
    }
}

static void test_find_of_one_length_says_who_is_ahead(void **state)
{
    (void)state;
    const struct crossover_point point = {.length = 64.0, .log_ratio = -0.5};
    assert_int_equal(find(&point, 1, false).verdict, CROSSOVER_ALWAYS);
}

static void test_find_with_noisy_pairs_widens_the_interval(void **state)
{
    (void)state;
    struct crossover_point points[MOST];
    double pairs[10][5];
    make(points, once, 10);
    const double narrow = find(points, 10, false).roots[0].length.high;
    for (int i = 0; i < 10; ++i) {
        for (int r = 0; r < 5; ++r)
            pairs[i][r] = points[i].log_ratio + 0.1 * (r - 2);
        points[i].pairs = pairs[i];
        points[i].pair_count = 5;
    }
    const struct crossover crossover = find(points, 10, false);
    assert_int_equal(crossover.count, 1);
    assert_true(crossover.roots[0].length.high > narrow * 1.02);
}

/* One length at which noise turned the sign is no pair of crossings. */
static void test_find_of_a_blip_claims_no_crossing(void **state)
{
    (void)state;
    struct crossover_point points[MOST];
    double a[10][3], b[10][3];
    make(points, slower, 10);
    for (int i = 0; i < 10; ++i) {
        points[i].log_ratio = i == 5 ? -0.01 : 0.02;
        for (int r = 0; r < 3; ++r) {
            a[i][r] = 1.0 + 0.001 * r;
            b[i][r] = 1.0 + 0.001 * (2 - r);
        }
        points[i].a = a[i];
        points[i].b = b[i];
        points[i].a_count = points[i].b_count = 3;
    }
    assert_int_equal(find(points, 10, false).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_of_one_crossing_gives_its_place_and_side),
        cmocka_unit_test(test_find_of_two_crossings_gives_both),
        cmocka_unit_test(test_find_of_curves_apart_is_always_or_never),
        cmocka_unit_test(test_find_of_counted_values_gives_the_lengths_around),
        cmocka_unit_test(test_find_of_equal_curves_is_unknown),
        cmocka_unit_test(test_find_of_one_length_says_who_is_ahead),
        cmocka_unit_test(test_find_with_noisy_pairs_widens_the_interval),
        cmocka_unit_test(test_find_of_a_blip_claims_no_crossing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
