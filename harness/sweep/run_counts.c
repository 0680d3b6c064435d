/* run_counts.c - see run_counts.h. */
#include "sweep/run_counts.h"

#include "analyse/statistics.h"
#include "machine/clock.h"
#include "present/units.h"
#include "sweep/block_internal.h"
#include "sweep/instructions.h"
#include "sweep/knowledge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_SECONDS 2.0          /* of a planning worker and two under valgrind, beside what grows with the call */
#define GUESSED_FLOPS 1.5e7        /* a second, in each of two processes side by side: a call that warms up and one that counts */
#define TIMEOUT_LEAST_SECONDS 10.0 /* a worker gets this long even when the budget is gone */

struct counting {
    const struct run_request *request;
    int64_t began_ns;
};

static double gone(const struct counting *counting)
{
    return (double)(clock_wall_ns() - counting->began_ns) * 1e-9;
}

static double left(const struct counting *counting)
{
    return counting->request->budget_seconds - gone(counting);
}

static bool is_planned(const struct planned_cell *cell)
{
    return strcmp(cell->record.status, "planned") == 0;
}

/* ---------------------------------------------------------------- what is not counted */

void run_counts_limit(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; ++i) {
        struct planned_cell *cell = &plan->cells[i];
        if (!is_planned(cell))
            continue;
        if (!cell->module)
            plan_skip(cell, "an external worker's instructions cannot be counted");
        else if (cell->record.flops > RUN_COUNTS_FLOPS_MAX)
            plan_skip(cell, "a call of %.3g GFLOP is more than the %.3g that are counted under valgrind", cell->record.flops * 1e-9,
                      RUN_COUNTS_FLOPS_MAX * 1e-9);
    }
}

static bool same_series(const struct planned_cell *a, const struct planned_cell *b)
{
    return cell_same_operator(&a->record.cell, &b->record.cell) && a->record.cell.batch == b->record.cell.batch;
}

/* The longest shorter cell of the series that was counted in this run. */
static const struct planned_cell *shorter(const struct plan *plan, const struct planned_cell *cell)
{
    const struct planned_cell *best = NULL;
    for (size_t i = 0; i < plan->count; ++i) {
        const struct planned_cell *other = &plan->cells[i];
        const int64_t length = other->record.cell.length;
        if (other->count_seconds > 0.0 && same_series(other, cell) && length <= cell->record.cell.length &&
            (!best || length > best->record.cell.length))
            best = other;
    }
    return best;
}

double run_counts_seconds(const struct plan *plan, const struct planned_cell *cell)
{
    const struct planned_cell *seen = shorter(plan, cell);
    const double flops = isfinite(cell->record.flops) ? cell->record.flops : 0.0;
    if (!seen)
        return START_SECONDS + flops / GUESSED_FLOPS;
    const double growth = flops > 0.0 ? flops / seen->record.flops
                                      : (double)cell->record.cell.length / (double)seen->record.cell.length;
    return START_SECONDS + fmax(0.0, seen->count_seconds - START_SECONDS) * growth;
}

/* A shorter cell of the series that gave no answer in time. */
static const struct planned_cell *hung_before(const struct plan *plan, const struct planned_cell *cell)
{
    for (size_t i = 0; i < plan->count; ++i)
        if (plan->cells[i].timed_out && same_series(&plan->cells[i], cell) &&
            plan->cells[i].record.cell.length <= cell->record.cell.length)
            return &plan->cells[i];
    return NULL;
}

static void predict(const struct counting *counting, struct planned_cell *cell)
{
    char budget[UNITS_TEXT], cost[UNITS_TEXT];
    const struct plan *plan = counting->request->plan;
    const struct planned_cell *hung = hung_before(plan, cell);
    const double seconds = run_counts_seconds(plan, cell);
    if (hung)
        plan_skip(cell, "not tried, because a worker gave no answer at length %lld", (long long)hung->record.cell.length);
    else if (seconds > left(counting))
        plan_skip(cell, PLAN_BUDGET_REASON " of %s (it needs about %s); give a larger --budget",
                  units_seconds(budget, counting->request->budget_seconds), units_seconds(cost, seconds));
}

/* ---------------------------------------------------------------- one cell */

