/* test_units.c - numbers for people: digits, units, and what happens at their borders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/status.h"
#include "present/units.h"

#include <math.h>

struct example {
    double value;
    const char *text;
};

static void assert_texts(const char *(*write)(char *out, double value), const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        char out[UNITS_TEXT];
        assert_string_equal(write(out, examples[i].value), examples[i].text);
    }
}

static void test_seconds_at_unit_borders_keep_three_digits(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {812e-6, "812 us"},   {1.05e-3, "1.05 ms"},  {2.3, "2.30 s"},       {999.6e-6, "1.00 ms"},
        {999.4e-6, "999 us"}, {3e-9, "3.00 ns"},     {0.25e-9, "0.250 ns"}, {0.0, "0 s"},
        {61.0, "61.0 s"},     {4000.0, "4000 s"},    {9.999, "10.0 s"},     {NAN, "-"},
        {INFINITY, "-"},      {12.34e-6, "12.3 us"}, {-1.5e-3, "-1.50 ms"},
    };
    assert_texts(units_seconds, examples, ARRAY_LEN(examples));
}

static void test_bytes_at_unit_borders_keep_three_digits(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {0.0, "0 B"},           {512.0, "512 B"},        {65536.0, "64.0 KiB"},   {1073741824.0, "1.00 GiB"},
        {1e12, "931 GiB"},      {-12288.0, "-12.0 KiB"}, {1048575.0, "1.00 MiB"}, {NAN, "-"},
        {1e30, "9.09e+17 TiB"}, {1034240.0, "1010 KiB"},
    };
    assert_texts(units_bytes, examples, ARRAY_LEN(examples));
}

static void test_percent_and_ratio_keep_their_digits(void **state)
{
    (void)state;
    static const struct example percents[] = {{0.61, "61 %"},   {0.061, "6.1 %"}, {0.0061, "0.61 %"}, {1.0, "100 %"},
                                              {0.0999, "10 %"}, {0.0, "0 %"},     {NAN, "-"},         {-0.034, "-3.4 %"}};
    static const struct example ratios[] = {
        {2.41, "2.41x"}, {123.4, "123x"}, {0.5, "0.500x"}, {1e-12, "1.00e-12x"}, {NAN, "-"}};
    assert_texts(units_percent, percents, ARRAY_LEN(percents));
    assert_texts(units_ratio, ratios, ARRAY_LEN(ratios));
}

static void test_duration_of_any_length_reads_as_a_clock(void **state)
{
    (void)state;
    static const struct example examples[] = {{42.0, "0:42"}, {125.0, "2:05"}, {3600.0, "1:00:00"}, {59.6, "1:00"},
                                              {-3.0, "0:00"}, {NAN, "-"},      {INFINITY, "-"},     {0.0, "0:00"}};
    assert_texts(units_duration, examples, ARRAY_LEN(examples));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seconds_at_unit_borders_keep_three_digits),
        cmocka_unit_test(test_bytes_at_unit_borders_keep_three_digits),
        cmocka_unit_test(test_percent_and_ratio_keep_their_digits),
        cmocka_unit_test(test_duration_of_any_length_reads_as_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
