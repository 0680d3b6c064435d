/* test_axes.c - lengths, thread counts and operators as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sweep/axes.h"

#include <string.h>

static void expect_axis(const char *text, const int64_t *values, size_t count)
{
    struct axis axis;
    struct error error = {.text = ""};
    assert_int_equal(axis_parse(&axis, text, "--length", &error), STATUS_OK);
    assert_int_equal(axis.count, count);
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(axis.values[i], values[i]);
    axis_free(&axis);
}

#define EXPECT_AXIS(text, ...)                                              \
    do {                                                                    \
        static const int64_t expected[] = {__VA_ARGS__};                    \
        expect_axis(text, expected, sizeof expected / sizeof *expected);    \
    } while (0)

static void test_axis_forms_of_the_documentation_give_their_values(void **state)
{
    (void)state;
    EXPECT_AXIS("256..4096", 256, 512, 1024, 2048, 4096);
    EXPECT_AXIS("1k..64k*4", 1024, 4096, 16384, 65536);
    EXPECT_AXIS("100,300,1000", 100, 300, 1000);
    EXPECT_AXIS("64..256/2", 64, 91, 128, 181, 256);
    EXPECT_AXIS("64..1024/2,2048..8192", 64, 91, 128, 181, 256, 362, 512, 724, 1024, 2048, 4096, 8192);
    EXPECT_AXIS("8,4,8,2..4", 2, 4, 8);
    EXPECT_AXIS("1..8", 1, 2, 4, 8);
    EXPECT_AXIS("5..6", 5);
}

static void test_axis_bad_text_is_one_sentence(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     ",",     "x",      "0",         "-4",       "8..4",   "4..",
                                      "..4",  "1..8*1", "1..8*x", "1..8/0",    "1.5",      "4 8",    "1e99",
                                      "nan",  "0x10",  "1..8*",  "1..1000000/64/2", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        struct axis axis;
        struct error error = {.text = ""};
        assert_int_equal(axis_parse(&axis, bad[i], "--length", &error), STATUS_USAGE);
        assert_non_null(strstr(error.text, "--length"));
        assert_null(axis.values);
    }
}

static void parse_operators(struct operator_list *list, const char *text)
{
    struct error error = {.text = ""};
    assert_int_equal(operators_parse(list, text, &error), STATUS_OK);
}

static void test_operators_item_with_equals_continues_the_options(void **state)
{
    (void)state;
    struct operator_list list = {NULL, 0};
    parse_operators(&list, "hyena,attention:heads=8,variant=tiled,./my.so:x=1,gru");
    assert_int_equal(list.count, 4);
    assert_string_equal(list.items[0].name, "hyena");
    assert_string_equal(list.items[0].options, "");
    assert_string_equal(list.items[1].name, "attention");
    assert_string_equal(list.items[1].options, "heads=8,variant=tiled");
    assert_string_equal(list.items[2].name, "./my.so");
    assert_string_equal(list.items[2].options, "x=1");
    assert_string_equal(list.items[3].name, "gru");
    operators_free(&list);
}

static void test_operators_exec_takes_the_whole_argument(void **state)
{
    (void)state;
    struct operator_list list = {NULL, 0};
    parse_operators(&list, "exec:python3 peer.py attention,heads=8:x");
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].name, "exec:python3 peer.py attention,heads=8:x");
    operators_free(&list);
}

static void test_operators_bad_text_is_one_sentence(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ",", "heads=8", ":heads=8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        struct operator_list list = {NULL, 0};
        struct error error = {.text = ""};
        assert_int_equal(operators_parse(&list, bad[i], &error), STATUS_USAGE);
        assert_true(error.text[0] != '\0');
        operators_free(&list);
    }
}

static void test_operators_option_does_not_reach_into_an_earlier_argument(void **state)
{
    (void)state;
    struct operator_list list = {NULL, 0};
    struct error error = {.text = ""};
    parse_operators(&list, "attention");
    assert_int_equal(operators_parse(&list, "heads=8", &error), STATUS_USAGE);
    operators_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_axis_forms_of_the_documentation_give_their_values),
        cmocka_unit_test(test_axis_bad_text_is_one_sentence),
        cmocka_unit_test(test_operators_item_with_equals_continues_the_options),
        cmocka_unit_test(test_operators_exec_takes_the_whole_argument),
        cmocka_unit_test(test_operators_bad_text_is_one_sentence),
        cmocka_unit_test(test_operators_option_does_not_reach_into_an_earlier_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
