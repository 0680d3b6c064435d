/* units.c - see units.h. The unit is chosen after rounding, so that 999.6 us is "1.00 ms" and never "1000 us". */
#include "present/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct unit {
    double factor;
    const char *name;
};

/* Rounded to `digits` significant digits. */
static double round_significant(double value, int digits)
{
    if (value == 0.0)
        return 0.0;
    const double scale = pow(10.0, digits - 1 - (int)floor(log10(fabs(value))));
    return isfinite(scale) && scale > 0.0 ? round(value * scale) / scale : value;
}

/* At least `digits` significant digits in plain notation: all digits before the point, and what is missing after it. */
static void format_significant(char out[UNITS_TEXT], double value, int digits, const char *unit)
{
    const double rounded = round_significant(value, digits);
    const int before = rounded == 0.0 ? digits /* "0" */ : (int)floor(log10(fabs(rounded))) + 1;
    const int after = before >= digits ? 0 : digits - before;
    if (fabs(rounded) >= 1e9 || after > 9) /* no unit left that would keep it short */
        snprintf(out, UNITS_TEXT, "%.*e%s", digits - 1, value, unit);
    else
        snprintf(out, UNITS_TEXT, "%.*f%s", after, rounded, unit);
}

static const char *absent(char out[UNITS_TEXT])
{
    snprintf(out, UNITS_TEXT, "-");
    return out;
}

/* `units` from small to large: the largest that leaves at least 1 before the point, or the smallest. */
static const char *with_unit(char out[UNITS_TEXT], double value, const struct unit *units, int count)
{
    if (!isfinite(value))
        return absent(out);
    int chosen = 0;
    while (chosen + 1 < count && round_significant(fabs(value) / units[chosen + 1].factor, 3) >= 1.0)
        ++chosen;
    format_significant(out, value / units[chosen].factor, 3, units[chosen].name);
    return out;
}

const char *units_seconds(char out[UNITS_TEXT], double seconds)
{
    static const struct unit units[] = {{1e-9, " ns"}, {1e-6, " us"}, {1e-3, " ms"}, {1.0, " s"}};
    return seconds == 0.0 ? strcpy(out, "0 s") : with_unit(out, seconds, units, 4);
}

const char *units_bytes(char out[UNITS_TEXT], double bytes)
{
    static const struct unit units[] = {
        {1024.0, " KiB"}, {1048576.0, " MiB"}, {1073741824.0, " GiB"}, {1099511627776.0, " TiB"}};
    if (fabs(bytes) < 1000.0) {
        snprintf(out, UNITS_TEXT, "%.0f B", bytes);
        return out;
    }
    return with_unit(out, bytes, units, 4);
}

const char *units_percent(char out[UNITS_TEXT], double fraction)
{
    if (!isfinite(fraction))
        return absent(out);
    format_significant(out, 100.0 * fraction, 2, " %");
    return out;
}

const char *units_ratio(char out[UNITS_TEXT], double ratio)
{
    if (!isfinite(ratio))
        return absent(out);
    format_significant(out, ratio, 3, "x");
    return out;
}

const char *units_duration(char out[UNITS_TEXT], double seconds)
{
    if (!(fabs(seconds) < 1e12)) /* more than any sweep, and safe to convert */
        return absent(out);
    const long long total = seconds > 0.0 ? llround(seconds) : 0;
    const long long hours = total / 3600, minutes = total / 60 % 60, rest = total % 60;
    if (hours > 0)
        snprintf(out, UNITS_TEXT, "%lld:%02lld:%02lld", hours, minutes, rest);
    else
        snprintf(out, UNITS_TEXT, "%lld:%02lld", minutes, rest);
    return out;
}
