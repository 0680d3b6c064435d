/* store_filter.h - the filter of `--where` as an SQL condition with bound values; store.h says how it is written.
 *
 * An item whose name is no column continues the text before it, because options hold commas: in
 * "options=heads=8,variant=tiled,length>1k" there are two conditions. `spec=` takes all that follows it. An empty value
 * means absent. Lengths and counts take k, M, G; times take us, ms, s; sizes take KiB, MiB, GiB.
 */
#ifndef HARNESS_STORE_STORE_FILTER_H
#define HARNESS_STORE_STORE_FILTER_H

#include "base/text.h"
#include "store/columns.h"

#include <sqlite3.h>

#define FILTER_MAX 32 /* conditions */

struct filter_value {
    char *text; /* malloc'd; NULL: the number */
    double number;
};

struct filter {
    struct text sql; /* "" or " AND a = ?2 AND ..." */
    struct filter_value values[FILTER_MAX];
    int count;
};

/* Parses `where` (NULL or "": no condition) into parameters from number `first` on. Call filter_free whatever comes
 * back. */
MUST_CHECK enum status filter_parse(struct filter *filter, const char *where, int first, struct error *error);
void filter_free(struct filter *filter);

/* Binds the values; returns SQLite's code. */
int filter_bind(sqlite3_stmt *statement, const struct filter *filter, int first);

/* Whether a cell that need not be in the file fulfils it, which must have been parsed from parameter 1 on. */
MUST_CHECK enum status filter_matches(struct store *store, const struct filter *filter, const struct cell_record *cell,
                                      bool *matches, struct error *error);

#endif
