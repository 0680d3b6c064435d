/* store_cells.c - cells: planning, changing, and reading them without touching what was measured for them. */
#include "store/store_fields.h"
#include "store/store_filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cell_record_init(struct cell_record *cell)
{
    memset(cell, 0, sizeof *cell);
    fields_init(&cell_type, cell);
    cell->cell = cell_default();
    cell->colour = -1;
    snprintf(cell->status, sizeof cell->status, "planned");
}

void cell_record_free(struct cell_record *cell)
{
    fields_free(&cell_type, cell);
}

void cell_records_free(struct cell_record *cells, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        cell_record_free(&cells[i]);
    free(cells);
}

double cell_record_gflops(const struct cell_record *cell)
{
    return cell->flops / cell->seconds / 1e9;
}

bool cell_record_measured(const struct cell_record *cell)
{
    return isfinite(cell->seconds) || isfinite(cell->instructions);
}

static enum status insert_cells(struct store *store, struct cell_record *cells, size_t count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = fields_prepare_insert(store, &statement, &cell_type, error);
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        if (!cells[i].id[0])
            store_uuid(cells[i].id);
        status = fields_insert(store, statement, &cell_type, &cells[i], error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status store_add_cells(struct store *store, struct cell_record *cells, size_t count, struct error *error)
{
    TRY(store_begin(store, error));
    return store_end(store, insert_cells(store, cells, count, error), error);
}

/* "UPDATE cell SET a = ?, ... WHERE id = ?" over the fields of role ROLE_STATE. */
static enum status prepare_update(struct store *store, sqlite3_stmt **statement, struct error *error)
{
    struct text sql = {0};
    text_append(&sql, "UPDATE cell SET ");
    bool first = true;
    for (size_t i = 0; i < cell_type.count; ++i) {
        if (cell_type.fields[i].role != ROLE_STATE)
            continue;
        text_format(&sql, "%s%s = ?", first ? "" : ", ", cell_type.fields[i].column);
        first = false;
    }
    text_append(&sql, " WHERE id = ?");
    const enum status status = sql.failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                                          : store_prepare(store, statement, text_get(&sql), error);
    text_free(&sql);
    return status;
}

static enum status update_cell(struct store *store, sqlite3_stmt *statement, const struct cell_record *cell,
                               struct error *error)
{
    int index = 0, code = SQLITE_OK;
    for (size_t i = 0; i < cell_type.count && code == SQLITE_OK; ++i)
        if (cell_type.fields[i].role == ROLE_STATE)
            code = field_bind(statement, ++index, &cell_type.fields[i], cell);
    if (code == SQLITE_OK)
        code = store_bind_text(statement, ++index, cell->id);
    if (code != SQLITE_OK)
        return store_error(store, "write a cell", error);
    TRY(store_step(store, statement, "write a cell", error));
    if (sqlite3_changes(store->db) == 0)
        return error_set(error, STATUS_USAGE, "%s has no cell '%s' any more: was its sweep deleted?", store->path,
                         cell->id);
    return STATUS_OK;
}

enum status store_update_cell(struct store *store, const struct cell_record *cell, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = prepare_update(store, &statement, error);
    if (status == STATUS_OK)
        status = update_cell(store, statement, cell, error);
    sqlite3_finalize(statement);
    return status;
}

/* ---------------------------------------------------------------- reading */

static enum status prepare_read(struct store *store, const char *sweep, const struct filter *filter,
                                sqlite3_stmt **statement, struct error *error)
{
    struct text tail = {0};
    text_format(&tail, "WHERE cell.sweep = ?1%s ORDER BY cell.number", text_get(&filter->sql));
    enum status status = tail.failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                                     : fields_prepare_select(store, statement, &cell_type, text_get(&tail), error);
    text_free(&tail);
    if (status == STATUS_OK &&
        (store_bind_text(*statement, 1, sweep) != SQLITE_OK || filter_bind(*statement, filter, 2) != SQLITE_OK))
        status = store_error(store, "read cells", error);
    return status;
}

struct cell_array {
    struct cell_record *cells;
    size_t count, capacity;
};

static struct cell_record *append_cell(struct cell_array *array)
{
    if (array->count == array->capacity) {
        const size_t capacity = array->capacity ? 2 * array->capacity : 64;
        struct cell_record *cells = realloc(array->cells, capacity * sizeof *cells);
        if (!cells)
            return NULL;
        array->cells = cells;
        array->capacity = capacity;
    }
    struct cell_record *cell = &array->cells[array->count++];
    cell_record_init(cell);
    return cell;
}

static enum status read_rows(struct store *store, sqlite3_stmt *statement, struct cell_array *array, struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        struct cell_record *cell = append_cell(array);
        if (!cell)
            return error_set(error, STATUS_SYSTEM, "out of memory");
        TRY(fields_read(store, statement, 0, &cell_type, cell, error));
    }
}

enum status store_read_cells(struct store *store, const char *sweep, const char *where, struct cell_record **cells,
                             size_t *count, struct error *error)
{
    struct cell_array array = {0};
    struct filter filter;
    sqlite3_stmt *statement = NULL;
    enum status status = filter_parse(&filter, where, 2, error);
    if (status == STATUS_OK)
        status = prepare_read(store, sweep, &filter, &statement, error);
    if (status == STATUS_OK)
        status = read_rows(store, statement, &array, error);
    sqlite3_finalize(statement);
    filter_free(&filter);
    if (status != STATUS_OK) {
        cell_records_free(array.cells, array.count);
        array = (struct cell_array){0};
    }
    *cells = array.cells;
    *count = array.count;
    return status;
}
