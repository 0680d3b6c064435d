/* store_blocks.c - adding a measured block: one transaction for everything in it, so that a kill at any instant leaves all
 * of a block or nothing. Reading what blocks measured is in store_measurements.c.
 */
#include "store/store_fields.h"

#include "analyse/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct inserts {
    sqlite3_stmt *block, *process, *sample, *probe;
};

static void finalize_inserts(struct inserts *inserts)
{
    sqlite3_finalize(inserts->block);
    sqlite3_finalize(inserts->process);
    sqlite3_finalize(inserts->sample);
    sqlite3_finalize(inserts->probe);
}

static enum status prepare_inserts(struct store *store, struct inserts *inserts, struct error *error)
{
    TRY(fields_prepare_insert(store, &inserts->block, &block_type, error));
    TRY(fields_prepare_insert(store, &inserts->process, &process_type, error));
    TRY(fields_prepare_insert(store, &inserts->probe, &probe_type, error));
    return store_prepare_sample(store, &inserts->sample, error);
}

static enum status insert_process(struct store *store, const struct inserts *inserts, const struct block_record *block,
                                  const char *block_id, size_t index, struct error *error)
{
    const struct process_record *process = &block->processes[index];
    if (process->cell_index < 0 || (size_t)process->cell_index >= block->cell_count)
        return error_set(error, STATUS_SYSTEM, "process %zu of a block belongs to none of its %zu cells", index,
                         block->cell_count);
    struct process_row row = {.number = (int)index,
                              .wall_quartile = process->wall_quartile,
                              .cpu_minimum = process->cpu_minimum,
                              .plan_seconds = process->plan_seconds,
                              .prepare_seconds = process->prepare_seconds,
                              .peak_bytes = process->peak_bytes,
                              .rss_bytes = process->rss_bytes};
    snprintf(row.block, sizeof row.block, "%s", block_id);
    snprintf(row.cell, sizeof row.cell, "%s", block->cells[process->cell_index].id);
    TRY(fields_insert(store, inserts->process, &process_type, &row, error));
    const int64_t id = sqlite3_last_insert_rowid(store->db);
    for (size_t i = 0; i < process->sample_count; ++i)
        TRY(store_insert_sample(store, inserts->sample, id, i, &process->samples[i], error));
    return STATUS_OK;
}

static enum status insert_rows(struct store *store, const struct inserts *inserts, const struct block_record *block,
                               struct error *error)
{
    struct block_row row = {.length = block->length,
                            .threads = block->threads,
                            .pass = block->pass,
                            .seconds = block->seconds,
                            .split = block->split};
    store_uuid(row.id);
    snprintf(row.sweep, sizeof row.sweep, "%s", block->sweep);
    memcpy(row.started, block->started, sizeof row.started);
    TRY(fields_insert(store, inserts->block, &block_type, &row, error));
    for (size_t i = 0; i < block->process_count; ++i)
        TRY(insert_process(store, inserts, block, row.id, i, error));
    for (size_t i = 0; i < block->probe_count; ++i) {
        struct probe_row probe = {.number = (int)i, .probe = block->probes[i]};
        memcpy(probe.block, row.id, sizeof probe.block);
        TRY(fields_insert(store, inserts->probe, &probe_type, &probe, error));
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- summaries */

/* The statistics of a cell's processes, column by column; values that were not measured are left out. */
struct summary_input {
    double *wall, *cpu, *rss;
    size_t wall_count, cpu_count, rss_count;
};

static bool append_known(double **values, size_t *count, double value)
{
    if (isnan(value))
        return true;
    double *grown = realloc(*values, (*count + 1) * sizeof *grown);
    if (!grown)
        return false;
    *values = grown;
    grown[(*count)++] = value;
    return true;
}

static enum status read_summary_input(struct store *store, sqlite3_stmt *statement, struct summary_input *input,
                                      struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        if (!append_known(&input->wall, &input->wall_count, store_column_real(statement, 0)) ||
            !append_known(&input->cpu, &input->cpu_count, store_column_real(statement, 1)) ||
            !append_known(&input->rss, &input->rss_count, store_column_real(statement, 2)))
            return error_set(error, STATUS_SYSTEM, "out of memory");
    }
}

static void summarise(struct cell_record *cell, const struct summary_input *input)
{
    const struct interval seconds = statistics_median_interval(input->wall, input->wall_count);
    cell->seconds = seconds.value;
    cell->low = seconds.low;
    cell->high = seconds.high;
    cell->cpu_seconds = statistics_median(input->cpu, input->cpu_count);
    cell->rss_bytes = statistics_median(input->rss, input->rss_count);
    cell->processes = (int)input->wall_count;
}

static enum status write_summary(struct store *store, sqlite3_stmt *statement, const struct cell_record *cell,
                                 struct error *error)
{
    const double values[] = {cell->seconds, cell->low, cell->high, cell->cpu_seconds, cell->rss_bytes};
    int code = store_bind_text(statement, 1, cell->id);
    for (size_t i = 0; i < ARRAY_LEN(values) && code == SQLITE_OK; ++i)
        code = store_bind_real(statement, (int)i + 2, values[i]);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(statement, 7, cell->processes);
    return code == SQLITE_OK ? store_step(store, statement, "write a summary", error)
                             : store_error(store, "write a summary", error);
}

static enum status summarise_cell(struct store *store, sqlite3_stmt *select, sqlite3_stmt *update, struct cell_record *cell,
                                  struct error *error)
{
    struct summary_input input = {0};
    enum status status = store_bind_text(select, 1, cell->id) == SQLITE_OK
                             ? read_summary_input(store, select, &input, error)
                             : store_error(store, "read the processes of a cell", error);
    sqlite3_reset(select);
    if (status == STATUS_OK) {
        summarise(cell, &input);
        status = write_summary(store, update, cell, error);
    }
    free(input.wall);
    free(input.cpu);
    free(input.rss);
    return status;
}

static enum status summarise_cells(struct store *store, struct block_record *block, struct error *error)
{
    sqlite3_stmt *select = NULL, *update = NULL;
    enum status status = store_prepare(
        store, &select, "SELECT wall_quartile, cpu_minimum, rss_bytes FROM process WHERE cell = ?1 ORDER BY id", error);
    if (status == STATUS_OK)
        status = store_prepare(store, &update,
                               "UPDATE cell SET seconds = ?2, low = ?3, high = ?4, cpu_seconds = ?5, rss_bytes = ?6, "
                               "processes = ?7 WHERE id = ?1",
                               error);
    for (size_t i = 0; i < block->cell_count && status == STATUS_OK; ++i)
        status = summarise_cell(store, select, update, &block->cells[i], error);
    sqlite3_finalize(select);
    sqlite3_finalize(update);
    return status == STATUS_OK ? store_write_roofs(store, block, error) : status;
}

static enum status write_block(struct store *store, struct block_record *block, struct error *error)
{
    struct inserts inserts = {0};
    enum status status = prepare_inserts(store, &inserts, error);
    if (status == STATUS_OK)
        status = insert_rows(store, &inserts, block, error);
    finalize_inserts(&inserts);
    for (size_t i = 0; i < block->cell_count && status == STATUS_OK; ++i)
        status = store_update_cell(store, &block->cells[i], error);
    return status == STATUS_OK ? summarise_cells(store, block, error) : status;
}

enum status store_add_block(struct store *store, struct block_record *block, struct error *error)
{
    TRY(store_begin(store, error));
    return store_end(store, write_block(store, block, error), error);
}
