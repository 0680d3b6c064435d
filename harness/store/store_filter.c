/* store_filter.c - see store_filter.h. Values never become SQL text. */
#include "store/store_filter.h"

#include "base/parse.h"
#include "store/store_fields.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const operations[] = {"!=", "<=", ">=", "=", "<", ">"}; /* longer ones first */

struct condition {
    const struct column *column;
    const char *operation;
    const char *value;
};

/* Whether `item` begins with a column's name and an operation; splits it then. */
static bool split_condition(char *item, struct condition *condition)
{
    const size_t name_length = strcspn(item, "!<>=");
    for (size_t i = 0; i < ARRAY_LEN(operations); ++i) {
        if (!text_starts(item + name_length, operations[i]))
            continue;
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)(name_length < 31 ? name_length : 31), item);
        condition->column = column_find(store_trim(name));
        condition->operation = operations[i];
        condition->value = store_trim(item + name_length + strlen(operations[i]));
        return condition->column != NULL;
    }
    return false;
}

static enum status parse_number(const struct condition *condition, double *number, struct error *error)
{
    const char *name = condition->column->name, *value = condition->value;
    struct error ignored;
    int64_t count = 0;
    if (parse_real(value, name, -DBL_MAX, DBL_MAX, number, &ignored) == STATUS_OK)
        return STATUS_OK;
    switch (condition->column->kind) {
    case COLUMN_COUNT:
        TRY(parse_count(value, name, 0, (int64_t)1 << 53, &count, error));
        *number = (double)count;
        return STATUS_OK;
    case COLUMN_SECONDS:
        return parse_duration(value, name, number, error);
    case COLUMN_BYTES:
        return parse_bytes(value, name, number, error);
    case COLUMN_TEXT:
    case COLUMN_REAL:
    case COLUMN_FRACTION:
        break;
    }
    return parse_real(value, name, -DBL_MAX, DBL_MAX, number, error);
}

static enum status add_absent(struct filter *filter, const struct condition *condition, struct error *error)
{
    const bool equal = strcmp(condition->operation, "=") == 0;
    if (!equal && strcmp(condition->operation, "!=") != 0)
        return error_set(error, STATUS_USAGE, "--where: %s%s needs a number", condition->column->name,
                         condition->operation);
    text_format(&filter->sql, " AND %s IS %sNULL", condition->column->sql, equal ? "" : "NOT ");
    return STATUS_OK;
}

static enum status add_condition(struct filter *filter, const struct condition *condition, int first, struct error *error)
{
    const bool text = condition->column->kind == COLUMN_TEXT;
    if (!text && condition->value[0] == '\0')
        return add_absent(filter, condition, error);
    if (filter->count == FILTER_MAX)
        return error_set(error, STATUS_USAGE, "--where has more than %d conditions", FILTER_MAX);
    struct filter_value value = {.number = 0.0};
    if (!text && parse_number(condition, &value.number, error) != STATUS_OK)
        return error_prefix(error, STATUS_USAGE, "--where");
    if (text && strchr("<>", condition->operation[0]))
        return error_set(error, STATUS_USAGE, "--where: %s is text: compare it with = or !=", condition->column->name);
    if (text && !(value.text = strdup(condition->value)))
        return error_set(error, STATUS_SYSTEM, "out of memory");
    text_format(&filter->sql, " AND %s %s ?%d", condition->column->sql, condition->operation, first + filter->count);
    filter->values[filter->count++] = value;
    return STATUS_OK;
}

/* End of the item at `text`: a comma after which a condition begins, or the end. */
static char *item_end(char *text, const struct condition *condition)
{
    if (condition->column->kind != COLUMN_TEXT)
        return text + strcspn(text, ",");
    if (strcmp(condition->column->name, "spec") == 0)
        return text + strlen(text);
    for (char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ',')) {
        char *next = strdup(comma + 1);
        struct condition unused;
        const bool begins = next && split_condition(next, &unused);
        free(next);
        if (begins)
            return comma;
    }
    return text + strlen(text);
}

static enum status no_condition(const char *item, struct error *error)
{
    char name[32];
    const size_t length = strcspn(item, "!<>=,");
    snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), item);
    if (length > 0 && item[length] && item[length] != ',' && !column_find(store_trim(name)))
        return error_prefix(error, column_unknown(store_trim(name), error), "--where");
    return error_set(error, STATUS_USAGE, "--where: '%.60s' is no condition: write it like length>=1k or status=ok", item);
}

/* Takes one condition off the front of *rest. */
static enum status take_condition(struct filter *filter, char **rest, int first, struct error *error)
{
    struct condition condition = {.column = NULL};
    char *item = *rest;
    char *head = strndup(item, strcspn(item, ","));
    if (!head)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    const bool known = split_condition(head, &condition);
    free(head);
    if (!known)
        return no_condition(item, error);
    char *end = item_end(item, &condition);
    *rest = *end ? end + 1 : end;
    *end = '\0';
    split_condition(item, &condition); /* again, now that the whole value is in it */
    return add_condition(filter, &condition, first, error);
}

enum status filter_parse(struct filter *filter, const char *where, int first, struct error *error)
{
    memset(filter, 0, sizeof *filter);
    char *copy = strdup(where ? where : "");
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    enum status status = STATUS_OK;
    for (char *rest = store_trim(copy); *rest && status == STATUS_OK;)
        status = take_condition(filter, &rest, first, error);
    if (status == STATUS_OK && filter->sql.failed)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    free(copy);
    return status;
}

void filter_free(struct filter *filter)
{
    for (int i = 0; i < filter->count; ++i)
        free(filter->values[i].text);
    text_free(&filter->sql);
    filter->count = 0;
}

int filter_bind(sqlite3_stmt *statement, const struct filter *filter, int first)
{
    int code = SQLITE_OK;
    for (int i = 0; i < filter->count && code == SQLITE_OK; ++i) {
        const struct filter_value *value = &filter->values[i];
        code = value->text ? store_bind_text(statement, first + i, value->text)
                           : sqlite3_bind_double(statement, first + i, value->number);
    }
    return code;
}

/* SELECT with the cell's fields as parameters, after those of the filter. */
static enum status prepare_match(struct store *store, sqlite3_stmt **statement, const struct filter *filter,
                                 struct error *error)
{
    struct text sql = {0};
    text_append(&sql, "SELECT 1 FROM (SELECT ");
    for (size_t i = 0; i < cell_type.count; ++i)
        text_format(&sql, "%s?%d AS %s", i ? ", " : "", filter->count + 1 + (int)i, cell_type.fields[i].column);
    text_format(&sql, ") AS cell WHERE 1%s", text_get(&filter->sql));
    const enum status status = sql.failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                                          : store_prepare(store, statement, text_get(&sql), error);
    text_free(&sql);
    return status;
}

enum status filter_matches(struct store *store, const struct filter *filter, const struct cell_record *cell, bool *matches,
                           struct error *error)
{
    *matches = filter->sql.length == 0;
    if (*matches)
        return STATUS_OK;
    sqlite3_stmt *statement = NULL;
    TRY(prepare_match(store, &statement, filter, error));
    int code = filter_bind(statement, filter, 1);
    for (size_t i = 0; i < cell_type.count && code == SQLITE_OK; ++i)
        code = field_bind(statement, filter->count + 1 + (int)i, &cell_type.fields[i], cell);
    enum status status = code == SQLITE_OK ? STATUS_OK : store_error(store, "filter", error);
    if (status == STATUS_OK)
        status = store_row(store, statement, matches, error);
    sqlite3_finalize(statement);
    return status;
}
