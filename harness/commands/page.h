/* page.h - what `ab` and `compare` share: the page of a comparison, written, and its verdict as the program's end. */
#ifndef HARNESS_COMMANDS_PAGE_H
#define HARNESS_COMMANDS_PAGE_H

#include "present/comparison.h"

/* `output` NULL: standard output. */
MUST_CHECK enum status page_write(const struct comparison_view *view, enum comparison_format format, const char *output,
                                  struct error *error);

/* The page has said it; the sentence is for a log that has not the page. */
MUST_CHECK enum status page_end(const struct comparison_record *comparison, struct error *error);

#endif