/* An ordinary worker: whether the output is right, and the plan that is then imported. */
static enum status plan_and_check(const struct counting *counting, const struct setting *setting, struct planned_cell *cell,
                                  struct error *error)
{
    struct member member = {.cell = cell, .peak_bytes = NAN};
    const struct block_request request = {.setting = setting,
                                          .store = counting->request->store,
                                          .machine = counting->request->machine,
                                          .timeout_seconds = setting->timeout_seconds};
    const struct block block = {.request = &request, .members = &member, .count = 1};
    const enum status status = block_start_member(&member, &block, 0, error);
    if (status != STATUS_OK && member.client) {
        plan_fail(cell, status, client_kind(member.client), client_tail(member.client), error);
        cell->timed_out = client_timed_out(member.client);
    }
    client_end(member.client);
    twin_free(&member.twin);
    return status;
}

/* The least, and how far the others are from it. */
static void keep_counts(struct cell_record *record, const double *counts)
{
    double most = counts[0];
    for (int i = 1; i < INSTRUCTIONS_RUNS; ++i)
        most = fmax(most, counts[i]);
    record->instructions = statistics_minimum(counts, INSTRUCTIONS_RUNS);
    record->instructions_spread = most - record->instructions;
}

static enum status count(const struct setting *setting, struct planned_cell *cell, struct error *error)
{
    struct instructions_runs runs;
    const enum status status =
        instructions_count_runs(setting, &cell->record.cell, cell->module, cell->plan_text, &runs, error);
    if (status == STATUS_OK) {
        keep_counts(&cell->record, runs.counts);
        snprintf(cell->record.status, sizeof cell->record.status, "ok");
    } else {
        plan_fail(cell, status, runs.kind, runs.tail, error);
        cell->timed_out = runs.timed_out;
    }
    free(runs.tail);
    return status;
}

/* A cell that fails keeps the reason, and the sweep goes on; what ends it is Ctrl-C, the store, or a machine that starts no
 * workers. */
static enum status count_cell(const struct counting *counting, struct planned_cell *cell, struct error *error)
{
    const struct run_request *request = counting->request;
    const int64_t began = clock_wall_ns();
    struct setting setting = *request->setting;
    setting.timeout_seconds = fmin(setting.timeout_seconds, fmax(TIMEOUT_LEAST_SECONDS, left(counting)));
    enum status status = plan_and_check(counting, &setting, cell, error);
    if (status == STATUS_OK)
        status = count(&setting, cell, error);
    if (status == STATUS_INTERRUPTED || (status != STATUS_OK && is_planned(cell)))
        return status;
    cell->count_seconds = status == STATUS_OK ? (double)(clock_wall_ns() - began) * 1e-9 : 0.0;
    TRY(store_update_cell(request->store, &cell->record, error));
    return knowledge_save(request->store, request->machine, cell, error);
}

/* ---------------------------------------------------------------- the whole */

static int compare_cells(const void *left_cell, const void *right_cell)
{
    const struct planned_cell *const *a = left_cell, *const *b = right_cell;
    const int64_t x = (*a)->record.cell.length, y = (*b)->record.cell.length;
    return x != y ? (x > y) - (x < y) : (*a)->record.number - (*b)->record.number;
}

static void say(const struct counting *counting, const struct planned_cell *cell)
{
    const struct run_request *request = counting->request;
    char text[256], label[128];
    if (!request->progress)
        return;
    cell_label(&cell->record.cell, label, sizeof label);
    snprintf(text, sizeof text, "length %lld, counting: %s", (long long)cell->record.cell.length, label);
    const double spent = gone(counting);
    request->progress(request->context, fmin(1.0, spent / request->budget_seconds), spent, fmax(0.0, left(counting)), text);
}

static enum status count_all(const struct counting *counting, struct planned_cell **order, struct error *error)
{
    for (size_t i = 0; i < counting->request->plan->count; ++i) {
        struct planned_cell *cell = order[i];
        if (!is_planned(cell))
            continue;
        predict(counting, cell);
        say(counting, cell);
        if (is_planned(cell))
            TRY(count_cell(counting, cell, error));
        else
            TRY(store_update_cell(counting->request->store, &cell->record, error));
    }
    return STATUS_OK;
}

enum status run_counts(const struct run_request *request, struct error *error)
{
    const struct counting counting = {.request = request, .began_ns = clock_wall_ns()};
    struct planned_cell **order = calloc(request->plan->count + 1, sizeof *order);
    if (!order)
        return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a sweep");
    for (size_t i = 0; i < request->plan->count; ++i)
        order[i] = &request->plan->cells[i];
    qsort(order, request->plan->count, sizeof *order, compare_cells);
    const enum status status = count_all(&counting, order, error);
    free(order);
    return status;
}
