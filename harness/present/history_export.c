/* history_export.c - a history for programs: CSV with a row for each run, and JSON with a series for each cell. */
#include "present/history.h"

#include "store/csv.h"
#include "store/json_text.h"

#include <math.h>

/* ---------------------------------------------------------------- CSV */

static void csv_number(struct text *out, double value)
{
    char number[32];
    text_append(out, ",");
    text_append(out, isfinite(value) ? text_number(number, value) : "");
}

static void csv_field(struct text *out, const char *field)
{
    text_append(out, ",");
    csv_append(out, field);
}

static void csv_change(struct text *out, const struct history_series *series, const struct history_change *change)
{
    if (!change) {
        text_append(out, ",,,,,,,");
        return;
    }
    csv_field(out, history_state(change));
    csv_number(out, exp(change->point.shift.value));
    csv_number(out, exp(change->point.shift.low));
    csv_number(out, exp(change->point.shift.high));
    csv_field(out, history_good(series, change)->commit);
    csv_field(out, history_bad(series, change)->commit);
    csv_field(out, change->noted ? change->noted->note : "");
}

static void csv_run(struct text *out, const struct history_series *series, size_t i, const struct history_change *change)
{
    const struct cell *cell = &series->cell;
    const struct history_point *run = &series->runs[i];
    csv_append(out, series->source);
    csv_field(out, cell->operator_name);
    csv_field(out, cell->options);
    text_format(out, ",%lld,%lld,%lld,%s,%s,%d,%s", (long long)cell->batch, (long long)cell->length, (long long)cell->width,
                cell->mode, cell->scope, cell->threads, cell->prepare);
    csv_field(out, run->commit);
    csv_field(out, run->date);
    csv_number(out, series->ratios[i]);
    csv_number(out, series->lows[i]);
    csv_number(out, series->highs[i]);
    csv_change(out, series, change);
    text_append(out, "\n");
}

void history_write_csv(struct text *out, const struct history *history)
{
    text_append(out, "source,operator,options,batch,length,width,mode,scope,threads,prepare,commit,date,ratio,low,high,change,"
                     "change_ratio,change_low,change_high,good,bad,note\n");
    for (size_t s = 0; s < history->series_count; ++s) {
        const struct history_series *series = &history->series[s];
        for (size_t i = 0, next = 0; i < series->count; ++i) {
            const bool begins = next < series->change_count && series->changes[next].point.at == i;
            csv_run(out, series, i, begins ? &series->changes[next++] : NULL);
        }
    }
}

/* ---------------------------------------------------------------- JSON: what is not known is left out */

static void json_text(struct text *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    text_format(out, ", \"%s\": ", name);
    json_append_string(out, value);
}

static void json_number(struct text *out, const char *name, double value)
{
    if (!isfinite(value))
        return;
    text_format(out, ", \"%s\": ", name);
    json_append_number(out, value);
}

static void json_interval(struct text *out, const char *name, struct interval value)
{
    text_format(out, ", \"%s\": {\"value\": ", name);
    json_append_number(out, value.value);
    json_number(out, "low", value.low);
    json_number(out, "high", value.high);
    text_append(out, "}");
}

static void json_change(struct text *out, const struct history_series *series, const struct history_change *change)
{
    const struct changepoint *point = &change->point;
    const struct interval ratio = {exp(point->shift.value), exp(point->shift.low), exp(point->shift.high)};
    text_format(out, "{\"state\": \"%s\", \"direction\": \"%s\"", history_state(change), history_direction(change));
    json_text(out, "commit", series->runs[point->at].commit);
    json_text(out, "date", series->runs[point->at].date);
    json_interval(out, "ratio", ratio);
    json_text(out, "good", history_good(series, change)->commit);
    json_text(out, "bad", history_bad(series, change)->commit);
    text_append(out, ", \"range\": [");
    for (size_t i = point->first; i <= point->last; ++i) {
        text_append(out, i > point->first ? ", " : "");
        json_append_string(out, series->runs[i].commit);
    }
    text_format(out, "], \"run\": %zu, \"runs_since\": %zu", point->at, series->count - point->at);
    json_number(out, "p", point->p);
    text_format(out, ", \"acknowledged\": %s", change->noted ? "true" : "false");
    json_text(out, "note", change->noted ? change->noted->note : "");
    text_append(out, "}");
}

static void json_run(struct text *out, const struct history_series *series, size_t i)
{
    text_append(out, "{\"ratio\": ");
    json_append_number(out, series->ratios[i]);
    json_number(out, "low", series->lows[i]);
    json_number(out, "high", series->highs[i]);
    json_text(out, "commit", series->runs[i].commit);
    json_text(out, "date", series->runs[i].date);
    text_append(out, "}");
}

static void json_series(struct text *out, const struct history_series *series)
{
    const struct cell *cell = &series->cell;
    text_append(out, "{\"spec\": ");
    json_append_string(out, series->spec);
    json_text(out, "operator", cell->operator_name);
    json_text(out, "options", cell->options);
    text_format(out, ", \"batch\": %lld, \"length\": %lld, \"width\": %lld, \"mode\": \"%s\", \"scope\": \"%s\", \"threads\": %d, "
                     "\"prepare\": \"%s\"",
                (long long)cell->batch, (long long)cell->length, (long long)cell->width, cell->mode, cell->scope,
                cell->threads, cell->prepare);
    json_text(out, "source", series->source);
    json_text(out, "reference", series->reference);
    json_interval(out, "level", series->level);
    if (series->count < CHANGEPOINT_RUNS_MIN)
        text_format(out, ", \"reason\": \"%zu point%s, %d are needed\"", series->count, series->count == 1 ? "" : "s",
                    CHANGEPOINT_RUNS_MIN);
    text_append(out, ",\n   \"changes\": [");
    for (size_t i = 0; i < series->change_count; ++i) {
        text_append(out, i ? ",\n    " : "\n    ");
        json_change(out, series, &series->changes[i]);
    }
    text_append(out, "],\n   \"runs\": [");
    for (size_t i = 0; i < series->count; ++i) {
        text_append(out, i ? ",\n    " : "\n    ");
        json_run(out, series, i);
    }
    text_append(out, "]}");
}

void history_write_json(struct text *out, const struct history *history)
{
    text_format(out, "{\"format\": \"seqscale history\", \"version\": 1, \"slowdowns\": %d, \"judged\": %d, \"series\": [",
                history->slowdowns, history->judged);
    for (size_t s = 0; s < history->series_count; ++s) {
        text_append(out, s ? ",\n  " : "\n  ");
        json_series(out, &history->series[s]);
    }
    text_append(out, "\n]}\n");
}
