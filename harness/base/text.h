/* text.h - a growable string, and the few string helpers that several files need. */
#ifndef HARNESS_BASE_TEXT_H
#define HARNESS_BASE_TEXT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. `data` is NULL while empty, NUL-terminated otherwise; text_get never returns NULL. */
struct text {
    char *data;
    size_t length, capacity;
    bool failed; /* an allocation failed; later appends do nothing. Check once, at the end */
};

void text_append(struct text *text, const char *string);
void text_append_bytes(struct text *text, const char *bytes, size_t count);
void text_format(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
const char *text_get(const struct text *text);
char *text_take(struct text *text); /* caller frees; NULL when an allocation failed. `text` is empty afterwards */
void text_clear(struct text *text); /* keeps the memory */
void text_free(struct text *text);

/* malloc'd copy formatted as by printf, or NULL. */
char *text_print(const char *format, ...) PRINTF_LIKE(1, 2);

/* Shortest decimal that reads back as `value` (C locale), e.g. "0.1"; "" for NaN: an unmeasured value is absent. */
const char *text_number(char buffer[32], double value);

bool text_starts(const char *string, const char *prefix);
bool text_ends(const char *string, const char *suffix);

/* Whole file as a NUL-terminated malloc'd string; `limit` bytes at most. */
MUST_CHECK enum status text_read_file(const char *path, size_t limit, char **out, size_t *length, struct error *error);

#endif
