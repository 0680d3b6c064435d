/* exchange_csv_import.c - a table measured elsewhere becomes a sweep. Every cell of the table is checked before anything is
 * written; results/schema.md says what is allowed. */
#include "store/exchange_internal.h"

#include "base/parse.h"
#include "store/columns.h"
#include "store/csv.h"
#include "store/store_database.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct csv_table {
    const struct column *columns[CSV_FIELDS_MAX]; /* of the header, in the file's order */
    int column_count;
    struct cell_record *cells;
    size_t cell_count, capacity;
};

/* Longer than any value, short enough to stand in a sentence. */
enum { FIELD_BYTES_MAX = 768 };

/* One field applied to a cell. */
struct setter {
    const char *column;
    enum status (*set)(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error);
    size_t offset, capacity; /* of the member that takes it, where it is copied or a number */
    double low;              /* least value of a number */
};

/* ---------------------------------------------------------------- one field */

static enum status set_key(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error)
{
    return cell_set(&cell->cell, setter->column, value, error);
}

static enum status set_text(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error)
{
    if (strlen(value) >= setter->capacity)
        return error_set(error, STATUS_USAGE, "%s is longer than %zu bytes", setter->column, setter->capacity - 1);
    memcpy((char *)cell + setter->offset, value, strlen(value) + 1);
    return STATUS_OK;
}

static enum status set_word(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error)
{
    for (const char *c = value; *c; ++c)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return error_set(error, STATUS_USAGE, "%s contains a control character", setter->column);
    return set_text(cell, setter, value, error);
}

static enum status set_status(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error)
{
    static const char *const words[] = {"imported", "ok", "planned", "skipped", "failed", "wrong"};
    for (size_t i = 0; i < ARRAY_LEN(words); ++i)
        if (strcmp(words[i], value) == 0)
            return set_text(cell, setter, value, error);
    return error_set(error, STATUS_USAGE, "status: '%.40s' is not one of imported, ok, planned, skipped, failed, wrong",
                     value);
}

static enum status set_real(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error)
{
    double number = NAN;
    TRY(parse_real(value, setter->column, -DBL_MAX, DBL_MAX, &number, error));
    if (!(number >= setter->low))
        return error_set(error, STATUS_USAGE, "%s: %s is %s", setter->column, value,
                         setter->low > 0.0 ? "not more than zero" : "less than zero");
    *(double *)((char *)cell + setter->offset) = number;
    return STATUS_OK;
}

static enum status set_processes(struct cell_record *cell, const struct setter *setter, const char *value,
                                 struct error *error)
{
    int64_t count = 0;
    TRY(parse_count(value, setter->column, 0, 1000000, &count, error));
    cell->processes = (int)count;
    return STATUS_OK;
}

/* Whether the SPEC is the row's own is looked at when the whole row is known. */
static enum status set_spec(struct cell_record *cell, const struct setter *setter, const char *value, struct error *error)
{
    (void)setter;
    if (cell_parse(value, &cell->cell, error) != STATUS_OK)
        return error_prefix(error, STATUS_USAGE, "spec");
    return STATUS_OK;
}

#define MEMBER(member) .offset = offsetof(struct cell_record, member), .capacity = sizeof(((struct cell_record *)0)->member)
#define POSITIVE .low = DBL_TRUE_MIN

