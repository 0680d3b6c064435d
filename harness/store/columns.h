/* columns.h - the columns of a cell as people see them: those of the CSV, of `show --columns` and of `--where`. */
#ifndef HARNESS_STORE_COLUMNS_H
#define HARNESS_STORE_COLUMNS_H

#include "base/text.h"
#include "store/store.h"

enum column_kind {
    COLUMN_TEXT = 0,
    COLUMN_COUNT, /* whole number */
    COLUMN_SECONDS,
    COLUMN_BYTES,
    COLUMN_REAL,
    COLUMN_FRACTION /* 1 is 100 % */
};

struct column {
    const char *name;
    enum column_kind kind;
    const char *sql; /* expression over the table of cells */
};

#define COLUMN_TOTAL 27

extern const struct column cell_columns[COLUMN_TOTAL]; /* in the order of the CSV */

const struct column *column_find(const char *name); /* NULL: no such column */

/* The value as the CSV has it: C locale, shortest form of a number, nothing where it is absent. */
void column_append(struct text *out, const struct column *column, const struct cell_record *cell);

/* The value of a column that is no text; NaN absent. */
double column_number(const struct column *column, const struct cell_record *cell);

/* "unknown column 'x'; the columns are ..." */
enum status column_unknown(const char *name, struct error *error);

#endif
