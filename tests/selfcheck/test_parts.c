/* test_parts.c - what parts of selfcheck make of outcomes that are made up, and that simulated units follow from their seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "selfcheck/part.h"

#include <math.h>
#include <string.h>

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static void test_parts_sum_counts_numbers_and_trues(void **state)
{
    (void)state;
    json_t *units = parse("[{\"n\": 3}, {\"n\": true}, {\"n\": false}, {}, {\"n\": 4}]");
    assert_int_equal(part_sum(units, "n"), 8);
    assert_int_equal(part_sum(NULL, "n"), 0);
    json_decref(units);
}

static void test_parts_median_has_an_interval_from_six_units_up(void **state)
{
    (void)state;
    json_t *five = parse("[{\"x\": 5}, {\"x\": 1}, {\"x\": 0}, {\"x\": 2}, {\"x\": 3}, {}]");
    const struct interval few = part_median(five, "x");
    assert_true(few.value == 2.0 && isnan(few.low) && isnan(few.high));
    json_array_append_new(five, json_pack("{s:f}", "x", 4.0));
    const struct interval enough = part_median(five, "x");
    assert_true(enough.value == 2.5 && enough.low == 0.0 && enough.high == 5.0);
    assert_true(isnan(part_median(five, "y").value));
    json_decref(five);
}

/* ---------------------------------------------------------------- the repeated sweep */

static const struct report_line *find_line(const struct report *report, const char *part_of_what)
{
    for (size_t i = 0; i < report->count; ++i)
        if (strstr(report->lines[i].what, part_of_what))
            return &report->lines[i];
    return NULL;
}

static void test_parts_repeat_compares_good_cells_by_what_bounds_them(void **state)
{
    (void)state;
    json_t *all = parse(
        "{\"repeated sweep, beginning\": [{\"finished\": \"2026-11-28T01:00:00.000Z\", \"cells\": ["
        "{\"spec\": \"a\", \"seconds\": 1.0, \"roof\": \"compute\", \"grade\": \"A\"},"
        "{\"spec\": \"b\", \"seconds\": 1.0, \"roof\": \"L1\", \"grade\": \"B\"},"
        "{\"spec\": \"c\", \"seconds\": 1.0, \"roof\": \"compute\", \"grade\": \"A\"},"
        "{\"spec\": \"d\", \"seconds\": 1.0, \"roof\": \"L3\", \"grade\": \"A\"},"
        "{\"spec\": \"e\", \"seconds\": 1.0, \"roof\": \"memory\", \"grade\": \"D\"},"
        "{\"spec\": \"gone\", \"seconds\": 1.0, \"roof\": \"memory\", \"grade\": \"A\"}]}],"
        "\"repeated sweep\": [{\"finished\": \"2026-11-28T02:30:00.000Z\", \"cells\": ["
        "{\"spec\": \"a\", \"seconds\": 1.029, \"roof\": \"compute\", \"grade\": \"A\"},"
        "{\"spec\": \"b\", \"seconds\": 0.95, \"roof\": \"L1\", \"grade\": \"A\"},"
        "{\"spec\": \"c\", \"seconds\": 9.0, \"roof\": \"compute\", \"grade\": \"C\"},"
        "{\"spec\": \"d\", \"seconds\": 0.94, \"roof\": \"L3\", \"grade\": \"B\"},"
        "{\"spec\": \"e\", \"seconds\": 1.0, \"roof\": \"memory\", \"grade\": \"A\"}]}]}");
    struct report report = {.count = 0};
    const struct part_results results = {.units = json_object_get(all, "repeated sweep"), .all = all};
    part_repeat_end.report(&report, &part_repeat_end, &results);
    assert_float_equal((float)find_line(&report, "time between")->value.value, 90.0f, 1e-3f);
    const struct report_line *good = find_line(&report, "grade A or B"), *arithmetic = find_line(&report, "arithmetic");
    assert_true(good->hits == 3 && good->trials == 5);
    assert_true(arithmetic->hits == 1 && arithmetic->trials == 2); /* a; not b, nor c, which was disturbed */
    assert_true(find_line(&report, "L2 or L3")->hits == 1);
    assert_null(find_line(&report, "bound by memory"));
    report_free(&report);
    json_decref(all);
}

/* ---------------------------------------------------------------- simulated units */

static json_t *run(const struct selfcheck_part *part, int number, uint64_t seed)
{
    const struct unit_request request = {.part = part, .seed = seed, .number = number};
    struct error error;
    json_t *outcome = NULL;
    assert_int_equal(part->run(&outcome, &request, &error), STATUS_OK);
    return outcome;
}

static void test_parts_simulated_units_follow_from_their_seed(void **state)
{
    (void)state;
    static const struct selfcheck_part *const parts[] = {&part_growth_simulated, &part_crossovers_simulated};
    for (size_t i = 0; i < ARRAY_LEN(parts); ++i) {
        json_t *one = run(parts[i], 3, 5), *same = run(parts[i], 3, 5), *other = run(parts[i], 3, 6);
        assert_true(json_integer_value(json_object_get(one, "sweeps")) >= json_integer_value(json_object_get(one, "covered")));
        assert_true(json_equal(one, same));
        assert_false(json_equal(one, other));
        json_decref(one);
        json_decref(same);
        json_decref(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_sum_counts_numbers_and_trues),
        cmocka_unit_test(test_parts_median_has_an_interval_from_six_units_up),
        cmocka_unit_test(test_parts_repeat_compares_good_cells_by_what_bounds_them),
        cmocka_unit_test(test_parts_simulated_units_follow_from_their_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
