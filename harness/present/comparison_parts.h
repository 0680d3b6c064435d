/* comparison_parts.h - what the formats of a comparison share: figures as text, and remarks. See comparison.h. */
#ifndef HARNESS_PRESENT_COMPARISON_PARTS_H
#define HARNESS_PRESENT_COMPARISON_PARTS_H

#include "base/text.h"
#include "present/comparison.h"

#include <jansson.h>

#define COMPARISON_TEXT 64

const char *comparison_change(char out[COMPARISON_TEXT], double ratio);              /* "+11.8 %"; "-" unknown */
const char *comparison_interval(char out[COMPARISON_TEXT], double low, double high); /* "[+9.6, +14.1] %"; "" none */
const char *comparison_size(char out[COMPARISON_TEXT], double fraction);             /* "3.1 %"; "-" unknown */

/* "operator:options" of the base arm; "a -> b" where the new arm's is another. */
void comparison_label(struct text *out, const struct comparison_cell *cell);
void comparison_spec(char *out, size_t capacity, const struct comparison_cell *cell); /* for `seqscale run` */

/* "more", "less" or "same"; "" where bytes are not known. Exact. */
const char *comparison_memory(const struct comparison_cell *cell);

/* The reason, what memory and instruction counts add to it; nothing where there is nothing to say. */
void comparison_remark(struct text *out, const struct comparison_cell *cell);

/* "SAME 52, FASTER 1, SLOWER 1"; controls apart: "controls: 4 of 4 same, median difference 0.9 %". */
void comparison_counts(struct text *out, const struct comparison_view *view);
void comparison_controls(struct text *out, const struct comparison_view *view);

/* A member of an arm's JSON ("label", "commit" ...); "" absent. `arm` is the record's base_arm or new_arm, parsed. */
json_t *comparison_parse(const char *json);
const char *comparison_member(const json_t *arm, const char *name);

/* "label (version 0.1.0, commit 0123456, dirty)". */
void comparison_arm(struct text *out, const char *json);

/* One line for each field that differs between the arms, after `prefix`. */
void comparison_differences(struct text *out, const struct comparison_view *view, const char *prefix);

MUST_CHECK enum status comparison_table(const struct comparison_view *view, FILE *out, struct error *error);
void comparison_markdown(struct text *page, const struct comparison_view *view);
void comparison_junit(struct text *page, const struct comparison_view *view);
void comparison_json(struct text *page, const struct comparison_view *view);

#endif
