/* charts_axis.c - see charts_axis.h. */
#include "present/charts_axis.h"

#include <inttypes.h>
#include <math.h>

enum { TICS_MAX = 9 /* labels that fit along a panel's narrower side */ };

void charts_range_add(struct charts_range *range, double value)
{
    if (!isfinite(value))
        return;
    range->low = range->count == 0 || value < range->low ? value : range->low;
    range->high = range->count == 0 || value > range->high ? value : range->high;
    ++range->count;
}

struct charts_range charts_range_log(struct charts_range data, double bottom, double top)
{
    double low = log(data.low), high = log(data.high);
    const double missing = log(4.0) - (high - low);
    if (missing > 0.0) {
        low -= missing / 2.0;
        high += missing / 2.0;
    }
    const double height = (high - low) / (1.0 - bottom - top);
    return (struct charts_range){.low = exp(low - bottom * height), .high = exp(high + top * height), .count = data.count};
}

static void add_tic(struct text *out, double position)
{
    text_format(out, "' %.9g, ", position);
}

/* Powers of two in the range, every `step`-th one, each with the label that `label` writes. */
static void tics_of_two(struct text *out, struct charts_range range, void (*label)(struct text *out, double value))
{
    const int first = (int)ceil(log2(range.low) - 1e-9), last = (int)floor(log2(range.high) + 1e-9);
    const int step = (last - first) / TICS_MAX + 1;
    for (int exponent = first; exponent <= last; ++exponent) {
        if (exponent % step != 0) /* so that 1 is among them */
            continue;
        const double value = ldexp(1.0, exponent);
        text_append(out, "'");
        label(out, value);
        add_tic(out, value);
    }
}

void charts_length_text(struct text *out, double length)
{
    static const char *const units[] = {"", "k", "M", "G"};
    size_t unit = 0;
    while (unit + 1 < ARRAY_LEN(units) && length >= 1024.0) {
        length /= 1024.0;
        ++unit;
    }
    const int places = unit > 0 && length < 10.0 && fabs(length - round(length)) >= 0.05 ? 1 : 0;
    text_format(out, "%.*f%s", places, length, units[unit]);
}

static void tics_of_list(struct text *out, const int64_t *lengths, int count)
{
    const int step = count / TICS_MAX + 1;
    for (int i = 0; i < count; i += step) {
        text_format(out, "'%" PRId64, lengths[i]);
        add_tic(out, (double)lengths[i]);
    }
}

void charts_tics_lengths(struct text *out, struct charts_range range, const int64_t *lengths, int count)
{
    if (range.high / range.low >= 4.0)
        tics_of_two(out, range, charts_length_text);
    else
        tics_of_list(out, lengths, count);
}

static void write_seconds(struct text *out, double seconds)
{
    static const struct {
        double factor;
        const char *name;
    } units[] = {{1.0, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
    size_t unit = 0;
    while (unit + 1 < ARRAY_LEN(units) && seconds < 0.999 * units[unit].factor)
        ++unit;
    text_format(out, "%.6g %s", seconds / units[unit].factor, units[unit].name);
}

/* Decades; where the range holds few of them, 1, 2, 5 of each. */
static void tics_of_ten(struct text *out, struct charts_range range, void (*label)(struct text *out, double value))
{
    const int first = (int)floor(log10(range.low)), last = (int)ceil(log10(range.high));
    const int step = (last - first) / TICS_MAX + 1;
    const bool few = range.high / range.low < 1000.0;
    for (int exponent = first; exponent <= last; ++exponent) {
        if (exponent % step != 0)
            continue;
        static const double multiples[] = {1.0, 2.0, 5.0};
        for (size_t i = 0; i < (few ? ARRAY_LEN(multiples) : 1); ++i) {
            const double value = multiples[i] * pow(10.0, exponent);
            if (value < range.low || value > range.high)
                continue;
            text_append(out, "'");
            label(out, value);
            add_tic(out, value);
        }
    }
}

void charts_tics_seconds(struct text *out, struct charts_range range)
{
    tics_of_ten(out, range, write_seconds);
}

static void write_number(struct text *out, double value)
{
    text_format(out, "%.6g", value);
}

void charts_tics_number(struct text *out, struct charts_range range)
{
    tics_of_ten(out, range, write_number);
}

static void write_bytes(struct text *out, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    while (unit + 1 < ARRAY_LEN(units) && bytes >= 1024.0) {
        bytes /= 1024.0;
        ++unit;
    }
    text_format(out, "%.6g %s", bytes, units[unit]);
}

void charts_tics_bytes(struct text *out, struct charts_range range)
{
    tics_of_two(out, range, write_bytes);
}

static void write_fraction(struct text *out, double ratio)
{
    const double least = ratio < 1.0 ? 1.0 / ratio : ratio;
    text_format(out, "%s%.*g", ratio < 1.0 ? "1/" : "", least < 1e6 ? 6 : 2, least);
}

void charts_tics_twos(struct text *out, struct charts_range range)
{
    tics_of_two(out, range, write_fraction);
}

static void write_ratio(struct text *out, double ratio)
{
    write_fraction(out, ratio);
    text_append(out, "×");
}

void charts_tics_ratio(struct text *out, struct charts_range range)
{
    tics_of_two(out, range, write_ratio);
}
