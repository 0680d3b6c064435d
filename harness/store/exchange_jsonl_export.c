/* exchange_jsonl_export.c - a sweep with everything that was measured for it, one JSON object a line: the sweep, its cells,
 * blocks, processes with their samples, probes, its fingerprint, and an end mark, by which a file that was cut off is
 * known. */
#include "store/exchange_internal.h"

#include "store/store_fields.h"
#include "store/store_filter.h"

#include <stdlib.h>

struct exporter {
    struct store *store;
    const struct sweep_record *sweep;
    const struct filter *filter; /* of cells; values from ?2 on */
    FILE *out;
    struct text line;
    long long lines; /* written so far */
};

static enum status end_line(struct exporter *exporter, struct error *error)
{
    text_append(&exporter->line, "}\n");
    ++exporter->lines;
    return exchange_write(exporter->out, &exporter->line, error);
}

static void begin_record(struct exporter *exporter, const struct record_type *type, const void *record)
{
    text_format(&exporter->line, "{\"record\":\"%s\"", type->table);
    fields_write_json(&exporter->line, type, record, ROLE_LINK);
}

static enum status write_sweep(struct exporter *exporter, struct error *error)
{
    text_format(&exporter->line, "{\"format\":\"%s\",\"version\":%d", EXCHANGE_FORMAT, EXCHANGE_VERSION);
    fields_write_json(&exporter->line, &sweep_type, exporter->sweep, ROLE_LINK);
    return end_line(exporter, error);
}

/* What is done with each row of a query: `statement` stands on it, its fields have been read into `record`. */
typedef enum status row_writer(struct exporter *exporter, sqlite3_stmt *statement, const struct record_type *type,
                               const void *record, struct error *error);

static enum status write_record(struct exporter *exporter, sqlite3_stmt *statement, const struct record_type *type,
                                const void *record, struct error *error)
{
    (void)statement;
    begin_record(exporter, type, record);
    return end_line(exporter, error);
}

static enum status write_rows(struct exporter *exporter, sqlite3_stmt *statement, const struct record_type *type,
                              void *record, row_writer *writer, struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(exporter->store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        enum status status = fields_read(exporter->store, statement, 0, type, record, error);
        if (status == STATUS_OK)
            status = writer(exporter, statement, type, record, error);
        fields_free(type, record);
        if (status != STATUS_OK)
            return status;
    }
}

/* Writes the rows that `sql` selects; ?1 is the sweep, and the filter's values follow where `filtered`. */
static enum status write_query(struct exporter *exporter, struct text *sql, bool filtered, const struct record_type *type,
                               void *record, row_writer *writer, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    fields_init(type, record);
    enum status status = sql->failed ? error_set(error, STATUS_SYSTEM, "out of memory while exporting")
                                     : store_prepare(exporter->store, &statement, text_get(sql), error);
    if (status == STATUS_OK && (store_bind_text(statement, 1, exporter->sweep->id) != SQLITE_OK ||
                                (filtered && filter_bind(statement, exporter->filter, 2) != SQLITE_OK)))
        status = store_error(exporter->store, "read", error);
    if (status == STATUS_OK)
        status = write_rows(exporter, statement, type, record, writer, error);
    sqlite3_finalize(statement);
    text_free(sql);
    return status;
}

static enum status write_cells(struct exporter *exporter, struct error *error)
{
    struct text sql = {0};
    struct cell_record cell;
    text_append(&sql, "SELECT ");
    fields_append_columns(&sql, &cell_type);
    text_format(&sql, " FROM cell WHERE cell.sweep = ?1%s ORDER BY cell.number", text_get(&exporter->filter->sql));
    return write_query(exporter, &sql, true, &cell_type, &cell, write_record, error);
}

static enum status write_blocks(struct exporter *exporter, struct error *error)
{
    struct text sql = {0};
    struct block_row block;
    text_append(&sql, "SELECT ");
    fields_append_columns(&sql, &block_type);
    text_append(&sql, " FROM block WHERE block.sweep = ?1 ORDER BY block.rowid");
    return write_query(exporter, &sql, false, &block_type, &block, write_record, error);
}

static enum status write_probes(struct exporter *exporter, struct error *error)
{
    struct text sql = {0};
    struct probe_row probe;
    text_append(&sql, "SELECT ");
    fields_append_columns(&sql, &probe_type);
    text_append(&sql, " FROM block JOIN probe ON probe.block = block.id WHERE block.sweep = ?1"
                      " ORDER BY block.rowid, probe.number");
    return write_query(exporter, &sql, false, &probe_type, &probe, write_record, error);
}

/* ---------------------------------------------------------------- processes and their samples */

/* The arrays of a process's samples, one text for each member of "samples". */
struct sample_arrays {
    struct text wall, cpu, calls, faults;
};

