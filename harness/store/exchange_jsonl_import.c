/* exchange_jsonl_import.c - what export_jsonl wrote becomes the same sweep again. The file is not believed: every member is
 * checked against its field, every reference must be to this file's own cells and blocks, and all is one transaction. */
#include "store/exchange_internal.h"

#include "store/store_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct importer {
    struct store *store;
    struct sweep_record *sweep;
    sqlite3_stmt *insert_cell, *insert_block, *insert_process, *insert_probe, *insert_sample;
    sqlite3_stmt *own_cell, *own_block; /* whether a row belongs to this sweep */
    long long lines;                    /* read so far */
    bool ended;
};

static enum status check_members(const json_t *object, const char *const *names, struct error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const char *const *known = names;
        while (*known && strcmp(*known, name) != 0)
            ++known;
        if (!*known)
            return error_set(error, STATUS_USAGE, "\"%.60s\" is unknown here", name);
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- records */

static enum status check_own(struct importer *importer, sqlite3_stmt *statement, const char *table, const char *id,
                             struct error *error)
{
    bool row = false;
    enum status status = STATUS_OK;
    if (store_bind_text(statement, 1, id) != SQLITE_OK || store_bind_text(statement, 2, importer->sweep->id) != SQLITE_OK)
        status = store_error(importer->store, "read", error);
    if (status == STATUS_OK)
        status = store_row(importer->store, statement, &row, error);
    sqlite3_reset(statement);
    if (status == STATUS_OK && !row)
        status = error_set(error, STATUS_USAGE, "the file has no %s '%s' before this line", table, id);
    return status;
}

static enum status read_cell(struct importer *importer, const json_t *object, struct error *error)
{
    struct cell_record cell;
    cell_record_init(&cell);
    enum status status = fields_read_json(object, &cell_type, (const char *const[]){"record", NULL}, &cell, error);
    memcpy(cell.sweep, importer->sweep->id, sizeof cell.sweep);
    if (status == STATUS_OK)
        status = fields_insert(importer->store, importer->insert_cell, &cell_type, &cell, error);
    cell_record_free(&cell);
    return status;
}

static enum status read_block(struct importer *importer, const json_t *object, struct error *error)
{
    struct block_row block;
    fields_init(&block_type, &block);
    TRY(fields_read_json(object, &block_type, (const char *const[]){"record", NULL}, &block, error));
    memcpy(block.sweep, importer->sweep->id, sizeof block.sweep);
    return fields_insert(importer->store, importer->insert_block, &block_type, &block, error);
}

static enum status read_probe(struct importer *importer, const json_t *object, struct error *error)
{
    struct probe_row probe;
    fields_init(&probe_type, &probe);
    TRY(fields_read_json(object, &probe_type, (const char *const[]){"record", NULL}, &probe, error));
    TRY(check_own(importer, importer->own_block, "block", probe.block, error));
    return fields_insert(importer->store, importer->insert_probe, &probe_type, &probe, error);
}

static const char *const sample_arrays[] = {"wall", "cpu", "calls", "faults", NULL};

static enum status bad_samples(struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "\"samples\" needs arrays wall, cpu, calls and faults of numbers, all of one length");
}

static enum status count_samples(const json_t *samples, size_t *count, struct error *error)
{
    TRY(check_members(samples, sample_arrays, error));
    *count = json_array_size(json_object_get(samples, "wall"));
    for (const char *const *name = sample_arrays; *name; ++name) {
        const json_t *array = json_object_get(samples, *name);
        if (!json_is_array(array) || json_array_size(array) != *count)
            return bad_samples(error);
    }
    return STATUS_OK;
}

/* Element `index` of a member array; null is NaN. */
static enum status read_element(const json_t *samples, const char *name, size_t index, double *value, struct error *error)
{
    const json_t *element = json_array_get(json_object_get(samples, name), index);
    if (!json_is_number(element) && !json_is_null(element))
        return bad_samples(error);
    *value = json_is_null(element) ? NAN : json_number_value(element);
    return STATUS_OK;
}

