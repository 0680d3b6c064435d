/* test_operator.c - what operator.h itself does: a module of this header under a harness of an older one. */
#include "operator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_cost_takes_what_is_read_again(void **state)
{
    (void)state;
    struct seq_cost cost = {.size = sizeof cost};
    seq_cost_set_reread(&cost, 7.0, 100.0);
    assert_true(cost.reread_bytes == 700.0 && cost.reread_set_bytes == 100.0);
}

/* An older harness's struct ends before the two: what lies behind it is not written. */
static void test_cost_of_an_older_harness_is_not_written_beyond(void **state)
{
    (void)state;
    struct seq_cost cost = {.size = offsetof(struct seq_cost, reread_bytes), .reread_bytes = 1.0, .reread_set_bytes = 2.0};
    seq_cost_set_reread(&cost, 7.0, 100.0);
    assert_true(cost.reread_bytes == 1.0 && cost.reread_set_bytes == 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost_takes_what_is_read_again),
        cmocka_unit_test(test_cost_of_an_older_harness_is_not_written_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
