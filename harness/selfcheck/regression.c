/* regression.c - the parts of selfcheck --regression that measure: identical code, which must not be called slower, and
 * slowdowns of a known size, which must be found. Every cell of identical code is what a control of `ab` is, so these
 * runs have none of their own: nothing vetoes them. With load, stress-ng runs on one of the cores beside them.
 */
#include "selfcheck/compared.h"

#include "analyse/verdict.h"
#include "sweep/instructions.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_SECONDS 36.0 /* so that a piece of a minute holds one */
#define SAME_SECONDS 24.0 /* of ten cells; a hundred units of them are the thousand cells of the target */

/* Operators of selfcheck's own: so much arithmetic, and so much memory, a token. */
#define ARITHMETIC "synthetic:step_ns=1,time_scale=1000"
#define MEMORY "synthetic:step_ns=1,time_scale=0,memory_scale=65536"

/* The names of the installed operators after `first`, comma-separated; a quick run has time for two. */
static enum status list_operators(struct text *list, const char *first, const struct unit_request *unit,
                                  struct error *error)
{
    const size_t most = unit->full ? SIZE_MAX : 2;
    char **names = NULL;
    size_t count = 0;
    TRY(part_operators(unit, &names, &count, error));
    text_append(list, first);
    for (size_t i = 0; i < count && i < most; ++i)
        text_format(list, ",%s", names[i]);
    find_names_free(names, count);
    return list->failed ? error_set(error, STATUS_SYSTEM, "out of memory") : STATUS_OK;
}

/* ---------------------------------------------------------------- identical code */

static json_t *count_same(const struct compared *compared)
{
    int cells = 0, alarms = 0, arithmetic = 0, same = 0;
    double pairs = 0.0;
    for (size_t i = 0; i < compared->count; ++i) {
        const struct comparison_cell *cell = &compared->cells[i];
        const enum verdict verdict = verdict_from_name(cell->verdict);
        if (cell->pairs < VERDICT_SCREEN)
            continue; /* the budget left it out */
        const bool is_arithmetic = strstr(cell->cell.options, "memory_scale") == NULL;
        ++cells;
        alarms += verdict == VERDICT_SLOWER || verdict == VERDICT_FASTER;
        arithmetic += is_arithmetic;
        same += is_arithmetic && verdict == VERDICT_SAME;
        pairs += cell->pairs;
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:f}", "cells", cells, "alarms", alarms, "arithmetic", arithmetic, "same", same,
                     "pairs", cells ? pairs / cells : 0.0);
}

static enum status run_same(json_t **outcome, const struct unit_request *unit, struct error *error)
{
    static const char *const lengths[] = {"128", "256", "512"};
    struct text operators = {0};
    struct compared compared = {.cells = NULL};
    enum status status = list_operators(&operators, ARITHMETIC "," MEMORY ",null", unit, error);
    const char *length = lengths[unit->number % (int)ARRAY_LEN(lengths)];
    const struct compared_request request = {.operators = text_get(&operators),
                                             .base_lengths = length,
                                             .new_lengths = length,
                                             .width = "64",
                                             .pairs = VERDICT_PAIRS,
                                             .budget_seconds = unit->full ? SAME_SECONDS : SAME_SECONDS / 2.0};
    if (status == STATUS_OK)
        status = compared_make(&compared, unit, &request, error);
    if (status == STATUS_OK)
        *outcome = count_same(&compared);
    compared_free(&compared);
    text_free(&operators);
    return status;
}

/* Two units that follow one another are a run of 20 cells, in which one false alarm is one too many. */
static void count_runs(const json_t *units, int64_t *runs, int64_t *alarmed)
{
    *runs = *alarmed = 0;
    for (size_t i = 0; i + 1 < json_array_size(units); i += 2) {
        const json_t *one = json_array_get(units, i), *two = json_array_get(units, i + 1);
        ++*runs;
        *alarmed +=
            json_integer_value(json_object_get(one, "alarms")) + json_integer_value(json_object_get(two, "alarms")) > 0;
    }
}

static void report_same(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    int64_t runs = 0, alarmed = 0;
    count_runs(units, &runs, &alarmed);
    report_share(report, part->name, part_sum(units, "alarms"), part_sum(units, "cells"), REPORT_AT_MOST, 0.01,
                 "cells of identical code called different");
    report_share(report, part->name, alarmed, runs, REPORT_AT_MOST, 0.05, "runs of 20 such cells with a false alarm");
    report_share(report, part->name, part_sum(units, "same"), part_sum(units, "arithmetic"),
                 part->loaded ? REPORT_NO_TARGET : REPORT_AT_LEAST, 0.80, "cells bound by arithmetic called the same");
    report_figure(report, part->name, part_median(units, "pairs"), "", REPORT_NO_TARGET, NAN, "pairs of a cell");
}

/* ---------------------------------------------------------------- planted */

