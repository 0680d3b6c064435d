/* ab.c - see ab.h: which pair comes next, and what is stored. The cells are made in ab_cells.c, pairs run in ab_pair.c. */
#include "sweep/ab_internal.h"

#include "base/random.h"
#include "machine/clock.h"
#include "sweep/conclude.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_STREAM 0x6f72u

double ab_left(const struct ab *ab)
{
    return ab->request->budget_seconds - (double)(clock_wall_ns() - ab->began_ns) * 1e-9;
}

/* ---------------------------------------------------------------- stages */

static void say(const struct ab *ab, const struct ab_cell *cell, const char *doing)
{
    char text[256], label[128];
    if (!ab->request->progress)
        return;
    cell_label(&cell->record.cell, label, sizeof label);
    snprintf(text, sizeof text, "%s: %s length %lld, %d thread%s, pair %zu%s", doing, label,
             (long long)cell->record.cell.length, cell->record.cell.threads, cell->record.cell.threads == 1 ? "" : "s",
             cell->pairs + 1, cell->record.control ? " (control)" : "");
    const double budget = ab->request->budget_seconds, left = fmax(0.0, ab_left(ab));
    ab->request->progress(ab->request->context, fmin(1.0, 1.0 - left / budget), budget - left, left, text);
}

static enum status rehearse_all(struct ab *ab, struct error *error)
{
    for (size_t i = 0; i < ab->count; ++i) {
        struct ab_cell *cell = &ab->cells[i];
        if (!cell->runs)
            continue;
        say(ab, cell, "check");
        if (cell->runs && ab_left(ab) <= 0.0 && i > 0) {
            ab_conclude(cell, VERDICT_UNKNOWN, "", PLAN_BUDGET_REASON "; give a larger --budget");
            continue;
        }
        TRY(ab_rehearse(ab, cell, error));
        if (ab->request->instructions && cell->runs)
            TRY(ab_count(cell, error));
    }
    return STATUS_OK;
}

/* Puts off the dearest cells until the screen of the others fits in what is left. */
static void fit_budget(struct ab *ab)
{
    for (;;) {
        double need = 0.0;
        struct ab_cell *dearest = NULL;
        for (size_t i = 0; i < ab->count; ++i) {
            struct ab_cell *cell = &ab->cells[i];
            if (!cell->runs)
                continue;
            need += cell->pair_seconds * (double)ab->request->rule.screen;
            if (!cell->record.control && (!dearest || cell->pair_seconds > dearest->pair_seconds))
                dearest = cell;
        }
        if (need <= ab_left(ab) || !dearest)
            return;
        ab_conclude(dearest, VERDICT_UNKNOWN, "", PLAN_BUDGET_REASON "; give a larger --budget");
    }
}

/* One round over all cells in random order, so that drift of the machine hits all alike. */
static enum status screen_round(struct ab *ab, int *order, size_t round, struct error *error)
{
    random_permutation(ab->request->seed, ORDER_STREAM + (uint64_t)round, (int)ab->count, order);
    for (size_t i = 0; i < ab->count; ++i) {
        struct ab_cell *cell = &ab->cells[order[i]];
        if (!cell->runs || cell->pairs > round)
            continue;
        say(ab, cell, "screen");
        TRY(ab_take_pair(ab, cell, 1, error));
    }
    return STATUS_OK;
}

static enum status screen(struct ab *ab, struct error *error)
{
    int *order = calloc(ab->count + 1, sizeof *order);
    if (!order)
        return error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    fit_budget(ab);
    enum status status = STATUS_OK;
    for (size_t round = 0; round < ab->request->rule.screen && status == STATUS_OK; ++round)
        status = screen_round(ab, order, round, error);
    free(order);
    return status;
}

static size_t wanted(const struct ab *ab, const struct ab_cell *cell)
{
    const struct verdict_rule rule = ab_rule(ab, cell);
    const size_t more = cell->runs ? verdict_more(&rule, cell->log_ratios[ab_clock(cell)], cell->pairs) : 0;
    return (double)more * cell->pair_seconds <= ab_left(ab) ? more : 0;
}

/* The undecided cell with the fewest pairs; among equals, chance. Controls come first: without them nothing counts. */
static struct ab_cell *next_cell(const struct ab *ab)
{
    struct ab_cell *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < ab->count; ++i) {
        struct ab_cell *cell = &ab->cells[i];
        const double order = (double)cell->pairs - (cell->record.control ? 0.5 : 0.0) +
                             0.4 * random_uniform(ab->request->seed, ORDER_STREAM + i, cell->pairs);
        if (order < least && wanted(ab, cell) > 0) {
            least = order;
            best = cell;
        }
    }
    return best;
}

