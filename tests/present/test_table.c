/* test_table.c - alignment, empty columns, and text that would break a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/status.h"
#include "present/table.h"

#include <stdio.h>
#include <stdlib.h>

static const struct table_column columns[] = {{"operator", 0}, {"length", 1}, {"note", 0}};

static void assert_prints(const struct table *table, const char *expected)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    table_print(table, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static struct table *make_table(void)
{
    struct table *table = table_create(columns, (int)ARRAY_LEN(columns));
    assert_non_null(table);
    return table;
}

static void test_table_aligns_text_left_and_numbers_right(void **state)
{
    (void)state;
    struct table *table = make_table();
    table_add(table, (const char *const[]){"rnn", "64", "x"});
    table_add(table, (const char *const[]){"attention", "8192", "yy"});
    assert_prints(table, "operator   length  note\n"
                         "rnn            64  x\n"
                         "attention    8192  yy\n");
    table_free(table);
}

static void test_table_leaves_out_a_column_that_is_empty_everywhere(void **state)
{
    (void)state;
    struct table *table = make_table();
    table_add(table, (const char *const[]){"rnn", "64", NULL});
    table_add(table, (const char *const[]){"gru", "", ""});
    assert_prints(table, "operator  length\n"
                         "rnn           64\n"
                         "gru\n");
    table_free(table);
}

static void test_table_with_a_gap_keeps_the_columns_after_it(void **state)
{
    (void)state;
    struct table *table = make_table();
    table_add(table, (const char *const[]){"rnn", NULL, "a"});
    table_add(table, (const char *const[]){NULL, "1", "b"});
    assert_prints(table, "operator  length  note\n"
                         "rnn               a\n"
                         "               1  b\n");
    table_free(table);
}

static void test_table_counts_characters_and_prints_no_control_character(void **state)
{
    (void)state;
    struct table *table = make_table();
    table_add(table, (const char *const[]){"\xc3\xa9\xc3\xa9-operator", "1", "a\nb\033[2J"});
    table_add(table, (const char *const[]){"plain", "2", "c"});
    assert_prints(table, "operator     length  note\n"
                         "\xc3\xa9\xc3\xa9-operator       1  a b [2J\n"
                         "plain             2  c\n");
    table_free(table);
}

static void test_table_without_rows_prints_nothing(void **state)
{
    (void)state;
    struct table *table = make_table();
    assert_prints(table, "");
    table_free(table);
    table_free(NULL);
}

static void test_table_of_many_rows_keeps_them_all(void **state)
{
    (void)state;
    struct table *table = make_table();
    for (int i = 0; i < 1000; ++i)
        table_add(table, (const char *const[]){"a", "1", NULL});
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    table_print(table, out);
    fclose(out);
    size_t lines = 0;
    for (size_t i = 0; i < length; ++i)
        lines += text[i] == '\n';
    assert_int_equal(lines, 1001);
    free(text);
    table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_aligns_text_left_and_numbers_right),
        cmocka_unit_test(test_table_leaves_out_a_column_that_is_empty_everywhere),
        cmocka_unit_test(test_table_with_a_gap_keeps_the_columns_after_it),
        cmocka_unit_test(test_table_counts_characters_and_prints_no_control_character),
        cmocka_unit_test(test_table_without_rows_prints_nothing),
        cmocka_unit_test(test_table_of_many_rows_keeps_them_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
