/* store_roofs.c - how near each cell comes to what the machine gave during its sweep. The roofs are medians of all probes so
 * far, so they move with every block, for all cells of its thread count.
 */
#include "store/store_fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum status store_read_roofline(struct store *store, const char *sweep, int threads, struct roofline *roofline,
                                struct error *error)
{
    static const char *const bandwidths[ROOFLINE_LEVELS] = {"l1_bytes_per_second", "l2_bytes_per_second",
                                                            "l3_bytes_per_second", "memory_bytes_per_second"};
    static const struct {
        const char *kind;
        bool own; /* each thread has its own, and the probe is of one */
    } capacities[ROOFLINE_LEVELS - 1] = {{"l1_bytes", true}, {"l2_bytes", true}, {"l3_bytes", false}};
    TRY(store_probe_median(store, sweep, "fma_gflops", threads, &roofline->flops_per_second, error));
    roofline->flops_per_second *= 1e9;
    for (size_t i = 0; i < ARRAY_LEN(bandwidths); ++i)
        TRY(store_probe_median(store, sweep, bandwidths[i], threads, &roofline->bytes_per_second[i], error));
    for (size_t i = 0; i < ARRAY_LEN(capacities); ++i) {
        TRY(store_probe_median(store, sweep, capacities[i].kind, threads, &roofline->capacity_bytes[i], error));
        roofline->capacity_bytes[i] *= capacities[i].own ? threads : 1;
    }
    return STATUS_OK;
}

static void set_roof(struct cell_record *cell, const struct roofline *roofline)
{
    const struct roofline_call call = {.flops = cell->flops,
                                       .bytes = cell->compulsory_bytes,
                                       .reread_bytes = cell->reread_bytes,
                                       .reread_set_bytes = cell->reread_set_bytes,
                                       .cold = strcmp(cell->cell.cache, "cold") == 0};
    const struct roofline_floor floor = roofline_floor(roofline, &call);
    cell->roof_fraction = floor.seconds / cell->seconds;
    const bool known = isfinite(cell->roof_fraction);
    snprintf(cell->roof, sizeof cell->roof, "%s", known ? roofline_bound_name(floor.bound) : "");
}

static enum status write_cell(struct store *store, sqlite3_stmt *update, const struct cell_record *cell, struct error *error)
{
    if (store_bind_text(update, 1, cell->id) != SQLITE_OK || store_bind_real(update, 2, cell->roof_fraction) != SQLITE_OK ||
        store_bind_text(update, 3, cell->roof) != SQLITE_OK)
        return store_error(store, "write the roof", error);
    return store_step(store, update, "write the roof", error);
}

static enum status write_cells(struct store *store, struct cell_record *cells, size_t count, const struct roofline *roofline,
                               struct error *error)
{
    sqlite3_stmt *update = NULL;
    TRY(store_prepare(store, &update, "UPDATE cell SET roof_fraction = ?2, roof = ?3 WHERE id = ?1", error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        set_roof(&cells[i], roofline);
        status = write_cell(store, update, &cells[i], error);
    }
    sqlite3_finalize(update);
    return status;
}

enum status store_write_roofs(struct store *store, struct block_record *block, struct error *error)
{
    struct roofline roofline;
    struct cell_record *cells = NULL;
    size_t count = 0;
    char filter[32];
    TRY(store_read_roofline(store, block->sweep, block->threads, &roofline, error));
    for (size_t i = 0; i < block->cell_count; ++i)
        set_roof(&block->cells[i], &roofline);
    snprintf(filter, sizeof filter, "threads=%d", block->threads);
    TRY(store_read_cells(store, block->sweep, filter, &cells, &count, error));
    const enum status status = write_cells(store, cells, count, &roofline, error);
    cell_records_free(cells, count);
    return status;
}
