/* test_parse.c - numbers as people write them, and what is none. */
#include "base/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What no number may look like, whatever its unit. */
static const char *const rubbish[] = {"",   " ",  "k",    "abc",  "1 ",    " 1",  "1,5", "0x10", "-",   "+",      ".",
                                      "nan", "inf", "1e999", "1..2", "--1", "1kk", "1 k", "-nan", "1e", "infinity", "1\n"};

static void assert_sentence(const struct error *error, const char *what)
{
    assert_non_null(strstr(error->text, what));
    assert_true(strlen(error->text) > strlen(what) + 5);
}

/* ---------------------------------------------------------------- counts */

static void test_parse_count_reads_units_of_1024(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0},        {"1", 1},           {"100", 100},  {"1k", 1024},           {"64K", 65536}, {"1M", 1 << 20},
                 {"2G", 2147483648}, {"1.5k", 1536}, {"0.5k", 512}, {"1e3", 1000},          {"+7", 7},      {"-3", -3},
                 {".5k", 512},    {"1048576", 1 << 20}};
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        struct error error;
        int64_t value = -99;
        assert_int_equal(parse_count(cases[i].text, "--length", -10, INT64_C(1) << 40, &value, &error), STATUS_OK);
        assert_int_equal(value, cases[i].value);
    }
}

static void test_parse_count_refuses_rubbish_by_name(void **state)
{
    (void)state;
    struct error error;
    int64_t value;
    for (size_t i = 0; i < ARRAY_LEN(rubbish); ++i) {
        assert_int_equal(parse_count(rubbish[i], "--length", 0, 1 << 30, &value, &error), STATUS_USAGE);
        assert_sentence(&error, "--length");
    }
    assert_int_equal(parse_count("1kB", "--length", 0, 1 << 30, &value, &error), STATUS_USAGE);
}

static void test_parse_count_refuses_fractions_and_what_is_out_of_range(void **state)
{
    (void)state;
    struct error error;
    int64_t value;
    assert_int_equal(parse_count("1.5", "--width", 1, 100, &value, &error), STATUS_USAGE);
    assert_sentence(&error, "whole number");
    assert_int_equal(parse_count("0", "--width", 1, 100, &value, &error), STATUS_USAGE);
    assert_sentence(&error, "1 to 100");
    assert_int_equal(parse_count("101", "--width", 1, 100, &value, &error), STATUS_USAGE);
    assert_int_equal(parse_count("1e300", "--width", 1, 100, &value, &error), STATUS_USAGE);
    assert_int_equal(parse_count("1", "--width", 1, 100, &value, &error), STATUS_OK);
    assert_int_equal(parse_count("100", "--width", 1, 100, &value, &error), STATUS_OK);
}

/* ---------------------------------------------------------------- reals */

static void test_parse_real_includes_its_limits(void **state)
{
    (void)state;
    struct error error;
    double value = 0.0;
    assert_int_equal(parse_real("0.25", "x", 0.25, 4.0, &value, &error), STATUS_OK);
    assert_true(value == 0.25);
    assert_int_equal(parse_real("4", "x", 0.25, 4.0, &value, &error), STATUS_OK);
    assert_int_equal(parse_real("-1e-3", "x", -1.0, 1.0, &value, &error), STATUS_OK);
    assert_true(value == -1e-3);
    assert_int_equal(parse_real("0.2499", "x", 0.25, 4.0, &value, &error), STATUS_USAGE);
    assert_sentence(&error, "0.25 to 4");
    assert_int_equal(parse_real("4.0001", "x", 0.25, 4.0, &value, &error), STATUS_USAGE);
}

static void test_parse_real_refuses_rubbish_and_units(void **state)
{
    (void)state;
    struct error error;
    double value;
    for (size_t i = 0; i < ARRAY_LEN(rubbish); ++i)
        assert_int_equal(parse_real(rubbish[i], "x", -1e308, 1e308, &value, &error), STATUS_USAGE);
    assert_int_equal(parse_real("1k", "x", 0, 10, &value, &error), STATUS_USAGE);
}

/* ---------------------------------------------------------------- durations and bytes */

