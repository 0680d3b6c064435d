/* store_sweeps.c - the sweeps of a results database: adding, finding, naming, deleting. */
#include "store/store_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that a sentence lists when one is not found. */
enum { LISTED_NAMES = 5 };

/* The columns of sweep_type, then the two counts. `tail` selects and orders. */
#define SELECT_COUNTS                                           \
    ", (SELECT count(*) FROM cell WHERE cell.sweep = sweep.id)" \
    ", (SELECT count(*) FROM cell WHERE cell.sweep = sweep.id AND (cell.seconds IS NOT NULL OR cell.instructions IS NOT NULL))"

void sweep_record_free(struct sweep_record *sweep)
{
    fields_free(&sweep_type, sweep);
}

static enum status insert_sweep(struct store *store, struct sweep_record *sweep, struct error *error)
{
    if (sweep->name[0])
        TRY(store_check_name(store, "sweep", sweep->name, error));
    else
        TRY(store_make_name(store, "sweep", sweep->name, error));
    sqlite3_stmt *statement = NULL;
    TRY(fields_prepare_insert(store, &statement, &sweep_type, error));
    const enum status status = fields_insert(store, statement, &sweep_type, sweep, error);
    sqlite3_finalize(statement);
    return status;
}

enum status store_add_sweep(struct store *store, struct sweep_record *sweep, struct error *error)
{
    if (!sweep->id[0])
        store_uuid(sweep->id);
    if (!sweep->created[0])
        store_stamp(sweep->created);
    TRY(store_begin(store, error));
    return store_end(store, insert_sweep(store, sweep, error), error);
}

/* One UPDATE or DELETE of the sweep ?1; no such sweep is a sentence. */
static enum status change_sweep(struct store *store, const char *sql, const char *id, const char *value, const char *doing,
                                struct error *error)
{
    TRY(store_change(store, sql, (const char *const[]){id, value}, value ? 2 : 1, doing, error));
    if (sqlite3_changes(store->db) == 0)
        return error_set(error, STATUS_USAGE, "%s has no sweep %s any more", store->path, id);
    return STATUS_OK;
}

enum status store_set_sweep_status(struct store *store, const char *id, const char *status, struct error *error)
{
    return change_sweep(store, "UPDATE sweep SET status = ?2 WHERE id = ?1", id, status, "set the sweep's status", error);
}

enum status store_rename_sweep(struct store *store, const char *id, const char *name, struct error *error)
{
    TRY(store_check_name(store, "sweep", name, error));
    return change_sweep(store, "UPDATE sweep SET name = ?2 WHERE id = ?1", id, name, "rename the sweep", error);
}

enum status store_note_sweep(struct store *store, const char *id, const char *note, struct error *error)
{
    if (strlen(note) >= sizeof((struct sweep_record *)0)->note)
        return error_set(error, STATUS_USAGE, "the note is longer than %zu bytes: shorten it",
                         sizeof((struct sweep_record *)0)->note - 1);
    return change_sweep(store, "UPDATE sweep SET note = ?2 WHERE id = ?1", id, note, "write the note", error);
}

enum status store_delete_sweep(struct store *store, const char *id, struct error *error)
{
    return change_sweep(store, "DELETE FROM sweep WHERE id = ?1", id, NULL, "delete the sweep", error);
}

/* ---------------------------------------------------------------- reading */

static enum status prepare_sweeps(struct store *store, sqlite3_stmt **statement, const char *tail, struct error *error)
{
    struct text sql = {0};
    text_append(&sql, "SELECT ");
    fields_append_columns(&sql, &sweep_type);
    text_format(&sql, SELECT_COUNTS " FROM sweep %s", tail);
    const enum status status = sql.failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                                          : store_prepare(store, statement, text_get(&sql), error);
    text_free(&sql);
    return status;
}

static enum status read_sweep(struct store *store, sqlite3_stmt *statement, struct sweep_record *sweep, struct error *error)
{
    TRY(fields_read(store, statement, 0, &sweep_type, sweep, error));
    sweep->cell_count = sqlite3_column_int(statement, (int)sweep_type.count);
    sweep->measured_count = sqlite3_column_int(statement, (int)sweep_type.count + 1);
    return STATUS_OK;
}

static void free_sweeps(struct sweep_record *sweeps, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        sweep_record_free(&sweeps[i]);
    free(sweeps);
}

