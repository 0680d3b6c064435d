/* store_comparison.c - see store_comparison.h. */
#include "store/store_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void comparison_record_free(struct comparison_record *comparison)
{
    fields_free(&comparison_type, comparison);
}

void comparison_cell_init(struct comparison_cell *cell)
{
    memset(cell, 0, sizeof *cell);
    fields_init(&comparison_cell_type, cell);
    cell->cell = cell_default();
}

bool comparison_same_operator(const struct comparison_cell *cell)
{
    return strcmp(cell->cell.operator_name, cell->new_operator) == 0 && strcmp(cell->cell.options, cell->new_options) == 0;
}

/* ---------------------------------------------------------------- writing */

static enum status insert_rows(struct store *store, const struct record_type *type, const void *rows, size_t size,
                               size_t count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = fields_prepare_insert(store, &statement, type, error);
    for (size_t i = 0; i < count && status == STATUS_OK; ++i)
        status = fields_insert(store, statement, type, (const char *)rows + i * size, error);
    sqlite3_finalize(statement);
    return status;
}

static enum status insert_comparison(struct store *store, struct comparison_record *comparison,
                                     struct comparison_cell *cells, size_t count, struct error *error)
{
    if (comparison->name[0])
        TRY(store_check_name(store, "comparison", comparison->name, error));
    else
        TRY(store_make_name(store, "comparison", comparison->name, error));
    TRY(insert_rows(store, &comparison_type, comparison, sizeof *comparison, 1, error));
    for (size_t i = 0; i < count; ++i) {
        cells[i].number = (int)i;
        memcpy(cells[i].comparison, comparison->id, sizeof cells[i].comparison);
    }
    return insert_rows(store, &comparison_cell_type, cells, sizeof *cells, count, error);
}

enum status store_add_comparison(struct store *store, struct comparison_record *comparison, struct comparison_cell *cells,
                                 size_t count, struct error *error)
{
    if (!comparison->id[0])
        store_uuid(comparison->id);
    if (!comparison->created[0])
        store_stamp(comparison->created);
    TRY(store_begin(store, error));
    return store_end(store, insert_comparison(store, comparison, cells, count, error), error);
}

/* UPDATE of all fields of ROLE_STATE; the key comes last. */
static enum status prepare_update(struct store *store, sqlite3_stmt **statement, struct error *error)
{
    const struct record_type *type = &comparison_cell_type;
    struct text sql = {0};
    text_append(&sql, "UPDATE comparison_cell SET ");
    const char *separator = "";
    for (size_t i = 0; i < type->count; ++i) {
        if (type->fields[i].role != ROLE_STATE)
            continue;
        text_format(&sql, "%s%s = ?", separator, type->fields[i].column);
        separator = ", ";
    }
    text_append(&sql, " WHERE comparison = ? AND number = ?");
    const enum status status = sql.failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                                          : store_prepare(store, statement, text_get(&sql), error);
    text_free(&sql);
    return status;
}

static enum status step_update(struct store *store, sqlite3_stmt *statement, const struct comparison_cell *cell,
                               struct error *error)
{
    const struct record_type *type = &comparison_cell_type;
    int index = 0, code = SQLITE_OK;
    for (size_t i = 0; i < type->count && code == SQLITE_OK; ++i)
        if (type->fields[i].role == ROLE_STATE)
            code = field_bind(statement, ++index, &type->fields[i], cell);
    if (code == SQLITE_OK)
        code = store_bind_text(statement, ++index, cell->comparison);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(statement, ++index, cell->number);
    return code == SQLITE_OK ? store_step(store, statement, "write a verdict", error)
                             : store_error(store, "write a verdict", error);
}

static enum status update_cells(struct store *store, const struct comparison_cell *cells, size_t count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = prepare_update(store, &statement, error);
    for (size_t i = 0; i < count && status == STATUS_OK; ++i)
        status = step_update(store, statement, &cells[i], error);
    sqlite3_finalize(statement);
    return status;
}

static enum status insert_pairs(struct store *store, const struct comparison_cell *cell,
                                const struct comparison_pair *pairs, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; ++i) {
        struct comparison_pair_row row = {.cell = cell->number, .pair = pairs[i]};
        memcpy(row.comparison, cell->comparison, sizeof row.comparison);
        TRY(insert_rows(store, &comparison_pair_type, &row, sizeof row, 1, error));
    }
    return update_cells(store, cell, 1, error);
}

enum status store_add_comparison_pairs(struct store *store, const struct comparison_cell *cell,
                                       const struct comparison_pair *pairs, size_t count, struct error *error)
{
    TRY(store_begin(store, error));
    return store_end(store, insert_pairs(store, cell, pairs, count, error), error);
}

static enum status update_comparison(struct store *store, const struct comparison_record *comparison, struct error *error)
{
    char code[16];
    snprintf(code, sizeof code, "%d", comparison->exit_code);
    return store_change(
        store,
        "UPDATE comparison SET status = ?2, verdict = ?3, reason = ?4, exit_code = CAST(?5 AS INTEGER) "
        "WHERE id = ?1",
        (const char *const[]){comparison->id, comparison->status, comparison->verdict, comparison->reason, code}, 5,
        "write the verdict", error);
}

