/* exact.c - the parts of selfcheck about memory, which is counted and must be exact, and about what the harness costs, which
 * the operator that does nothing shows. */
#include "selfcheck/measured.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CALL_SECONDS 1.0

/* ---------------------------------------------------------------- memory */

static const struct memory_law {
    double power, log_power, scale;
} memory_laws[] = {{1.0, 0.0, 1000.0}, {1.0, 1.0, 100.0}, {1.5, 0.0, 64.0}, {2.0, 0.0, 3.0}, {2.0, 1.0, 0.5}, {3.0, 0.0, 0.02}};

enum { MEMORY_LAWS = ARRAY_LEN(memory_laws) };

static double region_bytes(const json_t *regions, const char *name)
{
    return json_number_value(json_object_get(regions, name));
}

static double all_regions(const json_t *regions)
{
    double sum = 0.0;
    const char *name;
    const json_t *bytes;
    json_object_foreach((json_t *)regions, name, bytes)
        sum += json_number_value(bytes);
    return sum;
}

/* Activations are what the law says, input and output what their shape says, and the total is the sum of all regions. */
static bool is_exact(const struct cell_record *cell, const struct memory_law *law)
{
    json_t *regions = json_loads(cell->regions ? cell->regions : "{}", 0, NULL);
    const double n = (double)cell->cell.length, io = n * (double)(cell->cell.width * cell->cell.batch) * sizeof(float);
    const double wanted = floor(law->scale * pow(n, law->power) * pow(log2(n), law->log_power));
    const bool exact = region_bytes(regions, "activations") == wanted && region_bytes(regions, "input") == io &&
                       region_bytes(regions, "output") == io && all_regions(regions) == cell->bytes;
    json_decref(regions);
    return exact;
}

static int count_right_classes(const struct study *study)
{
    int right = 0;
    for (int i = 0; i < study->growth_count; ++i) {
        const struct study_growth *growth = &study->growth[i];
        if (growth->metric != STUDY_MEMORY || !growth->enough)
            continue;
        const int truth = growth_class_find(growth->claimed_power, growth->claimed_log_power);
        right += truth >= 0 && growth->choice.candidates[truth].chosen && growth->choice.chosen <= 2;
    }
    return right;
}

static enum status judge_memory(json_t **outcome, const struct measured *measured, struct error *error)
{
    struct study study;
    int exact = 0;
    const size_t lengths = measured->cell_count / MEMORY_LAWS;
    for (size_t i = 0; i < measured->cell_count; ++i) /* planned operator by operator */
        exact += is_exact(&measured->cells[i], &memory_laws[i / lengths]);
    const enum status status = measured_study(&study, measured, error);
    if (status == STATUS_OK)
        *outcome = json_pack("{s:i, s:i, s:i, s:i}", "cells", (int)measured->cell_count, "exact", exact, "laws", MEMORY_LAWS,
                             "right", count_right_classes(&study));
    study_free(&study);
    return status;
}

static enum status run_memory(json_t **outcome, const struct unit_request *request, struct error *error)
{
    char texts[MEMORY_LAWS][CELL_OPTIONS_MAX];
    struct measured_request sweep = {.lengths = "16..1024",
                                     .widths = "3",
                                     .threads = "1",
                                     .budget_seconds = request->full ? 20.0 : 6.0,
                                     .call_limit_seconds = CALL_SECONDS};
    for (int i = 0; i < MEMORY_LAWS; ++i) {
        const struct memory_law *law = &memory_laws[i];
        snprintf(texts[i], sizeof texts[i], "synthetic:time_scale=1,memory_power=%g,memory_log_power=%g,memory_scale=%g,step_ns=1",
                 law->power, law->log_power, law->scale);
        sweep.operators[i] = texts[i];
    }
    struct measured measured;
    enum status status = measured_make(&measured, request, &sweep, error);
    if (status == STATUS_OK)
        status = judge_memory(outcome, &measured, error);
    measured_free(&measured);
    return status;
}

static void report_memory(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    report_share(report, part->name, part_sum(results->units, "exact"), part_sum(results->units, "cells"), REPORT_AT_LEAST, 1.0,
                 "cells whose bytes are those of the formula, exactly");
    report_share(report, part->name, part_sum(results->units, "right"), part_sum(results->units, "laws"), REPORT_AT_LEAST, 0.95,
                 "class of memory in the set, set of at most two");
}

const struct selfcheck_part part_memory = {
    .name = "memory",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = 1,
    .full_units = 1,
    .quick_seconds = 7.0,
    .full_seconds = 21.0,
    .run = run_memory,
    .report = report_memory,
};

/* ---------------------------------------------------------------- overhead */

#define SAMPLE_SECONDS 6e-3 /* of a short call: 3 ms of warm-up and 3 ms of timed calls */

static json_t *overhead_outcome(const struct measured *measured, const struct setting *setting)
{
    int processes = 0;
    double call = NAN;
    for (size_t i = 0; i < measured->cell_count; ++i) {
        processes += measured->cells[i].processes;
        if (measured->cells[i].seconds > 0.0)
            call = fmin(call, measured->cells[i].seconds); /* of NaN and a number: the number */
    }
    json_t *outcome = json_pack("{s:i}", "processes", processes);
    if (outcome && isfinite(call) && processes > 0)
        json_object_update_new(outcome,
                               json_pack("{s:f, s:f}", "call_ns", 1e9 * call, "process_seconds",
                                         measured->seconds / processes - setting->samples * SAMPLE_SECONDS));
    return outcome;
}

static enum status run_overhead(json_t **outcome, const struct unit_request *request, struct error *error)
{
    const struct measured_request sweep = {.operators = {"null"},
                                           .lengths = "64..1024",
                                           .widths = "16",
                                           .threads = "1",
                                           .budget_seconds = request->full ? 10.0 : 3.0,
                                           .call_limit_seconds = CALL_SECONDS};
    struct measured measured;
    enum status status = measured_make(&measured, request, &sweep, error);
    if (status == STATUS_OK)
        *outcome = overhead_outcome(&measured, request->setting);
    if (status == STATUS_OK && !*outcome)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    measured_free(&measured);
    return status;
}

static void report_overhead(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    report_figure(report, part->name, part_median(results->units, "call_ns"), "ns", REPORT_NO_TARGET, NAN,
                  "a timed call that does nothing");
    report_figure(report, part->name, part_median(results->units, "process_seconds"), "s", REPORT_NO_TARGET, NAN,
                  "a process beside its samples");
}

const struct selfcheck_part part_overhead = {
    .name = "overhead",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = 1,
    .full_units = 3,
    .quick_seconds = 4.0,
    .full_seconds = 11.0,
    .run = run_overhead,
    .report = report_overhead,
};
