/* test_pages.c - memory from the kernel: where it begins, how much it is, what is left after it is given back, and sizes that
 * nobody can have.
 */
#include "machine/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <cmocka.h>

#define HUGE_PAGE ((size_t)2 << 20)

static void test_pages_huge_begin_with_one_and_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < 8; ++i) { /* mappings come one below the other: some would begin right by chance */
        struct pages pages = pages_map(HUGE_PAGE + 1, true), small = pages_map(1, false);
        assert_non_null(pages.data);
        assert_int_equal((uintptr_t)pages.data % HUGE_PAGE, 0);
        assert_int_equal(pages.bytes, 2 * HUGE_PAGE);
        assert_int_equal(pages.data[0], 0);
        pages.data[pages.bytes - 1] = 1;
        pages_unmap(&pages);
        pages_unmap(&small);
    }
}

static void test_pages_small_are_rounded_up(void **state)
{
    (void)state;
    struct pages pages = pages_map(4097, false);
    assert_non_null(pages.data);
    assert_int_equal(pages.bytes, 8192);
    pages.data[8191] = 1;
    pages_unmap(&pages);
}

static void test_pages_unmapped_are_gone(void **state)
{
    (void)state;
    struct pages pages = pages_map(HUGE_PAGE, true);
    unsigned char *const first = pages.data;
    assert_int_equal(msync(first, HUGE_PAGE, MS_ASYNC), 0);
    pages_unmap(&pages);
    assert_null(pages.data);
    assert_int_not_equal(msync(first, HUGE_PAGE, MS_ASYNC), 0);
    pages_unmap(&pages); /* an empty one */
}

static void test_pages_none_and_too_many_are_refused(void **state)
{
    (void)state;
    static const size_t impossible[] = {0, (size_t)1 << 60, SIZE_MAX};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; ++i) {
        const struct pages pages = pages_map(impossible[i], true);
        assert_null(pages.data);
        assert_int_equal(pages.bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_huge_begin_with_one_and_are_whole),
        cmocka_unit_test(test_pages_small_are_rounded_up),
        cmocka_unit_test(test_pages_unmapped_are_gone),
        cmocka_unit_test(test_pages_none_and_too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