/* spec comes first: the row's own columns are applied over it. gflops is kept in `flops` until seconds are known. */
static const struct setter setters[COLUMN_TOTAL] = {
    {.column = "spec", .set = set_spec},
    {.column = "operator", .set = set_word, MEMBER(cell.operator_name)},
    {.column = "options", .set = set_word, MEMBER(cell.options)},
    {.column = "batch", .set = set_key},
    {.column = "length", .set = set_key},
    {.column = "width", .set = set_key},
    {.column = "mode", .set = set_key},
    {.column = "scope", .set = set_key},
    {.column = "threads", .set = set_key},
    {.column = "prepare", .set = set_key},
    {.column = "seconds", .set = set_real, MEMBER(seconds), POSITIVE},
    {.column = "low", .set = set_real, MEMBER(low), POSITIVE},
    {.column = "high", .set = set_real, MEMBER(high), POSITIVE},
    {.column = "cpu_seconds", .set = set_real, MEMBER(cpu_seconds)},
    {.column = "processes", .set = set_processes},
    {.column = "bytes", .set = set_real, MEMBER(bytes)},
    {.column = "workspace_bytes", .set = set_real, MEMBER(workspace_bytes)},
    {.column = "rss_bytes", .set = set_real, MEMBER(rss_bytes), .low = -DBL_MAX}, /* a difference of two peaks */
    {.column = "gflops", .set = set_real, MEMBER(flops)},
    {.column = "roof_fraction", .set = set_real, MEMBER(roof_fraction)},
    {.column = "roof", .set = set_word, MEMBER(roof)},
    {.column = "instructions", .set = set_real, MEMBER(instructions), POSITIVE},
    {.column = "instructions_spread", .set = set_real, MEMBER(instructions_spread)},
    {.column = "status", .set = set_status, MEMBER(status)},
    {.column = "reason", .set = set_text, MEMBER(reason)},
    {.column = "limit_seconds", .set = set_real, MEMBER(limit_seconds), POSITIVE},
    {.column = "method", .set = set_word, MEMBER(method)},
};

/* ---------------------------------------------------------------- one row */

/* The row's field of a column; NULL where the file has no such column or the field is empty. */
static char *field_of(const struct csv_table *table, const struct csv_row *row, const char *column)
{
    for (int i = 0; i < table->column_count; ++i)
        if (strcmp(table->columns[i]->name, column) == 0)
            return row->fields[i][0] ? row->fields[i] : NULL;
    return NULL;
}

static enum status check_times(const struct cell_record *cell, bool has_status, struct error *error)
{
    const bool measured = strcmp(cell->status, "ok") == 0 || strcmp(cell->status, "imported") == 0;
    if (!cell_record_measured(cell) && (!has_status || measured))
        return error_set(error, STATUS_USAGE,
                         "seconds is empty: give the time, or instructions, or say in the column status that the cell was "
                         "skipped, failed or wrong");
    if (cell->low > cell->seconds || cell->high < cell->seconds)
        return error_set(error, STATUS_USAGE, "seconds is outside its interval from low to high");
    return STATUS_OK;
}

static enum status check_spec(const struct cell_record *cell, const char *spec, struct error *error)
{
    struct cell other;
    char own[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 512], given[sizeof own];
    TRY(cell_parse(spec, &other, error));
    cell_format(&cell->cell, own, sizeof own);
    cell_format(&other, given, sizeof given);
    if (strcmp(own, given) != 0)
        return error_set(error, STATUS_USAGE, "spec contradicts the other columns, which say '%.600s'", own);
    return STATUS_OK;
}

static enum status read_cell(const struct csv_table *table, const struct csv_row *row, struct cell_record *cell,
                             struct error *error)
{
    snprintf(cell->status, sizeof cell->status, "imported");
    if (row->count != table->column_count)
        return error_set(error, STATUS_USAGE, "%d fields, but the header has %d", row->count, table->column_count);
    if (!field_of(table, row, "operator"))
        return error_set(error, STATUS_USAGE, "operator is empty");
    if (!field_of(table, row, "length"))
        return error_set(error, STATUS_USAGE, "length is empty");
    for (size_t i = 0; i < COLUMN_TOTAL; ++i) {
        const char *value = field_of(table, row, setters[i].column);
        if (value && strlen(value) > FIELD_BYTES_MAX)
            return error_set(error, STATUS_USAGE, "%s is longer than %d bytes", setters[i].column, FIELD_BYTES_MAX);
        if (value)
            TRY(setters[i].set(cell, &setters[i], value, error));
    }
    cell->flops *= 1e9 * cell->seconds; /* NaN where either is absent */
    TRY(check_times(cell, field_of(table, row, "status") != NULL, error));
    const char *spec = field_of(table, row, "spec");
    return spec ? check_spec(cell, spec, error) : STATUS_OK;
}

static struct cell_record *append_cell(struct csv_table *table)
{
    if (table->cell_count == table->capacity) {
        const size_t capacity = table->capacity ? 2 * table->capacity : 64;
        struct cell_record *cells = realloc(table->cells, capacity * sizeof *cells);
        if (!cells)
            return NULL;
        table->cells = cells;
        table->capacity = capacity;
    }
    struct cell_record *cell = &table->cells[table->cell_count++];
    cell_record_init(cell);
    return cell;
}

