/* test_roofline.c - which limit binds, and by how much: every expected figure is worked out by hand from round numbers. */
#include "analyse/roofline.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* 100 flop/s; 80, 40, 10 and 2 bytes/s; caches of 16, 64 and 256 bytes. */
static const struct roofline machine = {
    .flops_per_second = 100.0, .bytes_per_second = {80.0, 40.0, 10.0, 2.0}, .capacity_bytes = {16.0, 64.0, 256.0}};

static void assert_floor(const struct roofline *roofline, struct roofline_call call, double seconds, enum roofline_bound bound)
{
    const struct roofline_floor floor = roofline_floor(roofline, &call);
    if (floor.bound != bound || !(fabs(floor.seconds - seconds) <= 1e-12 * seconds))
        fail_msg("%g s by '%s' instead of %g s by '%s'", floor.seconds, roofline_bound_name(floor.bound), seconds,
                 roofline_bound_name(bound));
}

static void test_roofline_much_arithmetic_is_bound_by_the_peak(void **state)
{
    (void)state;
    assert_floor(&machine, (struct roofline_call){.flops = 1000.0, .bytes = 16.0}, 10.0, ROOFLINE_COMPUTE);
}

static void test_roofline_small_data_comes_from_the_first_level(void **state)
{
    (void)state;
    assert_floor(&machine, (struct roofline_call){.flops = 1.0, .bytes = 16.0}, 0.2, ROOFLINE_L1);
}

/* Of 64 bytes the first level can keep 16 from call to call: 48 cross. */
static void test_roofline_data_beyond_a_cache_crosses_but_for_what_the_cache_keeps(void **state)
{
    (void)state;
    assert_floor(&machine, (struct roofline_call){.flops = 1.0, .bytes = 64.0}, 48.0 / 40.0, ROOFLINE_L2);
    assert_floor(&machine, (struct roofline_call){.flops = 1.0, .bytes = 256.0}, 192.0 / 10.0, ROOFLINE_L3);
    assert_floor(&machine, (struct roofline_call){.flops = 1.0, .bytes = 1256.0}, 1000.0 / 2.0, ROOFLINE_MEMORY);
}

/* 9 more passes over 56 bytes of weights, which fit in the second level: that delivers 9 (56 - 16). */
static void test_roofline_what_is_read_again_counts_at_the_level_that_holds_it(void **state)
{
    (void)state;
    const struct roofline_call call = {.flops = 1.0, .bytes = 16.0, .reread_bytes = 9.0 * 56.0, .reread_set_bytes = 56.0};
    assert_floor(&machine, call, 9.0 * 40.0 / 40.0, ROOFLINE_L2);
}

/* A set a little larger than a cache is not read from behind it as a whole. */
static void test_roofline_floor_grows_without_a_jump_where_a_cache_ends(void **state)
{
    (void)state;
    double last = 0.0;
    for (double set = 60.0; set < 70.0; set += 0.125) {
        const struct roofline_call call = {.flops = 1.0, .bytes = 1.0, .reread_bytes = 100.0 * set, .reread_set_bytes = set};
        const double seconds = roofline_floor(&machine, &call).seconds;
        assert_true(seconds > last && (last == 0.0 || seconds < 1.02 * last));
        last = seconds;
    }
}

static void test_roofline_limits_that_are_not_known_bind_nothing(void **state)
{
    (void)state;
    struct roofline some = {.flops_per_second = 100.0, .bytes_per_second = {NAN, NAN, NAN, NAN}, .capacity_bytes = {NAN, NAN, NAN}};
    const struct roofline_call call = {.flops = 100.0, .bytes = 1e6};
    assert_floor(&some, call, 1.0, ROOFLINE_COMPUTE);
    some.bytes_per_second[3] = 10.0; /* no cache is known: every byte comes from memory */
    assert_floor(&some, call, 1e5, ROOFLINE_MEMORY);
    some.flops_per_second = some.bytes_per_second[3] = NAN;
    const struct roofline_floor none = roofline_floor(&some, &call);
    assert_true(isnan(none.seconds) && none.bound == ROOFLINE_NONE);
}

/* No third level: the second's misses are memory's. A third level of unknown size may hold everything. */
static void test_roofline_level_that_is_not_there_differs_from_one_of_unknown_size(void **state)
{
    (void)state;
    struct roofline other = machine;
    const struct roofline_call call = {.flops = 1.0, .bytes = 1064.0};
    other.capacity_bytes[2] = NAN;
    assert_floor(&other, call, 100.0, ROOFLINE_L3);
    other.bytes_per_second[2] = NAN;
    assert_floor(&other, call, 500.0, ROOFLINE_MEMORY);
}

static void test_roofline_price_that_is_not_known_leaves_what_is_known(void **state)
{
    (void)state;
    assert_floor(&machine, (struct roofline_call){.flops = 100.0, .bytes = NAN, .reread_bytes = NAN, .reread_set_bytes = NAN},
                 1.0, ROOFLINE_COMPUTE);
    assert_floor(&machine, (struct roofline_call){.flops = NAN, .bytes = 16.0}, 0.2, ROOFLINE_L1);
}

static void test_roofline_call_without_work_has_no_floor(void **state)
{
    (void)state;
    const struct roofline_call nothing = {.flops = 0.0, .bytes = 0.0};
    const struct roofline_floor floor = roofline_floor(&machine, &nothing);
    assert_true(isnan(floor.seconds) && floor.bound == ROOFLINE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roofline_much_arithmetic_is_bound_by_the_peak),
        cmocka_unit_test(test_roofline_small_data_comes_from_the_first_level),
        cmocka_unit_test(test_roofline_data_beyond_a_cache_crosses_but_for_what_the_cache_keeps),
        cmocka_unit_test(test_roofline_what_is_read_again_counts_at_the_level_that_holds_it),
        cmocka_unit_test(test_roofline_floor_grows_without_a_jump_where_a_cache_ends),
        cmocka_unit_test(test_roofline_limits_that_are_not_known_bind_nothing),
        cmocka_unit_test(test_roofline_level_that_is_not_there_differs_from_one_of_unknown_size),
        cmocka_unit_test(test_roofline_call_without_work_has_no_floor),
        cmocka_unit_test(test_roofline_price_that_is_not_known_leaves_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
