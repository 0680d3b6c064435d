/* test_verdict.c - verdicts against scipy 1.17.1 (the call stands beside each number), on degenerate input, and in simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/ranks.h"
#include "analyse/simulate_verdict.h"
#include "analyse/verdict.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

static const struct verdict_rule rule = {.margin = 0.02, .screen = 8, .most = 24};

static void assert_close(double actual, double expected, double relative)
{
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

/* numpy.round(numpy.random.default_rng(5).normal(.05, .015, 12), 4) */
static const double twelve[] = {0.038,  0.0301, 0.0463, 0.0563, 0.067,  0.0516,
                                0.0417, 0.0382, 0.0612, 0.0745, 0.0541, 0.0315};
/* scipy.stats.wilcoxon(twelve -+ log1p(.02), alternative='greater', method='exact'); Walsh averages by the exact ranks at 99 %;
 * median_abs_deviation for the smallest difference found */
#define TWELVE_RATIO 1.0501940955594509
#define TWELVE_LOW 1.0320013755956459
#define TWELVE_HIGH 1.0692954781746002
#define TWELVE_P_SLOWER 0.000244140625
#define TWELVE_P_FASTER 1.0
#define TWELVE_MDE 0.0366991703875337
/* numpy.round(default_rng(6).normal(0, .02, 7), 4) and default_rng(7).normal(.06, .02, 9); half of
 * scipy.stats.mannwhitneyu(nine -+ log1p(.05), seven, method='exact') on the side of the difference, its complement on the other */
static const double seven[] = {0.0211, 0.0355, -0.0511, -0.0028, 0.0203, 0.027, 0.0131};
static const double nine[] = {0.06, 0.066, 0.0545, 0.0422, 0.0509, 0.0402, 0.0612, 0.0868, 0.0502};
#define SHIFT_VALUE 0.0397
#define SHIFT_LOW 0.0239
#define SHIFT_HIGH 0.0665
#define SHIFT_P_SLOWER 0.8244755244755244
#define SHIFT_P_FASTER 0.9999125874125874

static void test_verdict_estimate_agrees_with_scipy(void **state)
{
    (void)state;
    const struct verdict_estimate estimate = verdict_estimate(twelve, ARRAY_LEN(twelve), 0.02);
    assert_close(estimate.ratio.value, TWELVE_RATIO, 1e-9);
    assert_close(estimate.ratio.low, TWELVE_LOW, 1e-9);
    assert_close(estimate.ratio.high, TWELVE_HIGH, 1e-9);
    assert_close(estimate.p_slower, TWELVE_P_SLOWER, 1e-9);
    assert_close(estimate.p_faster, TWELVE_P_FASTER, 1e-9);
    assert_close(estimate.mde, TWELVE_MDE, 1e-6);
}

static void test_verdict_shift_interval_agrees_with_scipy(void **state)
{
    (void)state;
    const struct interval shift = ranks_shift_interval(seven, ARRAY_LEN(seven), nine, ARRAY_LEN(nine), 0.95);
    assert_close(shift.value, SHIFT_VALUE, 1e-9);
    assert_close(shift.low, SHIFT_LOW, 1e-9);
    assert_close(shift.high, SHIFT_HIGH, 1e-9);
    const struct verdict_estimate estimate =
        verdict_estimate_unpaired(seven, ARRAY_LEN(seven), nine, ARRAY_LEN(nine), 0.05);
    assert_close(estimate.p_slower, SHIFT_P_SLOWER, 1e-9);
    assert_close(estimate.p_faster, SHIFT_P_FASTER, 1e-9);
}

