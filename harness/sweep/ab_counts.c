/* ab_counts.c - the instructions of both arms, counted with the knowledge that their planners share; see ab_internal.h. */
#include "sweep/ab_internal.h"

#include "sweep/instructions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FLOPS_MOST 2e9 /* of a call: valgrind needs some seconds for it */

/* What keeps a cell from being counted; it is judged by its times then. NULL: nothing. */
static const char *obstacle(const struct ab_cell *cell)
{
    if (cell->record.cell.threads > 1)
        return "not counted: more than one thread";
    if (!cell->planned[AB_BASE]->module || !cell->planned[AB_NEW]->module)
        return "not counted: an external worker";
    return cell->planned[AB_BASE]->record.flops > FLOPS_MOST ? "not counted: more than 2 GFLOP a call" : NULL;
}

enum status ab_count(struct ab_cell *cell, struct error *error)
{
    static const char *const sides[] = {"base", "new"};
    double counts[2] = {NAN, NAN};
    const char *reason = obstacle(cell);
    if (reason) {
        snprintf(cell->record.reason, sizeof cell->record.reason, "%s", reason);
        return STATUS_OK;
    }
    for (int arm = 0; arm < 2; ++arm) {
        const struct planned_cell *planned = cell->planned[arm];
        const enum status status = instructions_count(&cell->arms[arm]->setting, &planned->record.cell, planned->module,
                                                      planned->plan_text, &counts[arm], error);
        if (status == STATUS_INTERRUPTED || status == STATUS_SYSTEM)
            return status;
        if (status != STATUS_OK) {
            char text[480];
            snprintf(text, sizeof text, "%.4s: %.440s", sides[arm], error->text);
            ab_conclude(cell, status == STATUS_WRONG ? VERDICT_WRONG : VERDICT_FAILED, "", text);
            return STATUS_OK;
        }
    }
    cell->record.base_instructions = counts[AB_BASE];
    cell->record.new_instructions = counts[AB_NEW];
    return STATUS_OK;
}
