/* date.c - see date.h. */
#include "base/date.h"

#include "base/parse.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Days since 1970-01-01 of the Gregorian calendar, with years that begin in March, so that a leap day is the last. */
static int64_t days_of(int year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= lengths[month - 1] + (leap && month == 2);
}

/* "09:30", "09:30:00.5" at *at, which moves on; NaN where it is none. */
static double take_time(const char **at)
{
    int hour = 0, minute = 0, used = 0;
    double second = 0.0;
    if (sscanf(*at, "%2d:%2d%n", &hour, &minute, &used) != 2)
        return NAN;
    *at += used;
    if (**at == ':') {
        char *end = NULL;
        second = strtod(*at + 1, &end);
        if (end == *at + 1)
            return NAN;
        *at = end;
    }
    const bool good = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0.0 && second < 61.0;
    return good ? 3600.0 * hour + 60.0 * minute + second : NAN;
}

/* "Z", "+01:00", "-0530" or nothing at *at, in seconds east of Greenwich; NaN where it is something else. */
static double take_zone(const char **at)
{
    int hours = 0, minutes = 0, used = 0;
    const char sign = **at;
    if (sign == '\0')
        return 0.0;
    ++*at;
    if (sign == 'Z')
        return 0.0;
    if (sign != '+' && sign != '-')
        return NAN;
    if (sscanf(*at, "%2d:%2d%n", &hours, &minutes, &used) < 2 && sscanf(*at, "%2d%2d%n", &hours, &minutes, &used) < 2)
        return NAN;
    *at += used;
    return (sign == '-' ? -1.0 : 1.0) * (3600.0 * hours + 60.0 * minutes);
}

static double read_date(const char *text)
{
    int year = 0, month = 0, day = 0, used = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || used != 10 || !is_day(year, month, day))
        return NAN;
    double seconds = 86400.0 * (double)days_of(year, month, day);
    const char *at = text + used;
    if (*at == 'T' || *at == ' ') {
        ++at;
        seconds += take_time(&at);
        at += *at == ' ';
        seconds -= take_zone(&at);
    }
    return *at == '\0' ? seconds : NAN;
}

enum status date_parse(const char *text, const char *what, double *seconds, struct error *error)
{
    struct error ignored;
    *seconds = read_date(text);
    if (!isnan(*seconds))
        return STATUS_OK;
    if (strlen(text) >= 9 && parse_real(text, what, 1e8, 1e11, seconds, &ignored) == STATUS_OK)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "%s: '%.40s' is no date: write it like 2026-11-28 or 2026-11-28T09:30:00Z", what,
                     text);
}