static void test_verdict_of_too_little_data_is_unknown_without_a_number(void **state)
{
    (void)state;
    const char *reason = "";
    const double values[7] = {0.3, 0.3, 0.31, 0.3, 0.29, 0.3, 0.3};
    assert_true(isnan(verdict_estimate(values, 0, 0.02).ratio.value));
    const struct verdict_estimate one = verdict_estimate(values, 1, 0.02);
    assert_true(isfinite(one.ratio.value) && isnan(one.ratio.low) && isnan(one.mde));
    for (size_t count = 0; count <= 7; ++count)
        assert_int_equal(verdict_judge(&rule, values, count, 0.0, 0.0, &reason), VERDICT_UNKNOWN);
    assert_string_equal(reason, "too few pairs for an interval: 8 are needed");
    assert_int_equal(verdict_exact(NAN, 1.0, 0.0), VERDICT_UNKNOWN);
    assert_true(isnan(verdict_estimate_unpaired(values, 2, values, 0, 0.02).ratio.value));
    const struct verdict_estimate two = verdict_estimate_unpaired(values, 2, values + 2, 2, 0.02);
    assert_true(isnan(two.ratio.low));
    assert_int_equal(verdict_judge_unpaired(&two, 0.02, 0.0, 0.0, &reason), VERDICT_UNKNOWN);
}

static void test_verdict_of_equal_values_is_the_same(void **state)
{
    (void)state;
    const char *reason = "";
    const double zeros[8] = {0};
    assert_int_equal(verdict_judge(&rule, zeros, 8, 1.0, 1.0, &reason), VERDICT_SAME);
    assert_int_equal(verdict_more(&rule, zeros, 8), 0);
    assert_int_equal(verdict_more(&rule, zeros, 3), 5);
}

static void test_verdict_needs_a_confirmation_by_both_stages(void **state)
{
    (void)state;
    const char *reason = "";
    double values[12];
    for (int i = 0; i < 12; ++i)
        values[i] = 0.10 + 0.001 * i;
    assert_int_equal(verdict_judge(&rule, values, 8, 0.0, 1.0, &reason), VERDICT_UNKNOWN); /* seen in the screen only */
    assert_non_null(strstr(reason, "screen only"));
    assert_int_equal(verdict_more(&rule, values, 8), 4);
    assert_int_equal(verdict_judge(&rule, values, 12, 0.01, 1.0, &reason), VERDICT_SLOWER);
    assert_int_equal(verdict_judge(&rule, values, 12, 0.06, 1.0, &reason), VERDICT_UNKNOWN); /* the other cells forbid it */
    for (int i = 0; i < 12; ++i)
        values[i] = -values[i];
    assert_int_equal(verdict_judge(&rule, values, 12, 1.0, 0.01, &reason), VERDICT_FASTER);
    double twenty[20];
    for (int i = 0; i < 20; ++i) /* the screen sees nothing; the rest pulls the interval over the margin */
        twenty[i] = i < 8 ? 0.015 : 0.10 + 0.001 * i;
    assert_int_not_equal(verdict_judge(&rule, twenty, 20, 0.0, 1.0, &reason), VERDICT_SLOWER);
}

static void test_verdict_stops_by_width_alone(void **state)
{
    (void)state;
    double near[12], far[12];
    for (int i = 0; i < 12; ++i) {
        near[i] = 0.03 + 0.0005 * i;
        far[i] = near[i] + 0.5;
    }
    assert_int_equal(verdict_more(&rule, near, 12), 0);
    assert_int_equal(verdict_more(&rule, far, 12), 0);
    for (int i = 0; i < 12; ++i)
        far[i] += i % 2 ? 0.1 : -0.1;
    assert_int_equal(verdict_more(&rule, far, 12), 4);
    const struct verdict_rule short_rule = {.margin = 0.02, .screen = 8, .most = 14};
    assert_int_equal(verdict_more(&short_rule, far, 12), 2);
}

static void test_verdict_exact_has_its_tolerance(void **state)
{
    (void)state;
    assert_int_equal(verdict_exact(1000000, 1000999, 1e-3), VERDICT_SAME);
    assert_int_equal(verdict_exact(1000000, 1001001, 1e-3), VERDICT_SLOWER);
    assert_int_equal(verdict_exact(1001002, 1000000, 1e-3), VERDICT_FASTER);
    assert_int_equal(verdict_exact(4096, 4097, 0.0), VERDICT_SLOWER);
}

static void test_verdict_floor_is_the_95th_percentile_of_enough_controls(void **state)
{
    (void)state;
    double ratios[21];
    for (int i = 0; i < 21; ++i)
        ratios[i] = exp(0.001 * i * (i % 2 ? 1.0 : -1.0));
    assert_true(isnan(verdict_floor(ratios, 19)));
    assert_close(verdict_floor(ratios, 21), expm1(0.019), 1e-9); /* numpy.quantile(arange(21)*.001, .95) */
    assert_close(verdict_floor_of_run(ratios, 3), expm1(0.002), 1e-9);
    assert_true(isnan(verdict_floor_of_run(ratios, 0)));
}

