/* store_fields.c - see store_fields.h: SQL and records. JSON is in store_json.c. */
#include "store/store_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *at(const struct field *field, const void *record)
{
    return (const char *)record + field->offset;
}

static void *writable_at(const struct field *field, void *record)
{
    return (char *)record + field->offset;
}

void fields_append_columns(struct text *sql, const struct record_type *type)
{
    for (size_t i = 0; i < type->count; ++i)
        text_format(sql, "%s%s.%s", i ? ", " : "", type->table, type->fields[i].column);
}

/* Prepares and frees the text of a statement. */
static enum status prepare_text(struct store *store, sqlite3_stmt **statement, struct text *sql, struct error *error)
{
    const enum status status = sql->failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                                           : store_prepare(store, statement, text_get(sql), error);
    text_free(sql);
    return status;
}

enum status fields_prepare_insert(struct store *store, sqlite3_stmt **statement, const struct record_type *type,
                                  struct error *error)
{
    struct text sql = {0};
    text_format(&sql, "INSERT INTO %s (", type->table);
    for (size_t i = 0; i < type->count; ++i)
        text_format(&sql, "%s%s", i ? ", " : "", type->fields[i].column);
    text_append(&sql, ") VALUES (");
    for (size_t i = 0; i < type->count; ++i)
        text_append(&sql, i ? ", ?" : "?");
    text_append(&sql, ")");
    return prepare_text(store, statement, &sql, error);
}

enum status fields_prepare_select(struct store *store, sqlite3_stmt **statement, const struct record_type *type,
                                  const char *tail, struct error *error)
{
    struct text sql = {0};
    text_append(&sql, "SELECT ");
    fields_append_columns(&sql, type);
    text_format(&sql, " FROM %s %s", type->table, tail);
    return prepare_text(store, statement, &sql, error);
}

int field_bind(sqlite3_stmt *statement, int index, const struct field *field, const void *record)
{
    const void *value = at(field, record);
    switch (field->kind) {
    case FIELD_CHARS:
        return store_bind_text(statement, index, value);
    case FIELD_STRING:
    case FIELD_JSON:
        return store_bind_text(statement, index, *(const char *const *)value);
    case FIELD_INT:
        return sqlite3_bind_int(statement, index, *(const int *)value);
    case FIELD_INT64:
        return sqlite3_bind_int64(statement, index, *(const int64_t *)value);
    case FIELD_BOOL:
        return sqlite3_bind_int(statement, index, *(const bool *)value);
    case FIELD_REAL:
        return store_bind_real(statement, index, *(const double *)value);
    }
    return SQLITE_MISUSE;
}

enum status fields_insert(struct store *store, sqlite3_stmt *statement, const struct record_type *type, const void *record,
                          struct error *error)
{
    for (size_t i = 0; i < type->count; ++i)
        if (field_bind(statement, (int)i + 1, &type->fields[i], record) != SQLITE_OK)
            return store_error(store, "add a row", error);
    char doing[32];
    snprintf(doing, sizeof doing, "add a %s", type->table);
    return store_step(store, statement, doing, error);
}

static bool read_field(sqlite3_stmt *statement, int column, const struct field *field, void *record)
{
    void *value = writable_at(field, record);
    switch (field->kind) {
    case FIELD_CHARS:
        snprintf(value, field->capacity, "%s", store_column_text(statement, column));
        return true;
    case FIELD_STRING:
    case FIELD_JSON:
        return (*(char **)value = strdup(store_column_text(statement, column))) != NULL;
    case FIELD_INT:
        *(int *)value = sqlite3_column_int(statement, column);
        return true;
    case FIELD_INT64:
        *(int64_t *)value = sqlite3_column_int64(statement, column);
        return true;
    case FIELD_BOOL:
        *(bool *)value = sqlite3_column_int(statement, column) != 0;
        return true;
    case FIELD_REAL:
        *(double *)value = store_column_real(statement, column);
        return true;
    }
    return false;
}

enum status fields_read(struct store *store, sqlite3_stmt *statement, int column, const struct record_type *type,
                        void *record, struct error *error)
{
    for (size_t i = 0; i < type->count; ++i)
        if (!read_field(statement, column + (int)i, &type->fields[i], record))
            return error_set(error, STATUS_SYSTEM, "out of memory while reading %s", store->path);
    return STATUS_OK;
}

void fields_free(const struct record_type *type, void *record)
{
    for (size_t i = 0; i < type->count; ++i) {
        if (type->fields[i].kind != FIELD_STRING && type->fields[i].kind != FIELD_JSON)
            continue;
        char **string = writable_at(&type->fields[i], record);
        free(*string);
        *string = NULL;
    }
}

void fields_init(const struct record_type *type, void *record)
{
    for (size_t i = 0; i < type->count; ++i) {
        void *value = writable_at(&type->fields[i], record);
        if (type->fields[i].kind == FIELD_REAL)
            *(double *)value = NAN;
        else
            memset(value, 0, type->fields[i].capacity);
    }
}

/* Appends the record of the current row; `rows` grows. */
static enum status read_row(struct store *store, sqlite3_stmt *statement, const struct record_type *type, size_t size,
                            void **rows, size_t *count, struct error *error)
{
    char *grown = realloc(*rows, (*count + 1) * size);
    if (!grown)
        return error_set(error, STATUS_SYSTEM, "out of memory while reading %s", store->path);
    *rows = grown;
    void *record = grown + *count * size;
    memset(record, 0, size);
    fields_init(type, record);
    ++*count; /* before it is read, so that a half-read one is freed */
    return fields_read(store, statement, 0, type, record, error);
}

enum status fields_select(struct store *store, const struct record_type *type, size_t size, const char *tail,
                             const char *text, int number, void **rows, size_t *count, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *rows = NULL;
    *count = 0;
    enum status status = fields_prepare_select(store, &statement, type, tail, error);
    if (status == STATUS_OK && text && store_bind_text(statement, 1, text) != SQLITE_OK)
        status = store_error(store, "read", error);
    if (status == STATUS_OK && sqlite3_bind_parameter_count(statement) > 1 &&
        sqlite3_bind_int(statement, 2, number) != SQLITE_OK)
        status = store_error(store, "read", error);
    while (status == STATUS_OK && (status = store_row(store, statement, &row, error)) == STATUS_OK && row)
        status = read_row(store, statement, type, size, rows, count, error);
    sqlite3_finalize(statement);
    for (size_t i = 0; status != STATUS_OK && i < *count; ++i)
        fields_free(type, (char *)*rows + i * size);
    if (status != STATUS_OK) {
        free(*rows);
        *rows = NULL;
        *count = 0;
    }
    return status;
}
