/* store_database.h - what the files of store/ share: the open database, transactions that nest, and SQLite's errors as
 * sentences. Nothing outside store/ and its tests includes it.
 */
#ifndef HARNESS_STORE_STORE_DATABASE_H
#define HARNESS_STORE_STORE_DATABASE_H

#include "store/store.h"

#include <sqlite3.h>

struct store {
    sqlite3 *db;
    char *path;      /* as given, for sentences */
    int transaction; /* depth of store_begin */
};

/* The sentence for SQLite's last error on this store; returns its status. `doing` completes "cannot ...". */
enum status store_error(const struct store *store, const char *doing, struct error *error);

/* Runs SQL text without results. */
MUST_CHECK enum status store_execute(struct store *store, const char *sql, const char *doing, struct error *error);

MUST_CHECK enum status store_prepare(struct store *store, sqlite3_stmt **statement, const char *sql, struct error *error);

/* Steps a statement that returns no row, resets it for its next use, and keeps its bindings. */
MUST_CHECK enum status store_step(struct store *store, sqlite3_stmt *statement, const char *doing, struct error *error);

/* Steps a query: *row tells whether there is another row. */
MUST_CHECK enum status store_row(struct store *store, sqlite3_stmt *statement, bool *row, struct error *error);

/* Prepares, binds the texts to ?1, ?2 ... and steps once. For changes that take a few strings. */
MUST_CHECK enum status store_change(struct store *store, const char *sql, const char *const *texts, int count,
                                    const char *doing, struct error *error);

/* Transactions nest: only the outermost begins and ends one. store_end commits when `status` is STATUS_OK, else rolls back,
 * and returns the status of the whole; an inner failure must be handed on, so that the outermost rolls back. */
MUST_CHECK enum status store_begin(struct store *store, struct error *error);
MUST_CHECK enum status store_begin_reading(struct store *store,
                                           struct error *error); /* one state of the file for all reads */
MUST_CHECK enum status store_end(struct store *store, enum status status, struct error *error);

/* "" for NULL. */
const char *store_column_text(sqlite3_stmt *statement, int column);

/* Binds UTF-8 text; bytes that are none (the stderr of a crashed worker) become '?'. NULL binds "". */
int store_bind_text(sqlite3_stmt *statement, int index, const char *text);

/* Cuts white space off the end, in place, and returns where the text begins after that at its front. */
char *store_trim(char *text);

/* Whether the text is UTF-8. */
bool store_is_text(const char *text);

/* NaN and infinities, which stand for "not measured", become NULL. */
int store_bind_real(sqlite3_stmt *statement, int index, double value);
double store_column_real(sqlite3_stmt *statement, int column); /* NaN for NULL */

/* store_names.c, for rows of `table` ("sweep", "comparison"): whether a new one may have the name; a name from the time, "-2"
 * appended to the second within a second; the time in ISO 8601, UTC, with milliseconds. */
MUST_CHECK enum status store_check_name(struct store *store, const char *table, const char *name, struct error *error);
MUST_CHECK enum status store_make_name(struct store *store, const char *table, char name[128], struct error *error);
void store_stamp(char out[32]);

/* store_schema.c: brings the file to this program's schema, or says why not. */
MUST_CHECK enum status store_migrate(struct store *store, bool create, struct error *error);

#endif
