/* comparison_parts.c - see comparison_parts.h. */
#include "present/comparison_parts.h"

#include "analyse/statistics.h"
#include "analyse/verdict.h"
#include "present/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INSTRUCTIONS_SAME 5e-4 /* relative; what sweep/ab_judge.c calls the same */

const char *comparison_change(char out[COMPARISON_TEXT], double ratio)
{
    const double percent = 100.0 * (ratio - 1.0);
    if (isfinite(ratio))
        snprintf(out, COMPARISON_TEXT, fabs(percent) < 100.0 ? "%+.1f %%" : "%+.0f %%", percent);
    else
        snprintf(out, COMPARISON_TEXT, "-");
    return out;
}

const char *comparison_interval(char out[COMPARISON_TEXT], double low, double high)
{
    if (isfinite(low) && isfinite(high))
        snprintf(out, COMPARISON_TEXT, "[%+.1f, %+.1f] %%", 100.0 * (low - 1.0), 100.0 * (high - 1.0));
    else
        out[0] = '\0';
    return out;
}

const char *comparison_size(char out[COMPARISON_TEXT], double fraction)
{
    if (isfinite(fraction))
        snprintf(out, COMPARISON_TEXT, "%.1f %%", 100.0 * fraction);
    else
        snprintf(out, COMPARISON_TEXT, "-");
    return out;
}

void comparison_label(struct text *out, const struct comparison_cell *cell)
{
    struct cell fresh = cell->cell;
    char base_label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX], new_label[sizeof base_label];
    memcpy(fresh.operator_name, cell->new_operator, sizeof fresh.operator_name);
    memcpy(fresh.options, cell->new_options, sizeof fresh.options);
    cell_label(&cell->cell, base_label, sizeof base_label);
    cell_label(&fresh, new_label, sizeof new_label);
    if (strcmp(base_label, new_label) == 0)
        text_append(out, base_label);
    else
        text_format(out, "%s -> %s", base_label, new_label);
}

void comparison_spec(char *out, size_t capacity, const struct comparison_cell *cell)
{
    cell_format(&cell->cell, out, capacity);
}

const char *comparison_memory(const struct comparison_cell *cell)
{
    static const char *const words[] = {
        [VERDICT_SLOWER] = "more", [VERDICT_FASTER] = "less", [VERDICT_SAME] = "same", [VERDICT_UNKNOWN] = ""};
    return words[verdict_exact(cell->base_bytes, cell->new_bytes, 0.0)];
}

/* ---------------------------------------------------------------- remarks */

static void add_remark(struct text *out, const char *remark)
{
    if (remark[0])
        text_format(out, "%s%s", out->length ? "; " : "", remark);
}

/* What the counts say about the time: code, or luck of the layout. */
static const char *second_opinion(const struct comparison_cell *cell)
{
    const enum verdict counts = verdict_exact(cell->base_instructions, cell->new_instructions, INSTRUCTIONS_SAME);
    const bool judged = strcmp(cell->clock, "instructions") == 0;
    const double time = cell->cell.threads == 1 ? cell->cpu_ratio : cell->wall_ratio;
    if (counts == VERDICT_UNKNOWN)
        return "";
    if (judged)
        return !isfinite(time) || (time < 1.02 && time > 0.98) ? "" : time > 1.0 ? "the time grew, too" : "the time shrank";
    if (strcmp(cell->verdict, "SLOWER") == 0)
        return counts == VERDICT_SAME     ? "as many instructions as before: layout or memory, not the code"
               : counts == VERDICT_SLOWER ? "more instructions: the code"
                                          : "fewer instructions: memory";
    return counts == VERDICT_SLOWER ? "more instructions, and no slower" : "";
}

void comparison_remark(struct text *out, const struct comparison_cell *cell)
{
    char base[UNITS_TEXT], fresh[UNITS_TEXT];
    add_remark(out, cell->reason);
    add_remark(out, second_opinion(cell));
    const char *memory = comparison_memory(cell);
    if (strcmp(memory, "more") == 0 || strcmp(memory, "less") == 0)
        text_format(out, "%s%s memory: %s, was %s (%+.0f bytes)", out->length ? "; " : "", memory,
                    units_bytes(fresh, cell->new_bytes), units_bytes(base, cell->base_bytes),
                    cell->new_bytes - cell->base_bytes);
    if (strcmp(cell->base_method, cell->new_method) != 0)
        text_format(out, "%splan: %s, was %s", out->length ? "; " : "", cell->new_method, cell->base_method);
}

/* ---------------------------------------------------------------- counts */

void comparison_counts(struct text *out, const struct comparison_view *view)
{
    int counts[VERDICT_COUNT] = {0};
    bool any = false;
    for (size_t i = 0; i < view->count; ++i)
        if (!view->cells[i].control)
            ++counts[verdict_from_name(view->cells[i].verdict)];
    for (int i = 1; i < VERDICT_COUNT; ++i) {
        if (counts[i] == 0)
            continue;
        text_format(out, "%s%s %d", any ? ", " : "", verdict_name((enum verdict)i), counts[i]);
        any = true;
    }
}

void comparison_controls(struct text *out, const struct comparison_view *view)
{
    size_t count = 0, still = 0;
    double *off = calloc(view->count + 1, sizeof *off);
    for (size_t i = 0; off && i < view->count; ++i) {
        const struct comparison_cell *cell = &view->cells[i];
        if (!cell->control || !isfinite(cell->ratio))
            continue;
        off[count++] = fabs(cell->ratio - 1.0);
        still += strcmp(cell->verdict, "SLOWER") != 0 && strcmp(cell->verdict, "FASTER") != 0;
    }
    if (count > 0)
        text_format(out, "%zu of %zu controls (identical code) did not move, median difference %.1f %%", still, count,
                    100.0 * statistics_median(off, count));
    free(off);
}

/* ---------------------------------------------------------------- arms */

json_t *comparison_parse(const char *json)
{
    json_error_t problem;
    return json_loads(json && json[0] ? json : "{}", JSON_DECODE_ANY, &problem);
}

const char *comparison_member(const json_t *arm, const char *name)
{
    const char *value = json_string_value(json_object_get(arm, name));
    return value ? value : "";
}

void comparison_arm(struct text *out, const char *json)
{
    json_t *arm = comparison_parse(json);
    const char *version = comparison_member(arm, "version"), *commit = comparison_member(arm, "commit");
    text_append(out, comparison_member(arm, "label"));
    if (version[0] || commit[0])
        text_format(out, " (%s%s%s%s%.10s%s)", version[0] ? "version " : "", version, version[0] && commit[0] ? ", " : "",
                    commit[0] ? "commit " : "", commit,
                    json_is_true(json_object_get(arm, "dirty")) ? ", changed since" : "");
    json_decref(arm);
}

void comparison_differences(struct text *out, const struct comparison_view *view, const char *prefix)
{
    json_t *list = comparison_parse(view->record->differences), *entry;
    size_t index;
    json_array_foreach(list, index, entry)
    {
        char *base = json_dumps(json_object_get(entry, "base"), JSON_ENCODE_ANY | JSON_COMPACT);
        char *fresh = json_dumps(json_object_get(entry, "new"), JSON_ENCODE_ANY | JSON_COMPACT);
        text_format(out, "%s%s: %s -> %s\n", prefix, comparison_member(entry, "field"), base ? base : "none",
                    fresh ? fresh : "none");
        free(base);
        free(fresh);
    }
    json_decref(list);
}
