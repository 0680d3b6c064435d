/* repeat.c - the part of selfcheck about time: the same sweep at the beginning of the run and at its end, and how many of the
 * cells agree. It measures the operators that are installed, whichever they are. */
#include "selfcheck/measured.h"

#include "analyse/grade.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALL_SECONDS 0.5

/* What may lie between two medians, by what bounds the cell. */
static const struct {
    const char *name, *roofs[3];
    double most;
} kinds[] = {
    {"bound by arithmetic, within 3 %", {"compute", "L1"}, 0.03},
    {"bound by L2 or L3, within 7 %", {"L2", "L3"}, 0.07},
    {"bound by memory, within 10 %", {"memory"}, 0.10},
};

static void name_operators(struct measured_request *request, char **names, size_t count)
{
    request->operators[0] = "synthetic"; /* where none is installed */
    for (size_t i = 0; i < count && i + 1 < MEASURED_OPERATORS_MAX; ++i)
        request->operators[i] = names[i];
}

static json_t *cell_json(const struct cell_record *cell)
{
    char spec[2048];
    cell_format(&cell->cell, spec, sizeof spec);
    return json_pack("{s:s, s:f, s:i, s:s, s:s}", "spec", spec, "seconds", cell->seconds, "processes", cell->processes, "roof",
                     cell->roof, "grade", cell->grade);
}

/* The speed of the core during the sweep, by its calibrated spin: each sweep lies in a database of its own and knows no other. */
static enum status add_spin(json_t *outcome, const struct measured *measured, struct error *error)
{
    struct probe_median *medians = NULL;
    size_t count = 0;
    const enum status status = store_read_probe_medians(measured->store, "spin_seconds", 1, &medians, &count, error);
    if (status == STATUS_OK && count > 0)
        json_object_set_new(outcome, "spin_seconds", json_real(medians[0].value));
    free(medians);
    return status;
}

static enum status measure(json_t **outcome, const struct unit_request *request, const struct measured_request *sweep,
                           struct error *error)
{
    struct measured measured;
    enum status status = measured_make(&measured, request, sweep, error);
    if (status == STATUS_OK) {
        json_t *cells = json_array();
        for (size_t i = 0; i < measured.cell_count; ++i)
            if (measured.cells[i].seconds > 0.0)
                json_array_append_new(cells, cell_json(&measured.cells[i]));
        *outcome = json_pack("{s:o, s:s, s:f}", "cells", cells, "grade", measured.sweep.grade, "harness_share",
                             spent_harness_share(&measured.spent));
        status = add_spin(*outcome, &measured, error);
    }
    measured_free(&measured);
    return status;
}

static enum status run_repeat(json_t **outcome, const struct unit_request *request, struct error *error)
{
    struct measured_request sweep = {.lengths = request->full ? "256..4096*4" : "256",
                                     .widths = request->full ? "256" : "64",
                                     .threads = "1",
                                     .budget_seconds = request->full ? 38.0 : 4.0,
                                     .call_limit_seconds = CALL_SECONDS};
    char **names = NULL;
    size_t count = 0;
    TRY(part_operators(request, &names, &count, error));
    name_operators(&sweep, names, count);
    const enum status status = measure(outcome, request, &sweep, error);
    find_names_free(names, count);
    return status;
}

/* ---------------------------------------------------------------- comparing */

/* The two sweeps, the earlier one first. */
struct sweeps {
    const json_t *units[2], *cells[2];
    double slow[2]; /* how much slower the core was than in the other one; 0 for the faster one, NaN unknown */
};

static struct sweeps find_sweeps(const struct part_results *results, const char *begin)
{
    struct sweeps sweeps = {.units = {json_array_get(json_object_get(results->all, begin), 0), json_array_get(results->units, 0)}};
    double spin[2];
    for (int i = 0; i < 2; ++i) {
        const json_t *value = json_object_get(sweeps.units[i], "spin_seconds");
        sweeps.cells[i] = json_object_get(sweeps.units[i], "cells");
        spin[i] = value ? json_number_value(value) : NAN;
    }
    for (int i = 0; i < 2; ++i)
        sweeps.slow[i] = spin[i] / fmin(spin[0], spin[1]) - 1.0;
    return sweeps;
}

static const json_t *same_cell(const json_t *cells, const json_t *wanted)
{
    size_t index;
    const json_t *cell;
    json_array_foreach(cells, index, cell)
        if (json_equal(json_object_get(cell, "spec"), json_object_get(wanted, "spec")))
            return cell;
    return NULL;
}

