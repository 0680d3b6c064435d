/* charts_curves.c - the figures time, token and instructions, and what all figures against length share. */
#include "present/charts_builders.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct charts_point charts_no_point = {.x = NAN, .value = NAN, .low = NAN, .high = NAN};

/* How the times of the sweep came about; those without processes were measured by somebody else. */
static const char *statistic(const struct charts_sweep *charts)
{
    return charts->point_count > 0 ? "median over processes (dots) of the lower quartile; bars: 95 % interval"
                                   : "times as imported; bars: the intervals that came with them";
}

char *charts_threads_title(int threads)
{
    return text_print("%d thread%s", threads, threads == 1 ? "" : "s");
}

char *charts_subtitle(const struct charts_sweep *charts, const char *more)
{
    return text_print("%s%s%s", charts->settings, charts->settings[0] && more[0] ? " · " : "", more);
}

const char *charts_call_name(const struct charts_sweep *charts)
{
    static const struct {
        const char *mode, *name;
    } names[] = {{"forward", "a forward pass"}, {"train", "a training step"}, {"decode", "one decoded token"}};
    for (size_t i = 0; i < ARRAY_LEN(names); ++i)
        if (strcmp(charts->mode, names[i].mode) == 0)
            return names[i].name;
    return "a call";
}

bool charts_has_lengths(struct charts_figure *figure)
{
    const int count = charts_sweep_measured_lengths(figure->charts);
    if (count >= 2)
        return true;
    text_format(&figure->notes, "no chart '%s': a curve needs two lengths, and the sweep has %s that was measured\n",
                figure->name, count == 1 ? "one" : "none");
    return false;
}

/* ---------------------------------------------------------------- panels against length */

static void add_marks(struct charts_figure *figure, int panel, int series, int thread, enum charts_state state)
{
    const struct charts_sweep *charts = figure->charts;
    double *x = calloc((size_t)charts->length_count + 1, sizeof *x);
    int count = 0;
    for (int length = 0; x && length < charts->length_count; ++length)
        if (charts_cell_state(charts_sweep_cell(charts, series, thread, length)) == state)
            x[count++] = (double)charts->lengths[length];
    figure->failed |= !x;
    charts_figure_marks(figure, panel, series, x, count, state == CHARTS_FAILED);
    free(x);
}

/* A length that the series has no cell at is left out; one that could not be measured interrupts the curve. */
static void add_curve(struct charts_figure *figure, int panel, int series, int thread, charts_measure *measure)
{
    const struct charts_sweep *charts = figure->charts;
    struct charts_point *points = calloc((size_t)charts->length_count + 1, sizeof *points);
    int count = 0;
    for (int length = 0; points && length < charts->length_count; ++length) {
        if (!charts_sweep_cell(charts, series, thread, length))
            continue;
        points[count] = measure(charts, series, thread, length);
        points[count++].x = (double)charts->lengths[length];
    }
    figure->failed |= !points;
    charts_figure_curve(figure, panel, series, points, count);
    free(points);
}

int charts_add_length_panel(struct charts_figure *figure, char *title, int thread, charts_measure *measure, bool marks)
{
    const int panel = charts_figure_panel(figure, title);
    for (int series = 0; series < figure->charts->series_count; ++series) {
        add_curve(figure, panel, series, thread, measure);
        if (marks) {
            add_marks(figure, panel, series, thread, CHARTS_SKIPPED);
            add_marks(figure, panel, series, thread, CHARTS_FAILED);
        }
    }
    figure->x_is_length = true;
    return panel;
}

/* ---------------------------------------------------------------- time, token */

/* Tokens that one call handles. */
static double tokens_per_call(const struct cell *cell)
{
    return (double)cell->batch * (strcmp(cell->mode, "decode") == 0 ? 1.0 : (double)cell->length);
}

static struct charts_point scaled_time(const struct cell_record *record, double scale)
{
    return (struct charts_point){.x = NAN,
                                 .value = record->seconds * scale,
                                 .low = record->low * scale,
                                 .high = record->high * scale};
}

