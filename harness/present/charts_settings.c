/* charts_settings.c - the settings file of a figure of a sweep. */
#include "present/charts_figure.h"

#include "present/assign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Heights as fractions of a panel. */
static const double row_height = 0.042; /* of a row of marks or labels */
static const double band_most = 0.34;   /* of all rows of marks, which are lower where they are more */
static const double edge = 0.03;        /* free above and below the data */

struct legend_entry {
    int series;
    double end;
};

static int compare_entries(const void *left, const void *right)
{
    const struct legend_entry *a = left, *b = right;
    if (a->end != b->end)
        return a->end < b->end ? 1 : -1;
    return a->series - b->series;
}

/* From top to bottom as the curves end. */
static void add_legend(struct text *out, const struct charts_figure *figure)
{
    struct legend_entry entries[CHARTS_SERIES_MAX];
    int count = 0;
    for (int i = 0; i < figure->charts->series_count; ++i)
        if (!isnan(figure->end[i]))
            entries[count++] = (struct legend_entry){.series = i, .end = figure->end[i]};
    qsort(entries, (size_t)count, sizeof *entries, compare_entries);
    struct text list = {0};
    for (int i = 0; i < count; ++i)
        text_format(&list, "%s%d", i ? " " : "", entries[i].series + 1);
    assign_text(out, "legend", text_get(&list));
    out->failed |= list.failed;
    text_free(&list);
}

static void add_series(struct text *out, const struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    assign_count(out, "series_count", charts->series_count);
    assign_array(out, "series_name", charts->series_count);
    assign_array(out, "series_colour", charts->series_count);
    assign_array(out, "series_variant", charts->series_count);
    for (int i = 0; i < charts->series_count; ++i) {
        assign_text_at(out, "series_name", i, charts->series[i].name);
        assign_count_at(out, "series_colour", i, charts->series[i].colour);
        assign_count_at(out, "series_variant", i, charts->series[i].variant);
    }
    add_legend(out, figure);
}

static void add_panels(struct text *out, const struct charts_figure *figure)
{
    assign_count(out, "panel_count", figure->panel_count);
    static const char *const arrays[] = {"panel_title",   "panel_curves", "panel_intervals", "panel_dots",
                                         "panel_skipped", "panel_failed", "panel_lengths"};
    for (size_t i = 0; i < ARRAY_LEN(arrays); ++i)
        assign_array(out, arrays[i], figure->panel_count);
    for (int i = 0; i < figure->panel_count; ++i) {
        const struct charts_panel *panel = &figure->panels[i];
        const char *const values[] = {panel->title,           text_get(&panel->curves),  text_get(&panel->intervals),
                                      text_get(&panel->dots), text_get(&panel->skipped), text_get(&panel->failed),
                                      text_get(&panel->lengths)};
        for (size_t k = 0; k < ARRAY_LEN(arrays); ++k)
            assign_text_at(out, arrays[k], i, values[k]);
        out->failed |= panel->curves.failed || panel->intervals.failed || panel->dots.failed || panel->skipped.failed ||
                       panel->failed.failed || panel->lengths.failed;
    }
}

/* The lines of panels that have them: the peak, and the bandwidth of every level. */
static void add_roofs(struct text *out, const struct charts_figure *figure)
{
    assign_array(out, "roof_gflops", figure->panel_count);
    assign_array(out, "roof_bandwidth", figure->panel_count * ROOFLINE_LEVELS);
    for (int i = 0; i < figure->panel_count; ++i) {
        const struct roofline *roofs = figure->panels[i].roofs;
        for (int level = 0; roofs && level < ROOFLINE_LEVELS; ++level)
            assign_number_at(out, "roof_bandwidth", i * ROOFLINE_LEVELS + level, roofs->bytes_per_second[level] * 1e-9);
        if (roofs)
            assign_number_at(out, "roof_gflops", i, roofs->flops_per_second * 1e-9);
    }
}

/* Takes `tics`; the last comma is not written. */
static void set_tics(struct text *out, const char *name, struct text *tics)
{
    if (tics->length >= 2)
        tics->data[tics->length - 2] = '\0';
    assign_text(out, name, text_get(tics));
    out->failed |= tics->failed;
    text_free(tics);
}

/* The same tics without their labels, for panels beside the one that has them. */
static struct text without_labels(const struct text *tics)
{
    struct text out = {0};
    bool inside = false;
    for (const char *at = text_get(tics); *at; ++at) {
        if (*at == '\'' || !inside)
            text_append_bytes(&out, at, 1);
        inside = inside != (*at == '\'');
    }
    return out;
}

