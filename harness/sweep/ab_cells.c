/* ab_cells.c - the cells of a comparison: what both arms can do, the controls beside them, and the noise floor of the machine. See
 * ab_internal.h.
 */
#include "sweep/ab_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NULL_OPERATOR "null"
#define FLOOR_CONTROLS_MOST 500 /* newest controls of this machine that make its floor */

static enum status add_cell(struct ab *ab, struct arm *base_arm, struct planned_cell *base, struct arm *new_arm,
                            struct planned_cell *fresh, struct error *error)
{
    const size_t pairs = ab->request->rule.most;
    struct ab_cell *more = realloc(ab->cells, (ab->count + 1) * sizeof *more);
    if (!more)
        return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a comparison");
    ab->cells = more;
    struct ab_cell *cell = &more[ab->count++];
    *cell = (struct ab_cell){.arms = {base_arm, new_arm}, .planned = {base, fresh}, .runs = true};
    comparison_cell_init(&cell->record);
    cell->record.cell = base->record.cell;
    cell->record.control = base == fresh;
    cell->record.floor = NAN;
    cell->record.margin = ab->request->rule.margin;
    memcpy(cell->record.new_operator, fresh->record.cell.operator_name, sizeof cell->record.new_operator);
    memcpy(cell->record.new_options, fresh->record.cell.options, sizeof cell->record.new_options);
    for (int i = 0; i < 2; ++i) {
        cell->log_ratios[i] = calloc(pairs + 1, sizeof(double));
        cell->seconds[i] = calloc(pairs + 1, sizeof(double));
        if (!cell->log_ratios[i] || !cell->seconds[i])
            return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a comparison");
    }
    return STATUS_OK;
}

void ab_conclude(struct ab_cell *cell, enum verdict verdict, const char *side, const char *reason)
{
    snprintf(cell->record.verdict, sizeof cell->record.verdict, "%s", verdict_name(verdict));
    snprintf(cell->record.reason, sizeof cell->record.reason, "%.60s%.440s", side, reason);
    cell->runs = false;
}

/* What pricing said of both arms' cells. A cell that only the new arm cannot do is its failure. */
static void apply_prices(struct ab_cell *cell)
{
    const struct cell_record *base = &cell->planned[AB_BASE]->record, *fresh = &cell->planned[AB_NEW]->record;
    const double limit = cell->arms[AB_BASE]->setting.memory_limit_bytes;
    if (strcmp(base->status, "failed") == 0)
        ab_conclude(cell, VERDICT_FAILED, "base: ", base->reason);
    else if (strcmp(fresh->status, "failed") == 0)
        ab_conclude(cell, VERDICT_FAILED, "new: ", fresh->reason);
    else if (!plan_cell_runs(cell->planned[AB_BASE]))
        ab_conclude(cell, VERDICT_SKIPPED, "base: ", base->reason);
    else if (!plan_cell_runs(cell->planned[AB_NEW]))
        ab_conclude(cell, VERDICT_FAILED, "the base does this and the new arm does not: ", fresh->reason);
    else if (base->bytes + fresh->bytes > limit)
        ab_conclude(cell, VERDICT_SKIPPED, "", "both arms together need more memory than --memory allows");
    cell->record.base_bytes = base->bytes;
    cell->record.new_bytes = fresh->bytes;
}

/* A module that was named by its file is called what it calls itself, so that one operator's cells are alike in every run. */
static void use_own_names(const struct arm *arm, struct plan *plan)
{
    for (size_t i = 0; i < plan->count; ++i) {
        char *name = plan->cells[i].record.cell.operator_name;
        if (strchr(name, '/') && plan->cells[i].module)
            snprintf(name, CELL_OPERATOR_MAX, "%s", arm_name(arm, name));
    }
}

static enum status plan_arm(struct ab *ab, struct arm *arm, struct plan *plan, struct error *error)
{
    struct plan_request axes = ab->request->axes;
    if (arm->operators.count > 0)
        axes.operators = arm->operators;
    if (arm == ab->request->fresh && ab->request->new_lengths.count > 0)
        axes.lengths = ab->request->new_lengths;
    enum status status = plan_make(plan, &arm->setting, &axes, error);
    if (status == STATUS_OK)
        status = arm_identify(arm, &axes.operators, error);
    if (status != STATUS_OK)
        return status == STATUS_INTERRUPTED ? status : error_prefix(error, status, "%s", arm->label);
    use_own_names(arm, plan);
    return STATUS_OK;
}

