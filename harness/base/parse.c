/* parse.c - see parse.h. strtod is used in the C locale, which the program never leaves. */
#include "base/parse.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    double factor;
};

/* Reads a non-empty plain decimal number (no hex, inf or nan, no leading space); returns its end, or NULL. */
static const char *read_number(const char *text, double *value)
{
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    if (!strchr("0123456789.", *digits) || !*digits || digits[1] == 'x' || digits[1] == 'X')
        return NULL;
    char *end = NULL;
    *value = strtod(text, &end);
    return end == text || !isfinite(*value) ? NULL : end;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name; ++units)
        if (strcmp(units->name, name) == 0)
            return units;
    return NULL;
}

static enum status parse_with_units(const char *text, const char *what, const struct unit *units, const char *example,
                                    double *out, struct error *error)
{
    const char *end = read_number(text, out);
    const struct unit *unit = end ? find_unit(units, end) : NULL;
    if (!unit)
        return error_set(error, STATUS_USAGE, "%s: '%s' is not understood; write it like %s", what, text, example);
    *out *= unit->factor;
    return STATUS_OK;
}

enum status parse_real(const char *text, const char *what, double low, double high, double *out, struct error *error)
{
    const char *end = read_number(text, out);
    if (!end || *end)
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a number", what, text);
    if (!(*out >= low && *out <= high))
        return error_set(error, STATUS_USAGE, "%s: %s is outside %g to %g", what, text, low, high);
    return STATUS_OK;
}

enum status parse_count(const char *text, const char *what, int64_t low, int64_t high, int64_t *out, struct error *error)
{
    static const struct unit units[] = {{"", 1},       {"k", 1024.0},       {"K", 1024.0},
                                        {"M", 1048576.0}, {"G", 1073741824.0}, {NULL, 0}};
    double value = 0.0;
    TRY(parse_with_units(text, what, units, "100, 1k or 64k", &value, error));
    if (value != floor(value))
        return error_set(error, STATUS_USAGE, "%s: %s is not a whole number", what, text);
    if (!(value >= (double)low && value <= (double)high))
        return error_set(error, STATUS_USAGE, "%s: %s is outside %lld to %lld", what, text, (long long)low, (long long)high);
    *out = (int64_t)value;
    return STATUS_OK;
}

enum status parse_duration(const char *text, const char *what, double *seconds, struct error *error)
{
    static const struct unit units[] = {{"", 1.0},   {"ns", 1e-9}, {"us", 1e-6},  {"ms", 1e-3},
                                        {"s", 1.0}, {"m", 60.0},  {"h", 3600.0}, {NULL, 0}};
    TRY(parse_with_units(text, what, units, "30s, 2m or 250ms", seconds, error));
    if (!(*seconds > 0.0))
        return error_set(error, STATUS_USAGE, "%s: %s is not more than zero", what, text);
    return STATUS_OK;
}

enum status parse_bytes(const char *text, const char *what, double *bytes, struct error *error)
{
    static const struct unit units[] = {
        {"", 1.0},  {"B", 1.0},  {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0},
        {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9},     {"k", 1024.0},      {"M", 1048576.0},      {"G", 1073741824.0},
        {NULL, 0}};
    TRY(parse_with_units(text, what, units, "512MiB or 16GiB", bytes, error));
    if (!(*bytes > 0.0))
        return error_set(error, STATUS_USAGE, "%s: %s is not more than zero", what, text);
    return STATUS_OK;
}

enum status parse_percent(const char *text, const char *what, double *fraction, struct error *error)
{
    char number[32];
    const size_t length = strcspn(text, "%");
    if (length >= sizeof number || (text[length] && text[length + 1]))
        return error_set(error, STATUS_USAGE, "%s: '%.40s' is no percentage such as 2%%", what, text);
    snprintf(number, sizeof number, "%.*s", (int)length, text);
    TRY(parse_real(number, what, 0.01, 1000.0, fraction, error));
    *fraction /= 100.0;
    return STATUS_OK;
}

enum status parse_one_of(const char *text, const char *what, const char *const *names, int *chosen, struct error *error)
{
    struct text list = {0};
    for (int i = 0; names[i]; ++i) {
        if (strcmp(names[i], text) == 0) {
            *chosen = i;
            text_free(&list);
            return STATUS_OK;
        }
        text_format(&list, "%s%s", i ? ", " : "", names[i]);
    }
    error_set(error, STATUS_USAGE, "%s: '%.40s' is not one of %s", what, text, text_get(&list));
    text_free(&list);
    return STATUS_USAGE;
}
