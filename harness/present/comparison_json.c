/* comparison_json.c - a comparison for programs; results/schema.md describes it. What is not known is left out. */
#include "present/comparison_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set_number(json_t *object, const char *name, double value)
{
    if (isfinite(value))
        json_object_set_new(object, name, json_real(value));
}

static void set_text(json_t *object, const char *name, const char *value)
{
    if (value && value[0])
        json_object_set_new(object, name, json_string(value));
}

static void set_parsed(json_t *object, const char *name, const char *json)
{
    json_t *value = comparison_parse(json);
    if (value)
        json_object_set_new(object, name, value);
}

static json_t *cell_json(const struct comparison_cell *cell, bool paired)
{
    char spec[2048];
    struct text remark = {0};
    comparison_spec(spec, sizeof spec, cell);
    comparison_remark(&remark, cell);
    const struct cell *what = &cell->cell;
    json_t *out = json_pack("{s:s, s:b, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:i, s:s, s:s, s:s}", "verdict", cell->verdict,
                            "control", cell->control, "operator", what->operator_name, "options", what->options, "batch",
                            (json_int_t)what->batch, "length", (json_int_t)what->length, "width", (json_int_t)what->width,
                            "mode", what->mode, "scope", what->scope, "threads", what->threads, "prepare", what->prepare,
                            "cache", what->cache, "spec", spec);
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"ratio", cell->ratio},
                   {"low", cell->low},
                   {"high", cell->high},
                   {"wall_ratio", cell->wall_ratio},
                   {"cpu_ratio", cell->cpu_ratio},
                   {"margin", cell->margin},
                   {"floor", cell->floor},
                   {"mde", cell->mde},
                   {"p", cell->p},
                   {"q", cell->q},
                   {"base_seconds", cell->base_seconds},
                   {"new_seconds", cell->new_seconds},
                   {"base_instructions", cell->base_instructions},
                   {"new_instructions", cell->new_instructions},
                   {"base_bytes", cell->base_bytes},
                   {"new_bytes", cell->new_bytes}};
    for (size_t i = 0; i < ARRAY_LEN(numbers); ++i)
        set_number(out, numbers[i].name, numbers[i].value);
    set_text(out, "new_operator", cell->new_operator);
    set_text(out, "new_options", cell->new_options);
    set_text(out, "clock", cell->clock);
    set_text(out, "memory", comparison_memory(cell));
    set_text(out, "base_method", cell->base_method);
    set_text(out, "new_method", cell->new_method);
    set_text(out, "remark", text_get(&remark));
    json_object_set_new(out, paired ? "pairs" : "processes", json_integer(cell->pairs));
    if (paired)
        json_object_set_new(out, "stage", json_integer(cell->stage));
    text_free(&remark);
    return out;
}

void comparison_json(struct text *page, const struct comparison_view *view)
{
    const struct comparison_record *record = view->record;
    json_t *out = json_pack("{s:s, s:i}", "format", "seqscale comparison", "version", 1), *cells = json_array();
    set_text(out, "id", record->id);
    set_text(out, "name", record->name);
    set_text(out, "created", record->created);
    set_text(out, "status", record->status);
    set_text(out, "verdict", record->verdict);
    set_text(out, "reason", record->reason);
    json_object_set_new(out, "exit_code", json_integer(record->exit_code));
    set_parsed(out, "base", record->base_arm);
    set_parsed(out, "new", record->new_arm);
    set_parsed(out, "settings", record->settings);
    set_parsed(out, "differences", record->differences);
    for (size_t i = 0; i < view->count; ++i)
        json_array_append_new(cells, cell_json(&view->cells[i], view->paired));
    json_object_set_new(out, "cells", cells);
    char *text = json_dumps(out, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
    if (text)
        text_format(page, "%s\n", text);
    else
        page->failed = true;
    free(text);
    json_decref(out);
}
