/* test_allocation.c - samples per process and the gain of another one, against values worked out by hand. */
#include "analyse/allocation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Processes of four samples, exp(centre - spread), exp(centre + spread) twice. */
static struct allocation of_processes(const double *centres, int count, double spread)
{
    struct allocation allocation = {0};
    for (int i = 0; i < count; ++i) {
        const double low = exp(centres[i] - spread), high = exp(centres[i] + spread);
        allocation_add(&allocation, (const double[]){low, high, low, high}, 4);
    }
    return allocation;
}

/* Within: 4 spread^2 / 3 each. Means 0, 0.1, 0.2: variance 0.01, less within / 4. With spread 0.06 that is 0.0048 and 0.0088;
 * at 20 times the cost of a sample, sqrt(20 * 0.0048 / 0.0088) = 3.30. */
static void test_allocation_samples_is_kalibera_and_jones(void **state)
{
    (void)state;
    const double centres[] = {0.0, 0.1, 0.2};
    const struct allocation allocation = of_processes(centres, 3, 0.06);
    assert_true(fabs(allocation.within / allocation.within_free - 0.0048) < 1e-12);
    assert_true(fabs(allocation.square / 2.0 - 0.01) < 1e-12);
    assert_int_equal(allocation_samples(&allocation, 20.0, 1.0), 4);
    assert_int_equal(allocation_samples(&allocation, 80.0, 1.0), 7);
}

static void test_allocation_samples_stay_between_their_limits(void **state)
{
    (void)state;
    const double apart[] = {0.0, 1.0, 2.0}, same[] = {0.5, 0.5, 0.5};
    const struct allocation far = of_processes(apart, 3, 0.01), equal = of_processes(same, 3, 0.01),
                            silent = of_processes(apart, 3, 0.0);
    assert_int_equal(allocation_samples(&far, 1.0, 1.0), ALLOCATION_SAMPLES_LEAST);
    assert_int_equal(allocation_samples(&equal, 1.0, 1.0), ALLOCATION_SAMPLES_MOST);
    assert_int_equal(allocation_samples(&silent, 1.0, 1.0), ALLOCATION_SAMPLES_LEAST);
}

static void test_allocation_samples_of_too_little_are_unknown(void **state)
{
    (void)state;
    const double centres[] = {0.0, 0.1, 0.2};
    const struct allocation two = of_processes(centres, 2, 0.1), three = of_processes(centres, 3, 0.1);
    struct allocation none = {0}, single = {0};
    assert_int_equal(allocation_samples(&two, 1.0, 1.0), 0);
    assert_int_equal(allocation_samples(&three, NAN, 1.0), 0);
    assert_int_equal(allocation_samples(&three, 1.0, 0.0), 0);
    allocation_add(&none, (const double[]){1.0, NAN}, 2);
    allocation_add(&none, (const double[]){1.0, 0.0}, 2);
    allocation_add(&none, NULL, 0);
    assert_int_equal(none.processes, 0);
    for (int i = 0; i < 5; ++i)
        allocation_add(&single, (const double[]){1.0}, 1);
    assert_int_equal(allocation_samples(&single, 1.0, 1.0), 0);
}

/* A start of 44 ms is 6 % of a process in which 689 ms are something else: 69 samples of 10 ms, of which 32 are allowed. */
static void test_allocation_share_keeps_the_start_small(void **state)
{
    (void)state;
    assert_int_equal(allocation_share(5, 0.0119, 0.008, 0.010), 18);
    assert_int_equal(allocation_share(5, 0.044, 0.0, 0.010), ALLOCATION_SAMPLES_MOST);
    assert_int_equal(allocation_share(19, 0.0119, 0.008, 0.010), 19);
    assert_int_equal(allocation_share(5, NAN, 0.0, 0.010), 5);
}

static void test_allocation_gain_falls_with_processes_and_ends(void **state)
{
    (void)state;
    assert_true(fabs(allocation_gain(0.1, 3, 0.02) - 0.1 * (1.0 - sqrt(0.75))) < 1e-15);
    assert_true(allocation_gain(0.1, 8, 0.02) < allocation_gain(0.1, 3, 0.02));
    assert_true(allocation_gain(0.02, 3, 0.02) == 0.0);
    assert_true(allocation_gain(NAN, 1, 0.0) > 0.0 && allocation_gain(NAN, 0, 0.0) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_samples_is_kalibera_and_jones),
        cmocka_unit_test(test_allocation_samples_stay_between_their_limits),
        cmocka_unit_test(test_allocation_samples_of_too_little_are_unknown),
        cmocka_unit_test(test_allocation_share_keeps_the_start_small),
        cmocka_unit_test(test_allocation_gain_falls_with_processes_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
