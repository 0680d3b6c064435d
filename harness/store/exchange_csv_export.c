/* exchange_csv_export.c - a sweep as CSV, one row per cell. */
#include "store/exchange_internal.h"

#include "store/columns.h"
#include "store/csv.h"

static void append_header(struct text *line)
{
    for (size_t i = 0; i < COLUMN_TOTAL; ++i)
        text_format(line, "%s%s", i ? "," : "", cell_columns[i].name);
    text_append(line, "\n");
}

static void append_row(struct text *line, struct text *value, const struct cell_record *cell)
{
    for (size_t i = 0; i < COLUMN_TOTAL; ++i) {
        text_clear(value);
        column_append(value, &cell_columns[i], cell);
        text_append(line, i ? "," : "");
        csv_append(line, text_get(value));
    }
    text_append(line, "\n");
    line->failed |= value->failed;
}

enum status export_csv(struct store *store, const struct sweep_record *sweep, const char *where, FILE *out,
                       struct error *error)
{
    struct cell_record *cells = NULL;
    size_t count = 0;
    TRY(store_read_cells(store, sweep->id, where, &cells, &count, error));
    struct text line = {0}, value = {0};
    append_header(&line);
    enum status status = exchange_write(out, &line, error);
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        append_row(&line, &value, &cells[i]);
        status = exchange_write(out, &line, error);
    }
    text_free(&line);
    text_free(&value);
    cell_records_free(cells, count);
    return status;
}
