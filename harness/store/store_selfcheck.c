/* store_selfcheck.c - see store_selfcheck.h. Times are SQLite's, in the form of the other tables. */
#include "store/store_selfcheck.h"

#include "store/store_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

static void copy_column(char *out, size_t capacity, sqlite3_stmt *statement, int column)
{
    snprintf(out, capacity, "%s", store_column_text(statement, column));
}

/* One row of text columns into `texts` (count), all of one capacity at most; no row: *found false. */
static enum status find_run(struct store *store, const char *sql, const char *const *texts, int count, bool *found,
                            struct selfcheck_record *run, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement, sql, error));
    enum status status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; ++i)
        if (store_bind_text(statement, i + 1, texts[i]) != SQLITE_OK)
            status = store_error(store, "read the runs of selfcheck", error);
    if (status == STATUS_OK)
        status = store_row(store, statement, found, error);
    if (status == STATUS_OK && *found) {
        copy_column(run->id, sizeof run->id, statement, 0);
        copy_column(run->created, sizeof run->created, statement, 1);
        copy_column(run->suite, sizeof run->suite, statement, 2);
        copy_column(run->extent, sizeof run->extent, statement, 3);
        run->seed = (uint64_t)sqlite3_column_int64(statement, 4);
        copy_column(run->fingerprint, sizeof run->fingerprint, statement, 5);
    }
    sqlite3_finalize(statement);
    return status;
}

static const char columns_of_run[] = "SELECT id, created, suite, extent, seed, fingerprint FROM selfcheck ";

enum status store_add_selfcheck(struct store *store, struct selfcheck_record *run, struct error *error)
{
    char seed[24], sql[256];
    bool found = false;
    store_uuid(run->id);
    snprintf(seed, sizeof seed, "%lld", (long long)run->seed);
    TRY(store_change(store,
                     "INSERT INTO selfcheck (id, created, suite, extent, seed, fingerprint) "
                     "VALUES (?1, " NOW ", ?2, ?3, CAST(?4 AS INTEGER), ?5)",
                     (const char *const[]){run->id, run->suite, run->extent, seed, run->fingerprint}, 5,
                     "begin a run of selfcheck", error));
    snprintf(sql, sizeof sql, "%sWHERE id = ?1", columns_of_run);
    return find_run(store, sql, (const char *const[]){run->id}, 1, &found, run, error);
}

enum status store_find_selfcheck(struct store *store, const char *suite, const char *extent, struct selfcheck_record *run,
                                 struct error *error)
{
    char sql[256];
    bool found = false;
    snprintf(sql, sizeof sql, "%sWHERE suite = ?1 AND (?2 = '' OR extent = ?2) ORDER BY created DESC, rowid DESC LIMIT 1",
             columns_of_run);
    TRY(find_run(store, sql, (const char *const[]){suite, extent}, 2, &found, run, error));
    return found ? STATUS_OK
                 : error_set(error, STATUS_USAGE, "%s holds no %s%sselfcheck to go on with; start one without --resume",
                             store->path, extent, extent[0] ? " " : "");
}

enum status store_add_selfcheck_unit(struct store *store, const char *run, struct selfcheck_unit *unit, struct error *error)
{
    char number[24];
    snprintf(number, sizeof number, "%d", unit->number);
    TRY(store_change(store,
                     "INSERT INTO selfcheck_unit (run, part, number, finished, outcome) "
                     "VALUES (?1, ?2, CAST(?3 AS INTEGER), " NOW ", ?4)",
                     (const char *const[]){run, unit->part, number, unit->outcome}, 4, "keep a finished unit of selfcheck",
                     error));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- reading */

static enum status append_unit(struct selfcheck_unit **units, size_t *count, sqlite3_stmt *statement, struct error *error)
{
    struct selfcheck_unit *more = realloc(*units, (*count + 1) * sizeof *more);
    if (!more)
        return error_set(error, STATUS_SYSTEM, "out of memory for the units of selfcheck");
    *units = more;
    struct selfcheck_unit *unit = &more[*count];
    unit->number = sqlite3_column_int(statement, 1);
    copy_column(unit->part, sizeof unit->part, statement, 0);
    copy_column(unit->finished, sizeof unit->finished, statement, 2);
    unit->outcome = strdup(store_column_text(statement, 3));
    if (!unit->outcome)
        return error_set(error, STATUS_SYSTEM, "out of memory for the units of selfcheck");
    ++*count;
    return STATUS_OK;
}

static enum status read_units(struct store *store, sqlite3_stmt *statement, struct selfcheck_unit **units, size_t *count,
                              struct error *error)
{
    for (bool row = true;;) {
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        TRY(append_unit(units, count, statement, error));
    }
}

enum status store_read_selfcheck_units(struct store *store, const char *run, struct selfcheck_unit **units, size_t *count,
                                       struct error *error)
{
    *units = NULL;
    *count = 0;
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT part, number, finished, outcome FROM selfcheck_unit WHERE run = ?1 ORDER BY part, number", error));
    const enum status status = store_bind_text(statement, 1, run) == SQLITE_OK
                                   ? read_units(store, statement, units, count, error)
                                   : store_error(store, "read the units of selfcheck", error);
    sqlite3_finalize(statement);
    if (status != STATUS_OK) {
        store_free_selfcheck_units(*units, *count);
        *units = NULL;
        *count = 0;
    }
    return status;
}

void store_free_selfcheck_units(struct selfcheck_unit *units, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        free(units[i].outcome);
    free(units);
}