static void test_verdict_outcome_puts_wrong_first_and_lets_controls_veto(void **state)
{
    (void)state;
    struct verdict_tally tally = {
        .cells = {[VERDICT_SAME] = 3, [VERDICT_UNKNOWN] = 2}, .controls = 3, .control_difference = 0.01};
    assert_int_equal(verdict_outcome(&tally), OUTCOME_PASS);
    tally.cells[VERDICT_SLOWER] = 1;
    assert_int_equal(verdict_outcome(&tally), OUTCOME_REGRESSION);
    tally.control_difference = 0.031;
    assert_int_equal(verdict_outcome(&tally), OUTCOME_INCONCLUSIVE);
    tally.control_difference = 0.01;
    tally.controls_moved = 1;
    assert_int_equal(verdict_outcome(&tally), OUTCOME_INCONCLUSIVE);
    tally.memory_grown = 1; /* is exact */
    assert_int_equal(verdict_outcome(&tally), OUTCOME_REGRESSION);
    tally.memory_grown = 0;
    tally.cells[VERDICT_FAILED] = 1;
    assert_int_equal(verdict_outcome(&tally), OUTCOME_FAILED);
    tally.cells[VERDICT_WRONG] = 1;
    assert_int_equal(verdict_outcome(&tally), OUTCOME_WRONG);
    const struct verdict_tally open = {.cells = {[VERDICT_UNKNOWN] = 4}, .controls = 3, .control_difference = NAN};
    assert_int_equal(verdict_outcome(&open), OUTCOME_INCONCLUSIVE);
}

/* measurement noise of 1.7 % a pair, a fifth of the pairs disturbed, errors that hang together: no more than 1 % false alarms */
static void test_verdict_rule_is_silent_on_identical_code_and_finds_what_is_there(void **state)
{
    (void)state;
    struct simulate_verdict_outcome outcome;
    struct simulate_verdict_case kind = {
        .cells = 20, .noise = 0.017, .outliers = 0.1, .carried = 0.3, .pairs = 12, .margin = 0.02};
    simulate_verdicts(&outcome, &kind, 60, 11);
    assert_int_equal(outcome.cells, 1200);
    assert_true(outcome.false_alarms <= 2); /* 1 % would be 12 */
    kind = (struct simulate_verdict_case){
        .effect = 0.05, .changed = 2, .cells = 20, .noise = 0.017, .pairs = 24, .margin = 0.02};
    simulate_verdicts(&outcome, &kind, 40, 12);
    assert_true(outcome.found >= 72 && outcome.changed == 80);
    assert_true(outcome.same >= 560); /* of 720 */
    kind.effect = -0.10;
    simulate_verdicts(&outcome, &kind, 20, 13);
    assert_int_equal(outcome.found, 40);
}

static void test_verdict_names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 1; i < VERDICT_COUNT; ++i)
        assert_int_equal(verdict_from_name(verdict_name((enum verdict)i)), i);
    assert_int_equal(verdict_from_name("nonsense"), VERDICT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdict_estimate_agrees_with_scipy),
        cmocka_unit_test(test_verdict_shift_interval_agrees_with_scipy),
        cmocka_unit_test(test_verdict_of_too_little_data_is_unknown_without_a_number),
        cmocka_unit_test(test_verdict_of_equal_values_is_the_same),
        cmocka_unit_test(test_verdict_needs_a_confirmation_by_both_stages),
        cmocka_unit_test(test_verdict_stops_by_width_alone),
        cmocka_unit_test(test_verdict_exact_has_its_tolerance),
        cmocka_unit_test(test_verdict_floor_is_the_95th_percentile_of_enough_controls),
        cmocka_unit_test(test_verdict_outcome_puts_wrong_first_and_lets_controls_veto),
        cmocka_unit_test(test_verdict_rule_is_silent_on_identical_code_and_finds_what_is_there),
        cmocka_unit_test(test_verdict_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
