/* study_json_growth.c - one entry of the array "growth" of a study's JSON. */
#include "present/study_json_members.h"

#include "store/json_text.h"

#include <math.h>

static void append_candidate(struct text *out, const struct growth_candidate *candidate)
{
    const struct growth_class *class = &growth_classes[candidate->index];
    text_append(out, "{\"class\": ");
    json_append_string(out, class->name);
    study_json_number(out, "power", class->power);
    study_json_number(out, "log_power", class->log_power);
    if (candidate->lower >= 0)
        study_json_string(out, "lower", growth_classes[candidate->lower].name);
    study_json_number(out, "residual", candidate->residual);
    study_json_number(out, "held_out", candidate->held_out);
    study_json_number(out, "criterion", candidate->criterion);
    study_json_number(out, "fixed", candidate->fixed);
    study_json_number(out, "leading_coefficient", candidate->leading);
    if (candidate->lower >= 0)
        study_json_number(out, "lower_coefficient", candidate->lower_coefficient);
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
        study_json_interval(out, study_metric_units[growth->metric], prediction->value);
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
        study_json_string(out, "claimed", text_get(&name));
        out->failed |= name.failed;
        text_free(&name);
        return;
    }
    study_json_string(out, "claimed", growth_classes[growth->claimed].name);
    if (growth->enough)
        text_format(out, ", \"consistent\": %s", study_claim_holds(growth) ? "true" : "false");
}

void study_json_growth(struct text *out, const struct study_growth *growth)
{
    const struct study_series *series = growth->series;
    study_json_series(out, series->first);
    study_json_threads(out, series->first);
    study_json_string(out, "metric", study_metric_names[growth->metric]);
    text_format(out, ", \"lengths\": %d, \"censored\": %d", series->measured[growth->metric],
                series->point_count[growth->metric] - series->measured[growth->metric]);
    text_format(out, ", \"replicates\": %d", growth->metric == STUDY_TIME ? series->replicates : 1);
    if (growth->enough) {
        study_json_interval(out, "exponent", growth->exponent.exponent);
        study_json_string(out, "interval",
                          growth->exponent.lack_of_fit_only ? "lack of fit" : "lack of fit and repetition");
        study_json_interval(out, "fixed", growth->exponent.fixed);
        study_json_number(out, "residual", growth->exponent.residual);
        append_steps(out, growth);
    }
    append_classes(out, growth);
    append_claim(out, growth);
    append_slopes(out, growth);
    append_predictions(out, growth);
    struct text reason = {0};
    study_growth_reason(&reason, growth);
    study_json_reason(out, &reason);
    text_free(&reason);
    text_append(out, "}");
}
