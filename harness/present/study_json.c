/* study_json.c - a study as JSON; results/schema.md documents it. What is not known is left out, never null. */
#include "present/study_json_members.h"

#include "store/json_text.h"

#include <math.h>

/* ---------------------------------------------------------------- crossovers */

/* One entry of a pair; `root` is -1 where nothing crosses. */
static void append_crossover(struct text *out, const struct study_crossover *crossover, int root)
{
    const struct crossover *result = &crossover->result;
    text_append(out, "{");
    study_json_label(out, "a", crossover->a->first);
    text_append(out, ", ");
    study_json_label(out, "b", crossover->b->first);
    text_append(out, ", ");
    study_json_setting(out, crossover->a->first);
    study_json_threads(out, crossover->a->first);
    study_json_string(out, "metric", study_metric_names[crossover->metric]);
    study_json_string(out, "verdict", study_crossover_verdicts[result->verdict]);
    if (result->verdict != CROSSOVER_UNKNOWN) {
        const bool a_beyond = root >= 0 ? result->roots[root].a_beyond : result->verdict == CROSSOVER_ALWAYS;
        text_append(out, ", ");
        study_json_label(out, "faster_beyond", a_beyond ? crossover->a->first : crossover->b->first);
    }
    if (root >= 0) {
        study_json_interval(out, "length", result->roots[root].length);
        text_format(out, ", \"crossing\": %d, \"crossings\": %d", root + 1, result->count);
    }
    text_format(out, ", \"lengths\": %d, \"shortest\": %.0f, \"longest\": %.0f, \"paired\": %s", crossover->lengths,
                crossover->shortest, crossover->longest, crossover->paired ? "true" : "false");
    struct text reason = {0};
    study_crossover_reason(&reason, crossover);
    study_json_reason(out, &reason);
    text_free(&reason);
    text_append(out, "}");
}

/* ---------------------------------------------------------------- cores, context */

static void append_base(struct text *out, const char *name, const struct cell_record *base)
{
    text_format(out, ", \"%s\": {\"threads\": %d", name, base->cell.threads);
    study_json_number(out, "seconds", base->seconds);
    study_json_spec(out, base);
    text_append(out, "}");
}

static void append_cores(struct text *out, const struct study_cores *cores)
{
    study_json_series(out, cores->cells[0]);
    text_format(out, ", \"length\": %lld", (long long)cores->length);
    append_base(out, "base", cores->cells[0]);
    append_base(out, "fastest_base", cores->fastest);
    text_append(out, ", \"points\": [");
    for (int i = 0; i < cores->count; ++i) {
        text_format(out, "%s{\"threads\": %d", i ? ", " : "", cores->cells[i]->cell.threads);
        study_json_number(out, "seconds", cores->cells[i]->seconds);
        study_json_interval(out, "speedup", cores->scaling.speedup[i]);
        study_json_interval(out, "efficiency", cores->scaling.efficiency[i]);
        text_append(out, "}");
    }
    text_append(out, "]");
    study_json_interval(out, "serial_fraction", cores->scaling.serial);
    study_json_interval(out, "contention", cores->scaling.contention);
    study_json_interval(out, "coherence", cores->scaling.coherence);
    text_append(out, "}");
}

static void append_context(struct text *out, const struct study_context *context)
{
    study_json_series(out, context->series->first);
    study_json_threads(out, context->series->first);
    study_json_string(out, "metric", study_metric_names[context->metric]);
    study_json_number(out, "limit", context->limit);
    study_json_string(out, "verdict", study_context_verdicts[context->result.verdict]);
    study_json_interval(out, "length", context->result.length);
    text_append(out, "}");
}

static void append_throughput(struct text *out, const struct cell_record *cell)
{
    study_json_series(out, cell);
    study_json_threads(out, cell);
    text_format(out, ", \"length\": %lld", (long long)cell->cell.length);
    study_json_interval(out, "tokens_per_second", study_tokens_per_second(cell));
    text_append(out, "}");
}