/* Of a cell that the machine disturbed nothing is asked, nor where the core was slower than in the other sweep. */
static bool is_good(const json_t *cell, double slow)
{
    const char *grade = json_string_value(json_object_get(cell, "grade"));
    const char speed = grade_letter_of(GRADE_SLOW, slow);
    return grade && (strcmp(grade, "A") == 0 || strcmp(grade, "B") == 0) && (isnan(slow) || speed == 'A' || speed == 'B');
}

static bool are_good(const struct sweeps *sweeps, const json_t *before, const json_t *after)
{
    return after && is_good(before, sweeps->slow[0]) && is_good(after, sweeps->slow[1]);
}

static bool is_of_kind(const json_t *cell, size_t kind)
{
    const char *roof = json_string_value(json_object_get(cell, "roof"));
    for (size_t i = 0; i < ARRAY_LEN(kinds[kind].roofs) && kinds[kind].roofs[i]; ++i)
        if (strcmp(roof, kinds[kind].roofs[i]) == 0)
            return true;
    return false;
}

/* Seconds between the ends of the two sweeps; NaN unknown. */
static double seconds_between(const struct sweeps *sweeps)
{
    struct tm times[2] = {{.tm_sec = 0}, {.tm_sec = 0}};
    for (int i = 0; i < 2; ++i) {
        const char *text = json_string_value(json_object_get(sweeps->units[i], "finished"));
        if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &times[i]))
            return NAN;
    }
    return difftime(timegm(&times[1]), timegm(&times[0]));
}

static void report_kind(struct report *report, const struct selfcheck_part *part, size_t kind, const struct sweeps *sweeps)
{
    int64_t trials = 0, hits = 0;
    size_t index;
    const json_t *cell;
    json_array_foreach(sweeps->cells[0], index, cell) {
        const json_t *again = same_cell(sweeps->cells[1], cell);
        if (!is_of_kind(cell, kind) || !are_good(sweeps, cell, again))
            continue;
        const double then = json_number_value(json_object_get(cell, "seconds"));
        const double now = json_number_value(json_object_get(again, "seconds"));
        ++trials;
        hits += fabs(log(now / then)) <= log1p(kinds[kind].most);
    }
    report_share(report, part->name, hits, trials, REPORT_AT_LEAST, 0.90, "medians of cells %s", kinds[kind].name);
}

/* How many of the cells that both sweeps have are good enough to be compared. */
static void report_good(struct report *report, const struct selfcheck_part *part, const struct sweeps *sweeps)
{
    int64_t trials = 0, hits = 0;
    size_t index;
    const json_t *cell;
    json_array_foreach(sweeps->cells[0], index, cell) {
        const json_t *again = same_cell(sweeps->cells[1], cell);
        trials += again != NULL;
        hits += are_good(sweeps, cell, again);
    }
    report_share(report, part->name, hits, trials, REPORT_NO_TARGET, NAN, "cells at grade A or B both times");
}

static void report_repeat(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const struct sweeps sweeps = find_sweeps(results, part_repeat_begin.name);
    report_figure(report, part->name, (struct interval){seconds_between(&sweeps) / 60.0, NAN, NAN}, "min", REPORT_NO_TARGET, NAN,
                  "time between the two sweeps");
    report_figure(report, part->name, (struct interval){100.0 * fmax(sweeps.slow[0], sweeps.slow[1]), NAN, NAN}, "%",
                  REPORT_NO_TARGET, NAN, "speed of the core in one, off that in the other");
    report_good(report, part, &sweeps);
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); ++kind)
        report_kind(report, part, kind, &sweeps);
}

/* The end compares. The share is no target here: starting, checking and planning every operator once weighs more in so short a
 * sweep than in the default one, which prints its own. */
static void report_share_of_harness(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    struct interval share = part_median(results->units, "harness_share");
    share = (struct interval){100.0 * share.value, NAN, NAN};
    report_figure(report, part->name, share, "%", REPORT_NO_TARGET, NAN,
                  "time that is neither sample nor warm-up, in %s", results->full ? "38 s" : "4 s");
}

const struct selfcheck_part part_repeat_begin = {
    .name = "repeated sweep, beginning",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = 1,
    .full_units = 1,
    .quick_seconds = 5.0,
    .full_seconds = 40.0,
    .run = run_repeat,
    .report = report_share_of_harness,
};

const struct selfcheck_part part_repeat_end = {
    .name = "repeated sweep",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = 1,
    .full_units = 1,
    .quick_seconds = 5.0,
    .full_seconds = 40.0,
    .run = run_repeat,
    .report = report_repeat,
};
