/* test_grade.c - letters at and beside their limits, reasons, and what several grades make together. */
#include "analyse/grade.h"
#include "analyse/modality.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct grade_evidence with(enum grade_criterion criterion, double value)
{
    struct grade_evidence evidence = grade_nothing_observed();
    evidence.value[criterion] = value;
    return evidence;
}

static void test_grade_of_nothing_observed_is_none(void **state)
{
    (void)state;
    char reason[GRADE_REASON_TEXT];
    const struct grade_evidence nothing = grade_nothing_observed();
    assert_int_equal(grade_letter(&nothing), GRADE_LETTER_NONE);
    assert_string_equal(grade_reason(&nothing, reason), "");
    assert_false(grade_is_disturbed(&nothing));
}

static void test_grade_lost_time_follows_the_table(void **state)
{
    (void)state;
    static const struct {
        double lost;
        char letter;
    } cases[] = {{0.0, 'A'}, {0.002, 'A'}, {0.0021, 'B'}, {0.01, 'B'}, {0.011, 'C'}, {0.05, 'C'}, {0.051, 'D'}, {0.151, 'F'}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_int_equal(grade_letter_of(GRADE_LOST, cases[i].lost), cases[i].letter);
}

static void test_grade_any_throttling_is_an_f(void **state)
{
    (void)state;
    assert_int_equal(grade_letter_of(GRADE_THROTTLED, 0.0), 'A');
    assert_int_equal(grade_letter_of(GRADE_THROTTLED, 1e-6), 'F');
    assert_int_equal(grade_letter_of(GRADE_THROTTLED, NAN), GRADE_LETTER_NONE);
}

/* Another speed than the machine can have is no disturbance, which repeating the block would mend. */
static void test_grade_slow_core_is_a_grade_and_no_disturbance(void **state)
{
    (void)state;
    char reason[GRADE_REASON_TEXT];
    const struct grade_evidence slow = with(GRADE_SLOW, 0.2), drifting = with(GRADE_DRIFT, 0.2);
    assert_int_equal(grade_letter(&slow), 'F');
    assert_string_equal(grade_reason(&slow, reason), "the core was 20 % slower than it can be");
    const struct grade_evidence slower = with(GRADE_SLOW, 1.234); /* as a number that people write */
    assert_string_equal(grade_reason(&slower, reason), "the core was 120 % slower than it can be");
    assert_false(grade_is_disturbed(&slow));
    assert_true(grade_is_disturbed(&drifting));
}

static void test_grade_is_the_worst_criterion_and_says_why_worst_first(void **state)
{
    (void)state;
    char reason[GRADE_REASON_TEXT];
    struct grade_evidence evidence = with(GRADE_LOST, 0.004);
    evidence.value[GRADE_DRIFT] = 0.03;
    evidence.value[GRADE_FAULTS] = 0.0;
    assert_int_equal(grade_letter(&evidence), 'D');
    grade_reason(&evidence, reason);
    assert_string_equal(reason, "the speed of the core changed by 3 %; 0.4 % of the time lost to other work (run delay, steal)");
}

static void test_grade_few_processes_are_counted(void **state)
{
    (void)state;
    char reason[GRADE_REASON_TEXT];
    const struct grade_evidence one = with(GRADE_FEW, 1.0), two = with(GRADE_FEW, 0.5), three = with(GRADE_FEW, 1.0 / 3.0);
    assert_int_equal(grade_letter(&one), 'C');
    assert_int_equal(grade_letter(&two), 'B');
    assert_int_equal(grade_letter(&three), 'A');
    assert_string_equal(grade_reason(&one, reason), "only 1 process");
    assert_string_equal(grade_reason(&two, reason), "only 2 processes");
}

/* One bad process of five does not move the median, and neither the cell's grade; three do. */
static void test_grade_combine_takes_the_middle_process(void **state)
{
    (void)state;
    struct grade_evidence parts[5];
    for (int i = 0; i < 5; ++i)
        parts[i] = with(GRADE_LOST, i < 4 ? 0.001 : 0.5);
    struct grade_evidence cell = grade_combine(parts, 5, GRADE_OF_CELL);
    assert_int_equal(grade_letter(&cell), 'A');
    parts[0] = parts[1] = parts[4];
    cell = grade_combine(parts, 5, GRADE_OF_CELL);
    assert_int_equal(grade_letter(&cell), 'F');
}

static void test_grade_combine_of_two_takes_the_worse(void **state)
{
    (void)state;
    const struct grade_evidence parts[] = {with(GRADE_LOST, 0.001), with(GRADE_LOST, 0.02)};
    const struct grade_evidence cell = grade_combine(parts, 2, GRADE_OF_CELL);
    assert_int_equal(grade_letter(&cell), 'C');
}

static void test_grade_combine_passes_over_what_was_not_observed(void **state)
{
    (void)state;
    const struct grade_evidence parts[] = {with(GRADE_DRIFT, 0.001), grade_nothing_observed(), grade_nothing_observed()};
    struct grade_evidence whole = grade_combine(parts, 3, GRADE_OF_SWEEP);
    assert_int_equal(grade_letter(&whole), 'A');
    whole = grade_combine(parts, 0, GRADE_OF_SWEEP);
    assert_int_equal(grade_letter(&whole), GRADE_LETTER_NONE);
}

static void test_grade_unsteady_processes_are_a_share(void **state)
{
    (void)state;
    char reason[GRADE_REASON_TEXT];
    const struct grade_evidence parts[] = {with(GRADE_UNSTEADY, 1.0), with(GRADE_UNSTEADY, 1.0), with(GRADE_UNSTEADY, 0.0),
                                           with(GRADE_UNSTEADY, 1.0)};
    const struct grade_evidence cell = grade_combine(parts, 4, GRADE_OF_CELL);
    assert_int_equal(grade_letter(&cell), 'C');
    assert_string_equal(grade_reason(&cell, reason), "no steady state in 75 % of the processes");
}

static void test_grade_disturbed_is_a_matter_of_the_machine_alone(void **state)
{
    (void)state;
    const struct grade_evidence drift = with(GRADE_DRIFT, 0.11), still = with(GRADE_DRIFT, 0.1), lost = with(GRADE_LOST, 0.06),
                                modes = with(GRADE_MODES, 5.0), unsteady = with(GRADE_UNSTEADY, 1.0);
    assert_true(grade_is_disturbed(&drift) && grade_is_disturbed(&lost));
    assert_false(grade_is_disturbed(&still) || grade_is_disturbed(&modes) || grade_is_disturbed(&unsteady));
}

static void test_grade_worse_of_two_keeps_what_one_knows(void **state)
{
    (void)state;
    const struct grade_evidence a = with(GRADE_LOST, 0.02), b = with(GRADE_DRIFT, 0.006);
    const struct grade_evidence both = grade_worse(&a, &b);
    assert_true(both.value[GRADE_LOST] == 0.02 && both.value[GRADE_DRIFT] == 0.006 && isnan(both.value[GRADE_TEAM]));
}

/* ---------------------------------------------------------------- modality */

static void test_modality_of_two_groups_is_their_distance(void **state)
{
    (void)state;
    const double values[] = {1.00, 1.21, 1.01, 1.20, 0.99, 1.22, 1.00, 1.21};
    assert_true(fabs(modality_distance(values, 8) - 0.21) < 0.002);
}

/* Normal quantiles (SciPy: norm.ppf((i + 0.5) / 12) * 0.05 + 1) and one outlier are one group. */
static void test_modality_of_one_group_is_zero(void **state)
{
    (void)state;
    const double normal[] = {0.9134, 0.9425, 0.9592, 0.9724, 0.9841, 0.9948, 1.0052, 1.0159, 1.0276, 1.0408, 1.0575, 1.0866};
    const double outlier[] = {1.00, 1.01, 0.99, 1.002, 0.998, 1.005, 0.995, 3.0};
    assert_true(modality_distance(normal, 12) == 0.0);
    assert_true(modality_distance(outlier, 8) == 0.0);
}

static void test_modality_of_degenerate_values_is_known_or_absent(void **state)
{
    (void)state;
    const double equal[] = {2, 2, 2, 2, 2, 2}, zero[] = {1, 1, 1, 0, 1, 1}, unknown[] = {1, 1, 1, NAN, 1, 1};
    assert_true(modality_distance(equal, 6) == 0.0);
    assert_true(isnan(modality_distance(equal, 5)) && isnan(modality_distance(equal, 0)));
    assert_true(isnan(modality_distance(zero, 6)) && isnan(modality_distance(unknown, 6)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grade_of_nothing_observed_is_none),
        cmocka_unit_test(test_grade_lost_time_follows_the_table),
        cmocka_unit_test(test_grade_any_throttling_is_an_f),
        cmocka_unit_test(test_grade_slow_core_is_a_grade_and_no_disturbance),
        cmocka_unit_test(test_grade_is_the_worst_criterion_and_says_why_worst_first),
        cmocka_unit_test(test_grade_few_processes_are_counted),
        cmocka_unit_test(test_grade_combine_takes_the_middle_process),
        cmocka_unit_test(test_grade_combine_of_two_takes_the_worse),
        cmocka_unit_test(test_grade_combine_passes_over_what_was_not_observed),
        cmocka_unit_test(test_grade_unsteady_processes_are_a_share),
        cmocka_unit_test(test_grade_disturbed_is_a_matter_of_the_machine_alone),
        cmocka_unit_test(test_grade_worse_of_two_keeps_what_one_knows),
        cmocka_unit_test(test_modality_of_two_groups_is_their_distance),
        cmocka_unit_test(test_modality_of_one_group_is_zero),
        cmocka_unit_test(test_modality_of_degenerate_values_is_known_or_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
