/* simulated.c - the parts of selfcheck that measure nothing: analyse/simulate.h's sweeps with known answers, by the thousand.
 * Every growth is met with every mixture of errors; a unit is one pair of them. */
#include "selfcheck/part.h"

#include "analyse/simulate.h"

#include <math.h>

enum { RESAMPLES = 400 /* as `study` takes */, PROCESSES = 5 };

static const struct {
    double noise, deviation, overhead_seconds;
    bool caches;
} errors[] = {
    {.noise = 0.01},
    {.noise = 0.03, .overhead_seconds = 5e-6},
    {.noise = 0.03, .overhead_seconds = 5e-6, .caches = true},
    {.noise = 0.03, .overhead_seconds = 5e-6, .caches = true, .deviation = 0.02},
    {.noise = 0.08, .overhead_seconds = 5e-6, .caches = true},
};

static const struct {
    double power, log_power, linear;
} growths[] = {{1.0, 0.0, 0.0}, {1.0, 1.0, 0.0}, {1.5, 0.0, 0.0}, {2.0, 0.0, 0.0}, {2.0, 0.0, 0.5}};

enum { ERRORS = ARRAY_LEN(errors), GROWTHS = ARRAY_LEN(growths) };

static struct simulate_case make_case(int error, int growth, int per_octave)
{
    return (struct simulate_case){.power = growths[growth].power,
                                  .log_power = growths[growth].log_power,
                                  .linear = growths[growth].linear,
                                  .noise = errors[error].noise,
                                  .deviation = errors[error].deviation,
                                  .overhead_seconds = errors[error].overhead_seconds,
                                  .caches = errors[error].caches,
                                  .outliers = 0.05,
                                  .processes = PROCESSES,
                                  .per_octave = per_octave};
}

/* ---------------------------------------------------------------- growth */

static enum status run_growth(json_t **outcome, const struct unit_request *request, struct error *error)
{
    const int kind = request->number % (ERRORS * GROWTHS);
    const struct simulate_case sweeps = make_case(kind / GROWTHS, kind % GROWTHS, 2);
    struct simulate_growth_outcome found;
    simulate_growth(&found, &sweeps, request->full ? 40 : 8, RESAMPLES, request->seed);
    *outcome = json_pack("{s:i, s:i, s:i, s:i, s:f, s:f}", "sweeps", found.sweeps, "covered", found.covered, "in_set",
                         found.in_set, "right", found.right, "width", found.width, "error", fabs(found.bias));
    return *outcome ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static void report_growth(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    const int64_t sweeps = part_sum(units, "sweeps");
    report_share(report, part->name, part_sum(units, "covered"), sweeps, REPORT_AT_LEAST, 0.90, "exponent in its interval");
    report_share(report, part->name, part_sum(units, "right"), sweeps, REPORT_AT_LEAST, 0.95,
                 "class in the set, set of at most two");
    report_share(report, part->name, part_sum(units, "in_set"), sweeps, REPORT_NO_TARGET, NAN, "class in the set");
    report_figure(report, part->name, part_median(units, "width"), "", REPORT_NO_TARGET, NAN, "width of the exponent's interval");
}

const struct selfcheck_part part_growth_simulated = {
    .name = "growth, simulated",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = ERRORS * GROWTHS,
    .full_units = 5 * ERRORS * GROWTHS,
    .quick_seconds = 0.25,
    .full_seconds = 1.2,
    .run = run_growth,
    .report = report_growth,
};

/* ---------------------------------------------------------------- crossovers */

static enum status run_crossovers(json_t **outcome, const struct unit_request *request, struct error *error)
{
    const int kind = request->number % (ERRORS * 2);
    const struct simulate_case sweeps = make_case(kind / 2, 0, 1 + kind % 2);
    struct simulate_crossover_outcome found;
    simulate_crossovers(&found, &sweeps, request->full ? 200 : 25, RESAMPLES, request->seed);
    *outcome = json_pack("{s:i, s:i, s:i}", "sweeps", found.sweeps, "found", found.found, "covered", found.covered);
    if (*outcome && found.found > 0) {
        json_object_set_new(*outcome, "error", json_real(exp2(found.error) - 1.0));
        json_object_set_new(*outcome, "width", json_real(found.width));
    }
    return *outcome ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static void report_crossovers(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    const int64_t sweeps = part_sum(units, "sweeps");
    struct interval error = part_median(units, "error");
    error = (struct interval){100.0 * error.value, 100.0 * error.low, 100.0 * error.high};
    report_share(report, part->name, part_sum(units, "covered"), sweeps, REPORT_AT_LEAST, 0.90,
                 "the crossing is found, and in its interval");
    report_share(report, part->name, part_sum(units, "found"), sweeps, REPORT_NO_TARGET, NAN, "exactly one is found");
    report_figure(report, part->name, error, "%", REPORT_NO_TARGET, NAN, "error of its length, median over %d kinds",
                  (int)json_array_size(units));
    report_figure(report, part->name, part_median(units, "width"), "", REPORT_NO_TARGET, NAN, "high/low of its interval");
}

const struct selfcheck_part part_crossovers_simulated = {
    .name = "crossovers, simulated",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = ERRORS * 2,
    .full_units = 4 * ERRORS * 2,
    .quick_seconds = 0.05,
    .full_seconds = 0.4,
    .run = run_crossovers,
    .report = report_crossovers,
};
