/* charts_figure.c - see charts_figure.h. The data blocks; the settings are in charts_settings.c. */
#include "present/charts_figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void charts_figure_init(struct charts_figure *figure, const char *name, const struct charts_sweep *charts)
{
    *figure = (struct charts_figure){.name = name, .charts = charts, .ideal = NAN};
    for (int i = 0; i < CHARTS_SERIES_MAX; ++i)
        figure->end[i] = NAN;
    text_format(&figure->data, "# %s: written by seqscale, read by plots/%s.gp through %s.settings\n", name, name, name);
}

static void panel_free(struct charts_panel *panel)
{
    free(panel->title);
    text_free(&panel->curves);
    text_free(&panel->intervals);
    text_free(&panel->dots);
    text_free(&panel->skipped);
    text_free(&panel->failed);
    text_free(&panel->lengths);
}

void charts_figure_free(struct charts_figure *figure)
{
    for (int i = 0; i < figure->panel_count; ++i)
        panel_free(&figure->panels[i]);
    for (int i = 0; i < figure->bar_panel_count; ++i)
        free(figure->bar_titles[i]);
    for (int i = 0; i < figure->bar_count; ++i)
        free(figure->bars[i].text);
    for (int i = 0; i < figure->part_count; ++i)
        free(figure->parts[i]);
    free(figure->bars);
    free(figure->crossings);
    free(figure->title);
    free(figure->subtitle);
    text_free(&figure->notes);
    text_free(&figure->data);
    *figure = (struct charts_figure){0};
}

int charts_figure_panel(struct charts_figure *figure, char *title)
{
    figure->failed |= !title;
    figure->panels[figure->panel_count].title = title;
    return figure->panel_count++;
}

static void add_number(struct text *list, int series)
{
    text_format(list, "%s%d", list->length ? " " : "", series + 1);
}

/* Blocks are found by their name, which gnuplot compares as a prefix: the colon ends it. */
static void begin_block(struct charts_figure *figure, int panel, const char *kind, int series, const char *columns)
{
    text_format(&figure->data, "\n\n# panel %d %s %d: %s\n# %s\n", panel + 1, kind, series + 1,
                figure->charts->series[series].name, columns);
}

static void add_values(struct text *data, const double *values, int count)
{
    for (int i = 0; i < count; ++i) {
        text_append(data, i ? "\t" : "");
        if (isnan(values[i]))
            text_append(data, "NaN");
        else
            text_format(data, "%.9g", values[i]);
    }
    text_append(data, "\n");
}

/* Interval ends count for the range, but not so far out that the curves would be squeezed flat. */
static void add_to_range(struct charts_figure *figure, const struct charts_point *point)
{
    enum { FARTHEST = 8 };
    charts_range_add(&figure->x, point->x);
    charts_range_add(&figure->y, point->value);
    if (point->low > point->value / FARTHEST)
        charts_range_add(&figure->y, point->low);
    if (point->high < point->value * FARTHEST)
        charts_range_add(&figure->y, point->high);
}

void charts_figure_curve(struct charts_figure *figure, int panel, int series, const struct charts_point *points, int count)
{
    int values = 0, intervals = 0;
    for (int i = 0; i < count; ++i) {
        const bool measured = isfinite(points[i].value);
        values += measured;
        intervals += measured && isfinite(points[i].low) && isfinite(points[i].high);
        if (measured) {
            figure->end[series] = points[i].value;
            add_to_range(figure, &points[i]);
        }
    }
    if (values == 0)
        return;
    add_number(&figure->panels[panel].curves, series);
    if (intervals > 0)
        add_number(&figure->panels[panel].intervals, series);
    begin_block(figure, panel, "curve", series, "x\tvalue\tlow\thigh");
    for (int i = 0; i < count; ++i)
        add_values(&figure->data, (const double[]){points[i].x, points[i].value, points[i].low, points[i].high}, 4);
}

void charts_figure_dots(struct charts_figure *figure, int panel, int series, const struct charts_point *points, int count)
{
    if (count == 0)
        return;
    add_number(&figure->panels[panel].dots, series);
    begin_block(figure, panel, "dots", series, "x\tvalue");
    for (int i = 0; i < count; ++i) {
        add_to_range(figure, &points[i]);
        add_values(&figure->data, (const double[]){points[i].x, points[i].value}, 2);
    }
}

void charts_figure_lengths(struct charts_figure *figure, int panel, int series, const struct charts_point *points,
                           const int64_t *lengths, int count)
{
    if (count == 0)
        return;
    add_number(&figure->panels[panel].lengths, series);
    begin_block(figure, panel, "lengths", series, "x\tvalue\tlength");
    for (int i = 0; i < count; ++i) {
        text_format(&figure->data, "%.9g\t%.9g\t", points[i].x, points[i].value);
        charts_length_text(&figure->data, (double)lengths[i]);
        text_append(&figure->data, "\n");
    }
}

void charts_figure_marks(struct charts_figure *figure, int panel, int series, const double *x, int count, bool failed)
{
    struct charts_panel *shown = &figure->panels[panel];
    if (count == 0)
        return;
    add_number(failed ? &shown->failed : &shown->skipped, series);
    begin_block(figure, panel, failed ? "failed" : "skipped", series, "x\trow from the top");
    for (int i = 0; i < count; ++i) {
        charts_range_add(&figure->x, x[i]);
        add_values(&figure->data, (const double[]){x[i], shown->marked}, 2);
    }
    if (isnan(figure->end[series]))
        figure->end[series] = INFINITY; /* no curve: first in the legend, as its marks are the highest */
    ++shown->marked;
}

bool charts_figure_is_empty(const struct charts_figure *figure)
{
    return figure->y.count == 0 && figure->bar_count == 0;
}