static struct charts_point measure_time(const struct charts_sweep *charts, int series, int thread, int length)
{
    const struct cell_record *record = charts_sweep_cell(charts, series, thread, length);
    return charts_cell_state(record) == CHARTS_MEASURED ? scaled_time(record, 1.0) : charts_no_point;
}

static struct charts_point measure_token(const struct charts_sweep *charts, int series, int thread, int length)
{
    const struct cell_record *record = charts_sweep_cell(charts, series, thread, length);
    if (charts_cell_state(record) != CHARTS_MEASURED)
        return charts_no_point;
    return scaled_time(record, 1.0 / tokens_per_call(&record->cell));
}

/* Whether the process measured this series with these threads and its cell is drawn. */
static bool belongs(const struct charts_sweep *charts, const struct cell_record *record, int series, int thread)
{
    for (int length = 0; length < charts->length_count; ++length)
        if (charts_sweep_cell(charts, series, thread, length) == record)
            return charts_cell_state(record) == CHARTS_MEASURED;
    return false;
}

static void add_dots(struct charts_figure *figure, int panel, int series, int thread, bool per_token)
{
    const struct charts_sweep *charts = figure->charts;
    struct charts_point *dots = calloc(charts->point_count + 1, sizeof *dots);
    int count = 0;
    for (size_t i = 0; dots && i < charts->point_count; ++i) {
        const double seconds = charts->points[i].wall_quartile;
        const struct cell_record *record = charts_sweep_cell_of(charts, &charts->points[i]);
        if (!record || !isfinite(seconds) || !(seconds > 0.0) || !belongs(charts, record, series, thread))
            continue;
        dots[count++] = (struct charts_point){.x = (double)record->cell.length,
                                              .value = seconds / (per_token ? tokens_per_call(&record->cell) : 1.0),
                                              .low = NAN,
                                              .high = NAN};
    }
    figure->failed |= !dots;
    charts_figure_dots(figure, panel, series, dots, count);
    free(dots);
}

static void build_times(struct charts_figure *figure, bool per_token)
{
    const struct charts_sweep *charts = figure->charts;
    if (!charts_has_lengths(figure))
        return;
    for (int thread = 0; thread < charts->thread_count; ++thread) {
        char *title = charts_threads_title(charts->threads[thread]);
        const int panel = charts_add_length_panel(figure, title, thread, per_token ? measure_token : measure_time, true);
        for (int series = 0; series < charts->series_count; ++series)
            add_dots(figure, panel, series, thread, per_token);
    }
    figure->y_tics = charts_tics_seconds;
    figure->title = text_print("%s of %s against sequence length", per_token ? "Time per token" : "Time",
                               charts_call_name(charts));
    figure->subtitle = charts_subtitle(charts, statistic(charts));
}

void charts_build_time(struct charts_figure *figure)
{
    build_times(figure, false);
}

void charts_build_token(struct charts_figure *figure)
{
    build_times(figure, true);
}

/* ---------------------------------------------------------------- instructions */

static struct charts_point measure_instructions(const struct charts_sweep *charts, int series, int thread, int length)
{
    const struct cell_record *record = charts_sweep_cell(charts, series, thread, length);
    if (charts_cell_state(record) != CHARTS_MEASURED)
        return charts_no_point;
    return (struct charts_point){.x = NAN, .value = record->instructions, .low = NAN, .high = NAN};
}

void charts_build_instructions(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    if (!charts_has_lengths(figure))
        return;
    for (int thread = 0; thread < charts->thread_count; ++thread)
        charts_add_length_panel(figure, charts_threads_title(charts->threads[thread]), thread, measure_instructions, true);
    figure->y_tics = charts_tics_number;
    figure->title = text_print("Instructions of %s against sequence length", charts_call_name(charts));
    figure->subtitle = charts_subtitle(charts, "counted by valgrind's callgrind");
}