/* What is planted: how much longer the new arm's sequences are, in which operators, and with how many pairs it is to be found. */
struct planted {
    const char *operators; /* NULL: this build's that are linear in the length, and the arithmetic of selfcheck */
    const char *base_lengths, *new_lengths, *width;
    size_t pairs;
    double effect, target;
};

static const struct planted arithmetic_10 = {
    .base_lengths = "500", .new_lengths = "550", .width = "64", .pairs = 12, .effect = 0.10, .target = 0.90};
static const struct planted arithmetic_5 = {
    .base_lengths = "500", .new_lengths = "525", .width = "64", .pairs = 24, .effect = 0.05, .target = 0.80};
static const struct planted memory_10 = {.operators = MEMORY,
                                         .base_lengths = "500,600,700",
                                         .new_lengths = "550,660,770",
                                         .width = "64",
                                         .pairs = 24,
                                         .effect = 0.10,
                                         .target = 0.70};

/* The installed operators that price a call as linear in the length, so that the planted work is as much as is meant. */
static bool is_as_planted(double work_ratio, double effect)
{
    return fabs(work_ratio - 1.0 - effect) < 0.03 * effect;
}

static json_t *count_planted(const struct compared *compared, const struct planted *planted)
{
    int changed = 0, found = 0, turned = 0;
    double error = 0.0;
    for (size_t i = 0; i < compared->count; ++i) {
        const struct comparison_cell *cell = &compared->cells[i];
        if (cell->pairs < VERDICT_SCREEN || !is_as_planted(compared->work_ratios[i], planted->effect))
            continue;
        ++changed;
        found += strcmp(cell->verdict, "SLOWER") == 0;
        turned += strcmp(cell->verdict, "FASTER") == 0;
        error += fabs(cell->ratio / compared->work_ratios[i] - 1.0);
    }
    return json_pack("{s:i, s:i, s:i, s:f}", "changed", changed, "found", found, "turned", turned, "error",
                     changed ? 100.0 * error / changed : 0.0);
}

static enum status run_planted(json_t **outcome, const struct unit_request *unit, struct error *error)
{
    const struct planted *planted = unit->part->plan;
    struct text operators = {0};
    struct compared compared = {.cells = NULL};
    enum status status = STATUS_OK;
    if (planted->operators)
        text_append(&operators, planted->operators);
    else
        status = list_operators(&operators, ARITHMETIC, unit, error);
    const struct compared_request request = {.operators = text_get(&operators),
                                             .base_lengths = planted->base_lengths,
                                             .new_lengths = planted->new_lengths,
                                             .width = planted->width,
                                             .pairs = planted->pairs,
                                             .budget_seconds = unit->full ? UNIT_SECONDS : UNIT_SECONDS / 4.0};
    if (status == STATUS_OK)
        status = compared_make(&compared, unit, &request, error);
    if (status == STATUS_OK)
        *outcome = count_planted(&compared, planted);
    compared_free(&compared);
    text_free(&operators);
    return status;
}

static void report_planted(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const struct planted *planted = part->plan;
    const json_t *units = results->units;
    report_share(report, part->name, part_sum(units, "found"), part_sum(units, "changed"), REPORT_AT_LEAST, planted->target,
                 "+%.0f %% found with %zu pairs", 100.0 * planted->effect, planted->pairs);
    report_share(report, part->name, part_sum(units, "turned"), part_sum(units, "changed"), REPORT_AT_MOST, 0.0,
                 "+%.0f %% called faster", 100.0 * planted->effect);
    report_figure(report, part->name, part_median(units, "error"), "%", REPORT_NO_TARGET, NAN,
                  "ratio measured, off the operations planted");
}

/* ---------------------------------------------------------------- instructions */

#define COUNTED_EFFECT 1e-3
#define COUNTED_LENGTH "512"
#define PILOT_STEPS 1000 /* a handful of instructions each */

/* One comparison of the counts of an operator with itself and `extra_steps` more. */
static enum status count_pair(double counts[2], bool *found, const char *operator_name, int64_t extra_steps,
                              const struct unit_request *unit, struct error *error)
{
    struct compared compared = {.cells = NULL};
    const struct compared_request request = {.operators = operator_name,
                                             .base_lengths = COUNTED_LENGTH,
                                             .new_lengths = COUNTED_LENGTH,
                                             .width = "64",
                                             .pairs = VERDICT_SCREEN,
                                             .budget_seconds = UNIT_SECONDS / 4.0,
                                             .instructions = true,
                                             .extra_steps = extra_steps};
    enum status status = compared_make(&compared, unit, &request, error);
    if (status == STATUS_OK && (compared.count != 1 || !(compared.cells[0].new_instructions > 0.0)))
        status = error_set(error, STATUS_FAILED, "selfcheck could not count the instructions of %s: %s", operator_name,
                           compared.count == 1 ? compared.cells[0].reason : "there is no cell");
    if (status == STATUS_OK) {
        counts[0] = compared.cells[0].base_instructions;
        counts[1] = compared.cells[0].new_instructions;
        *found = strcmp(compared.cells[0].verdict, "SLOWER") == 0;
    }
    compared_free(&compared);
    return status;
}

