/* test_changepoint.c - known steps are found and named, and where there is nothing to know nothing is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/changepoint.h"
#include "analyse/simulate_history.h"
#include "base/random.h"
#include "base/status.h"

#include <math.h>

enum { RUNS = 60 };

static void make(double *logs, size_t count, size_t step, double size, double noise)
{
    for (size_t i = 0; i < count; ++i)
        logs[i] = noise * random_normal(5, 1, i) + (i >= step ? log(size) : 0.0);
}

static void test_changepoint_known_step_is_confirmed_with_size_and_range(void **state)
{
    (void)state;
    double logs[RUNS];
    make(logs, RUNS, 40, 1.1, 0.02);
    struct changepoints changes;
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 1);
    const struct changepoint *change = &changes.items[0];
    assert_true(change->confirmed && change->p < 0.001);
    assert_true(change->first <= 40 && 40 <= change->last && change->last - change->first <= 4);
    assert_true(change->shift.low < log(1.1) && log(1.1) < change->shift.high);
    assert_true(change->shift.high - change->shift.low < 0.06);
}

static void test_changepoint_two_steps_up_and_down_are_both_found(void **state)
{
    (void)state;
    double logs[90];
    make(logs, 90, 30, 1.2, 0.02);
    for (size_t i = 60; i < 90; ++i)
        logs[i] -= log(1.15);
    struct changepoints changes;
    changepoint_find(&changes, logs, 90);
    assert_int_equal(changes.count, 2);
    assert_true(changes.items[0].at == 30 && changes.items[0].shift.value > 0.0 && changes.items[0].confirmed);
    assert_true(changes.items[1].at == 60 && changes.items[1].shift.value < 0.0 && changes.items[1].confirmed);
}

static void test_changepoint_step_of_a_few_runs_is_a_candidate(void **state)
{
    (void)state;
    double logs[RUNS];
    make(logs, RUNS, RUNS - 4, 1.2, 0.02);
    struct changepoints changes;
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 1);
    assert_in_range(changes.items[0].at, RUNS - 5, RUNS - 4);
    assert_false(changes.items[0].confirmed);
}

static void test_changepoint_single_outliers_are_no_change(void **state)
{
    (void)state;
    double logs[RUNS];
    make(logs, RUNS, RUNS, 1.0, 0.01);
    logs[20] += 0.4;
    logs[45] += 0.3;
    logs[RUNS - 1] += 0.5;
    struct changepoints changes;
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 0);
}

static void test_changepoint_shift_below_the_margin_is_none(void **state)
{
    (void)state;
    double logs[RUNS];
    make(logs, RUNS, 30, 1.01, 0.001);
    struct changepoints changes;
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 0);
}

static void test_changepoint_degenerate_series_have_none(void **state)
{
    (void)state;
    double logs[RUNS];
    struct changepoints changes;
    make(logs, RUNS, 3, 2.0, 0.0);
    for (size_t count = 0; count < CHANGEPOINT_RUNS_MIN; ++count) {
        changepoint_find(&changes, logs, count);
        assert_int_equal(changes.count, 0);
    }
    make(logs, RUNS, RUNS, 1.0, 0.0); /* all equal */
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 0);
    make(logs, RUNS, 30, 1.5, 0.01);
    logs[7] = NAN;
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 0);
    logs[7] = INFINITY;
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 0);
}

static void test_changepoint_step_without_noise_is_found_at_its_place(void **state)
{
    (void)state;
    double logs[RUNS];
    struct changepoints changes;
    make(logs, RUNS, 25, 1.05, 0.0); /* counts: ties on both sides */
    changepoint_find(&changes, logs, RUNS);
    assert_int_equal(changes.count, 1);
    assert_true(changes.items[0].confirmed);
    assert_int_equal(changes.items[0].at, 25);
    assert_true(fabs(changes.items[0].shift.value - log(1.05)) < 1e-12);
    assert_true(isfinite(changes.items[0].shift.low) && isfinite(changes.items[0].shift.high));
}

/* The setting of docs/method.md, fewer histories than its table has. */
static void test_changepoint_simulated_histories_meet_the_targets(void **state)
{
    (void)state;
    struct simulate_history_case kind = {.runs = 100, .noise = 0.03, .correlation = 0.3, .outliers = 0.05, .step = 1.0};
    struct simulate_history_outcome outcome;
    simulate_history(&outcome, &kind, 100, 11);
    assert_true(simulate_count_upper(outcome.false_points) <= 0.05 * outcome.series);
    kind.step = 1.1;
    simulate_history(&outcome, &kind, 100, 12);
    assert_true(outcome.found >= 90);
    assert_true(outcome.covered >= 0.9 * outcome.found);
    assert_true(outcome.in_range >= 0.8 * outcome.found);
    assert_true(outcome.error < 0.02);
}

static void test_changepoint_looked_at_after_each_run_is_confirmed_soon(void **state)
{
    (void)state;
    const struct simulate_history_case kind = {
        .runs = 60, .noise = 0.01, .correlation = 0.3, .outliers = 0.05, .step = 1.1, .each_run = true};
    struct simulate_history_outcome outcome;
    simulate_history(&outcome, &kind, 5, 3);
    assert_true(outcome.delay >= CHANGEPOINT_AGE_MIN && outcome.delay <= 8.0);
}

static void test_simulate_count_upper_agrees_with_the_poisson_interval(void **state)
{
    (void)state;
    /* scipy.stats.chi2.ppf(.95, 2 * (k + 1)) / 2 */
    assert_true(fabs(simulate_count_upper(0) - 2.995732273553991) < 1e-7);
    assert_true(fabs(simulate_count_upper(3) - 7.753656527932725) < 1e-7);
    assert_true(fabs(simulate_count_upper(20) - 29.062018840434014) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changepoint_known_step_is_confirmed_with_size_and_range),
        cmocka_unit_test(test_changepoint_two_steps_up_and_down_are_both_found),
        cmocka_unit_test(test_changepoint_step_of_a_few_runs_is_a_candidate),
        cmocka_unit_test(test_changepoint_single_outliers_are_no_change),
        cmocka_unit_test(test_changepoint_shift_below_the_margin_is_none),
        cmocka_unit_test(test_changepoint_degenerate_series_have_none),
        cmocka_unit_test(test_changepoint_step_without_noise_is_found_at_its_place),
        cmocka_unit_test(test_changepoint_simulated_histories_meet_the_targets),
        cmocka_unit_test(test_changepoint_looked_at_after_each_run_is_confirmed_soon),
        cmocka_unit_test(test_simulate_count_upper_agrees_with_the_poisson_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
