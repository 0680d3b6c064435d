/* study_json.c - a study as JSON; results/schema.md documents it. What is not known is left out, never null. */
#include "present/study.h"

#include "store/json_text.h"

#include <math.h>

static void append_number_member(struct text *out, const char *name, double value)
{
    if (!isfinite(value))
        return;
    text_format(out, ", \"%s\": ", name);
    json_append_number(out, value);
}

static void append_string_member(struct text *out, const char *name, const char *value)
{
    text_format(out, ", \"%s\": ", name);
    json_append_string(out, value);
}

/* {"value": v, "low": l, "high": h}; the ends are left out where they are unknown, all of it where the value is. */
static void append_interval(struct text *out, const char *name, struct interval interval)
{
    if (!isfinite(interval.value))
        return;
    text_format(out, ", \"%s\": {\"value\": ", name);
    json_append_number(out, interval.value);
    append_number_member(out, "low", interval.low);
    append_number_member(out, "high", interval.high);
    text_append(out, "}");
}

/* What a series says of itself: the members that every entry has. Begins the object. */
static void append_setting(struct text *out, const struct cell_record *cell)
{
    text_format(out, "\"batch\": %lld, \"width\": %lld", (long long)cell->cell.batch, (long long)cell->cell.width);
    append_string_member(out, "mode", cell->cell.mode);
    append_string_member(out, "scope", cell->cell.scope);
    append_string_member(out, "prepare", cell->cell.prepare);
}

static void append_series(struct text *out, const struct cell_record *cell)
{
    text_append(out, "{\"operator\": ");
    json_append_string(out, cell->cell.operator_name);
    append_string_member(out, "options", cell->cell.options);
    text_append(out, ", ");
    append_setting(out, cell);
}

static void append_threads(struct text *out, const struct cell_record *cell)
{
    text_format(out, ", \"threads\": %d", cell->cell.threads);
}

static void append_label(struct text *out, const char *name, const struct cell_record *cell)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&cell->cell, label, sizeof label);
    text_format(out, "\"%s\": ", name);
    json_append_string(out, label);
}

static void append_spec(struct text *out, const struct cell_record *cell)
{
    char spec[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 512]; /* 512: more than the keys of a SPEC take */
    cell_format(&cell->cell, spec, sizeof spec);
    append_string_member(out, "spec", spec);
}

/* ---------------------------------------------------------------- growth */

static void append_candidate(struct text *out, const struct growth_candidate *candidate)
{
    const struct growth_class *class = &growth_classes[candidate->index];
    text_append(out, "{\"class\": ");
    json_append_string(out, class->name);
    append_number_member(out, "power", class->power);
    append_number_member(out, "log_power", class->log_power);
    if (candidate->lower >= 0)
        append_string_member(out, "lower", growth_classes[candidate->lower].name);
    append_number_member(out, "residual", candidate->residual);
    append_number_member(out, "held_out", candidate->held_out);
    append_number_member(out, "criterion", candidate->criterion);
    append_number_member(out, "fixed", candidate->fixed);
    append_number_member(out, "leading_coefficient", candidate->leading);
    if (candidate->lower >= 0)
        append_number_member(out, "lower_coefficient", candidate->lower_coefficient);
    text_append(out, "}");
}

static void append_classes(struct text *out, const struct study_growth *growth)
{
    bool first = true;
    text_append(out, ", \"classes\": [");
    for (int i = 0; growth->enough && i < GROWTH_CLASSES; ++i) {
        if (!growth->choice.candidates[i].chosen)
            continue;
        text_append(out, first ? "" : ", ");
        append_candidate(out, &growth->choice.candidates[i]);
        first = false;
    }
    text_append(out, "]");
}

static void append_steps(struct text *out, const struct study_growth *growth)
{
    bool first = true;
    text_append(out, ", \"cache_steps\": [");
    for (int k = 0; k < growth->data.level_count; ++k) {
        if (!isfinite(growth->exponent.steps[k]))
            continue;
        text_format(out, "%s{\"bytes\": %.0f, \"factor\": ", first ? "" : ", ", growth->data.levels[k]);
        json_append_number(out, growth->exponent.steps[k]);
        text_append(out, "}");
        first = false;
    }
    text_append(out, "]");
}

