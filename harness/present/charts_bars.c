/* charts_bars.c - the figures memory and phases: wholes made of parts, one stacked bar for each operator. */
#include "present/charts_builders.h"

#include "present/charts_series.h"
#include "present/units.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PART_WIDTH = 24 /* characters of a part's name */ };

/* ---------------------------------------------------------------- parts */

/* The index of a part; what is one too many goes into the last, which is then called "other". -1: no memory. */
static int find_part(struct charts_figure *figure, const char *key)
{
    char *name = charts_printable(key, PART_WIDTH);
    for (int i = 0; name && i < figure->part_count; ++i) {
        if (strcmp(figure->parts[i], name) == 0) {
            free(name);
            return i;
        }
    }
    if (name && figure->part_count == CHARTS_PARTS_MAX) {
        free(name);
        free(figure->parts[CHARTS_PARTS_MAX - 1]);
        name = strdup("other");
        figure->parts[CHARTS_PARTS_MAX - 1] = name ? name : strdup("");
        return CHARTS_PARTS_MAX - 1;
    }
    figure->failed |= !name;
    if (!name)
        return -1;
    figure->parts[figure->part_count] = name;
    return figure->part_count++;
}

/* Reads {"part": number ...} into amounts; returns their sum, 0 where the text holds nothing that can be drawn. */
static double read_parts(struct charts_figure *figure, const char *json, double amounts[CHARTS_PARTS_MAX])
{
    json_t *object = json && json[0] ? json_loads(json, 0, NULL) : NULL;
    const char *key;
    json_t *value;
    double sum = 0.0;
    json_object_foreach(object, key, value)
    {
        const double amount = json_number_value(value);
        const int part = isfinite(amount) && amount > 0.0 ? find_part(figure, key) : -1;
        if (part < 0)
            continue;
        amounts[part] += amount;
        sum += amount;
    }
    json_decref(object);
    return sum;
}

/* Takes `text`. */
static void add_bar(struct charts_figure *figure, int panel, int series, const char *json, char *text)
{
    struct charts_bar bar = {.panel = panel, .series = series, .text = text};
    const double sum = read_parts(figure, json, bar.fractions);
    struct charts_bar *more = NULL;
    if (isfinite(sum) && sum > 0.0) {
        more = realloc(figure->bars, (size_t)(figure->bar_count + 1) * sizeof *more);
        figure->failed |= !more || !text;
    }
    if (!more) {
        free(text);
        return;
    }
    for (int i = 0; i < CHARTS_PARTS_MAX; ++i)
        bar.fractions[i] /= sum;
    figure->bars = more;
    figure->bars[figure->bar_count++] = bar;
}

/* One block for each panel of bars: where each part begins and ends, in the order of the bars. */
static void write_bars(struct charts_figure *figure)
{
    for (int panel = 0; panel < figure->bar_panel_count; ++panel) {
        text_format(&figure->data, "\n\n# bars %d: %s\n# bar\tpart\tfrom\tto (fractions)\n", panel + 1,
                    figure->bar_titles[panel] ? figure->bar_titles[panel] : "");
        int row = 0;
        for (int i = 0; i < figure->bar_count; ++i) {
            const struct charts_bar *bar = &figure->bars[i];
            if (bar->panel != panel)
                continue;
            ++row;
            double from = 0.0;
            for (int part = 0; part < figure->part_count; ++part) {
                if (bar->fractions[part] > 0.0)
                    text_format(&figure->data, "%d\t%d\t%.9g\t%.9g\n", row, part + 1, from, from + bar->fractions[part]);
                from += bar->fractions[part];
            }
        }
    }
}

/* The longest measured length at which the JSON text that `get` takes from a cell has something in it; NULL: none. */
static const struct cell_record *longest_with(const struct charts_sweep *charts, int series, int thread,
                                              const char *(*get)(const struct cell_record *record))
{
    for (int length = charts->length_count - 1; length >= 0; --length) {
        const struct cell_record *record = charts_sweep_cell(charts, series, thread, length);
        if (charts_cell_state(record) == CHARTS_MEASURED && get(record) && get(record)[0])
            return record;
    }
    return NULL;
}

