/* test_comparison.c - the pages of a comparison: what is escaped, what counts as what, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "present/comparison_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 6 };

struct page {
    struct comparison_record record;
    struct comparison_cell cells[CELLS];
    struct comparison_view view;
    struct text text;
};

static void fill_cell(struct comparison_cell *cell, const char *verdict, const char *reason)
{
    comparison_cell_init(cell);
    snprintf(cell->cell.operator_name, sizeof cell->cell.operator_name, "exec:run <a> & \"b\" | c");
    memcpy(cell->new_operator, cell->cell.operator_name, sizeof cell->new_operator);
    snprintf(cell->verdict, sizeof cell->verdict, "%s", verdict);
    snprintf(cell->reason, sizeof cell->reason, "%s", reason);
    snprintf(cell->clock, sizeof cell->clock, "cpu");
}

static int setup(void **state)
{
    static const char *const verdicts[CELLS] = {"SLOWER", "SAME", "UNKNOWN", "FAILED", "WRONG", "SAME"};
    struct page *page = calloc(1, sizeof *page);
    for (int i = 0; i < CELLS; ++i)
        fill_cell(&page->cells[i], verdicts[i], i == 3 ? "crashed\x01 <here>\nand there" : "");
    page->cells[0].ratio = 1.118;
    page->cells[0].low = 1.096;
    page->cells[0].high = 1.141;
    page->cells[0].pairs = 12;
    page->cells[5].control = true;
    page->cells[5].ratio = 1.004;
    snprintf(page->record.verdict, sizeof page->record.verdict, "regression");
    page->record.exit_code = 1;
    page->view = (struct comparison_view){.record = &page->record, .cells = page->cells, .count = CELLS, .paired = true};
    *state = page;
    return 0;
}

static int teardown(void **state)
{
    struct page *page = *state;
    text_free(&page->text);
    free(page);
    return 0;
}

static void assert_holds(const struct page *page, const char *part)
{
    if (!strstr(text_get(&page->text), part))
        fail_msg("no '%s' in: %s", part, text_get(&page->text));
}

static void test_comparison_junit_counts_each_verdict_and_escapes_names(void **state)
{
    struct page *page = *state;
    comparison_junit(&page->text, &page->view);
    assert_holds(page, "tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\"");
    assert_holds(page, "exec:run &lt;a&gt; &amp; &quot;b&quot; | c@");
    assert_holds(page, "crashed? &lt;here&gt;&#10;and there");
    assert_holds(page, "+11.8 % [+9.6, +14.1] % by cpu, 12 pairs");
    assert_null(strstr(text_get(&page->text), "\x01"));
}

static void test_comparison_junit_of_an_inconclusive_run_fails_nothing(void **state)
{
    struct page *page = *state;
    snprintf(page->record.verdict, sizeof page->record.verdict, "inconclusive");
    comparison_junit(&page->text, &page->view);
    assert_holds(page, "failures=\"0\" errors=\"2\" skipped=\"3\"");
}

static void test_comparison_junit_fails_more_memory_of_the_same_operator(void **state)
{
    struct page *page = *state;
    page->cells[1].base_bytes = 4096.0;
    page->cells[1].new_bytes = 4160.0;
    comparison_junit(&page->text, &page->view);
    assert_holds(page, "failures=\"2\"");
    text_clear(&page->text);
    snprintf(page->cells[1].new_options, sizeof page->cells[1].new_options, "other=1");
    comparison_junit(&page->text, &page->view);
    assert_holds(page, "failures=\"1\"");
}

static void test_comparison_markdown_keeps_its_table_whole(void **state)
{
    struct page *page = *state;
    comparison_markdown(&page->text, &page->view);
    assert_holds(page, "### seqscale: regression");
    assert_holds(page, "exec:run &lt;a> &amp; \"b\" \\| c");
    assert_holds(page, "SLOWER 1, SAME 1, UNKNOWN 1, FAILED 1, WRONG 1");
    const char *same = strstr(text_get(&page->text), "| SAME |"), *fold = strstr(text_get(&page->text), "<details>");
    assert_true(same && fold && same > fold);
    for (const char *row = strstr(text_get(&page->text), "\n| "); row; row = strstr(row + 1, "\n| ")) {
        int bars = 0;
        for (const char *c = row + 1; *c != '\n'; ++c)
            bars += *c == '|' && c[-1] != '\\';
        assert_int_equal(bars, 14);
    }
}

static void test_comparison_json_leaves_out_what_is_not_known(void **state)
{
    struct page *page = *state;
    comparison_json(&page->text, &page->view);
    json_t *found = comparison_parse(text_get(&page->text));
    assert_non_null(found);
    assert_null(strstr(text_get(&page->text), "null"));
    const json_t *cells = json_object_get(found, "cells");
    assert_int_equal(json_array_size(cells), CELLS);
    assert_true(json_real_value(json_object_get(json_array_get(cells, 0), "ratio")) == 1.118);
    assert_null(json_object_get(json_array_get(cells, 1), "ratio"));
    assert_null(json_object_get(found, "id"));
    json_decref(found);
}

static void test_comparison_remark_says_what_the_counts_say(void **state)
{
    struct page *page = *state;
    struct comparison_cell *cell = &page->cells[0];
    cell->base_instructions = 1e6;
    cell->new_instructions = 1e6 + 10.0;
    comparison_remark(&page->text, cell);
    assert_holds(page, "layout or memory");
    text_clear(&page->text);
    cell->new_instructions = 1.1e6;
    comparison_remark(&page->text, cell);
    assert_holds(page, "the code");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comparison_junit_counts_each_verdict_and_escapes_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comparison_junit_of_an_inconclusive_run_fails_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comparison_junit_fails_more_memory_of_the_same_operator, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comparison_markdown_keeps_its_table_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comparison_json_leaves_out_what_is_not_known, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comparison_remark_says_what_the_counts_say, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
