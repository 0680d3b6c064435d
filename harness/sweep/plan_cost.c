/* plan_cost.c - what a process of a planned cell costs; see plan.h. */
#include "sweep/plan.h"

#include <math.h>
#include <string.h>

#define SAMPLE_SECONDS 8e-3        /* warm-up and timed calls of a short cell, and the pause between workers */
#define COLD_SAMPLE_SECONDS 20e-3  /* eviction takes longer than the calls that it is for */
#define LONG_CALL_SECONDS 50e-3    /* beyond this there is no warm-up */

int plan_samples(const struct planned_cell *cell, int usual)
{
    return cell->samples > 0 ? cell->samples : usual;
}

double plan_sample_seconds(const struct planned_cell *cell)
{
    const double call = cell->call_seconds;
    const double least = strcmp(cell->record.cell.cache, "cold") == 0 ? COLD_SAMPLE_SECONDS : SAMPLE_SECONDS;
    return fmax(least, call > LONG_CALL_SECONDS ? call : 3.0 * call);
}

double plan_process_seconds(const struct planned_cell *cell, int usual_samples)
{
    const double call = cell->call_seconds;
    const double settle = call > LONG_CALL_SECONDS ? 0.0 : SETTING_SETTLE_SECONDS / 2.0;
    return cell->setup_seconds + settle + 2.0 * call + plan_samples(cell, usual_samples) * plan_sample_seconds(cell);
}