/* ---------------------------------------------------------------- the table */

static enum status add_column(struct csv_table *table, char *name, struct error *error)
{
    const struct column *column = column_find(store_trim(name));
    if (!column)
        return column_unknown(store_trim(name), error);
    for (int i = 0; i < table->column_count; ++i)
        if (table->columns[i] == column)
            return error_set(error, STATUS_USAGE, "column '%s' is there twice", column->name);
    table->columns[table->column_count++] = column;
    return STATUS_OK;
}

static bool has_column(const struct csv_table *table, const char *name)
{
    for (int i = 0; i < table->column_count; ++i)
        if (strcmp(table->columns[i]->name, name) == 0)
            return true;
    return false;
}

static enum status read_header(struct csv_table *table, struct csv_reader *reader, struct error *error)
{
    static const char *const required[] = {"operator", "length", "seconds"};
    struct csv_row row;
    TRY(csv_read(reader, &row, error));
    for (int i = 0; i < row.count; ++i)
        TRY(add_column(table, row.fields[i], error));
    for (size_t i = 0; i < ARRAY_LEN(required); ++i) {
        const bool counted = strcmp(required[i], "seconds") == 0 && has_column(table, "instructions");
        if (!has_column(table, required[i]) && !counted)
            return error_set(error, STATUS_USAGE,
                             "the first line names no column '%s'; at least operator, length and seconds "
                             "are needed",
                             required[i]);
    }
    return STATUS_OK;
}

static enum status read_rows(struct csv_table *table, struct csv_reader *reader, struct error *error)
{
    for (;;) {
        struct csv_row row;
        TRY(csv_read(reader, &row, error));
        if (row.count == 0)
            return table->cell_count ? STATUS_OK : error_set(error, STATUS_USAGE, "there are no rows below the first line");
        for (int i = 0; i < row.count; ++i)
            row.fields[i] = store_trim(row.fields[i]);
        struct cell_record *cell = append_cell(table);
        if (!cell)
            return error_set(error, STATUS_SYSTEM, "out of memory");
        const enum status status = read_cell(table, &row, cell, error);
        if (status != STATUS_OK)
            return error_prefix(error, status, "line %d", row.line);
    }
}

/* The file's name without folder and extension. */
static void name_after(struct sweep_record *sweep, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    const int length = dot && dot != base ? (int)(dot - base) : (int)strlen(base);
    snprintf(sweep->name, sizeof sweep->name, "%.*s", length, base);
}

static enum status write_sweep(struct store *store, struct csv_table *table, struct sweep_record *sweep,
                               struct error *error)
{
    TRY(store_add_sweep(store, sweep, error));
    for (size_t i = 0; i < table->cell_count; ++i) {
        memcpy(table->cells[i].sweep, sweep->id, sizeof sweep->id);
        table->cells[i].number = (int)i;
        sweep->measured_count += cell_record_measured(&table->cells[i]);
    }
    sweep->cell_count = (int)table->cell_count;
    return store_add_cells(store, table->cells, table->cell_count, error);
}

static enum status read_table(struct csv_table *table, char *text, struct error *error)
{
    struct csv_reader reader;
    csv_begin(&reader, text);
    TRY(read_header(table, &reader, error));
    return read_rows(table, &reader, error);
}

enum status import_csv_text(struct store *store, char *text, const char *path, const char *name, struct sweep_record *sweep,
                            struct error *error)
{
    snprintf(sweep->status, sizeof sweep->status, "imported");
    snprintf(sweep->note, sizeof sweep->note, "imported from %s", path);
    if (name)
        snprintf(sweep->name, sizeof sweep->name, "%s", name);
    else
        name_after(sweep, path);
    struct csv_table table = {.cell_count = 0};
    enum status status = read_table(&table, text, error);
    if (status == STATUS_OK)
        status = store_begin(store, error);
    if (status == STATUS_OK)
        status = store_end(store, write_sweep(store, &table, sweep, error), error);
    cell_records_free(table.cells, table.cell_count);
    return status;
}
