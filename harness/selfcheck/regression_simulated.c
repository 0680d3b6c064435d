/* regression_simulated.c - the parts of selfcheck --regression that measure nothing: the rule of analyse/verdict.h on pairs with
 * known answers, and the change points of histories with known steps. A unit is one mixture of errors.
 */
#include "selfcheck/part.h"

#include "analyse/simulate_history.h"
#include "analyse/simulate_verdict.h"
#include "analyse/verdict.h"

#include <math.h>

/* ---------------------------------------------------------------- verdicts */

static const struct {
    double noise, outliers, carried;
} errors[] = {
    {.noise = 0.010},
    {.noise = 0.017, .carried = 0.3},
    {.noise = 0.017, .outliers = 0.1, .carried = 0.3},
    {.noise = 0.040, .outliers = 0.1},
    {.noise = 0.090, .carried = 0.3},
};

static enum status run_verdicts(json_t **outcome, const struct unit_request *unit, struct error *error)
{
    const size_t kind = (size_t)unit->number % ARRAY_LEN(errors);
    const struct simulate_verdict_case run = {.cells = 20,
                                              .noise = errors[kind].noise,
                                              .outliers = errors[kind].outliers,
                                              .carried = errors[kind].carried,
                                              .pairs = VERDICT_PAIRS,
                                              .margin = VERDICT_MARGIN};
    struct simulate_verdict_outcome found;
    simulate_verdicts(&found, &run, unit->full ? 100 : 20, unit->seed);
    *outcome = json_pack("{s:i, s:i, s:i, s:i}", "cells", found.cells, "alarms", found.false_alarms, "runs", found.runs,
                         "alarmed", found.alarmed_runs);
    return *outcome ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static void report_verdicts(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    report_share(report, part->name, part_sum(units, "alarms"), part_sum(units, "cells"), REPORT_AT_MOST, 0.01,
                 "unchanged cells called different");
    report_share(report, part->name, part_sum(units, "alarmed"), part_sum(units, "runs"), REPORT_AT_MOST, 0.05,
                 "runs of 20 such cells with a false alarm");
}

const struct selfcheck_part part_verdicts_simulated = {
    .name = "verdicts, simulated",
    .suite = SELFCHECK_REGRESSION,
    .quick_units = ARRAY_LEN(errors),
    .full_units = 4 * ARRAY_LEN(errors),
    .quick_seconds = 0.5,
    .full_seconds = 2.5,
    .run = run_verdicts,
    .report = report_verdicts,
};

/* ---------------------------------------------------------------- histories */

#define RUNS 100

static const double noises[] = {0.01, 0.03, 0.08};

static struct simulate_history_case history(double noise, double step)
{
    return (struct simulate_history_case){.runs = RUNS, .noise = noise, .correlation = 0.3, .outliers = 0.05, .step = step};
}

static enum status run_histories(json_t **outcome, const struct unit_request *unit, struct error *error)
{
    const int series = unit->full ? 100 : 15;
    const struct simulate_history_case still = history(noises[(size_t)unit->number % ARRAY_LEN(noises)], 1.0);
    const struct simulate_history_case stepped = history(0.03, 1.10);
    struct simulate_history_outcome quiet, found;
    simulate_history(&quiet, &still, series, unit->seed);
    simulate_history(&found, &stepped, series, unit->seed + 1);
    *outcome = json_pack("{s:i, s:i, s:i, s:i}", "series", quiet.series + found.series, "false_points",
                         quiet.false_points + found.false_points, "steps", found.series, "found", found.found);
    return *outcome ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static void report_histories(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    report_share(report, part->name, part_sum(units, "false_points"), part_sum(units, "series"), REPORT_AT_MOST, 0.05,
                 "false change points per 100 runs");
    report_share(report, part->name, part_sum(units, "found"), part_sum(units, "steps"), REPORT_AT_LEAST, 0.90,
                 "steps of +10 %% at 3 %% noise found within 3 runs");
}

const struct selfcheck_part part_histories_simulated = {
    .name = "histories, simulated",
    .suite = SELFCHECK_REGRESSION,
    .quick_units = ARRAY_LEN(noises),
    .full_units = 4 * ARRAY_LEN(noises),
    .quick_seconds = 1.0,
    .full_seconds = 7.0,
    .run = run_histories,
    .report = report_histories,
};
