/* sweep_table.h - a stored sweep as the table that `sweep` ends with and `show` repeats: what is common to all cells first,
 * then a row for each, the cells without a time with their reasons, and what the numbers are. */
#ifndef HARNESS_PRESENT_SWEEP_TABLE_H
#define HARNESS_PRESENT_SWEEP_TABLE_H

#include "store/store.h"

#include <stdio.h>

/* `where` is a filter as store_read_cells takes it, or NULL. */
MUST_CHECK enum status sweep_table_print(struct store *store, const struct sweep_record *sweep, const char *where,
                                         FILE *out, struct error *error);

#endif
