/* units.h - numbers for people: three significant digits with a unit. NaN is "-". */
#ifndef HARNESS_PRESENT_UNITS_H
#define HARNESS_PRESENT_UNITS_H

#define UNITS_TEXT 32

const char *units_seconds(char out[UNITS_TEXT], double seconds); /* "812 us", "1.05 ms", "2.30 s" */
const char *units_bytes(char out[UNITS_TEXT], double bytes);     /* "64.0 KiB", "1.00 GiB" */
const char *units_percent(char out[UNITS_TEXT], double fraction); /* "61 %" */
const char *units_ratio(char out[UNITS_TEXT], double ratio);      /* "2.41x" */
const char *units_duration(char out[UNITS_TEXT], double seconds); /* "0:42", "2:05", "1:00:00" */

#endif