struct measure {
    const char *text;
    double value;
};

static void assert_near(double value, double wanted)
{
    assert_true(value >= wanted * (1.0 - 1e-12) && value <= wanted * (1.0 + 1e-12));
}

static void test_parse_duration_reads_every_unit(void **state)
{
    (void)state;
    static const struct measure cases[] = {{"30s", 30.0}, {"30", 30.0},   {"250ms", 0.25}, {"2m", 120.0},
                                           {"1.5h", 5400.0}, {"10us", 1e-5}, {"5ns", 5e-9},   {"0.5s", 0.5}};
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        struct error error;
        double seconds = 0.0;
        assert_int_equal(parse_duration(cases[i].text, "--budget", &seconds, &error), STATUS_OK);
        assert_near(seconds, cases[i].value);
    }
}

static void test_parse_duration_refuses_rubbish_and_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "0s", "-1s", "2 m", "1d", "1M", "1min"};
    struct error error;
    double seconds;
    for (size_t i = 0; i < ARRAY_LEN(rubbish); ++i)
        assert_int_equal(parse_duration(rubbish[i], "--budget", &seconds, &error), STATUS_USAGE);
    for (size_t i = 0; i < ARRAY_LEN(bad); ++i) {
        assert_int_equal(parse_duration(bad[i], "--budget", &seconds, &error), STATUS_USAGE);
        assert_sentence(&error, "--budget");
    }
}

static void test_parse_bytes_tells_binary_units_from_decimal_ones(void **state)
{
    (void)state;
    static const struct measure cases[] = {{"1", 1.0},        {"1B", 1.0},  {"1KiB", 1024.0}, {"1kB", 1000.0},  {"1MB", 1e6},
                                           {"1MiB", 1048576.0}, {"1GB", 1e9}, {"16GiB", 16.0 * 1073741824.0}, {"0.5k", 512.0},
                                           {"1TiB", 1099511627776.0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        struct error error;
        double bytes = 0.0;
        assert_int_equal(parse_bytes(cases[i].text, "--memory", &bytes, &error), STATUS_OK);
        assert_near(bytes, cases[i].value);
    }
}

static void test_parse_bytes_refuses_rubbish_and_no_bytes(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "-1GiB", "1gib", "1 GiB", "1Gb"};
    struct error error;
    double bytes;
    for (size_t i = 0; i < ARRAY_LEN(rubbish); ++i)
        assert_int_equal(parse_bytes(rubbish[i], "--memory", &bytes, &error), STATUS_USAGE);
    for (size_t i = 0; i < ARRAY_LEN(bad); ++i) {
        assert_int_equal(parse_bytes(bad[i], "--memory", &bytes, &error), STATUS_USAGE);
        assert_sentence(&error, "--memory");
    }
}

static void test_parse_one_of_takes_one_of_the_words(void **state)
{
    (void)state;
    static const char *const words[] = {"table", "csv", NULL};
    struct error error;
    int chosen = -1;
    assert_int_equal(parse_one_of("csv", "--format", words, &chosen, &error), STATUS_OK);
    assert_int_equal(chosen, 1);
    assert_int_equal(parse_one_of("cs", "--format", words, &chosen, &error), STATUS_USAGE);
    assert_string_equal(error.text, "--format: 'cs' is not one of table, csv");
    assert_int_equal(chosen, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_count_reads_units_of_1024),
        cmocka_unit_test(test_parse_count_refuses_rubbish_by_name),
        cmocka_unit_test(test_parse_count_refuses_fractions_and_what_is_out_of_range),
        cmocka_unit_test(test_parse_real_includes_its_limits),
        cmocka_unit_test(test_parse_real_refuses_rubbish_and_units),
        cmocka_unit_test(test_parse_duration_reads_every_unit),
        cmocka_unit_test(test_parse_duration_refuses_rubbish_and_no_time),
        cmocka_unit_test(test_parse_bytes_tells_binary_units_from_decimal_ones),
        cmocka_unit_test(test_parse_bytes_refuses_rubbish_and_no_bytes),
        cmocka_unit_test(test_parse_one_of_takes_one_of_the_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
