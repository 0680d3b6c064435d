/* predict.c - see predict.h. */
#include "sweep/predict.h"

#include "present/units.h"

#include <math.h>
#include <string.h>

static bool same_series(const struct cell *a, const struct cell *b)
{
    return cell_same_operator(a, b) && a->batch == b->batch && strcmp(a->cache, b->cache) == 0;
}

/* n^power * log2(n)^log_power from one length to another. */
static double growth(const struct cell_record *record, double from, double to)
{
    const double power = isfinite(record->time_power) ? record->time_power : 1.0;
    const double log_power = isfinite(record->time_log_power) ? record->time_log_power : 0.0;
    return pow(to / from, power) * pow(log2(to + 1.0) / log2(from + 1.0), log_power);
}

/* The nearest measured cell of the same series: at most this length, as many threads or fewer. */
static const struct planned_cell *nearest_measured(const struct plan *plan, const struct planned_cell *cell)
{
    const struct cell *wanted = &cell->record.cell;
    const struct planned_cell *best = NULL;
    for (size_t i = 0; i < plan->count; ++i) {
        const struct planned_cell *other = &plan->cells[i];
        const struct cell *have = &other->record.cell;
        if (strcmp(other->record.status, "ok") != 0 || !same_series(have, wanted) || have->length > wanted->length ||
            have->threads > wanted->threads)
            continue;
        if (!best || have->length > best->record.cell.length ||
            (have->length == best->record.cell.length && have->threads > best->record.cell.threads))
            best = other;
    }
    return best;
}

/* A shorter cell of the series on which a worker hung. */
static const struct planned_cell *hung_before(const struct plan *plan, const struct planned_cell *cell)
{
    for (size_t i = 0; i < plan->count; ++i)
        if (plan->cells[i].timed_out && same_series(&plan->cells[i].record.cell, &cell->record.cell) &&
            plan->cells[i].record.cell.length <= cell->record.cell.length)
            return &plan->cells[i];
    return NULL;
}

void predict_cell(const struct plan *plan, struct planned_cell *cell, double call_limit_seconds)
{
    char time[UNITS_TEXT], limit[UNITS_TEXT];
    const struct planned_cell *hung = plan_cell_runs(cell) ? hung_before(plan, cell) : NULL;
    if (hung)
        plan_skip(cell, "not tried, because a worker gave no answer at length %lld", (long long)hung->record.cell.length);
    const struct planned_cell *seen = nearest_measured(plan, cell);
    if (!seen || seen == cell || !plan_cell_runs(cell))
        return;
    const double from = (double)seen->record.cell.length, to = (double)cell->record.cell.length;
    cell->call_seconds = seen->call_seconds * growth(&cell->record, from, to);
    /* An external worker's is its interpreter and libraries; what grows is small beside them. */
    cell->setup_seconds = seen->setup_seconds * (cell->module ? fmax(1.0, to / from) : 1.0);
    if (cell->call_seconds > call_limit_seconds) {
        plan_skip(cell, "a call is expected to take %s, more than the limit of %s", units_seconds(time, cell->call_seconds),
                  units_seconds(limit, call_limit_seconds));
        cell->record.limit_seconds = call_limit_seconds;
    }
}
