/* assign.c - see assign.h. */
#include "present/assign.h"

#include <math.h>
#include <string.h>

static void add_quoted(struct text *out, const char *string)
{
    text_append(out, "\"");
    for (const char *at = string ? string : ""; *at; ++at) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            text_append(out, " ");
        else if (strchr("\"\\`$@{}#", *at))
            text_format(out, "\\%03o", (unsigned)*at);
        else
            text_append_bytes(out, at, 1);
    }
    text_append(out, "\"");
}

void assign_text(struct text *out, const char *name, const char *value)
{
    text_format(out, "%s = ", name);
    add_quoted(out, value);
    text_append(out, "\n");
}

void assign_number(struct text *out, const char *name, double value)
{
    if (isnan(value))
        text_format(out, "%s = NaN\n", name);
    else
        text_format(out, "%s = %.9g\n", name, value);
}

/* Whole numbers are told apart: gnuplot divides and indexes by them. */
void assign_count(struct text *out, const char *name, int value)
{
    text_format(out, "%s = %d\n", name, value);
}

/* Arrays are written element by element, because gnuplot has no empty ones. */
void assign_array(struct text *out, const char *name, int count)
{
    text_format(out, "array %s[%d]\n", name, count > 0 ? count : 1);
}

void assign_text_at(struct text *out, const char *name, int index, const char *value)
{
    text_format(out, "%s[%d] = ", name, index + 1);
    add_quoted(out, value);
    text_append(out, "\n");
}

void assign_count_at(struct text *out, const char *name, int index, int value)
{
    text_format(out, "%s[%d] = %d\n", name, index + 1, value);
}

void assign_number_at(struct text *out, const char *name, int index, double value)
{
    text_format(out, isnan(value) ? "%s[%d] = NaN\n" : "%s[%d] = %.9g\n", name, index + 1, value);
}
