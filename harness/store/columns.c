/* columns.c - see columns.h. */
#include "store/columns.h"

#include "store/store_fields.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The SPEC as cell_format writes it, for filters. */
#define SPEC_SQL                                                                                                         \
    "(cell.operator || iif(cell.options = '', '', ':' || cell.options) || '@length=' || cell.length"                     \
    " || ',width=' || cell.width || ',batch=' || cell.batch || ',mode=' || cell.mode || ',scope=' || cell.scope"         \
    " || ',threads=' || cell.threads || ',prepare=' || cell.prepare || ',cache=' || cell.cache || ',bind=' || cell.bind" \
    " || ',seed=' || cell.seed)"

const struct column cell_columns[COLUMN_TOTAL] = {
    {.name = "operator", .kind = COLUMN_TEXT, .sql = "cell.operator"},
    {.name = "options", .kind = COLUMN_TEXT, .sql = "cell.options"},
    {.name = "batch", .kind = COLUMN_COUNT, .sql = "cell.batch"},
    {.name = "length", .kind = COLUMN_COUNT, .sql = "cell.length"},
    {.name = "width", .kind = COLUMN_COUNT, .sql = "cell.width"},
    {.name = "mode", .kind = COLUMN_TEXT, .sql = "cell.mode"},
    {.name = "scope", .kind = COLUMN_TEXT, .sql = "cell.scope"},
    {.name = "threads", .kind = COLUMN_COUNT, .sql = "cell.threads"},
    {.name = "prepare", .kind = COLUMN_TEXT, .sql = "cell.prepare"},
    {.name = "seconds", .kind = COLUMN_SECONDS, .sql = "cell.seconds"},
    {.name = "low", .kind = COLUMN_SECONDS, .sql = "cell.low"},
    {.name = "high", .kind = COLUMN_SECONDS, .sql = "cell.high"},
    {.name = "cpu_seconds", .kind = COLUMN_SECONDS, .sql = "cell.cpu_seconds"},
    {.name = "processes", .kind = COLUMN_COUNT, .sql = "cell.processes"},
    {.name = "bytes", .kind = COLUMN_BYTES, .sql = "cell.bytes"},
    {.name = "workspace_bytes", .kind = COLUMN_BYTES, .sql = "cell.workspace_bytes"},
    {.name = "rss_bytes", .kind = COLUMN_BYTES, .sql = "cell.rss_bytes"},
    {.name = "gflops", .kind = COLUMN_REAL, .sql = "(cell.flops / cell.seconds / 1e9)"},
    {.name = "roof_fraction", .kind = COLUMN_FRACTION, .sql = "cell.roof_fraction"},
    {.name = "roof", .kind = COLUMN_TEXT, .sql = "cell.roof"},
    {.name = "instructions", .kind = COLUMN_COUNT, .sql = "cell.instructions"},
    {.name = "instructions_spread", .kind = COLUMN_COUNT, .sql = "cell.instructions_spread"},
    {.name = "status", .kind = COLUMN_TEXT, .sql = "cell.status"},
    {.name = "reason", .kind = COLUMN_TEXT, .sql = "cell.reason"},
    {.name = "limit_seconds", .kind = COLUMN_SECONDS, .sql = "cell.limit_seconds"},
    {.name = "method", .kind = COLUMN_TEXT, .sql = "cell.method"},
    {.name = "spec", .kind = COLUMN_TEXT, .sql = SPEC_SQL},
};

const struct column *column_find(const char *name)
{
    for (size_t i = 0; i < COLUMN_TOTAL; ++i)
        if (strcmp(cell_columns[i].name, name) == 0)
            return &cell_columns[i];
    return NULL;
}

enum status column_unknown(const char *name, struct error *error)
{
    struct text names = {0};
    for (size_t i = 0; i < COLUMN_TOTAL; ++i)
        text_format(&names, "%s%s", i ? ", " : "", cell_columns[i].name);
    error_set(error, STATUS_USAGE, "unknown column '%.60s'; the columns are %s", name, text_get(&names));
    text_free(&names);
    return STATUS_USAGE;
}

/* The stored field of a column; NULL for gflops and spec, which are computed. */
static const void *stored(const struct column *column, const struct cell_record *cell, enum field_kind *kind)
{
    for (size_t i = 0; i < cell_type.count; ++i) {
        if (strcmp(cell_type.fields[i].column, column->name) == 0) {
            *kind = cell_type.fields[i].kind;
            return (const char *)cell + cell_type.fields[i].offset;
        }
    }
    return NULL;
}

double column_number(const struct column *column, const struct cell_record *cell)
{
    enum field_kind kind = FIELD_REAL;
    const void *value = stored(column, cell, &kind);
    if (!value)
        return cell_record_gflops(cell);
    if (kind == FIELD_INT)
        return *(const int *)value;
    if (kind == FIELD_INT64)
        return (double)*(const int64_t *)value;
    assert(kind == FIELD_REAL);
    return *(const double *)value;
}

/* Counts and bytes without an exponent: spreadsheets and typed readers take "1e+05" for no whole number. */
static void append_number(struct text *out, const struct column *column, double value)
{
    char number[32];
    const bool whole = column->kind == COLUMN_COUNT || column->kind == COLUMN_BYTES;
    if (whole && fabs(value) < 1e15 && value == floor(value))
        text_format(out, "%.0f", value);
    else
        text_append(out, text_number(number, value));
}

void column_append(struct text *out, const struct column *column, const struct cell_record *cell)
{
    if (column->kind != COLUMN_TEXT) {
        append_number(out, column, column_number(column, cell));
        return;
    }
    enum field_kind kind = FIELD_CHARS;
    const char *value = stored(column, cell, &kind);
    char spec[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 512]; /* 512: more than the keys of a SPEC take */
    if (!value)
        cell_format(&cell->cell, spec, sizeof spec);
    text_append(out, value ? value : spec);
}
