/* json_text.h - JSON written by hand where numbers shall be the shortest that read back the same. */
#ifndef HARNESS_STORE_JSON_TEXT_H
#define HARNESS_STORE_JSON_TEXT_H

#include "base/text.h"

/* Appends a JSON string with its quotes. */
void json_append_string(struct text *out, const char *string);

/* Appends a number, null for NaN. */
void json_append_number(struct text *out, double value);

/* Appends a JSON value that is kept as text; text that is no JSON goes out as a string, so that it is not lost. */
void json_append_text(struct text *out, const char *string);

#endif