static enum status read_samples(struct store *store, sqlite3_stmt *statement, struct sample_arrays *arrays, bool *any,
                                struct error *error)
{
    for (*any = false;; *any = true) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        const char *comma = *any ? "," : "";
        struct text *const reals[] = {&arrays->wall, &arrays->cpu, &arrays->faults};
        for (int i = 0; i < 3; ++i) {
            text_append(reals[i], comma);
            json_append_number(reals[i], store_column_real(statement, i));
        }
        text_format(&arrays->calls, "%s%lld", comma, (long long)sqlite3_column_int64(statement, 3));
    }
}

static void append_samples(struct text *line, const struct sample_arrays *arrays)
{
    text_format(line, ",\"samples\":{\"wall\":[%s],\"cpu\":[%s],\"calls\":[%s],\"faults\":[%s]}", text_get(&arrays->wall),
                text_get(&arrays->cpu), text_get(&arrays->calls), text_get(&arrays->faults));
    line->failed |= arrays->wall.failed || arrays->cpu.failed || arrays->calls.failed || arrays->faults.failed;
}

static enum status write_samples(struct exporter *exporter, int64_t process, struct error *error)
{
    struct sample_arrays arrays = {0};
    sqlite3_stmt *statement = NULL;
    bool any = false;
    TRY(store_prepare(exporter->store, &statement,
                      "SELECT wall_seconds, cpu_seconds, faults, calls FROM sample WHERE process = ?1 ORDER BY number",
                      error));
    sqlite3_bind_int64(statement, 1, process);
    const enum status status = read_samples(exporter->store, statement, &arrays, &any, error);
    if (any)
        append_samples(&exporter->line, &arrays);
    sqlite3_finalize(statement);
    text_free(&arrays.wall);
    text_free(&arrays.cpu);
    text_free(&arrays.calls);
    text_free(&arrays.faults);
    return status;
}

/* The column after the fields is the process's id in this file. */
static enum status write_process(struct exporter *exporter, sqlite3_stmt *statement, const struct record_type *type,
                                 const void *record, struct error *error)
{
    begin_record(exporter, type, record);
    TRY(write_samples(exporter, sqlite3_column_int64(statement, (int)type->count), error));
    return end_line(exporter, error);
}

static enum status write_processes(struct exporter *exporter, struct error *error)
{
    struct text sql = {0};
    struct process_row process;
    text_append(&sql, "SELECT ");
    fields_append_columns(&sql, &process_type);
    text_format(&sql,
                ", process.id FROM cell JOIN process ON process.cell = cell.id WHERE cell.sweep = ?1%s"
                " ORDER BY process.id",
                text_get(&exporter->filter->sql));
    return write_query(exporter, &sql, true, &process_type, &process, write_process, error);
}

/* ---------------------------------------------------------------- the file */

static enum status write_fingerprint(struct exporter *exporter, struct error *error)
{
    if (!exporter->sweep->fingerprint[0])
        return STATUS_OK;
    char *json = NULL;
    const enum status status = store_get_fingerprint(exporter->store, exporter->sweep->fingerprint, &json, error);
    if (status == STATUS_USAGE) /* the sweep names one that the file does not hold: nothing to write */
        return STATUS_OK;
    if (status != STATUS_OK)
        return status;
    text_append(&exporter->line, "{\"record\":\"fingerprint\",\"key\":");
    json_append_string(&exporter->line, exporter->sweep->fingerprint);
    text_append(&exporter->line, ",\"json\":");
    json_append_text(&exporter->line, json);
    free(json);
    return end_line(exporter, error);
}

static enum status write_end(struct exporter *exporter, struct error *error)
{
    text_format(&exporter->line, "{\"record\":\"end\",\"lines\":%lld", exporter->lines);
    return end_line(exporter, error);
}

static enum status write_all(struct exporter *exporter, struct error *error)
{
    TRY(write_sweep(exporter, error));
    TRY(write_cells(exporter, error));
    TRY(write_blocks(exporter, error));
    TRY(write_processes(exporter, error));
    TRY(write_probes(exporter, error));
    TRY(write_fingerprint(exporter, error));
    return write_end(exporter, error);
}

enum status export_jsonl(struct store *store, const struct sweep_record *sweep, const char *where, FILE *out,
                         struct error *error)
{
    struct filter filter;
    struct exporter exporter = {.store = store, .sweep = sweep, .filter = &filter, .out = out};
    enum status status = filter_parse(&filter, where, 2, error);
    if (status == STATUS_OK)
        status = store_begin_reading(store, error);
    if (status == STATUS_OK)
        status = store_end(store, write_all(&exporter, error), error);
    text_free(&exporter.line);
    filter_free(&filter);
    return status;
}
