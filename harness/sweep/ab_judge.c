/* ab_judge.c - from the pairs of all cells to their verdicts; see ab_internal.h. */
#include "sweep/ab_internal.h"

#include "analyse/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ab_clock(const struct ab_cell *cell)
{
    return strcmp(cell->record.clock, "cpu") == 0 ? AB_CPU : AB_WALL;
}

struct verdict_rule ab_rule(const struct ab *ab, const struct ab_cell *cell)
{
    struct verdict_rule rule = ab->request->rule;
    if (cell->record.floor > rule.margin)
        rule.margin = cell->record.floor;
    return rule;
}

void ab_estimate(const struct ab *ab, struct ab_cell *cell)
{
    struct comparison_cell *record = &cell->record;
    const struct verdict_rule rule = ab_rule(ab, cell);
    const struct verdict_estimate estimate = verdict_estimate(cell->log_ratios[ab_clock(cell)], cell->pairs, rule.margin);
    record->ratio = estimate.ratio.value;
    record->low = estimate.ratio.low;
    record->high = estimate.ratio.high;
    record->wall_ratio = verdict_estimate(cell->log_ratios[AB_WALL], cell->pairs, rule.margin).ratio.value;
    record->cpu_ratio = verdict_estimate(cell->log_ratios[AB_CPU], cell->pairs, rule.margin).ratio.value;
    record->pairs = (int)cell->pairs;
    record->margin = rule.margin;
    record->mde = estimate.mde;
    record->p = estimate.ratio.value < 1.0 ? estimate.p_faster : estimate.p_slower;
    record->base_seconds = statistics_median(cell->seconds[AB_BASE], cell->pairs);
    record->new_seconds = statistics_median(cell->seconds[AB_NEW], cell->pairs);
}

/* ---------------------------------------------------------------- the floor */

/* Ratios of the controls of this run by one clock; returns how many. */
static size_t control_ratios(const struct ab *ab, const char *clock, double *ratios)
{
    size_t count = 0;
    for (size_t i = 0; i < ab->count; ++i) {
        const struct comparison_cell *record = &ab->cells[i].record;
        if (record->control && record->ratio > 0.0 && strcmp(record->clock, clock) == 0)
            ratios[count++] = record->ratio;
    }
    return count;
}

/* Where the machine's history has no floor yet, the run's own controls make one: their largest difference. */
static void set_floors(struct ab *ab, double *ratios)
{
    for (size_t i = 0; i < ab->count; ++i) {
        struct ab_cell *cell = &ab->cells[i];
        if (isnan(cell->record.floor) && !cell->record.control)
            cell->record.floor = verdict_floor_of_run(ratios, control_ratios(ab, cell->record.clock, ratios));
        if (cell->runs && cell->pairs > 0)
            ab_estimate(ab, cell);
    }
}

/* ---------------------------------------------------------------- cells */

/* P values of the cells (or of the controls) on one side, adjusted over them; NaN where there is none. */
static void adjusted(const struct ab *ab, bool control, bool slower, double *q)
{
    for (size_t i = 0; i < ab->count; ++i) {
        const struct ab_cell *cell = &ab->cells[i];
        const struct verdict_estimate estimate =
            verdict_estimate(cell->log_ratios[ab_clock(cell)], cell->pairs, ab_rule(ab, cell).margin);
        q[i] = cell->record.control != control || !cell->runs ? NAN : slower ? estimate.p_slower : estimate.p_faster;
    }
    ranks_adjust(q, ab->count);
}

static void judge_time(const struct ab *ab, struct ab_cell *cell, double q_slower, double q_faster)
{
    const struct verdict_rule rule = ab_rule(ab, cell);
    const char *reason = "";
    const enum verdict verdict =
        verdict_judge(&rule, cell->log_ratios[ab_clock(cell)], cell->pairs, q_slower, q_faster, &reason);
    cell->record.q = cell->record.ratio < 1.0 ? q_faster : q_slower;
    snprintf(cell->record.verdict, sizeof cell->record.verdict, "%s", verdict_name(verdict));
    if (!cell->record.reason[0])
        snprintf(cell->record.reason, sizeof cell->record.reason, "%s", reason);
}

#define INSTRUCTION_TOLERANCE 5e-4 /* counts of one build repeat to a few in a million, and 0.1 % must always be found */

/* Also where the budget had no room for its times. */
static bool is_counted(const struct ab *ab, const struct ab_cell *cell)
{
    const bool undecided = cell->runs || strcmp(cell->record.verdict, verdict_name(VERDICT_UNKNOWN)) == 0;
    return ab->request->instructions && undecided && isfinite(cell->record.base_instructions) &&
           isfinite(cell->record.new_instructions);
}

/* Counts are exact, so they are judged by themselves; the times beside them say whether it is felt. */
static void judge_instructions(struct ab_cell *cell)
{
    struct comparison_cell *record = &cell->record;
    if (!cell->runs)
        snprintf(record->reason, sizeof record->reason, "counted, not timed: its times do not fit in the budget");
    const enum verdict verdict = verdict_exact(record->base_instructions, record->new_instructions, INSTRUCTION_TOLERANCE);
    snprintf(record->verdict, sizeof record->verdict, "%s", verdict_name(verdict));
    snprintf(record->clock, sizeof record->clock, "instructions");
    record->ratio = record->new_instructions / record->base_instructions;
    record->low = record->high = record->ratio;
    record->margin = INSTRUCTION_TOLERANCE;
    record->floor = record->mde = NAN;
}

static void judge_cells(struct ab *ab, bool control, double *q_slower, double *q_faster)
{
    adjusted(ab, control, true, q_slower);
    adjusted(ab, control, false, q_faster);
    for (size_t i = 0; i < ab->count; ++i) {
        struct ab_cell *cell = &ab->cells[i];
        if (cell->record.control != control)
            continue;
        if (is_counted(ab, cell))
            judge_instructions(cell);
        else if (cell->runs)
            judge_time(ab, cell, q_slower[i], q_faster[i]);
    }
}

void ab_judge(struct ab *ab)
{
    double *scratch = calloc(2 * ab->count + 1, sizeof *scratch);
    if (!scratch)
        return; /* no verdict at all, which is no claim */
    set_floors(ab, scratch);
    judge_cells(ab, true, scratch, scratch + ab->count);
    judge_cells(ab, false, scratch, scratch + ab->count);
    free(scratch);
}