/* Appends one zeroed record to a growing array; NULL when memory ran out. */
static struct sweep_record *grow(struct sweep_record **sweeps, size_t *count)
{
    struct sweep_record *grown = realloc(*sweeps, (*count + 1) * sizeof **sweeps);
    if (!grown)
        return NULL;
    *sweeps = grown;
    memset(&grown[*count], 0, sizeof *grown);
    return &grown[(*count)++];
}

/* All sweeps that `tail` selects; ?1 is bound to `text` where that is not NULL. */
static enum status select_sweeps(struct store *store, const char *tail, const char *text, struct sweep_record **sweeps,
                                 size_t *count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *sweeps = NULL;
    *count = 0;
    enum status status = prepare_sweeps(store, &statement, tail, error);
    if (status == STATUS_OK && text && store_bind_text(statement, 1, text) != SQLITE_OK)
        status = store_error(store, "read", error);
    while (status == STATUS_OK && (status = store_row(store, statement, &row, error)) == STATUS_OK && row) {
        struct sweep_record *sweep = grow(sweeps, count);
        status = sweep ? read_sweep(store, statement, sweep, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK) {
        free_sweeps(*sweeps, *count);
        *sweeps = NULL;
        *count = 0;
    }
    return status;
}

enum status store_list_sweeps(struct store *store, struct sweep_record **sweeps, size_t *count, struct error *error)
{
    return select_sweeps(store, "ORDER BY created, rowid", NULL, sweeps, count, error);
}

/* "a, b, c and 4 more", newest first. */
static void append_names(struct text *out, const struct sweep_record *sweeps, size_t count)
{
    const size_t listed = count < LISTED_NAMES ? count : LISTED_NAMES;
    for (size_t i = 0; i < listed; ++i)
        text_format(out, "%s%s", i ? ", " : "", sweeps[count - 1 - i].name);
    if (count > listed)
        text_format(out, " and %zu more", count - listed);
}

static enum status not_found(struct store *store, const char *which, struct error *error)
{
    struct sweep_record *sweeps = NULL;
    size_t count = 0;
    TRY(store_list_sweeps(store, &sweeps, &count, error));
    struct text names = {0};
    append_names(&names, sweeps, count);
    if (count == 0)
        error_set(error, STATUS_USAGE, "%s holds no sweep yet: run `seqscale sweep` to measure", store->path);
    else
        error_set(error, STATUS_USAGE, "%s has no sweep '%.127s'; it has %s", store->path, which, text_get(&names));
    text_free(&names);
    free_sweeps(sweeps, count);
    return STATUS_USAGE;
}

static enum status ambiguous(const char *which, const struct sweep_record *sweeps, size_t count, struct error *error)
{
    struct text names = {0};
    append_names(&names, sweeps, count);
    error_set(error, STATUS_USAGE, "'%.127s' is the beginning of more than one sweep: %s; write more of it", which,
              text_get(&names));
    text_free(&names);
    return STATUS_USAGE;
}

/* How a sweep may be meant, in this order: the first that selects one or more decides. */
enum status store_find_sweep(struct store *store, const char *which, struct sweep_record *sweep, struct error *error)
{
    static const char *const tails[] = {
        "WHERE name = ?1 OR id = ?1 ORDER BY name = ?1 DESC LIMIT 1",
        "WHERE substr(name, 1, length(?1)) = ?1 OR substr(id, 1, length(?1)) = ?1 ORDER BY created, rowid",
    };
    const bool latest = which[0] == '\0' || strcmp(which, "latest") == 0;
    struct sweep_record *found = NULL;
    size_t count = 0;
    memset(sweep, 0, sizeof *sweep);
    if (latest)
        TRY(select_sweeps(store, "ORDER BY created DESC, rowid DESC LIMIT 1", NULL, &found, &count, error));
    for (size_t i = 0; !latest && count == 0 && i < ARRAY_LEN(tails); ++i)
        TRY(select_sweeps(store, tails[i], which, &found, &count, error));
    if (count == 0)
        return not_found(store, which, error);
    if (count > 1) {
        const enum status status = ambiguous(which, found, count, error);
        free_sweeps(found, count);
        return status;
    }
    *sweep = found[0]; /* takes its strings */
    free(found);
    return STATUS_OK;
}
