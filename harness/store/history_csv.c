/* history_csv.c - see history_csv.h. */
#include "store/history_csv.h"

#include "base/date.h"
#include "base/parse.h"
#include "store/csv.h"
#include "store/store_database.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1 << 28)
enum { FIELD_BYTES_MAX = 500 };

enum column { COMMIT = 0, DATE, OPERATOR, OPTIONS, RATIO, SECONDS, LOW, HIGH, LENGTH, BATCH, WIDTH, MODE, SCOPE, THREADS,
              PREPARE, CACHE, BIND, SEED, COLUMNS };

static const char *const names[COLUMNS] = {
    [COMMIT] = "commit", [DATE] = "date",   [OPERATOR] = "operator", [OPTIONS] = "options", [RATIO] = "ratio",
    [SECONDS] = "seconds", [LOW] = "low",   [HIGH] = "high",         [LENGTH] = "length",   [BATCH] = "batch",
    [WIDTH] = "width",   [MODE] = "mode",   [SCOPE] = "scope",       [THREADS] = "threads", [PREPARE] = "prepare",
    [CACHE] = "cache",   [BIND] = "bind",   [SEED] = "seed",
};

struct table {
    int at[COLUMNS]; /* position in a row; -1: the file has no such column */
    int column_count;
    struct history_point *points;
    size_t count, capacity;
};

/* ---------------------------------------------------------------- one row */

/* The row's field of a column; NULL where there is none or it is empty. */
static const char *field(const struct table *table, const struct csv_row *row, enum column column)
{
    const int at = table->at[column];
    return at >= 0 && row->fields[at][0] ? row->fields[at] : NULL;
}

static enum status copy_word(char *out, size_t capacity, const char *word, enum column column, struct error *error)
{
    if (strlen(word) >= capacity)
        return error_set(error, STATUS_USAGE, "%s is longer than %zu bytes", names[column], capacity - 1);
    for (const char *c = word; *c; ++c)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return error_set(error, STATUS_USAGE, "%s contains a control character", names[column]);
    snprintf(out, capacity, "%s", word);
    return STATUS_OK;
}

static enum status read_number(double *out, const struct table *table, const struct csv_row *row, enum column column,
                               struct error *error)
{
    const char *text = field(table, row, column);
    *out = NAN;
    if (!text)
        return STATUS_OK;
    TRY(parse_real(text, names[column], -DBL_MAX, DBL_MAX, out, error));
    return *out > 0.0 ? STATUS_OK : error_set(error, STATUS_USAGE, "%s: %.40s is not more than zero", names[column], text);
}

static enum status read_identity(struct history_point *point, const struct table *table, const struct csv_row *row,
                                 struct error *error)
{
    static const enum column needed[] = {COMMIT, OPERATOR, LENGTH};
    for (size_t i = 0; i < ARRAY_LEN(needed); ++i)
        if (!field(table, row, needed[i]))
            return error_set(error, STATUS_USAGE, "%s is empty", names[needed[i]]);
    const char *options = field(table, row, OPTIONS), *date = field(table, row, DATE);
    double unused;
    TRY(copy_word(point->commit, sizeof point->commit, field(table, row, COMMIT), COMMIT, error));
    TRY(copy_word(point->cell.operator_name, sizeof point->cell.operator_name, field(table, row, OPERATOR), OPERATOR, error));
    TRY(copy_word(point->cell.options, sizeof point->cell.options, options ? options : "", OPTIONS, error));
    if (date)
        TRY(date_parse(date, "date", &unused, error));
    TRY(copy_word(point->date, sizeof point->date, date ? date : "", DATE, error));
    for (int column = LENGTH; column < COLUMNS; ++column)
        if (field(table, row, (enum column)column))
            TRY(cell_set(&point->cell, names[column], field(table, row, (enum column)column), error));
    return STATUS_OK;
}

