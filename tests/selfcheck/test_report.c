/* test_report.c - a report says counts with their intervals, judges targets, and leaves out what was not measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "selfcheck/report.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static enum report_verdict verdict(int64_t hits, int64_t trials, enum report_direction direction, double target)
{
    struct report report = {.count = 0};
    report_share(&report, "part", hits, trials, direction, target, "share");
    assert_int_equal(report.count, 1);
    const enum report_verdict found = report.lines[0].verdict;
    report_free(&report);
    return found;
}

static void test_report_share_on_the_right_side_is_met(void **state)
{
    (void)state;
    assert_int_equal(verdict(18, 20, REPORT_AT_LEAST, 0.9), REPORT_MET);
    assert_int_equal(verdict(1, 100, REPORT_AT_MOST, 0.01), REPORT_MET);
    assert_int_equal(verdict(3, 3, REPORT_AT_LEAST, 0.9), REPORT_MET);
    assert_int_equal(verdict(0, 3, REPORT_NO_TARGET, NAN), REPORT_NONE);
}

static void test_report_share_on_the_wrong_side_is_missed_where_trials_are_enough(void **state)
{
    (void)state;
    assert_int_equal(verdict(17, 20, REPORT_AT_LEAST, 0.9), REPORT_MISSED);
    assert_int_equal(verdict(2, 100, REPORT_AT_MOST, 0.01), REPORT_MISSED);
    assert_int_equal(verdict(0, 3, REPORT_AT_LEAST, 0.9), REPORT_MISSED); /* at most 71 % */
    assert_int_equal(verdict(2, 3, REPORT_AT_LEAST, 0.9), REPORT_OPEN);   /* up to 99 % */
}

static void test_report_figure_is_judged_by_its_value(void **state)
{
    (void)state;
    struct report report = {.count = 0};
    report_figure(&report, "part", (struct interval){0.25, NAN, NAN}, "s", REPORT_AT_MOST, 0.2, "share of time");
    report_figure(&report, "part", (struct interval){0.15, NAN, NAN}, "s", REPORT_AT_MOST, 0.2, "share of time");
    assert_int_equal(report.lines[0].verdict, REPORT_MISSED);
    assert_int_equal(report.lines[1].verdict, REPORT_MET);
    assert_int_equal(report_count(&report, REPORT_MISSED), 1);
    report_free(&report);
}

static void test_report_of_nothing_measured_has_no_line(void **state)
{
    (void)state;
    struct report report = {.count = 0};
    report_share(&report, "part", 0, 0, REPORT_AT_LEAST, 0.9, "share");
    report_figure(&report, "part", (struct interval){NAN, NAN, NAN}, "s", REPORT_AT_MOST, 1.0, "figure");
    assert_int_equal(report.count, 0);
    report_free(&report);
}

static struct report make_report(void)
{
    struct report report = {.extent = "quick", .suite = "measurement", .created = "2026-11-28T01:57:45.468Z",
                            .machine = "a machine", .version = "seqscale 1", .units = 2, .units_wanted = 3};
    report_share(&report, "one", 19, 20, REPORT_AT_LEAST, 0.9, "share of %d", 20);
    report_figure(&report, "two", (struct interval){2.5, NAN, NAN}, "ns", REPORT_NO_TARGET, NAN, "figure");
    return report;
}

static void test_report_markdown_has_counts_and_intervals(void **state)
{
    (void)state;
    struct report report = make_report();
    struct text page = {0};
    report_write_markdown(&page, &report);
    assert_false(page.failed);
    assert_non_null(strstr(text_get(&page), "| one | share of 20 | 19 of 20 | 95.0 % | 75.1 % to 99.9 % | >= 90.0 %: met |"));
    assert_non_null(strstr(text_get(&page), "| two | figure |  | 2.5 ns |  |  |"));
    assert_non_null(strstr(text_get(&page), "unfinished: 2 of 3 units"));
    assert_null(strstr(text_get(&page), "nan"));
    text_free(&page);
    report_free(&report);
}

static void test_report_json_leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct report report = make_report();
    struct text page = {0};
    report_write_json(&page, &report);
    json_t *root = json_loads(text_get(&page), 0, NULL);
    const json_t *lines = json_object_get(root, "lines"), *share = json_array_get(lines, 0), *figure = json_array_get(lines, 1);
    assert_int_equal(json_array_size(lines), 2);
    assert_int_equal(json_integer_value(json_object_get(share, "hits")), 19);
    assert_true(json_real_value(json_object_get(share, "low")) > 0.75);
    assert_string_equal(json_string_value(json_object_get(share, "verdict")), "met");
    assert_string_equal(json_string_value(json_object_get(figure, "unit")), "ns");
    assert_null(json_object_get(figure, "low"));
    assert_null(json_object_get(figure, "verdict"));
    json_decref(root);
    text_free(&page);
    report_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_share_on_the_right_side_is_met),
        cmocka_unit_test(test_report_share_on_the_wrong_side_is_missed_where_trials_are_enough),
        cmocka_unit_test(test_report_figure_is_judged_by_its_value),
        cmocka_unit_test(test_report_of_nothing_measured_has_no_line),
        cmocka_unit_test(test_report_markdown_has_counts_and_intervals),
        cmocka_unit_test(test_report_json_leaves_out_what_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