static enum status read_samples(struct importer *importer, const json_t *samples, int64_t process, struct error *error)
{
    size_t count = 0;
    TRY(count_samples(samples, &count, error));
    for (size_t i = 0; i < count; ++i) {
        struct sample_record sample;
        double calls = 0.0;
        TRY(read_element(samples, "wall", i, &sample.wall_seconds, error));
        TRY(read_element(samples, "cpu", i, &sample.cpu_seconds, error));
        TRY(read_element(samples, "faults", i, &sample.faults, error));
        TRY(read_element(samples, "calls", i, &calls, error));
        if (!(calls >= 0.0 && calls <= 9e15)) /* whole numbers of a double */
            return error_set(error, STATUS_USAGE, "\"calls\" of a sample is no count");
        sample.calls = (int64_t)calls;
        TRY(store_insert_sample(importer->store, importer->insert_sample, process, i, &sample, error));
    }
    return STATUS_OK;
}

static enum status read_process(struct importer *importer, const json_t *object, struct error *error)
{
    struct process_row process;
    fields_init(&process_type, &process);
    TRY(fields_read_json(object, &process_type, (const char *const[]){"record", "samples", NULL}, &process, error));
    TRY(check_own(importer, importer->own_block, "block", process.block, error));
    TRY(check_own(importer, importer->own_cell, "cell", process.cell, error));
    TRY(fields_insert(importer->store, importer->insert_process, &process_type, &process, error));
    const json_t *samples = json_object_get(object, "samples");
    return samples ? read_samples(importer, samples, sqlite3_last_insert_rowid(importer->store->db), error) : STATUS_OK;
}

static enum status read_fingerprint(struct importer *importer, const json_t *object, struct error *error)
{
    TRY(check_members(object, (const char *const[]){"record", "key", "json", NULL}, error));
    const char *key = json_string_value(json_object_get(object, "key"));
    const json_t *json = json_object_get(object, "json");
    if (!key || strcmp(key, importer->sweep->fingerprint) != 0 || !json_is_object(json))
        return error_set(error, STATUS_USAGE, "the fingerprint needs the sweep's \"key\" and an object \"json\"");
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (!text)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    const enum status status = store_add_fingerprint(importer->store, key, text, error);
    free(text);
    return status;
}

static enum status read_end(struct importer *importer, const json_t *object, struct error *error)
{
    const json_t *lines = json_object_get(object, "lines");
    if (!json_is_integer(lines) || json_integer_value(lines) != importer->lines)
        return error_set(error, STATUS_USAGE, "the end mark counts other lines than the %lld before it: lines are missing",
                         importer->lines);
    importer->ended = true;
    return STATUS_OK;
}

static const struct {
    const char *name;
    enum status (*read)(struct importer *importer, const json_t *object, struct error *error);
} records[] = {
    {"cell", read_cell},
    {"block", read_block},
    {"process", read_process},
    {"probe", read_probe},
    {"fingerprint", read_fingerprint},
    {"end", read_end},
};

static enum status read_record(struct importer *importer, const json_t *object, struct error *error)
{
    const char *name = json_string_value(json_object_get(object, "record"));
    if (importer->ended)
        return error_set(error, STATUS_USAGE, "there is more after the end mark");
    for (size_t i = 0; name && i < ARRAY_LEN(records); ++i)
        if (strcmp(records[i].name, name) == 0)
            return records[i].read(importer, object, error);
    return error_set(error, STATUS_USAGE, "\"record\" is not one of cell, block, process, probe, fingerprint, end");
}

/* ---------------------------------------------------------------- the sweep */

static enum status check_new(struct store *store, const struct sweep_record *sweep, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement, "SELECT name FROM sweep WHERE id = ?1", error));
    bool row = false;
    enum status status = store_bind_text(statement, 1, sweep->id) == SQLITE_OK ? store_row(store, statement, &row, error)
                                                                               : store_error(store, "read", error);
    if (status == STATUS_OK && row)
        status =
            error_set(error, STATUS_USAGE, "this sweep is in %s already, named '%s': delete it there to import it again",
                      store->path, store_column_text(statement, 0));
    sqlite3_finalize(statement);
    return status;
}

