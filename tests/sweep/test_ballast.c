/* test_ballast.c - memory held between blocks: as much as was asked for, really there, and given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/memory.h"
#include "sweep/ballast.h"

#include <math.h>

static void test_ballast_is_taken_in_whole_chunks_and_yielded(void **state)
{
    (void)state;
    struct ballast ballast = {.held = 0};
    const double chunk = (double)BALLAST_CHUNK, before = memory_resident_bytes(0);
    if (!(memory_available_bytes() > 50.0 * chunk))
        skip();
    ballast_take(&ballast, 5.5 * chunk);
    assert_int_equal(ballast.held, 5);
    assert_true(memory_resident_bytes(0) - before >= 5.0 * chunk); /* pages, and not promises */
    ballast_yield(&ballast, 1.9 * chunk);
    assert_int_equal(ballast.held, 4);
    assert_true(memory_resident_bytes(0) - before < 4.5 * chunk);
    ballast_take(&ballast, 1.9 * chunk); /* the largest block counts, and not the sum of blocks */
    assert_int_equal(ballast.held, 5);
    ballast_yield(&ballast, 1e18);
    assert_int_equal(ballast.held, 0);
    assert_true(memory_resident_bytes(0) - before < chunk);
    ballast_take(&ballast, NAN);
    assert_int_equal(ballast.held, 5);
    ballast_free(&ballast);
    assert_int_equal(ballast.held, 0);
}

static void test_ballast_of_small_blocks_is_nothing(void **state)
{
    (void)state;
    static const double bytes[] = {0.0, 1.0, (double)BALLAST_CHUNK - 1.0, -1e18, NAN};
    struct ballast ballast = {.held = 0};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; ++i) {
        ballast_take(&ballast, bytes[i]);
        ballast_yield(&ballast, bytes[i]);
        assert_int_equal(ballast.held, 0);
    }
    ballast_free(&ballast);
    ballast_take(NULL, 1e18);
    ballast_yield(NULL, 1e18);
}

static void test_ballast_leaves_three_quarters_of_the_memory(void **state)
{
    (void)state;
    struct ballast ballast = {.held = 0};
    const double chunk = (double)BALLAST_CHUNK, half = 0.5 * memory_available_bytes() / chunk;
    if (!(half > 10.0 && half < BALLAST_CHUNKS - 1.0))
        skip();
    const size_t pretended = (size_t)half; /* a third of what would be available without it */
    ballast.held = pretended;
    ballast_take(&ballast, ((double)pretended + 1.0) * chunk);
    assert_int_equal(ballast.held, pretended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ballast_is_taken_in_whole_chunks_and_yielded),
        cmocka_unit_test(test_ballast_of_small_blocks_is_nothing),
        cmocka_unit_test(test_ballast_leaves_three_quarters_of_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
