/* table.h - aligned text tables. Columns of numbers are right-aligned; a column that is empty everywhere is left out. */
#ifndef HARNESS_PRESENT_TABLE_H
#define HARNESS_PRESENT_TABLE_H

#include "base/status.h"

#include <stdio.h>

struct table; /* opaque */

struct table_column {
    const char *title;
    int right; /* 1: right-aligned */
};

struct table *table_create(const struct table_column *columns, int count); /* NULL: no memory */
void table_free(struct table *table);
void table_add(struct table *table, const char *const *cells); /* copies; one string per column, NULL or "" empty */
int table_is_empty(const struct table *table); /* 1: no row was added */
void table_print(const struct table *table, FILE *out);

#endif