static enum status read_point(struct history_point *point, const struct table *table, const struct csv_row *row,
                              struct error *error)
{
    if (row->count != table->column_count)
        return error_set(error, STATUS_USAGE, "%d fields, but the header has %d", row->count, table->column_count);
    for (int i = 0; i < row->count; ++i)
        if (strlen(row->fields[i]) > FIELD_BYTES_MAX)
            return error_set(error, STATUS_USAGE, "a field is longer than %d bytes", FIELD_BYTES_MAX);
    TRY(read_identity(point, table, row, error));
    TRY(read_number(&point->ratio, table, row, RATIO, error));
    TRY(read_number(&point->seconds, table, row, SECONDS, error));
    TRY(read_number(&point->low, table, row, LOW, error));
    TRY(read_number(&point->high, table, row, HIGH, error));
    const double value = isnan(point->ratio) ? point->seconds : point->ratio;
    const char *name = names[table->at[RATIO] >= 0 ? RATIO : SECONDS];
    if (isnan(value))
        return error_set(error, STATUS_USAGE, "%s is empty: leave the row out", name);
    if (point->low > value || point->high < value)
        return error_set(error, STATUS_USAGE, "%s is outside its interval from low to high", name);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the table */

static enum status unknown_column(const char *name, struct error *error)
{
    struct text list = {0};
    for (int i = 0; i < COLUMNS; ++i)
        text_format(&list, "%s%s", i ? ", " : "", names[i]);
    error_set(error, STATUS_USAGE, "unknown column '%.60s'; a history has %s", name, text_get(&list));
    text_free(&list);
    return STATUS_USAGE;
}

static enum status add_column(struct table *table, const char *name, struct error *error)
{
    for (int i = 0; i < COLUMNS; ++i) {
        if (strcmp(names[i], name) != 0)
            continue;
        if (table->at[i] >= 0)
            return error_set(error, STATUS_USAGE, "column '%s' is there twice", name);
        table->at[i] = table->column_count++;
        return STATUS_OK;
    }
    return unknown_column(name, error);
}

static enum status read_header(struct table *table, struct csv_reader *reader, struct error *error)
{
    struct csv_row row;
    TRY(csv_read(reader, &row, error));
    for (int i = 0; i < COLUMNS; ++i)
        table->at[i] = -1;
    for (int i = 0; i < row.count; ++i)
        TRY(add_column(table, store_trim(row.fields[i]), error));
    if (table->at[COMMIT] < 0 || table->at[OPERATOR] < 0 || table->at[LENGTH] < 0)
        return error_set(error, STATUS_USAGE, "the first line must name the columns commit, operator and length, and ratio or "
                                              "seconds");
    if ((table->at[RATIO] < 0) == (table->at[SECONDS] < 0))
        return error_set(error, STATUS_USAGE, "the first line must name one of the columns ratio and seconds");
    return STATUS_OK;
}

static struct history_point *append(struct table *table)
{
    if (table->count == table->capacity) {
        const size_t capacity = table->capacity ? 2 * table->capacity : 256;
        struct history_point *points = realloc(table->points, capacity * sizeof *points);
        if (!points)
            return NULL;
        table->points = points;
        table->capacity = capacity;
    }
    struct history_point *point = &table->points[table->count++];
    *point = (struct history_point){.cell = cell_default(), .ratio = NAN, .seconds = NAN, .low = NAN, .high = NAN};
    return point;
}

static enum status read_rows(struct table *table, struct csv_reader *reader, struct error *error)
{
    for (;;) {
        struct csv_row row;
        TRY(csv_read(reader, &row, error));
        if (row.count == 0)
            return table->count ? STATUS_OK : error_set(error, STATUS_USAGE, "there are no rows below the first line");
        for (int i = 0; i < row.count; ++i)
            row.fields[i] = store_trim(row.fields[i]);
        struct history_point *point = append(table);
        if (!point)
            return error_set(error, STATUS_SYSTEM, "out of memory");
        const enum status status = read_point(point, table, &row, error);
        if (status != STATUS_OK)
            return error_prefix(error, status, "line %d", row.line);
    }
}

static enum status read_text(struct table *table, char *text, size_t length, struct error *error)
{
    if (strlen(text) != length || !store_is_text(text))
        return error_set(error, STATUS_USAGE, "it is not UTF-8 text");
    if (text[strspn(text, " \t\r\n")] == '\0')
        return error_set(error, STATUS_USAGE, "it is empty");
    struct csv_reader reader;
    csv_begin(&reader, text);
    TRY(read_header(table, &reader, error));
    return read_rows(table, &reader, error);
}

enum status history_read_csv(const char *path, struct history_point **points, size_t *count, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    struct table table = {.count = 0};
    *points = NULL;
    *count = 0;
    TRY(text_read_file(path, FILE_BYTES_MAX, &text, &length, error));
    const enum status status = read_text(&table, text, length, error);
    free(text);
    if (status != STATUS_OK) {
        free(table.points);
        return error_prefix(error, status, "%s", path);
    }
    *points = table.points;
    *count = table.count;
    return STATUS_OK;
}
