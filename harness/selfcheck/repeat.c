/* repeat.c - the part of selfcheck about time: the same sweep at the beginning of the run and at its end, and how many of the
 * cells agree. It measures the operators that are installed, whichever they are. */
#include "selfcheck/measured.h"

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

/* Those that are there for checking: they say nothing of how real ones repeat. */
static bool is_real(const char *name)
{
    return strcmp(name, "null") != 0 && strcmp(name, "skeleton") != 0 && strcmp(name, "synthetic") != 0;
}

static void name_operators(struct measured_request *request, char **names, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count && used + 1 < MEASURED_OPERATORS_MAX; ++i)
        if (is_real(names[i]))
            request->operators[used++] = names[i];
    if (used == 0)
        request->operators[0] = "synthetic";
}

static json_t *cell_json(const struct cell_record *cell)
{
    char spec[2048];
    cell_format(&cell->cell, spec, sizeof spec);
    return json_pack("{s:s, s:f, s:i, s:s}", "spec", spec, "seconds", cell->seconds, "processes", cell->processes, "roof",
                     cell->roof);
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
        *outcome = json_pack("{s:o}", "cells", cells);
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
    TRY(find_all(&request->setting->search, &names, &count, error));
    name_operators(&sweep, names, count);
    const enum status status = measure(outcome, request, &sweep, error);
    find_names_free(names, count);
    return status;
}

/* ---------------------------------------------------------------- comparing */

static const json_t *cells_of(const struct part_results *results, const char *part)
{
    return json_object_get(json_array_get(json_object_get(results->all, part), 0), "cells");
}

static double seconds_of(const json_t *cells, const char *spec)
{
    size_t index;
    const json_t *cell;
    json_array_foreach(cells, index, cell)
        if (strcmp(json_string_value(json_object_get(cell, "spec")), spec) == 0)
            return json_number_value(json_object_get(cell, "seconds"));
    return NAN;
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
static double seconds_between(const struct part_results *results, const char *begin)
{
    struct tm times[2] = {{.tm_sec = 0}, {.tm_sec = 0}};
    const json_t *units[2] = {json_array_get(json_object_get(results->all, begin), 0), json_array_get(results->units, 0)};
    for (int i = 0; i < 2; ++i) {
        const char *text = json_string_value(json_object_get(units[i], "finished"));
        if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &times[i]))
            return NAN;
    }
    return difftime(timegm(&times[1]), timegm(&times[0]));
}

static void report_kind(struct report *report, const struct selfcheck_part *part, size_t kind, const json_t *before,
                        const json_t *after)
{
    int64_t trials = 0, hits = 0;
    size_t index;
    const json_t *cell;
    json_array_foreach(before, index, cell) {
        const double then = json_number_value(json_object_get(cell, "seconds"));
        const double now = seconds_of(after, json_string_value(json_object_get(cell, "spec")));
        if (!is_of_kind(cell, kind) || isnan(now))
            continue;
        ++trials;
        hits += fabs(log(now / then)) <= log1p(kinds[kind].most);
    }
    report_share(report, part->name, hits, trials, REPORT_AT_LEAST, 0.90, "medians of cells %s", kinds[kind].name);
}

static void report_repeat(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const char *begin = part_repeat_begin.name;
    const json_t *before = cells_of(results, begin), *after = cells_of(results, part->name);
    const double seconds = seconds_between(results, begin);
    report_figure(report, part->name, (struct interval){seconds / 60.0, NAN, NAN}, "min", REPORT_NO_TARGET, NAN,
                  "time between the two sweeps");
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); ++kind)
        report_kind(report, part, kind, before, after);
}

static void report_nothing(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    (void)report, (void)part, (void)results; /* the end compares */
}

const struct selfcheck_part part_repeat_begin = {
    .name = "repeated sweep, beginning",
    .suite = SELFCHECK_MEASUREMENT,
    .quick_units = 1,
    .full_units = 1,
    .quick_seconds = 5.0,
    .full_seconds = 40.0,
    .run = run_repeat,
    .report = report_nothing,
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