static void append_equal(struct text *out, const struct study_equal *equal)
{
    text_append(out, "{");
    study_json_label(out, "a", equal->a);
    text_append(out, ", ");
    study_json_label(out, "b", equal->b);
    text_append(out, ", ");
    study_json_setting(out, equal->a);
    study_json_threads(out, equal->a);
    text_format(out, ", \"length\": %lld", (long long)equal->a->cell.length);
    study_json_number(out, "a_parameters", equal->a_parameters);
    study_json_number(out, "b_parameters", equal->b_parameters);
    study_json_number(out, "equal_width_ratio", equal->equal_width_ratio);
    study_json_number(out, "b_width", equal->b_width);
    study_json_number(out, "equal_parameters_ratio", equal->equal_parameters_ratio);
    if (!isfinite(equal->equal_parameters_ratio))
        study_json_string(out, "reason", "b was not measured at widths on both sides of as many parameters");
    text_append(out, "}");
}

static void append_censored(struct text *out, const struct cell_record *cell)
{
    study_json_series(out, cell);
    study_json_threads(out, cell);
    text_format(out, ", \"length\": %lld", (long long)cell->cell.length);
    study_json_string(out, "status", cell->status);
    study_json_string(out, "reason", cell->reason);
    study_json_number(out, "limit_seconds", cell->limit_seconds);
    study_json_spec(out, cell);
    text_append(out, "}");
}

/* ---------------------------------------------------------------- the object */

static void begin_array(struct text *out, const char *name)
{
    text_format(out, ",\n\"%s\": [", name);
}

static void begin_item(struct text *out, int *index)
{
    text_append(out, (*index)++ ? ",\n  " : "\n  ");
}

static void write_crossovers(struct text *out, const struct study *study)
{
    int index = 0;
    begin_array(out, "crossovers");
    for (int i = 0; i < study->crossover_count; ++i) {
        const int count = study->crossovers[i].result.count;
        for (int root = count ? 0 : -1; root < count; ++root) {
            begin_item(out, &index);
            append_crossover(out, &study->crossovers[i], root);
        }
    }
    text_append(out, "]");
}

static void write_cells(struct text *out, const struct study *study, const char *name,
                        bool (*wanted)(const struct cell_record *),
                        void (*append)(struct text *, const struct cell_record *))
{
    int index = 0;
    begin_array(out, name);
    for (size_t i = 0; i < study->cell_count; ++i) {
        if (!wanted(&study->cells[i]))
            continue;
        begin_item(out, &index);
        append(out, &study->cells[i]);
    }
    text_append(out, "]");
}

static bool is_measured(const struct cell_record *cell)
{
    return cell->seconds > 0.0;
}

void study_write_json(struct text *out, const struct study *study)
{
    int index = 0;
    text_append(out, "{\"format\": \"seqscale study\", \"version\": 1, \"sweep\": ");
    json_append_string(out, study->sweep.name);
    study_json_string(out, "id", study->sweep.id);
    begin_array(out, "growth");
    for (int i = 0; i < study->growth_count; ++i) {
        begin_item(out, &index);
        study_json_growth(out, &study->growth[i]);
    }
    text_append(out, "]");
    write_crossovers(out, study);
    begin_array(out, "cores");
    for (int i = index = 0; i < study->cores_count; ++i) {
        begin_item(out, &index);
        append_cores(out, &study->cores[i]);
    }
    text_append(out, "]");
    begin_array(out, "context");
    for (int i = index = 0; i < study->context_count; ++i) {
        begin_item(out, &index);
        append_context(out, &study->contexts[i]);
    }
    text_append(out, "]");
    begin_array(out, "equal_parameters");
    for (int i = index = 0; i < study->equal_count; ++i) {
        begin_item(out, &index);
        append_equal(out, &study->equals[i]);
    }
    text_append(out, "]");
    write_cells(out, study, "throughput", is_measured, append_throughput);
    write_cells(out, study, "censored", study_is_censored, append_censored);
    text_append(out, "}\n");
}
