/* plan_cell.c - what is to be known of one planned cell: whether it runs, and how long that will take. */
#include "sweep/plan.h"

#include "protocol.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_SECONDS 8e-3        /* warm-up and timed calls of a short cell, and the pause between workers */
#define COLD_SAMPLE_SECONDS 20e-3  /* eviction takes longer than the calls that it is for */
#define LONG_CALL_SECONDS 50e-3    /* beyond this there is no warm-up */

bool plan_cell_runs(const struct planned_cell *cell)
{
    return strcmp(cell->record.status, "planned") == 0 || strcmp(cell->record.status, "ok") == 0;
}

void plan_skip(struct planned_cell *cell, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cell->record.reason, sizeof cell->record.reason, format, arguments);
    va_end(arguments);
    snprintf(cell->record.status, sizeof cell->record.status, "skipped");
}

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

void plan_fail(struct planned_cell *cell, enum status status, const char *kind, const char *tail, const struct error *error)
{
    struct cell_record *record = &cell->record;
    const bool unsupported = strcmp(kind, KIND_UNSUPPORTED) == 0, wrong = status == STATUS_WRONG;
    snprintf(record->status, sizeof record->status, "%s", unsupported ? "skipped" : wrong ? "wrong" : "failed");
    snprintf(record->reason, sizeof record->reason, "%.511s", error->text);
    free(record->stderr_tail);
    record->stderr_tail = tail ? strdup(tail) : NULL;
}
