/* test_date.c - dates as other programs write them, against GNU date. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"

#include <math.h>
#include <string.h>

static void test_date_parse_forms_mean_what_they_say(void **state)
{
    (void)state;
    /* date -u -d TEXT +%s.%N */
    const struct {
        const char *text;
        double seconds;
    } dates[] = {
        {"1970-01-01", 0.0},
        {"2000-02-29", 951782400.0},
        {"2026-11-28", 1795824000.0},
        {"2026-11-28T09:30:00Z", 1795858200.0},
        {"2026-11-28 09:30", 1795858200.0},
        {"2026-11-28T09:30:00.5+01:00", 1795854600.5},
        {"2026-11-28T09:30:15-0530", 1795878015.0},
        {"2026-11-28 09:30:00 +0100", 1795854600.0},
        {"1969-12-31T23:59:59Z", -1.0},
        {"1795858200", 1795858200.0},
    };
    for (size_t i = 0; i < ARRAY_LEN(dates); ++i) {
        struct error error = {.text = ""};
        double seconds = NAN;
        if (date_parse(dates[i].text, "date", &seconds, &error) != STATUS_OK || seconds != dates[i].seconds)
            fail_msg("%s is %.3f: %s", dates[i].text, seconds, error.text);
    }
}

static void test_date_parse_of_what_is_no_date_is_a_sentence(void **state)
{
    (void)state;
    static const char *const words[] = {"",           "yesterday",        "2026-13-01",       "2026-02-29",          "2026-1-1",
                                        "2026-11-28T", "2026-11-28T25:00", "2026-11-28 09:30x", "2026-11-28T09:30+1", "12345"};
    for (size_t i = 0; i < ARRAY_LEN(words); ++i) {
        struct error error = {.text = ""};
        double seconds = 0.0;
        if (date_parse(words[i], "date", &seconds, &error) != STATUS_USAGE || !strstr(error.text, "is no date"))
            fail_msg("'%s' is %.3f: %s", words[i], seconds, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date_parse_forms_mean_what_they_say),
        cmocka_unit_test(test_date_parse_of_what_is_no_date_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
