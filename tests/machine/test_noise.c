/* test_noise.c - the kernel's counters, read from a tree made for the purpose and from this machine; and the spin. */
#include "machine/noise.h"
#include "machine/spin.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "machine/fake_tree.h"

static void assert_close(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.17g instead of %.17g", value, expected);
}

static void write_counters(const struct fake_tree *tree)
{
    tree_write(tree, "/proc/41/task/41/schedstat", "1000 2000000000 7\n");
    tree_write(tree, "/proc/41/task/42/schedstat", "1000 500000000 7\n");
    tree_write(tree, "/proc/41/status", "Name:\tx\nvoluntary_ctxt_switches:\t9\nnonvoluntary_ctxt_switches:\t17\n");
    tree_write(tree, "/proc/stat", "cpu  1 2 3 4 5 6 7 800 0 0\ncpu0 1 2 3 4 5 6 7 300 0 0\ncpu1 1 2 3 4 5 6 7 500 0 0\nintr 5\n");
    tree_write(tree, "/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 total=9\n");
    tree_write(tree, "/proc/self/cgroup", "1:cpu:/a\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/a/cpu.stat", "nr_periods 3\nnr_throttled 1\nthrottled_time 250000000\n");
}

static void test_noise_reads_every_counter(void **state)
{
    struct fake_tree *tree = *state;
    write_counters(tree);
    const struct noise noise = noise_read_under(tree->root, 41);
    assert_close(noise.run_delay_seconds, 2.5);
    assert_close(noise.involuntary_switches, 17.0);
    assert_close(noise.steal_seconds, 800.0 / (double)sysconf(_SC_CLK_TCK) / 2.0);
    assert_close(noise.pressure_seconds, 2.5);
    assert_close(noise.throttled_seconds, 0.25);
}

static void test_noise_throttled_of_version_2_is_in_microseconds(void **state)
{
    struct fake_tree *tree = *state;
    tree_write(tree, "/proc/self/cgroup", "0::/b\n");
    tree_write(tree, "/sys/fs/cgroup/b/cpu.stat", "usage_usec 1\nthrottled_usec 3000000\n");
    assert_close(noise_read_under(tree->root, 41).throttled_seconds, 3.0);
}

static void test_noise_that_is_not_counted_is_absent(void **state)
{
    const struct fake_tree *tree = *state;
    const struct noise noise = noise_read_under(tree->root, 41);
    assert_true(isnan(noise.run_delay_seconds) && isnan(noise.involuntary_switches) && isnan(noise.steal_seconds));
    assert_true(isnan(noise.pressure_seconds) && isnan(noise.throttled_seconds));
    assert_true(isnan(noise_lost_share(&noise, 2)));
}

static void test_noise_lost_share_is_per_thread_and_at_most_all(void **state)
{
    (void)state;
    const struct noise some = {.wall_seconds = 10.0, .run_delay_seconds = 1.0, .steal_seconds = 0.5};
    const struct noise unknown_delay = {.wall_seconds = 10.0, .run_delay_seconds = NAN, .steal_seconds = 0.5};
    const struct noise all = {.wall_seconds = 1.0, .run_delay_seconds = 9.0, .steal_seconds = NAN}, no_time = {0};
    assert_close(noise_lost_share(&some, 2), 0.1);
    assert_close(noise_lost_share(&unknown_delay, 2), 0.05);
    assert_close(noise_lost_share(&all, 1), 1.0);
    assert_true(isnan(noise_lost_share(&no_time, 1)));
}

static void test_noise_of_this_process_only_grows(void **state)
{
    (void)state;
    const struct noise before = noise_read(0);
    (void)spin_chain(SPIN_STEPS, 1);
    const struct noise after = noise_read(0), difference = noise_since(&before, &after);
    assert_true(difference.wall_seconds > 0.0);
    assert_true(!(difference.run_delay_seconds < 0.0) && !(difference.steal_seconds < 0.0));
    assert_true(!(noise_run_delay_seconds() < 0.0));
}

static void test_spin_chain_depends_on_every_step(void **state)
{
    (void)state;
    assert_int_equal(spin_chain(0, 5), 5);
    assert_true(spin_chain(1, 5) != spin_chain(2, 5));
    assert_true(spin_chain(SPIN_STEPS, 5) != spin_chain(SPIN_STEPS, 7));
}

static void test_spin_takes_a_positive_time_and_sees_gaps_within_it(void **state)
{
    (void)state;
    const double step = spin_step_ns(1e-3);
    assert_true(step > 0.0 && isfinite(step));
    const struct spin_gaps gaps = spin_look_for_gaps(5e-3);
    assert_true(gaps.seconds >= 5e-3 && gaps.lost_seconds >= 0.0 && gaps.lost_seconds <= gaps.seconds);
    assert_true(gaps.longest_seconds <= gaps.lost_seconds && (gaps.count > 0) == (gaps.lost_seconds > 0.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_noise_reads_every_counter, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_noise_throttled_of_version_2_is_in_microseconds, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_noise_that_is_not_counted_is_absent, tree_create, tree_destroy),
        cmocka_unit_test(test_noise_lost_share_is_per_thread_and_at_most_all),
        cmocka_unit_test(test_noise_of_this_process_only_grows),
        cmocka_unit_test(test_spin_chain_depends_on_every_step),
        cmocka_unit_test(test_spin_takes_a_positive_time_and_sees_gaps_within_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