static void append_slopes(struct text *out, const struct study_growth *growth)
{
    bool first = true;
    text_append(out, ", \"slopes\": [");
    for (int i = 0; i < growth->data.count; ++i) {
        const double slope = growth->data.points[i].bound ? NAN : growth_local_slope(&growth->data, i);
        if (!isfinite(slope))
            continue;
        text_format(out, "%s{\"length\": %.0f, \"slope\": ", first ? "" : ", ", growth->data.points[i].length);
        json_append_number(out, slope);
        text_append(out, "}");
        first = false;
    }
    text_append(out, "]");
}

static void append_predictions(struct text *out, const struct study_growth *growth)
{
    text_append(out, ", \"predictions\": [");
    for (int i = 0; i < growth->prediction_count; ++i) {
        const struct growth_prediction *prediction = &growth->predictions[i];
        text_format(out, "%s{\"length\": %.0f", i ? ", " : "", growth->predicted_lengths[i]);
        append_interval(out, growth->metric == STUDY_TIME ? "seconds" : "bytes", prediction->value);
        if (prediction->new_level >= 0)
            text_format(out, ", \"refused\": \"the working set passes a cache of %.0f bytes that no measured length did\"",
                        growth->data.levels[prediction->new_level]);
        else if (!isfinite(prediction->value.value))
            text_append(out, ", \"refused\": \"the data do not determine the curve there\"");
        text_append(out, "}");
    }
    text_append(out, "]");
}

static void append_claim(struct text *out, const struct study_growth *growth)
{
    if (!isfinite(growth->claimed_power))
        return;
    if (growth->claimed < 0) {
        struct text name = {0};
        text_format(&name, "n^%g log(n)^%g", growth->claimed_power, growth->claimed_log_power);
        append_string_member(out, "claimed", text_get(&name));
        out->failed |= name.failed;
        text_free(&name);
        return;
    }
    append_string_member(out, "claimed", growth_classes[growth->claimed].name);
    if (growth->enough)
        text_format(out, ", \"consistent\": %s", study_claim_holds(growth) ? "true" : "false");
}

static void append_reason(struct text *out, const struct text *reason)
{
    if (reason->length)
        append_string_member(out, "reason", text_get(reason));
    out->failed |= reason->failed;
}

static void append_growth(struct text *out, const struct study_growth *growth)
{
    const struct study_series *series = growth->series;
    append_series(out, series->first);
    append_threads(out, series->first);
    append_string_member(out, "metric", study_metric_names[growth->metric]);
    text_format(out, ", \"lengths\": %d, \"censored\": %d", series->measured[growth->metric],
                series->point_count[growth->metric] - series->measured[growth->metric]);
    text_format(out, ", \"replicates\": %d", growth->metric == STUDY_TIME ? series->replicates : 1);
    if (growth->enough) {
        append_interval(out, "exponent", growth->exponent.exponent);
        append_string_member(out, "interval",
                             growth->exponent.lack_of_fit_only ? "lack of fit" : "lack of fit and repetition");
        append_interval(out, "fixed", growth->exponent.fixed);
        append_number_member(out, "residual", growth->exponent.residual);
        append_steps(out, growth);
    }
    append_classes(out, growth);
    append_claim(out, growth);
    append_slopes(out, growth);
    append_predictions(out, growth);
    struct text reason = {0};
    study_growth_reason(&reason, growth);
    append_reason(out, &reason);
    text_free(&reason);
    text_append(out, "}");
}

/* ---------------------------------------------------------------- crossovers */

