/* store_blocks.c - adding a measured block: one transaction for everything in it, so that a kill at any instant leaves all
 * of a block or nothing. Reading what blocks measured is in store_measurements.c.
 */
#include "store/store_fields.h"

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
    const struct grade_evidence nothing = grade_nothing_observed();
    const struct grade_evidence *observed = process->observed ? process->observed : &nothing;
    struct process_row row = {.number = (int)index,
                              .wall_quartile = process->wall_quartile,
                              .cpu_minimum = process->cpu_minimum,
                              .plan_seconds = process->plan_seconds,
                              .prepare_seconds = process->prepare_seconds,
                              .peak_bytes = process->peak_bytes,
                              .rss_bytes = process->rss_bytes,
                              .warmup_seconds = process->warmup_seconds,
                              .observed = *observed,
                              .grade = {grade_letter(observed), '\0'}};
    grade_reason(observed, row.grade_reason);
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
    memcpy(row.disturbed, block->disturbed, sizeof row.disturbed);
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

/* ---------------------------------------------------------------- the whole */

static enum status write_block(struct store *store, struct block_record *block, struct error *error)
{
    struct inserts inserts = {0};
    enum status status = prepare_inserts(store, &inserts, error);
    if (status == STATUS_OK)
        status = insert_rows(store, &inserts, block, error);
    finalize_inserts(&inserts);
    for (size_t i = 0; i < block->cell_count && status == STATUS_OK; ++i)
        status = store_update_cell(store, &block->cells[i], error);
    return status == STATUS_OK ? store_write_summaries(store, block, error) : status;
}

enum status store_add_block(struct store *store, struct block_record *block, struct error *error)
{
    TRY(store_begin(store, error));
    return store_end(store, write_block(store, block, error), error);
}
