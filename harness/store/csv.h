/* csv.h - comma-separated values by RFC 4180, read from memory row by row and written field by field. Lines may end in LF,
 * CR LF or CR, quoted fields may hold line breaks, a UTF-8 byte-order mark before the first field is skipped, and so are
 * empty lines.
 */
#ifndef HARNESS_STORE_CSV_H
#define HARNESS_STORE_CSV_H

#include "base/text.h"

#define CSV_FIELDS_MAX 64

struct csv_reader {
    char *at; /* NUL-terminated text, changed while it is read: fields are unquoted in place */
    int line; /* of the next row, from 1 */
};

struct csv_row {
    char *fields[CSV_FIELDS_MAX]; /* NUL-terminated, inside the reader's text */
    int count;                    /* 0: the text has ended */
    int line;                     /* on which the row begins */
};

/* `text` must outlive the rows. */
void csv_begin(struct csv_reader *reader, char *text);
MUST_CHECK enum status csv_read(struct csv_reader *reader, struct csv_row *row, struct error *error);

/* Appends a field, quoted where it must be. The caller writes the commas. */
void csv_append(struct text *out, const char *field);

#endif