/* What a step costs comes from a first comparison, and then so many are planted that they are the effect. */
static enum status count_operator(json_t **outcome, const char *operator_name, const struct unit_request *unit,
                                  struct error *error)
{
    double counts[2] = {NAN, NAN};
    bool found = false;
    TRY(count_pair(counts, &found, operator_name, PILOT_STEPS, unit, error));
    const double of_a_step = (counts[1] - counts[0]) / PILOT_STEPS;
    if (!(of_a_step >= 1.0))
        return error_set(error, STATUS_FAILED, "selfcheck planted %d steps in %s, and %.0f instructions more were counted",
                         PILOT_STEPS, operator_name, counts[1] - counts[0]);
    const int64_t steps = (int64_t)ceil(COUNTED_EFFECT * counts[0] / of_a_step);
    TRY(count_pair(counts, &found, operator_name, steps, unit, error));
    *outcome = json_pack("{s:i, s:i, s:f, s:s}", "changed", 1, "found", found, "effect", 100.0 * (counts[1] / counts[0] - 1.0),
                         "operator", operator_name);
    return STATUS_OK;
}

/* Selfcheck's own arithmetic and the installed operators in turn. */
static enum status take_turn(char **operator_name, const struct unit_request *unit, struct error *error)
{
    char **names = NULL;
    size_t count = 0;
    TRY(part_operators(unit, &names, &count, error));
    const size_t turn = (size_t)unit->number % (count + 1);
    *operator_name = strdup(turn > 0 ? names[turn - 1] : ARITHMETIC);
    find_names_free(names, count);
    return *operator_name ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static enum status run_counted(json_t **outcome, const struct unit_request *unit, struct error *error)
{
    char *operator_name = NULL;
    if (instructions_available(unit->setting, error) != STATUS_OK) {
        *outcome = json_pack("{s:s}", "absent", error->text);
        return STATUS_OK;
    }
    TRY(take_turn(&operator_name, unit, error));
    const enum status status = count_operator(outcome, operator_name, unit, error);
    free(operator_name);
    return status;
}

static void report_counted(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    report_share(report, part->name, part_sum(results->units, "found"), part_sum(results->units, "changed"),
                 REPORT_AT_LEAST, 1.0, "%.1f %% more instructions found by counting", 100.0 * COUNTED_EFFECT);
    report_figure(report, part->name, part_median(results->units, "effect"), "%", REPORT_NO_TARGET, NAN,
                  "more instructions counted");
}

/* ---------------------------------------------------------------- the parts */

const struct selfcheck_part part_same = {
    .name = "identical code",
    .suite = SELFCHECK_REGRESSION,
    .quick_units = 1,
    .full_units = 100,
    .quick_seconds = SAME_SECONDS / 2.0,
    .full_seconds = SAME_SECONDS,
    .run = run_same,
    .report = report_same,
};

const struct selfcheck_part part_same_loaded = {
    .name = "identical code, loaded",
    .suite = SELFCHECK_REGRESSION,
    .loaded = true,
    .quick_units = 1,
    .full_units = 100,
    .quick_seconds = SAME_SECONDS / 2.0,
    .full_seconds = SAME_SECONDS,
    .run = run_same,
    .report = report_same,
};

/* A planted slowdown, and the same beside stress-ng. */
#define PLANTED_PART(name_, loaded_, planted_, quick_, full_)                                                      \
    {                                                                                                              \
        .name = (name_), .suite = SELFCHECK_REGRESSION, .loaded = (loaded_), .plan = &(planted_),                  \
        .quick_units = (quick_), .full_units = (full_), .quick_seconds = UNIT_SECONDS / 4.0,                       \
        .full_seconds = UNIT_SECONDS, .run = run_planted, .report = report_planted                                 \
    }
#define PLANTED(planted_, name_)                                                                                   \
    const struct selfcheck_part part_##planted_ = PLANTED_PART("planted " name_, false, planted_, 1, 10);          \
    const struct selfcheck_part part_##planted_##_loaded = PLANTED_PART("planted " name_ ", loaded", true, planted_, 0, 6)

PLANTED(arithmetic_10, "+10 %, arithmetic");
PLANTED(arithmetic_5, "+5 %, arithmetic");
PLANTED(memory_10, "+10 %, memory");

const struct selfcheck_part part_counted = {
    .name = "planted, counted",
    .suite = SELFCHECK_REGRESSION,
    .quick_units = 2,
    .full_units = 16,
    .quick_seconds = UNIT_SECONDS / 6.0,
    .full_seconds = UNIT_SECONDS / 6.0,
    .run = run_counted,
    .report = report_counted,
};
