/* charts_axis.h - ranges and tic marks. Pure functions. Tics are written as gnuplot's `set xtics (...)` takes them:
 * 'label' position, 'label' position; a label that would be one too many is left out. */
#ifndef HARNESS_PRESENT_CHARTS_AXIS_H
#define HARNESS_PRESENT_CHARTS_AXIS_H

#include "base/text.h"

#include <stdint.h>

/* Zero-initialised range: nothing in it yet, which `low` > `high` would not tell from a fault. */
struct charts_range {
    double low, high;
    int count; /* values it was made of */
};

void charts_range_add(struct charts_range *range, double value); /* NaN and infinities are ignored */

/* A logarithmic range as it is drawn: at least a factor of 4, and with the fractions `bottom` and `top` of its height kept
 * free of data. */
struct charts_range charts_range_log(struct charts_range data, double bottom, double top);

void charts_tics_lengths(struct text *out, struct charts_range range, const int64_t *lengths, int count); /* 64 ... 8k */
void charts_tics_seconds(struct text *out, struct charts_range range); /* 10 us, 100 us, 1 ms ... */
void charts_tics_bytes(struct text *out, struct charts_range range);   /* 64 KiB, 256 KiB, 1 MiB ... */
void charts_tics_ratio(struct text *out, struct charts_range range);   /* 1/4x, 1/2x, 1x, 2x, 4x ... */
void charts_tics_twos(struct text *out, struct charts_range range);    /* 1/4, 1/2, 1, 2, 4 ... */
void charts_tics_number(struct text *out, struct charts_range range);  /* 10, 100, 1000 ...; 1, 2, 5, 10 where they are few */

/* "64", "1.5k", "8k": k = 1024 and M = 1024^2, two significant digits where it is no round number. */
void charts_length_text(struct text *out, double length);

#endif
