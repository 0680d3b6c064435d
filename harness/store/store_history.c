/* store_history.c - see store_history.h. Comparisons are no rows of the table of points: they are read where `seqscale ab`
 * stored them, so that a comparison that is deleted is gone from the history, too. */
#include "store/store_history.h"

#include "store/store_comparison.h"
#include "store/store_fields.h"
#include "store/store_filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct store *store;
    const char *source;
    struct filter filter;
    struct history_point *points;
    size_t count, capacity;
};

/* ---------------------------------------------------------------- which points */

static enum status add_point(struct reading *reading, const struct history_point *point, struct error *error)
{
    struct cell_record row;
    bool matches = false;
    cell_record_init(&row);
    row.cell = point->cell;
    const enum status status = filter_matches(reading->store, &reading->filter, &row, &matches, error);
    cell_record_free(&row);
    if (status != STATUS_OK || !matches)
        return status;
    if (reading->count == reading->capacity) {
        const size_t capacity = reading->capacity ? 2 * reading->capacity : 256;
        struct history_point *points = realloc(reading->points, capacity * sizeof *points);
        if (!points)
            return error_set(error, STATUS_SYSTEM, "out of memory while reading %s", reading->store->path);
        reading->points = points;
        reading->capacity = capacity;
    }
    reading->points[reading->count++] = *point;
    return STATUS_OK;
}

/* Whether the source is the one that is asked for, by whatever clock ("baseline:NAME, instructions"). */
static bool is_wanted(const struct reading *reading, const char *source)
{
    const size_t length = strlen(reading->source ? reading->source : "");
    return length == 0 || (strncmp(reading->source, source, length) == 0 && (source[length] == '\0' || source[length] == ','));
}

/* ---------------------------------------------------------------- comparisons */

/* The baseline that an arm is, "baseline:NAME"; "" where it is none. */
static void name_reference(char out[128], const char *arm)
{
    json_t *object = json_loads(arm ? arm : "", 0, NULL);
    const char *label = json_string_value(json_object_get(object, "label"));
    snprintf(out, 128, "%s", label && text_starts(label, "baseline:") ? label : "");
    json_decref(object);
}

/* Whether the comparison was made by a build that is fit to time: one with sanitizers is not. */
static bool is_fit(struct store *store, const struct comparison_record *comparison)
{
    char *text = NULL;
    struct error ignored;
    if (!comparison->fingerprint[0] || store_get_fingerprint(store, comparison->fingerprint, &text, &ignored) != STATUS_OK)
        return true;
    json_t *object = json_loads(text ? text : "", 0, NULL);
    const json_t *field = json_object_get(json_object_get(object, "fields"), "sanitizers");
    const char *value = json_string_value(json_object_get(field, "value"));
    const bool fit = !value || strcmp(value, "none") == 0;
    json_decref(object);
    free(text);
    return fit;
}

/* A measured cell of the same operator with the same options in both arms; what is wrong has no speed. */
static bool is_point(const struct comparison_cell *cell)
{
    const bool same = (!cell->new_operator[0] || strcmp(cell->new_operator, cell->cell.operator_name) == 0) &&
                      strcmp(cell->new_options, cell->cell.options) == 0;
    return same && !cell->control && isfinite(cell->ratio) && cell->ratio > 0.0 && strcmp(cell->verdict, "WRONG") != 0;
}

/* Counted instructions and times are series of their own. */
static void name_source(struct history_point *point, const char *reference, const char *clock)
{
    const bool counted = strcmp(clock, "instructions") == 0;
    snprintf(point->source, sizeof point->source, "%.100s%s", reference, counted ? ", instructions" : "");
}

