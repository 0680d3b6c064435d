/* measured.c - see measured.h. */
#include "selfcheck/measured.h"

#include "machine/clock.h"
#include "sweep/begin.h"
#include "sweep/knowledge.h"
#include "sweep/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status parse(struct plan_request *plan, const struct measured_request *request, struct error *error)
{
    for (size_t i = 0; i < MEASURED_OPERATORS_MAX && request->operators[i]; ++i)
        TRY(operators_parse(&plan->operators, request->operators[i], error));
    TRY(axis_parse(&plan->lengths, request->lengths, "lengths", error));
    TRY(axis_parse(&plan->widths, request->widths, "widths", error));
    TRY(axis_parse(&plan->threads, request->threads, "threads", error));
    return axis_parse(&plan->batches, "1", "batches", error);
}

static void free_request(struct plan_request *plan)
{
    operators_free(&plan->operators);
    axis_free(&plan->lengths);
    axis_free(&plan->widths);
    axis_free(&plan->threads);
    axis_free(&plan->batches);
}

static enum status make_plan(struct measured *measured, const struct setting *setting, const struct measured_request *request,
                             struct error *error)
{
    struct plan_request plan = {.base = cell_default(), .call_limit_seconds = request->call_limit_seconds};
    enum status status = parse(&plan, request, error);
    if (status == STATUS_OK)
        status = plan_make(&measured->plan, setting, &plan, error);
    free_request(&plan);
    return status;
}

static enum status run(struct measured *measured, const struct setting *setting, struct store *knowledge,
                       const struct measured_request *request, struct error *error)
{
    struct plan *plan = &measured->plan;
    char machine[FINGERPRINT_KEY];
    TRY(begin_sweep(measured->store, setting, plan, &measured->sweep, machine, error));
    for (size_t i = 0; i < plan->count; ++i)
        TRY(knowledge_load(knowledge, machine, &plan->cells[i], error));
    const struct run_request sweep = {.setting = setting,
                                      .store = measured->store,
                                      .sweep = measured->sweep.id,
                                      .machine = machine,
                                      .plan = plan,
                                      .budget_seconds = request->budget_seconds,
                                      .call_limit_seconds = request->call_limit_seconds};
    const int64_t began = clock_wall_ns();
    TRY(run_sweep(&sweep, error));
    measured->seconds = (double)(clock_wall_ns() - began) * 1e-9;
    for (size_t i = 0; i < plan->count; ++i) {
        plan->cells[i].plan_stored = false; /* it is in memory, which goes */
        TRY(knowledge_save(knowledge, machine, &plan->cells[i], error));
    }
    return store_set_sweep_status(measured->store, measured->sweep.id, "complete", error);
}

static enum status judge(const struct measured *measured, struct error *error)
{
    for (size_t i = 0; i < measured->cell_count; ++i) {
        const struct cell_record *cell = &measured->cells[i];
        char label[CELL_OPERATOR_MAX];
        cell_label(&cell->cell, label, sizeof label);
        if (strcmp(cell->status, "failed") == 0 || strcmp(cell->status, "wrong") == 0)
            return error_set(error, STATUS_FAILED, "selfcheck could not measure %.200s at length %lld: %.500s", label,
                             (long long)cell->cell.length, cell->reason);
    }
    return STATUS_OK;
}

enum status measured_make(struct measured *measured, const struct unit_request *unit, const struct measured_request *request,
                          struct error *error)
{
    struct setting setting = *unit->setting; /* borrowed but for the seed */
    setting.seed = unit->seed >> 1;          /* the database holds signed numbers */
    *measured = (struct measured){.store = NULL};
    TRY(store_open(&measured->store, ":memory:", true, error));
    TRY(make_plan(measured, &setting, request, error));
    TRY(run(measured, &setting, unit->store, request, error));
    TRY(store_read_cells(measured->store, measured->sweep.id, NULL, &measured->cells, &measured->cell_count, error));
    return judge(measured, error);
}

void measured_free(struct measured *measured)
{
    cell_records_free(measured->cells, measured->cell_count);
    plan_free(&measured->plan);
    sweep_record_free(&measured->sweep);
    store_close(measured->store);
    *measured = (struct measured){.store = NULL};
}

enum status measured_study(struct study *study, const struct measured *measured, struct error *error)
{
    const struct study_request request = {.within_seconds = NAN, .within_bytes = NAN};
    return study_make(study, measured->store, &measured->sweep, &request, error);
}