static enum status read_sweep(struct importer *importer, const json_t *object, const char *name, struct error *error)
{
    const char *format = json_string_value(json_object_get(object, "format"));
    const json_t *version = json_object_get(object, "version");
    if (!format || strcmp(format, EXCHANGE_FORMAT) != 0)
        return error_set(error, STATUS_USAGE, "the first line has no \"format\":\"%s\": this is not an exported sweep",
                         EXCHANGE_FORMAT);
    if (!json_is_integer(version) || json_integer_value(version) != EXCHANGE_VERSION)
        return error_set(error, STATUS_USAGE, "the file has version %lld of the format, and this seqscale reads version %d",
                         (long long)json_integer_value(version), EXCHANGE_VERSION);
    TRY(fields_read_json(object, &sweep_type, (const char *const[]){"format", "version", NULL}, importer->sweep, error));
    if (strlen(importer->sweep->id) != UUID_TEXT - 1)
        return error_set(error, STATUS_USAGE, "\"id\" of the sweep is no UUID");
    if (name)
        snprintf(importer->sweep->name, sizeof importer->sweep->name, "%s", name);
    TRY(check_new(importer->store, importer->sweep, error));
    return store_add_sweep(importer->store, importer->sweep, error);
}

static enum status read_line(struct importer *importer, const char *line, size_t length, const char *name,
                             struct error *error)
{
    json_error_t fault;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(object)) {
        const char *what = object ? "not a JSON object" : fault.text;
        json_decref(object);
        return error_set(error, STATUS_USAGE, "no JSON object (%s)", what);
    }
    const enum status status =
        importer->lines == 0 ? read_sweep(importer, object, name, error) : read_record(importer, object, error);
    json_decref(object);
    return status;
}

static enum status read_lines(struct importer *importer, const char *text, const char *name, struct error *error)
{
    long long number = 1;
    for (const char *line = text; *line; ++number) {
        const size_t length = strcspn(line, "\n");
        if (strspn(line, " \t\r") < length) { /* empty lines are no lines */
            const enum status status = read_line(importer, line, length, name, error);
            if (status != STATUS_OK)
                return error_prefix(error, status, "line %lld", number);
            ++importer->lines;
        }
        line += length + (line[length] == '\n');
    }
    return importer->ended ? STATUS_OK : error_set(error, STATUS_USAGE, "the file has no end mark: it was cut off");
}

static enum status prepare(struct importer *importer, struct error *error)
{
    struct store *store = importer->store;
    TRY(fields_prepare_insert(store, &importer->insert_cell, &cell_type, error));
    TRY(fields_prepare_insert(store, &importer->insert_block, &block_type, error));
    TRY(fields_prepare_insert(store, &importer->insert_process, &process_type, error));
    TRY(fields_prepare_insert(store, &importer->insert_probe, &probe_type, error));
    TRY(store_prepare_sample(store, &importer->insert_sample, error));
    TRY(store_prepare(store, &importer->own_cell, "SELECT 1 FROM cell WHERE id = ?1 AND sweep = ?2", error));
    return store_prepare(store, &importer->own_block, "SELECT 1 FROM block WHERE id = ?1 AND sweep = ?2", error);
}

static void finalize(struct importer *importer)
{
    sqlite3_stmt *const statements[] = {importer->insert_cell,  importer->insert_block,  importer->insert_process,
                                        importer->insert_probe, importer->insert_sample, importer->own_cell,
                                        importer->own_block};
    for (size_t i = 0; i < ARRAY_LEN(statements); ++i)
        sqlite3_finalize(statements[i]);
}

static enum status import_all(struct importer *importer, const char *text, const char *name, struct error *error)
{
    TRY(store_begin(importer->store, error));
    enum status status = prepare(importer, error);
    if (status == STATUS_OK)
        status = read_lines(importer, text_starts(text, "\xef\xbb\xbf") ? text + 3 : text, name, error);
    finalize(importer);
    return store_end(importer->store, status, error);
}

enum status import_jsonl_text(struct store *store, char *text, const char *path, const char *name,
                              struct sweep_record *sweep, struct error *error)
{
    (void)path;
    struct importer importer = {.store = store, .sweep = sweep};
    TRY(import_all(&importer, text, name, error));
    char id[UUID_TEXT];
    memcpy(id, sweep->id, sizeof id);
    sweep_record_free(sweep);
    return store_find_sweep(store, id, sweep, error); /* as it was stored, with its counts */
}
