/* json_text.c - see json_text.h. */
#include "store/json_text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

void json_append_string(struct text *out, const char *string)
{
    text_append(out, "\"");
    for (const char *c = string; *c; ++c) {
        if (*c == '"' || *c == '\\')
            text_format(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            text_format(out, "\\u%04x", (unsigned)*c);
        else
            text_append_bytes(out, c, 1);
    }
    text_append(out, "\"");
}

void json_append_number(struct text *out, double value)
{
    char number[32];
    text_append(out, isfinite(value) ? text_number(number, value) : "null");
}

void json_append_text(struct text *out, const char *string)
{
    json_error_t fault = {.line = 0}; /* jansson leaves parts of it alone */
    json_t *value = json_loads(string, JSON_REJECT_DUPLICATES, &fault);
    char *compact = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (compact)
        text_append(out, compact);
    else if (value || json_error_code(&fault) == json_error_unknown || json_error_code(&fault) == json_error_out_of_memory)
        out->failed = true; /* not a fault of the text, whose kinds have codes */
    else
        json_append_string(out, string);
    free(compact);
    json_decref(value);
}