static enum status confirm(struct ab *ab, struct error *error)
{
    for (struct ab_cell *cell = next_cell(ab); cell; cell = next_cell(ab)) {
        for (size_t more = wanted(ab, cell); more > 0 && cell->runs; --more) {
            say(ab, cell, "confirm");
            TRY(ab_take_pair(ab, cell, 2, error));
        }
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the record */

static char *dump(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    return text;
}

static enum status begin_record(struct ab *ab, struct comparison_record *record, struct comparison_cell *cells,
                                struct error *error)
{
    const struct ab_request *request = ab->request;
    snprintf(record->name, sizeof record->name, "%s", request->name ? request->name : "");
    snprintf(record->status, sizeof record->status, "running");
    record->exit_code = -1;
    record->settings = strdup(request->settings);
    record->base_arm = dump(arm_json(request->base));
    record->new_arm = dump(arm_json(request->fresh));
    record->differences = dump(arm_differences(request->base, request->fresh));
    if (!record->settings || !record->base_arm || !record->new_arm || !record->differences)
        return error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    memcpy(record->base_hash, request->base->hash, sizeof record->base_hash);
    memcpy(record->new_hash, request->fresh->hash, sizeof record->new_hash);
    memcpy(record->base_commit, request->base->commit, sizeof record->base_commit);
    memcpy(record->new_commit, request->fresh->commit, sizeof record->new_commit);
    snprintf(record->new_date, sizeof record->new_date, "%.31s", request->fresh->date);
    snprintf(record->machine, sizeof record->machine, "%s", request->machine);
    snprintf(record->fingerprint, sizeof record->fingerprint, "%s", request->fingerprint);
    for (size_t i = 0; i < ab->count; ++i)
        cells[i] = ab->cells[i].record;
    TRY(store_add_comparison(request->store, record, cells, ab->count, error));
    for (size_t i = 0; i < ab->count; ++i)
        ab->cells[i].record = cells[i];
    return STATUS_OK;
}

/* What was measured is judged even where the run was interrupted: a half-way verdict is UNKNOWN, not lost. */
static enum status end_record(struct ab *ab, struct comparison_record *record, struct comparison_cell *cells,
                              enum status measured, struct error *error)
{
    ab_judge(ab);
    snprintf(record->status, sizeof record->status, "%s", measured == STATUS_OK ? "complete" : "interrupted");
    for (size_t i = 0; i < ab->count; ++i)
        cells[i] = ab->cells[i].record;
    conclude_comparison(record, cells, ab->count);
    struct error ignored;
    const enum status stored =
        store_finish_comparison(ab->request->store, record, cells, ab->count, measured == STATUS_OK ? error : &ignored);
    return measured == STATUS_OK ? stored : measured;
}

static enum status measure(struct ab *ab, struct error *error)
{
    enum status status = rehearse_all(ab, error);
    if (status == STATUS_OK)
        status = ab_load_floor(ab, error);
    if (status == STATUS_OK)
        status = screen(ab, error);
    return status == STATUS_OK ? confirm(ab, error) : status;
}

static enum status run(struct ab *ab, struct comparison_record *record, struct comparison_cell **cells, size_t *count,
                       struct error *error)
{
    TRY(ab_make_cells(ab, error));
    *cells = calloc(ab->count + 1, sizeof **cells);
    if (!*cells)
        return error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    *count = ab->count;
    TRY(begin_record(ab, record, *cells, error));
    reference_folder_make(ab->reference_dir, record->id);
    const enum status measured = measure(ab, error);
    reference_folder_remove(ab->reference_dir);
    return end_record(ab, record, *cells, measured, error);
}

enum status ab_run(const struct ab_request *request, struct comparison_record *comparison, struct comparison_cell **cells,
                   size_t *count, struct error *error)
{
    struct ab ab = {.request = request, .began_ns = clock_wall_ns()};
    *comparison = (struct comparison_record){.exit_code = -1};
    *cells = NULL;
    *count = 0;
    const enum status status = run(&ab, comparison, cells, count, error);
    for (size_t i = 0; i < ab.count; ++i) {
        for (int k = 0; k < 2; ++k) {
            free(ab.cells[i].log_ratios[k]);
            free(ab.cells[i].seconds[k]);
        }
    }
    free(ab.cells);
    for (size_t i = 0; i < ARRAY_LEN(ab.plans); ++i)
        plan_free(&ab.plans[i]);
    return status;
}
