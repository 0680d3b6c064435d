/* store_measurements.c - what blocks measured, row by row: samples written, and processes, passes and probes read. */
#include "store/store_fields.h"

#include "analyse/statistics.h"

#include <math.h>
#include <stdlib.h>

enum status store_prepare_sample(struct store *store, sqlite3_stmt **statement, struct error *error)
{
    return store_prepare(store, statement,
                         "INSERT INTO sample (process, number, wall_seconds, cpu_seconds, calls, faults) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                         error);
}

enum status store_insert_sample(struct store *store, sqlite3_stmt *statement, int64_t process, size_t number,
                                const struct sample_record *sample, struct error *error)
{
    if (sqlite3_bind_int64(statement, 1, process) != SQLITE_OK ||
        sqlite3_bind_int64(statement, 2, (int64_t)number) != SQLITE_OK ||
        store_bind_real(statement, 3, sample->wall_seconds) != SQLITE_OK ||
        store_bind_real(statement, 4, sample->cpu_seconds) != SQLITE_OK ||
        sqlite3_bind_int64(statement, 5, sample->calls) != SQLITE_OK ||
        store_bind_real(statement, 6, sample->faults) != SQLITE_OK)
        return store_error(store, "add a sample", error);
    return store_step(store, statement, "add a sample", error);
}

enum status store_count_passes(struct store *store, const char *sweep, int64_t length, int threads, int *passes,
                               int *disturbed, struct error *error)
{
    *passes = *disturbed = 0;
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT count(DISTINCT pass), count(DISTINCT iif(disturbed = '', NULL, pass)) FROM block "
                      "WHERE sweep = ?1 AND length = ?2 AND threads = ?3",
                      error));
    bool row = false;
    enum status status = STATUS_OK;
    if (store_bind_text(statement, 1, sweep) != SQLITE_OK || sqlite3_bind_int64(statement, 2, length) != SQLITE_OK ||
        sqlite3_bind_int(statement, 3, threads) != SQLITE_OK)
        status = store_error(store, "count the passes", error);
    if (status == STATUS_OK)
        status = store_row(store, statement, &row, error);
    if (status == STATUS_OK && row) {
        *passes = sqlite3_column_int(statement, 0);
        *disturbed = sqlite3_column_int(statement, 1);
    }
    sqlite3_finalize(statement);
    return status;
}

struct point_array {
    struct process_point *points;
    size_t count, capacity;
};

static struct process_point *append_point(struct point_array *array)
{
    if (array->count == array->capacity) {
        const size_t capacity = array->capacity ? 2 * array->capacity : 256;
        struct process_point *points = realloc(array->points, capacity * sizeof *points);
        if (!points)
            return NULL;
        array->points = points;
        array->capacity = capacity;
    }
    return &array->points[array->count++];
}

static enum status read_points(struct store *store, sqlite3_stmt *statement, struct point_array *array, struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        struct process_point *point = append_point(array);
        if (!point)
            return error_set(error, STATUS_SYSTEM, "out of memory");
        *point = (struct process_point){.cell_number = sqlite3_column_int(statement, 0),
                                        .pass = sqlite3_column_int(statement, 1),
                                        .wall_quartile = store_column_real(statement, 2),
                                        .cpu_minimum = store_column_real(statement, 3),
                                        .rss_bytes = store_column_real(statement, 4)};
    }
}

enum status store_read_processes(struct store *store, const char *sweep, struct process_point **points, size_t *count,
                                 struct error *error)
{
    *points = NULL;
    *count = 0;
    struct point_array array = {0};
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT cell.number, block.pass, process.wall_quartile, process.cpu_minimum, process.rss_bytes "
                      "FROM cell JOIN process ON process.cell = cell.id JOIN block ON block.id = process.block "
                      "WHERE cell.sweep = ?1 AND process.set_aside = 0 ORDER BY cell.number, block.pass, process.id",
                      error));
    const enum status status = store_bind_text(statement, 1, sweep) == SQLITE_OK
                                   ? read_points(store, statement, &array, error)
                                   : store_error(store, "read the processes", error);
    sqlite3_finalize(statement);
    if (status != STATUS_OK) {
        free(array.points);
        return status;
    }
    *points = array.points;
    *count = array.count;
    return STATUS_OK;
}

static enum status read_median(struct store *store, sqlite3_stmt *statement, double *value, struct error *error)
{
    double *values = NULL;
    size_t count = 0;
    bool row = false;
    enum status status = STATUS_OK;
    while ((status = store_row(store, statement, &row, error)) == STATUS_OK && row) {
        double *grown = realloc(values, (count + 1) * sizeof *grown);
        if (!grown) {
            status = error_set(error, STATUS_SYSTEM, "out of memory");
            break;
        }
        values = grown;
        values[count++] = sqlite3_column_double(statement, 0);
    }
    *value = status == STATUS_OK ? statistics_median(values, count) : NAN;
    free(values);
    return status;
}

static enum status keep_medians(struct store *store, sqlite3_stmt *statement, struct probe_median **medians, size_t *count,
                                struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        struct probe_median *more = realloc(*medians, (*count + 1) * sizeof *more);
        if (!more)
            return error_set(error, STATUS_SYSTEM, "out of memory for the probes");
        *medians = more;
        struct probe_median *median = &more[(*count)++];
        const char *fingerprint = (const char *)sqlite3_column_text(statement, 0);
        snprintf(median->fingerprint, sizeof median->fingerprint, "%s", fingerprint ? fingerprint : "");
        median->value = store_column_real(statement, 1);
    }
}

enum status store_read_probe_medians(struct store *store, const char *kind, int threads, struct probe_median **medians,
                                     size_t *count, struct error *error)
{
    *medians = NULL;
    *count = 0;
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT fingerprint, value FROM (SELECT sweep.fingerprint AS fingerprint, probe.value AS value, "
                      "row_number() OVER (PARTITION BY sweep.id ORDER BY probe.value) AS place, "
                      "count(*) OVER (PARTITION BY sweep.id) AS places "
                      "FROM probe JOIN block ON probe.block = block.id JOIN sweep ON block.sweep = sweep.id "
                      "WHERE probe.kind = ?1 AND probe.threads = ?2 AND probe.value IS NOT NULL) "
                      "WHERE place = (places + 1) / 2 ORDER BY value",
                      error));
    enum status status = STATUS_OK;
    if (store_bind_text(statement, 1, kind) != SQLITE_OK || sqlite3_bind_int(statement, 2, threads) != SQLITE_OK)
        status = store_error(store, "read the probes", error);
    if (status == STATUS_OK)
        status = keep_medians(store, statement, medians, count, error);
    sqlite3_finalize(statement);
    return status;
}

enum status store_probe_median(struct store *store, const char *sweep, const char *kind, int threads, double *value,
                               struct error *error)
{
    *value = NAN;
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT probe.value FROM block JOIN probe ON probe.block = block.id WHERE block.sweep = ?1 "
                      "AND probe.kind = ?2 AND probe.threads = ?3 AND probe.value IS NOT NULL",
                      error));
    enum status status = STATUS_OK;
    if (store_bind_text(statement, 1, sweep) != SQLITE_OK || store_bind_text(statement, 2, kind) != SQLITE_OK ||
        sqlite3_bind_int(statement, 3, threads) != SQLITE_OK)
        status = store_error(store, "read a probe", error);
    if (status == STATUS_OK)
        status = read_median(store, statement, value, error);
    sqlite3_finalize(statement);
    return status;
}
