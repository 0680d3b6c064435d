/* ab_judge.c - from the pairs of all cells to their verdicts and the comparison's; see ab_internal.h. */
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
        if (record->control && record->ratio > 0.0 && (!clock || strcmp(record->clock, clock) == 0))
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

#define INSTRUCTION_TOLERANCE 1e-3 /* counts of one build repeat to a few in a million; a code change is more */

/* Counts are exact, so they are judged by themselves; the times beside them say whether it is felt. */
static void judge_instructions(struct ab_cell *cell)
{
    struct comparison_cell *record = &cell->record;
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
        if (cell->record.control != control || !cell->runs)
            continue;
        if (isfinite(cell->record.base_instructions) && isfinite(cell->record.new_instructions) &&
            ab->request->instructions)
            judge_instructions(cell);
        else
            judge_time(ab, cell, q_slower[i], q_faster[i]);
    }
}

/* ---------------------------------------------------------------- the run */

static void count_cell(struct verdict_tally *tally, const struct comparison_cell *cell)
{
    const enum verdict verdict = verdict_from_name(cell->verdict);
    const bool alike =
        strcmp(cell->cell.operator_name, cell->new_operator) == 0 && strcmp(cell->cell.options, cell->new_options) == 0;
    if (!cell->control) {
        ++tally->cells[verdict];
        tally->memory_grown += alike && verdict_exact(cell->base_bytes, cell->new_bytes, 0.0) == VERDICT_SLOWER;
    } else
        tally->controls_moved += verdict == VERDICT_SLOWER || verdict == VERDICT_FASTER;
}

static void say_why(char *out, size_t capacity, const struct verdict_tally *tally, enum verdict_outcome outcome)
{
    const int decided = tally->cells[VERDICT_SAME] + tally->cells[VERDICT_FASTER], slower = tally->cells[VERDICT_SLOWER];
    const int open = tally->cells[VERDICT_UNKNOWN];
    char memory[64] = "";
    if (tally->memory_grown > 0)
        snprintf(memory, sizeof memory, ", %d need%s more memory", tally->memory_grown,
                 tally->memory_grown == 1 ? "s" : "");
    if (outcome == OUTCOME_WRONG)
        snprintf(out, capacity, "%d cell%s gave wrong results", tally->cells[VERDICT_WRONG],
                 tally->cells[VERDICT_WRONG] == 1 ? "" : "s");
    else if (outcome == OUTCOME_FAILED)
        snprintf(out, capacity, "%d cell%s could not be measured", tally->cells[VERDICT_FAILED],
                 tally->cells[VERDICT_FAILED] == 1 ? "" : "s");
    else if (outcome == OUTCOME_INCONCLUSIVE && verdict_vetoed(tally))
        snprintf(out, capacity,
                 "identical code differs here (%d of %d controls moved, median difference %.1f %%): nothing can be "
                 "said about the rest; try again on a quieter machine",
                 tally->controls_moved, tally->controls, 100.0 * tally->control_difference);
    else if (outcome == OUTCOME_INCONCLUSIVE)
        snprintf(out, capacity, "no cell could be decided; more --pairs or a larger --budget would help");
    else if (outcome == OUTCOME_REGRESSION)
        snprintf(out, capacity, "%d of %d cells became slower%s", slower, slower + decided + open, memory);
    else
        snprintf(out, capacity, "no regression in %d cells, %d of them decided", decided + open, decided);
}

static const enum status exits[] = {
    [OUTCOME_PASS] = STATUS_OK,
    [OUTCOME_REGRESSION] = STATUS_REGRESSION,
    [OUTCOME_INCONCLUSIVE] = STATUS_INCONCLUSIVE,
    [OUTCOME_FAILED] = STATUS_FAILED,
    [OUTCOME_WRONG] = STATUS_WRONG,
};

static void judge_run(const struct ab *ab, struct comparison_record *comparison, double *ratios)
{
    struct verdict_tally tally = {.controls = 0};
    for (size_t i = 0; i < ab->count; ++i)
        count_cell(&tally, &ab->cells[i].record);
    tally.controls = (int)control_ratios(ab, NULL, ratios);
    for (int i = 0; i < tally.controls; ++i)
        ratios[i] = fabs(ratios[i] - 1.0);
    tally.control_difference = statistics_median(ratios, (size_t)tally.controls);
    const enum verdict_outcome outcome = verdict_outcome(&tally);
    snprintf(comparison->verdict, sizeof comparison->verdict, "%s", verdict_outcome_name(outcome));
    comparison->exit_code = (int)exits[outcome];
    say_why(comparison->reason, sizeof comparison->reason, &tally, outcome);
}

void ab_judge(struct ab *ab, struct comparison_record *comparison)
{
    double *scratch = calloc(2 * ab->count + 1, sizeof *scratch);
    if (!scratch) {
        comparison->exit_code = STATUS_SYSTEM;
        return;
    }
    set_floors(ab, scratch);
    judge_cells(ab, true, scratch, scratch + ab->count);
    judge_cells(ab, false, scratch, scratch + ab->count);
    judge_run(ab, comparison, scratch);
    free(scratch);
}