static enum status add_comparison(struct reading *reading, const struct comparison_record *comparison, const char *reference,
                                  struct history_point *point, struct error *error)
{
    struct comparison_cell *cells = NULL;
    size_t count = 0;
    TRY(store_read_comparison_cells(reading->store, comparison->id, &cells, &count, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        if (!is_point(&cells[i]))
            continue;
        name_source(point, reference, cells[i].clock);
        point->cell = cells[i].cell;
        point->ratio = cells[i].ratio;
        point->low = cells[i].low;
        point->high = cells[i].high;
        status = add_point(reading, point, error);
        ++point->number;
    }
    free(cells);
    return status;
}

static enum status add_comparisons(struct reading *reading, struct error *error)
{
    struct comparison_record *comparisons = NULL;
    size_t count = 0;
    TRY(store_list_comparisons(reading->store, &comparisons, &count, error));
    enum status status = STATUS_OK;
    struct history_point point = {.number = 0, .seconds = NAN};
    for (size_t i = 0; i < count; ++i) {
        const struct comparison_record *comparison = &comparisons[i];
        char reference[128];
        name_reference(reference, comparison->base_arm);
        snprintf(point.commit, sizeof point.commit, "%s", comparison->new_commit);
        snprintf(point.date, sizeof point.date, "%s", comparison->new_date[0] ? comparison->new_date : comparison->created);
        if (status == STATUS_OK && reference[0] && is_wanted(reading, reference) && is_fit(reading->store, comparison))
            status = add_comparison(reading, comparison, reference, &point, error);
        comparison_record_free(&comparisons[i]);
    }
    free(comparisons);
    return status;
}

/* ---------------------------------------------------------------- imported points */

static enum status add_imported(struct reading *reading, struct error *error)
{
    void *rows = NULL;
    size_t count = 0;
    TRY(fields_select(reading->store, &history_type, sizeof(struct history_point), "ORDER BY source, number", NULL, 0, &rows,
                      &count, error));
    const struct history_point *points = rows;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i)
        if (is_wanted(reading, points[i].source))
            status = add_point(reading, &points[i], error);
    free(rows);
    return status;
}

enum status store_read_history(struct store *store, const char *source, const char *where, struct history_point **points,
                               size_t *count, struct error *error)
{
    struct reading reading = {.store = store, .source = source};
    *points = NULL;
    *count = 0;
    enum status status = filter_parse(&reading.filter, where, 1, error);
    if (status == STATUS_OK)
        status = add_comparisons(&reading, error);
    if (status == STATUS_OK)
        status = add_imported(&reading, error);
    filter_free(&reading.filter);
    if (status != STATUS_OK) {
        free(reading.points);
        return status;
    }
    *points = reading.points;
    *count = reading.count;
    return STATUS_OK;
}

static enum status write_points(struct store *store, const char *source, struct history_point *points, size_t count,
                                struct error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(store_change(store, "DELETE FROM history_point WHERE source = ?1", (const char *const[]){source}, 1,
                     "replace the history", error));
    TRY(fields_prepare_insert(store, &statement, &history_type, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        snprintf(points[i].source, sizeof points[i].source, "%s", source);
        points[i].number = (int)i;
        status = fields_insert(store, statement, &history_type, &points[i], error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status store_put_history(struct store *store, const char *source, struct history_point *points, size_t count,
                              struct error *error)
{
    TRY(store_begin(store, error));
    return store_end(store, write_points(store, source, points, count, error), error);
}

enum status store_remove_history(struct store *store, const char *source, struct error *error)
{
    TRY(store_change(store, "DELETE FROM history_point WHERE source = ?1", (const char *const[]){source}, 1,
                     "remove the history", error));
    if (sqlite3_changes(store->db) == 0)
        return error_set(error, STATUS_USAGE, "%s has no imported history '%.127s'; `seqscale history` names them",
                         store->path, source);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- acknowledged changes */

enum status store_put_acknowledged(struct store *store, struct acknowledged_record *acknowledged, struct error *error)
{
    store_stamp(acknowledged->created);
    const char *const values[] = {acknowledged->commit, acknowledged->spec, acknowledged->note, acknowledged->created};
    return store_change(store, "INSERT OR REPLACE INTO acknowledged (commit_id, spec, note, created) VALUES (?1, ?2, ?3, ?4)",
                        values, ARRAY_LEN(values), "store the acknowledgement", error);
}

enum status store_remove_acknowledged(struct store *store, const char *commit, const char *spec, int *removed,
                                      struct error *error)
{
    const char *const values[] = {commit, spec};
    if (spec)
        TRY(store_change(store, "DELETE FROM acknowledged WHERE commit_id = ?1 AND spec = ?2", values, 2,
                         "take the acknowledgement back", error));
    else
        TRY(store_change(store, "DELETE FROM acknowledged WHERE commit_id = ?1", values, 1, "take the acknowledgement back",
                         error));
    *removed = sqlite3_changes(store->db);
    return STATUS_OK;
}

enum status store_list_acknowledged(struct store *store, struct acknowledged_record **acknowledged, size_t *count,
                                    struct error *error)
{
    void *rows = NULL;
    const enum status status = fields_select(store, &acknowledged_type, sizeof **acknowledged,
                                             "ORDER BY created, commit_id, spec", NULL, 0, &rows, count, error);
    *acknowledged = rows;
    return status;
}
