/* compared.c - see compared.h. */
#include "selfcheck/compared.h"

#include "machine/fingerprint.h"
#include "sweep/ab.h"
#include "sweep/instructions.h"
#include "sweep/plan.h"

#include <stdlib.h>
#include <string.h>

#define CALL_SECONDS 0.5

struct arms {
    struct arm base, fresh;
    struct axis new_lengths;
    struct plan_request axes;
    struct store *store;
};

static void free_arms(struct arms *arms)
{
    arm_free(&arms->base);
    arm_free(&arms->fresh);
    axis_free(&arms->new_lengths);
    operators_free(&arms->axes.operators);
    axis_free(&arms->axes.lengths);
    axis_free(&arms->axes.widths);
    axis_free(&arms->axes.batches);
    axis_free(&arms->axes.threads);
    store_close(arms->store);
}

static enum status make_arms(struct arms *arms, const struct unit_request *unit, const struct compared_request *request,
                             struct error *error)
{
    arms->axes = (struct plan_request){.base = cell_default(), .call_limit_seconds = CALL_SECONDS};
    TRY(store_open(&arms->store, ":memory:", true, error));
    TRY(operators_parse(&arms->axes.operators, request->operators, error));
    TRY(axis_parse(&arms->axes.lengths, request->base_lengths, "lengths", error));
    TRY(axis_parse(&arms->new_lengths, request->new_lengths, "lengths", error));
    TRY(axis_parse(&arms->axes.widths, request->width, "widths", error));
    TRY(axis_parse(&arms->axes.batches, "1", "batches", error));
    TRY(axis_parse(&arms->axes.threads, "1", "threads", error));
    TRY(arm_resolve(&arms->base, NULL, NULL, error));
    TRY(arm_resolve(&arms->fresh, NULL, NULL, error));
    arms->fresh.setting.extra_steps = request->extra_steps;
    arms->base.setting.isa = arms->fresh.setting.isa =
        request->instructions ? instructions_isa(unit->setting->isa) : unit->setting->isa;
    return STATUS_OK;
}

static enum status judge(const struct compared *compared, struct error *error)
{
    for (size_t i = 0; i < compared->count; ++i) {
        const struct comparison_cell *cell = &compared->cells[i];
        if (strcmp(cell->verdict, "FAILED") == 0 || strcmp(cell->verdict, "WRONG") == 0)
            return error_set(error, STATUS_FAILED, "selfcheck could not measure %.200s at length %lld: %.500s",
                             cell->cell.operator_name, (long long)cell->cell.length, cell->reason);
    }
    return STATUS_OK;
}

static enum status run(struct compared *compared, struct arms *arms, const struct unit_request *unit,
                       const struct compared_request *request, struct error *error)
{
    char machine[FINGERPRINT_KEY];
    json_t *fingerprint = fingerprint_collect(arms->base.setting.topology);
    fingerprint_key(fingerprint, "machine", machine);
    json_decref(fingerprint);
    const struct ab_request comparison = {
        .base = &arms->base,
        .fresh = &arms->fresh,
        .axes = arms->axes,
        .new_lengths = arms->new_lengths,
        .rule = {.margin = VERDICT_MARGIN, .screen = VERDICT_SCREEN, .most = request->pairs},
        .budget_seconds = request->budget_seconds,
        .timeout_seconds = arms->base.setting.timeout_seconds,
        .seed = unit->seed >> 1, /* the database holds signed numbers */
        .instructions = request->instructions,
        .store = arms->store,
        .machine = machine,
        .fingerprint = "",
        .settings = "{}",
    };
    TRY(ab_run(&comparison, &compared->record, &compared->cells, &compared->count, error));
    return judge(compared, error);
}

static double work(const struct cell_record *cell)
{
    return cell->flops > 0.0 ? cell->flops : cell->compulsory_bytes;
}

/* The cells of a comparison without controls are those of the plan, in its order. */
static enum status price(struct compared *compared, const struct arms *arms, struct error *error)
{
    struct plan base = {.count = 0}, fresh = {.count = 0};
    struct plan_request axes = arms->axes;
    enum status status = plan_make(&base, &arms->base.setting, &axes, error);
    axes.lengths = arms->new_lengths;
    if (status == STATUS_OK)
        status = plan_make(&fresh, &arms->base.setting, &axes, error);
    compared->work_ratios = calloc(base.count + 1, sizeof *compared->work_ratios);
    if (status == STATUS_OK && (!compared->work_ratios || base.count != fresh.count))
        status = error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    for (size_t i = 0; status == STATUS_OK && i < base.count; ++i)
        compared->work_ratios[i] = work(&fresh.cells[i].record) / work(&base.cells[i].record);
    plan_free(&base);
    plan_free(&fresh);
    return status;
}

enum status compared_make(struct compared *compared, const struct unit_request *unit,
                          const struct compared_request *request, struct error *error)
{
    struct arms arms = {.store = NULL};
    *compared = (struct compared){.cells = NULL};
    enum status status = make_arms(&arms, unit, request, error);
    if (status == STATUS_OK)
        status = price(compared, &arms, error);
    if (status == STATUS_OK)
        status = run(compared, &arms, unit, request, error);
    free_arms(&arms);
    return status;
}

void compared_free(struct compared *compared)
{
    free(compared->work_ratios);
    free(compared->cells);
    comparison_record_free(&compared->record);
    *compared = (struct compared){.cells = NULL};
}
