/* assign.h - gnuplot assignments of constants, of which the settings file of a chart is made. In texts every character that
 * gnuplot might expand, or that would end the text, is an octal escape, so a label may hold any character. */
#ifndef HARNESS_PRESENT_ASSIGN_H
#define HARNESS_PRESENT_ASSIGN_H

#include "base/text.h"

void assign_text(struct text *out, const char *name, const char *value);
void assign_number(struct text *out, const char *name, double value); /* NaN is one */
/* Whole numbers are told apart: gnuplot divides and indexes by them. */
void assign_count(struct text *out, const char *name, int value);

/* Arrays are written element by element, because gnuplot has no empty ones. `index` counts from 0. */
void assign_array(struct text *out, const char *name, int count);
void assign_text_at(struct text *out, const char *name, int index, const char *value);
void assign_count_at(struct text *out, const char *name, int index, int value);
void assign_number_at(struct text *out, const char *name, int index, double value);

#endif