/* "1.05 ms at 8k"; malloc'd. */
static char *at_length(const char *amount, const struct cell_record *record)
{
    struct text out = {0};
    text_format(&out, "%s at ", amount);
    charts_length_text(&out, (double)record->cell.length);
    return text_take(&out);
}

/* ---------------------------------------------------------------- memory */

static const char *get_regions(const struct cell_record *record)
{
    return record->regions;
}

static struct charts_point bytes_point(const struct cell_record *record, double bytes)
{
    if (charts_cell_state(record) != CHARTS_MEASURED || !isfinite(bytes) || !(bytes > 0.0))
        return charts_no_point;
    return (struct charts_point){.x = NAN, .value = bytes, .low = NAN, .high = NAN};
}

static struct charts_point measure_bytes(const struct charts_sweep *charts, int series, int thread, int length)
{
    const struct cell_record *record = charts_sweep_cell(charts, series, thread, length);
    return bytes_point(record, record ? record->bytes : NAN);
}

static struct charts_point measure_workspace(const struct charts_sweep *charts, int series, int thread, int length)
{
    const struct cell_record *record = charts_sweep_cell(charts, series, thread, length);
    return bytes_point(record, record ? record->workspace_bytes : NAN);
}

static void add_region_bars(struct charts_figure *figure, int thread)
{
    const struct charts_sweep *charts = figure->charts;
    char *title = strdup("what it consists of, at the longest length measured");
    figure->failed |= !title;
    figure->bar_titles[figure->bar_panel_count++] = title;
    for (int series = 0; series < charts->series_count; ++series) {
        const struct cell_record *record = longest_with(charts, series, thread, get_regions);
        char bytes[UNITS_TEXT];
        if (record)
            add_bar(figure, 0, series, record->regions, at_length(units_bytes(bytes, record->bytes), record));
    }
    if (figure->bar_count == 0) {
        free(figure->bar_titles[--figure->bar_panel_count]);
        text_append(&figure->notes, "the chart 'memory' shows totals only: the sweep has no memory by region\n");
    }
}

void charts_build_memory(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    if (!charts_has_lengths(figure))
        return;
    const int most = charts->thread_count - 1;
    charts_add_length_panel(figure, strdup("all regions"), most, measure_bytes, true);
    if (figure->y.count == 0) {
        text_append(&figure->notes, "no chart 'memory': the sweep has no cell whose memory is known\n");
        return;
    }
    charts_add_length_panel(figure, strdup("workspace: activations and scratch"), most, measure_workspace, true);
    add_region_bars(figure, most);
    write_bars(figure);
    figure->y_tics = charts_tics_bytes;
    figure->title = text_print("Memory of %s against sequence length", charts_call_name(charts));
    char *threads = charts_threads_title(charts->threads[most]);
    figure->subtitle = threads ? charts_subtitle(charts, threads) : NULL;
    free(threads);
}

/* ---------------------------------------------------------------- phases */

static const char *get_phases(const struct cell_record *record)
{
    return record->phases;
}

void charts_build_phases(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    for (int thread = 0; thread < charts->thread_count; ++thread) {
        const int bars_before = figure->bar_count;
        for (int series = 0; series < charts->series_count; ++series) {
            const struct cell_record *record = longest_with(charts, series, thread, get_phases);
            char seconds[UNITS_TEXT];
            if (record)
                add_bar(figure, figure->bar_panel_count, series, record->phases,
                        at_length(units_seconds(seconds, record->seconds), record));
        }
        if (figure->bar_count > bars_before)
            figure->bar_titles[figure->bar_panel_count++] = charts_threads_title(charts->threads[thread]);
    }
    if (figure->bar_count == 0) {
        text_append(&figure->notes, "no chart 'phases': no cell of the sweep has times by phase\n");
        return;
    }
    write_bars(figure);
    figure->title = text_print("Where the time of %s goes", charts_call_name(charts));
    figure->subtitle = charts_subtitle(charts, "share of each phase in instrumented samples, at the longest length "
                                               "measured");
}
