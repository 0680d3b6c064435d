/* test_region.c - an operator's memory: alignment, poison, red zones, what was touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/region.h"

#include <math.h>
#include <string.h>

static const size_t sizes[] = {1, 3, 64, 4096, 4097, 100000, (2u << 20) + 12};

static struct region make(size_t bytes, unsigned shift)
{
    struct region region;
    struct error error = {.text = ""};
    assert_int_equal(region_allocate(&region, bytes, shift, 3, bytes % 2 == 0, &error), STATUS_OK);
    return region;
}

static void test_region_any_size_is_aligned_poisoned_and_intact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        for (unsigned shift = 0; shift < 64; shift += 21) {
            struct region region = make(sizes[i], shift);
            assert_int_equal((uintptr_t)region.data % 64, 0);
            assert_int_equal(region_touched_bytes(&region), 0);
            assert_true(region_intact(&region));
            region_free(&region);
        }
    }
}

static void test_region_poison_is_nan_as_float_and_double(void **state)
{
    (void)state;
    struct region region = make(64, 0);
    float single;
    double full;
    memcpy(&single, region.data, sizeof single);
    memcpy(&full, region.data, sizeof full);
    assert_true(isnan(single));
    assert_true(isnan(full));
    region_free(&region);
}

static void test_region_byte_beyond_either_end_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        struct region region = make(sizes[i], 5);
        region.data[region.bytes] = 0;
        assert_false(region_intact(&region));
        region.data[region.bytes] = 0xA5;
        assert_true(region_intact(&region));
        *(region.data - 1) = 0;
        assert_false(region_intact(&region));
        region_free(&region);
    }
}

static void test_region_touched_counts_lines_and_poison_undoes(void **state)
{
    (void)state;
    struct region region = make(1000, 0);
    region.data[0] = 1;
    region.data[130] = 1;
    region.data[999] = 1;
    assert_int_equal(region_touched_bytes(&region), 64 + 64 + 1000 % 64);
    region_poison(&region, 2);
    assert_int_equal(region_touched_bytes(&region), 0);
    region_free(&region);
}

static void test_region_all_written_finds_the_first_gap(void **state)
{
    (void)state;
    struct region region = make(400, 0);
    size_t gap = 0;
    memset(region.data, 0, region.bytes);
    assert_true(region_all_written(&region, &gap));
    region_poison(&region, 1);
    memset(region.data, 0, 200);
    assert_false(region_all_written(&region, &gap));
    assert_int_equal(gap, 200);
    region_free(&region);
}

static void test_region_hash_tells_any_changed_byte(void **state)
{
    (void)state;
    struct region region = make(77, 0);
    const uint64_t before = region_hash(&region);
    for (size_t i = 0; i < region.bytes; ++i) {
        region.data[i] ^= 1;
        assert_true(region_hash(&region) != before);
        region.data[i] ^= 1;
    }
    assert_true(region_hash(&region) == before);
    region_free(&region);
}

static void test_region_empty_or_impossible_size_is_handled(void **state)
{
    (void)state;
    struct region region;
    struct error error = {.text = ""};
    assert_int_equal(region_allocate(&region, 0, 0, 1, false, &error), STATUS_OK);
    assert_null(region.data);
    assert_true(region_intact(&region));
    region_free(&region);
    assert_int_equal(region_allocate(&region, SIZE_MAX / 2, 0, 1, false, &error), STATUS_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region_any_size_is_aligned_poisoned_and_intact),
        cmocka_unit_test(test_region_poison_is_nan_as_float_and_double),
        cmocka_unit_test(test_region_byte_beyond_either_end_is_seen),
        cmocka_unit_test(test_region_touched_counts_lines_and_poison_undoes),
        cmocka_unit_test(test_region_all_written_finds_the_first_gap),
        cmocka_unit_test(test_region_hash_tells_any_changed_byte),
        cmocka_unit_test(test_region_empty_or_impossible_size_is_handled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