static enum status compare_plans(struct ab *ab, struct error *error)
{
    const struct ab_request *request = ab->request;
    TRY(plan_arm(ab, request->base, &ab->plans[AB_BASE], error));
    TRY(plan_arm(ab, request->fresh, &ab->plans[AB_NEW], error));
    if (ab->plans[AB_BASE].count != ab->plans[AB_NEW].count)
        return error_set(error, STATUS_USAGE,
                         "the base has %zu cells and the new arm %zu: both must name as many operators",
                         ab->plans[AB_BASE].count, ab->plans[AB_NEW].count);
    for (size_t i = 0; i < ab->plans[AB_BASE].count; ++i)
        TRY(add_cell(ab, request->base, &ab->plans[AB_BASE].cells[i], request->fresh, &ab->plans[AB_NEW].cells[i], error));
    for (size_t i = 0; i < ab->count; ++i)
        apply_prices(&ab->cells[i]);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- controls */

static double price(const struct ab_cell *cell)
{
    return plan_process_seconds(cell->planned[AB_BASE], SETTING_SAMPLES);
}

/* The cheapest cell that runs and was not taken, of one thread or of several. */
static struct ab_cell *cheapest(const struct ab *ab, size_t cells, bool team, const bool *taken)
{
    struct ab_cell *best = NULL;
    for (size_t i = 0; i < cells; ++i) {
        struct ab_cell *cell = &ab->cells[i];
        if (cell->runs && !taken[i] && (cell->record.cell.threads > 1) == team && (!best || price(cell) < price(best)))
            best = cell;
    }
    return best;
}

/* The next control: one thread and several in turn, because they are judged by different clocks; each cell once before any
 * twice. */
static struct ab_cell *next_control(const struct ab *ab, size_t cells, int rank, bool *taken)
{
    for (int pass = 0; pass < 2; ++pass) {
        struct ab_cell *found = cheapest(ab, cells, rank % 2 == 1, taken);
        if (!found)
            found = cheapest(ab, cells, rank % 2 == 0, taken);
        if (found) {
            taken[found - ab->cells] = true;
            return found;
        }
        memset(taken, 0, cells * sizeof *taken);
    }
    return NULL;
}

/* The operator that does nothing, where there is one: the harness against itself. */
static enum status add_null_control(struct ab *ab, const struct cell *like, struct error *error)
{
    struct error ignored;
    struct operator_choice choice = {.name = NULL_OPERATOR};
    int64_t length = like->length, width = like->width, batch = like->batch, threads = like->threads;
    const struct plan_request axes = {.operators = {&choice, 1},
                                      .lengths = {&length, 1},
                                      .widths = {&width, 1},
                                      .batches = {&batch, 1},
                                      .threads = {&threads, 1},
                                      .base = *like,
                                      .call_limit_seconds = ab->request->axes.call_limit_seconds};
    if (plan_make(&ab->plans[2], &ab->request->base->setting, &axes, &ignored) != STATUS_OK ||
        !plan_cell_runs(&ab->plans[2].cells[0]))
        return STATUS_OK;
    struct planned_cell *cell = &ab->plans[2].cells[0];
    return add_cell(ab, ab->request->base, cell, ab->request->base, cell, error);
}

static enum status add_controls(struct ab *ab, struct error *error)
{
    const size_t cells = ab->count;
    bool *taken = calloc(cells + 1, sizeof *taken);
    enum status status =
        taken ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the controls of a comparison");
    for (int i = 0; i < ab->request->controls && status == STATUS_OK; ++i) {
        const struct ab_cell *found = next_control(ab, cells, i, taken);
        struct planned_cell *cell = found ? found->planned[AB_BASE] : NULL;
        status = cell ? add_cell(ab, ab->request->base, cell, ab->request->base, cell, error) : STATUS_OK;
    }
    free(taken);
    TRY(status);
    if (ab->count == cells || ab->request->controls == 0 || find_is_external(ab->cells[cells].record.cell.operator_name))
        return STATUS_OK;
    const struct cell like = ab->cells[cells].record.cell;
    return add_null_control(ab, &like, error);
}

enum status ab_make_cells(struct ab *ab, struct error *error)
{
    TRY(compare_plans(ab, error));
    return add_controls(ab, error);
}

enum status ab_load_floor(struct ab *ab, struct error *error)
{
    static const char *const clocks[] = {"wall", "cpu"};
    for (size_t k = 0; k < ARRAY_LEN(clocks); ++k) {
        double *ratios = NULL;
        size_t count = 0;
        const enum status status = store_read_control_ratios(ab->request->store, ab->request->machine, clocks[k],
                                                             FLOOR_CONTROLS_MOST, &ratios, &count, error);
        const double floor = status == STATUS_OK ? verdict_floor(ratios, count) : NAN;
        free(ratios);
        TRY(status);
        for (size_t i = 0; i < ab->count; ++i)
            if (strcmp(ab->cells[i].record.clock, clocks[k]) == 0)
                ab->cells[i].record.floor = floor;
    }
    return STATUS_OK;
}
