/* comparison.h - a comparison for people and programs: a table, Markdown for a pull request, JUnit XML for a build server, JSON.
 * results/schema.md describes the JSON. The verdicts are taken as they are stored: nothing is judged here.
 */
#ifndef HARNESS_PRESENT_COMPARISON_H
#define HARNESS_PRESENT_COMPARISON_H

#include "store/store_comparison.h"

#include <stdio.h>

struct comparison_view {
    const struct comparison_record *record;
    const struct comparison_cell *cells;
    size_t count;
    bool paired; /* cells have pairs of processes; else `pairs` is the smaller number of processes of the two sides */
};

enum comparison_format { COMPARISON_TABLE = 0, COMPARISON_MARKDOWN, COMPARISON_JUNIT, COMPARISON_JSON, COMPARISON_FORMATS };

/* "table", "markdown", "junit" or "json"; another word is a sentence. */
MUST_CHECK enum status comparison_format_parse(const char *word, enum comparison_format *format, struct error *error);

/* The whole page or a sentence. */
MUST_CHECK enum status comparison_print(const struct comparison_view *view, enum comparison_format format, FILE *out,
                                        struct error *error);

#endif