/* One entry of a pair; `root` is -1 where nothing crosses. */
static void append_crossover(struct text *out, const struct study_crossover *crossover, int root)
{
    const struct crossover *result = &crossover->result;
    text_append(out, "{");
    append_label(out, "a", crossover->a->first);
    text_append(out, ", ");
    append_label(out, "b", crossover->b->first);
    text_append(out, ", ");
    append_setting(out, crossover->a->first);
    append_threads(out, crossover->a->first);
    append_string_member(out, "metric", study_metric_names[crossover->metric]);
    append_string_member(out, "verdict", study_crossover_verdicts[result->verdict]);
    if (result->verdict != CROSSOVER_UNKNOWN) {
        const bool a_beyond = root >= 0 ? result->roots[root].a_beyond : result->verdict == CROSSOVER_ALWAYS;
        text_append(out, ", ");
        append_label(out, "faster_beyond", a_beyond ? crossover->a->first : crossover->b->first);
    }
    if (root >= 0) {
        append_interval(out, "length", result->roots[root].length);
        text_format(out, ", \"crossing\": %d, \"crossings\": %d", root + 1, result->count);
    }
    text_format(out, ", \"lengths\": %d, \"shortest\": %.0f, \"longest\": %.0f, \"paired\": %s", crossover->lengths,
                crossover->shortest, crossover->longest, crossover->paired ? "true" : "false");
    struct text reason = {0};
    study_crossover_reason(&reason, crossover);
    append_reason(out, &reason);
    text_free(&reason);
    text_append(out, "}");
}

/* ---------------------------------------------------------------- cores, context */

static void append_cores(struct text *out, const struct study_cores *cores)
{
    const struct cell_record *base = cores->cells[0];
    append_series(out, base);
    text_format(out, ", \"length\": %lld, \"base\": {\"threads\": %d", (long long)cores->length, base->cell.threads);
    append_number_member(out, "seconds", base->seconds);
    append_spec(out, base);
    text_append(out, "}, \"points\": [");
    for (int i = 0; i < cores->count; ++i) {
        text_format(out, "%s{\"threads\": %d", i ? ", " : "", cores->cells[i]->cell.threads);
        append_number_member(out, "seconds", cores->cells[i]->seconds);
        append_interval(out, "speedup", cores->scaling.speedup[i]);
        append_interval(out, "efficiency", cores->scaling.efficiency[i]);
        text_append(out, "}");
    }
    text_append(out, "]");
    append_interval(out, "serial_fraction", cores->scaling.serial);
    append_interval(out, "contention", cores->scaling.contention);
    append_interval(out, "coherence", cores->scaling.coherence);
    text_append(out, "}");
}

static void append_context(struct text *out, const struct study_context *context)
{
    append_series(out, context->series->first);
    append_threads(out, context->series->first);
    append_string_member(out, "metric", study_metric_names[context->metric]);
    append_number_member(out, "limit", context->limit);
    append_string_member(out, "verdict", study_context_verdicts[context->result.verdict]);
    append_interval(out, "length", context->result.length);
    text_append(out, "}");
}

static void append_throughput(struct text *out, const struct cell_record *cell)
{
    append_series(out, cell);
    append_threads(out, cell);
    text_format(out, ", \"length\": %lld", (long long)cell->cell.length);
    append_interval(out, "tokens_per_second", study_tokens_per_second(cell));
    text_append(out, "}");
}

static void append_equal(struct text *out, const struct study_equal *equal)
{
    text_append(out, "{");
    append_label(out, "a", equal->a);
    text_append(out, ", ");
    append_label(out, "b", equal->b);
    text_append(out, ", ");
    append_setting(out, equal->a);
    append_threads(out, equal->a);
    text_format(out, ", \"length\": %lld", (long long)equal->a->cell.length);
    append_number_member(out, "a_parameters", equal->a_parameters);
    append_number_member(out, "b_parameters", equal->b_parameters);
    append_number_member(out, "equal_width_ratio", equal->equal_width_ratio);
    append_number_member(out, "b_width", equal->b_width);
    append_number_member(out, "equal_parameters_ratio", equal->equal_parameters_ratio);
    if (!isfinite(equal->equal_parameters_ratio))
        append_string_member(out, "reason", "b was not measured at widths on both sides of as many parameters");
    text_append(out, "}");
}

static void append_censored(struct text *out, const struct cell_record *cell)
{
    append_series(out, cell);
    append_threads(out, cell);
    text_format(out, ", \"length\": %lld", (long long)cell->cell.length);
    append_string_member(out, "status", cell->status);
    append_string_member(out, "reason", cell->reason);
    append_number_member(out, "limit_seconds", cell->limit_seconds);
    append_spec(out, cell);
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
    append_string_member(out, "id", study->sweep.id);
    begin_array(out, "growth");
    for (int i = 0; i < study->growth_count; ++i) {
        begin_item(out, &index);
        append_growth(out, &study->growth[i]);
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
