/* test_potts.c - the step function against the best of all, found by trying every set of jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/potts.h"
#include "base/status.h"

#include <math.h>

static const double steps[] = {-.196, -.052, .499, .198, -.492, .998, .813, 1.045, .518, 2.073, 2.071, 2.473, 2.095, 2.153};
enum { COUNT = 14 };

static void assert_jumps(double price, size_t least, size_t first, size_t second)
{
    bool jumps[COUNT];
    assert_true(potts_fit(jumps, steps, COUNT, price, least));
    for (size_t i = 0; i < COUNT; ++i)
        assert_int_equal(jumps[i], i > 0 && (i == first || i == second));
}

static void test_potts_fit_is_the_best_of_all_sets_of_jumps(void **state)
{
    (void)state;
    /* min over itertools.combinations(range(1, 14), r) of price * r + sum of |y - median| over pieces of 2 or more */
    assert_jumps(0.3, 2, 5, 9);
    assert_jumps(1.0, 2, 5, 9);
    assert_jumps(2.0, 2, 9, 0);
    assert_jumps(8.0, 2, 0, 0);
}

static void test_potts_fit_of_few_or_equal_values_has_no_jump(void **state)
{
    (void)state;
    const double equal[COUNT] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    bool jumps[COUNT] = {true, true};
    assert_true(potts_fit(jumps, equal, COUNT, 0.0, 2));
    for (size_t i = 0; i < COUNT; ++i)
        assert_false(jumps[i]);
    jumps[0] = true;
    assert_true(potts_fit(jumps, steps, 1, 1.0, 2)); /* shorter than a piece may be */
    assert_false(jumps[0]);
    assert_true(potts_fit(jumps, steps, 0, 1.0, 2));
}

static void test_potts_spread_is_the_neighbours_and_not_the_steps(void **state)
{
    (void)state;
    const double values[] = {0, 1, 0, 1, 10, 11, 10, 11};
    assert_true(fabs(potts_spread(values, 8) - 1.0 / sqrt(2.0)) < 1e-12);
    assert_true(isnan(potts_spread(values, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_potts_fit_is_the_best_of_all_sets_of_jumps),
        cmocka_unit_test(test_potts_fit_of_few_or_equal_values_has_no_jump),
        cmocka_unit_test(test_potts_spread_is_the_neighbours_and_not_the_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
