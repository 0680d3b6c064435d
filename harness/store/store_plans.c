/* store_plans.c - fingerprints, shared by the sweeps of a machine, and planner knowledge, which outlives sweeps so that a
 * re-plan never looks like a regression. */
#include "store/store_database.h"

#include <stdlib.h>
#include <string.h>

enum status store_add_fingerprint(struct store *store, const char *key, const char *json, struct error *error)
{
    return store_change(store, "INSERT OR IGNORE INTO fingerprint (key, json) VALUES (?1, ?2)",
                        (const char *const[]){key, json}, 2, "add the fingerprint", error);
}

static enum status read_fingerprint(struct store *store, sqlite3_stmt *statement, const char *key, char **json,
                                    struct error *error)
{
    bool row = false;
    if (store_bind_text(statement, 1, key) != SQLITE_OK)
        return store_error(store, "read the fingerprint", error);
    TRY(store_row(store, statement, &row, error));
    if (!row)
        return error_set(error, STATUS_USAGE, "%s has no fingerprint '%s'", store->path, key);
    *json = strdup(store_column_text(statement, 0));
    return *json ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

enum status store_get_fingerprint(struct store *store, const char *key, char **json, struct error *error)
{
    *json = NULL;
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement, "SELECT json FROM fingerprint WHERE key = ?1", error));
    const enum status status = read_fingerprint(store, statement, key, json, error);
    sqlite3_finalize(statement);
    return status;
}

/* Binds the key of a planner blob to ?1 .. ?4. */
static int bind_plan(sqlite3_stmt *statement, const char *const key[4])
{
    int code = SQLITE_OK;
    for (int i = 0; i < 4 && code == SQLITE_OK; ++i)
        code = store_bind_text(statement, i + 1, key[i]);
    return code;
}

enum status store_put_plan(struct store *store, const char *machine, const char *build, const char *problem,
                           const char *isa, const void *blob, size_t bytes, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "INSERT OR REPLACE INTO plan (machine, build, problem, isa, blob) VALUES (?1, ?2, ?3, ?4, ?5)",
                      error));
    int code = bind_plan(statement, (const char *const[]){machine, build, problem, isa});
    if (code == SQLITE_OK) /* an empty blob is not the absence of one */
        code = sqlite3_bind_blob64(statement, 5, bytes ? blob : "", bytes, SQLITE_STATIC);
    const enum status status = code == SQLITE_OK ? store_step(store, statement, "keep the plan", error)
                                                 : store_error(store, "keep the plan", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status read_plan(struct store *store, sqlite3_stmt *statement, void **blob, size_t *bytes, struct error *error)
{
    bool row = false;
    TRY(store_row(store, statement, &row, error));
    if (!row)
        return STATUS_OK;
    const void *found = sqlite3_column_blob(statement, 0); /* NULL for an empty one */
    *bytes = (size_t)sqlite3_column_bytes(statement, 0);
    *blob = malloc(*bytes ? *bytes : 1);
    if (!*blob)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    if (*bytes)
        memcpy(*blob, found, *bytes);
    return STATUS_OK;
}

enum status store_get_plan(struct store *store, const char *machine, const char *build, const char *problem,
                           const char *isa, void **blob, size_t *bytes, struct error *error)
{
    *blob = NULL;
    *bytes = 0;
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT blob FROM plan WHERE machine = ?1 AND build = ?2 AND problem = ?3 AND isa = ?4", error));
    const int code = bind_plan(statement, (const char *const[]){machine, build, problem, isa});
    const enum status status =
        code == SQLITE_OK ? read_plan(store, statement, blob, bytes, error) : store_error(store, "read the plan", error);
    sqlite3_finalize(statement);
    return status;
}