static void add_x_axis(struct text *out, const struct charts_figure *figure)
{
    const double margin = fmax(pow(figure->x.high / figure->x.low, 0.03), 1.02); /* room for the symbols at both ends */
    const struct charts_range x = {.low = figure->x.low / margin, .high = figure->x.high * margin, .count = 1};
    struct text tics = {0};
    if (figure->x_tics) {
        figure->x_tics(&tics, x);
    } else if (figure->x_is_length) {
        charts_tics_lengths(&tics, x, figure->charts->lengths, figure->charts->length_count);
    } else {
        for (int i = 0; i < figure->charts->thread_count; ++i)
            text_format(&tics, "'%d' %d, ", figure->charts->threads[i], figure->charts->threads[i]);
    }
    assign_count(out, "against_length", figure->x_is_length);
    if (figure->charts->thread_count > 0)
        assign_count(out, "fewest_threads", figure->charts->threads[0]);
    assign_number(out, "x_low", x.low);
    assign_number(out, "x_high", x.high);
    set_tics(out, "x_tics", &tics);
}

static void add_y_axis(struct text *out, const struct charts_figure *figure)
{
    int marked = 0, labelled = 0;
    for (int i = 0; i < figure->panel_count; ++i) {
        marked = figure->panels[i].marked > marked ? figure->panels[i].marked : marked;
        labelled = figure->panels[i].labelled > labelled ? figure->panels[i].labelled : labelled;
    }
    const double mark_height = fmin(row_height, band_most / (marked + 0.5));
    const double band = marked > 0 ? mark_height * (marked + 0.5) : 0.0;
    const double bottom = edge + row_height * labelled, top = edge + band;
    struct charts_range y = {.low = 0.0, .high = figure->y.high / (1.0 - top), .count = 1};
    if (!figure->y_is_linear)
        y = charts_range_log(figure->y, bottom, top);
    struct text tics = {0}; /* none: gnuplot chooses */
    if (figure->y_tics)
        figure->y_tics(&tics, y);
    assign_number(out, "y_low", y.low);
    assign_number(out, "y_high", y.high);
    struct text marks = without_labels(&tics);
    set_tics(out, "y_tics", &tics);
    set_tics(out, "y_marks", &marks);
    assign_number(out, "band", band);
    assign_number(out, "mark_height", mark_height);
    assign_number(out, "label_height", row_height);
    assign_number(out, "ideal", figure->ideal);
}

static void add_crossings(struct text *out, const struct charts_figure *figure)
{
    assign_count(out, "crossing_count", figure->crossing_count);
    static const char *const arrays[] = {"crossing_panel",   "crossing_series", "crossing_row", "crossing_x",
                                         "crossing_label_x", "crossing_text"};
    for (size_t i = 0; i < ARRAY_LEN(arrays); ++i)
        assign_array(out, arrays[i], figure->crossing_count);
    for (int i = 0; i < figure->crossing_count; ++i) {
        const struct charts_crossing *crossing = &figure->crossings[i];
        assign_count_at(out, "crossing_panel", i, crossing->panel + 1);
        assign_count_at(out, "crossing_series", i, crossing->series + 1);
        assign_count_at(out, "crossing_row", i, crossing->row);
        assign_number_at(out, "crossing_x", i, crossing->x);
        assign_number_at(out, "crossing_label_x", i, crossing->label_x);
        struct text label = {0};
        charts_length_text(&label, crossing->x);
        assign_text_at(out, "crossing_text", i, text_get(&label));
        out->failed |= label.failed;
        text_free(&label);
    }
}

static void add_bars(struct text *out, const struct charts_figure *figure)
{
    assign_count(out, "bar_panel_count", figure->bar_panel_count);
    assign_array(out, "bar_title", figure->bar_panel_count);
    for (int i = 0; i < figure->bar_panel_count; ++i)
        assign_text_at(out, "bar_title", i, figure->bar_titles[i]);
    assign_count(out, "part_count", figure->part_count);
    assign_array(out, "part_name", figure->part_count);
    for (int i = 0; i < figure->part_count; ++i)
        assign_text_at(out, "part_name", i, figure->parts[i]);
    assign_count(out, "bar_count", figure->bar_count);
    assign_array(out, "bar_panel", figure->bar_count);
    assign_array(out, "bar_series", figure->bar_count);
    assign_array(out, "bar_text", figure->bar_count);
    for (int i = 0; i < figure->bar_count; ++i) {
        assign_count_at(out, "bar_panel", i, figure->bars[i].panel + 1);
        assign_count_at(out, "bar_series", i, figure->bars[i].series + 1);
        assign_text_at(out, "bar_text", i, figure->bars[i].text);
    }
}

enum status charts_figure_settings(const struct charts_figure *figure, const char *data, struct text *out,
                                   struct error *error)
{
    text_format(out, "# %s: written by seqscale, read by plots/%s.gp\n", figure->name, figure->name);
    assign_text(out, "data", data);
    assign_text(out, "title", figure->title);
    assign_text(out, "subtitle", figure->subtitle);
    add_series(out, figure);
    add_panels(out, figure);
    add_roofs(out, figure);
    if (figure->y.count > 0) {
        add_x_axis(out, figure);
        add_y_axis(out, figure);
    }
    add_crossings(out, figure);
    add_bars(out, figure);
    if (out->failed || figure->failed || figure->data.failed || !figure->title || !figure->subtitle)
        return error_set(error, STATUS_SYSTEM, "out of memory while writing the figure %s", figure->name);
    return STATUS_OK;
}