enum status store_finish_comparison(struct store *store, const struct comparison_record *comparison,
                                    const struct comparison_cell *cells, size_t count, struct error *error)
{
    TRY(store_begin(store, error));
    enum status status = update_comparison(store, comparison, error);
    if (status == STATUS_OK)
        status = update_cells(store, cells, count, error);
    return store_end(store, status, error);
}

enum status store_delete_comparison(struct store *store, const char *id, struct error *error)
{
    return store_change(store, "DELETE FROM comparison WHERE id = ?1", (const char *const[]){id}, 1,
                        "delete the comparison", error);
}

/* ---------------------------------------------------------------- reading */

static enum status select_comparisons(struct store *store, const char *tail, const char *text,
                                      struct comparison_record **comparisons, size_t *count, struct error *error)
{
    void *rows = NULL;
    const enum status status =
        fields_select(store, &comparison_type, sizeof **comparisons, tail, text, 0, &rows, count, error);
    *comparisons = rows;
    return status;
}

enum status store_list_comparisons(struct store *store, struct comparison_record **comparisons, size_t *count,
                                   struct error *error)
{
    return select_comparisons(store, "ORDER BY created, rowid", NULL, comparisons, count, error);
}

enum status store_find_comparison(struct store *store, const char *which, struct comparison_record *comparison,
                                  struct error *error)
{
    static const char *const tails[] = {
        "WHERE name = ?1 OR id = ?1 ORDER BY name = ?1 DESC LIMIT 1",
        "WHERE substr(name, 1, length(?1)) = ?1 OR substr(id, 1, length(?1)) = ?1 ORDER BY created, rowid",
    };
    const bool latest = which[0] == '\0' || strcmp(which, "latest") == 0;
    struct comparison_record *found = NULL;
    size_t count = 0;
    memset(comparison, 0, sizeof *comparison);
    if (latest)
        TRY(select_comparisons(store, "ORDER BY created DESC, rowid DESC LIMIT 1", NULL, &found, &count, error));
    for (size_t i = 0; !latest && count == 0 && i < ARRAY_LEN(tails); ++i)
        TRY(select_comparisons(store, tails[i], which, &found, &count, error));
    enum status status = STATUS_OK;
    if (count == 0 && latest)
        status = error_set(error, STATUS_USAGE, "%s holds no comparison yet: run `seqscale ab` to make one", store->path);
    else if (count == 0)
        status = error_set(error, STATUS_USAGE, "%s has no comparison '%.127s'; `seqscale ab --list` names them",
                           store->path, which);
    else if (count > 1)
        status = error_set(error, STATUS_USAGE, "'%.127s' is the beginning of more than one comparison; write more of it",
                           which);
    if (status == STATUS_OK)
        *comparison = found[0]; /* takes its strings */
    for (size_t i = status == STATUS_OK ? 1 : 0; i < count; ++i)
        comparison_record_free(&found[i]);
    free(found);
    return status;
}

enum status store_read_comparison_cells(struct store *store, const char *comparison, struct comparison_cell **cells,
                                        size_t *count, struct error *error)
{
    void *rows = NULL;
    const enum status status = fields_select(store, &comparison_cell_type, sizeof **cells, "WHERE comparison = ?1 ORDER BY number",
                                         comparison, 0, &rows, count, error);
    *cells = rows;
    return status;
}

enum status store_read_comparison_pairs(struct store *store, const char *comparison, int cell,
                                        struct comparison_pair **pairs, size_t *count, struct error *error)
{
    void *rows = NULL;
    *pairs = NULL;
    TRY(fields_select(store, &comparison_pair_type, sizeof(struct comparison_pair_row),
                  "WHERE comparison = ?1 AND cell = ?2 ORDER BY number", comparison, cell, &rows, count, error));
    const struct comparison_pair_row *found = rows;
    struct comparison_pair *out = calloc(*count + 1, sizeof *out);
    for (size_t i = 0; out && i < *count; ++i)
        out[i] = found[i].pair;
    free(rows);
    *pairs = out;
    return out ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory while reading %s", store->path);
}

enum status store_read_control_ratios(struct store *store, const char *machine, const char *clock, size_t most,
                                      double **ratios, size_t *count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *count = 0;
    *ratios = calloc(most + 1, sizeof **ratios);
    if (!*ratios)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    enum status status = store_prepare(
        store, &statement,
        "SELECT comparison_cell.ratio FROM comparison JOIN comparison_cell ON comparison_cell.comparison = comparison.id "
        "WHERE comparison.machine = ?1 AND comparison_cell.clock = ?2 AND control = 1 AND ratio IS NOT NULL "
        "ORDER BY created DESC, number LIMIT ?3",
        error);
    if (status == STATUS_OK &&
        (store_bind_text(statement, 1, machine) != SQLITE_OK || store_bind_text(statement, 2, clock) != SQLITE_OK ||
         sqlite3_bind_int64(statement, 3, (int64_t)most) != SQLITE_OK))
        status = store_error(store, "read the controls", error);
    while (status == STATUS_OK && (status = store_row(store, statement, &row, error)) == STATUS_OK && row)
        (*ratios)[(*count)++] = store_column_real(statement, 0);
    sqlite3_finalize(statement);
    return status;
}
