/* plan_add.c - cells that come to a plan later: those of a series at lengths that turned out to be wanted. */
#include "sweep/plan_internal.h"

#include <string.h>

/* plan_append moves the array, so the pattern is found anew each time. */
static enum status add(struct plan *plan, const struct plan_addition *addition, struct error *error)
{
    struct cell cell = plan->cells[addition->like].record.cell;
    cell.length = addition->length;
    TRY(plan_append(plan, &cell, plan->cells[addition->like].module, error));
    plan->cells[plan->count - 1].checked = plan->cells[addition->like].checked; /* of the same series */
    return STATUS_OK;
}

enum status plan_add(struct plan *plan, const struct setting *setting, const struct plan_addition *additions, size_t count,
                     double call_limit_seconds, struct error *error)
{
    const size_t first = plan->count;
    for (size_t i = 0; i < count; ++i)
        TRY(add(plan, &additions[i], error));
    return plan_price(plan, first, setting, call_limit_seconds, error);
}
