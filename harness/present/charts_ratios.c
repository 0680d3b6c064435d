/* charts_ratios.c - the figures speed (against one operator) and cores (against fewer threads).
 *
 * A ratio of two medians gets the interval between the quotients of their interval ends, which is wider than 95 %. A
 * crossover is marked only between lengths at which those intervals (or, where there are none, the ratios) say "slower" and
 * "faster"; its place is where the drawn curve crosses 1, interpolated in logarithms.
 */
#include "present/charts_builders.h"

#include "present/charts_series.h"

#include <math.h>
#include <stdlib.h>

static struct charts_point quotient(const struct cell_record *above, const struct cell_record *below)
{
    if (charts_cell_state(above) != CHARTS_MEASURED || charts_cell_state(below) != CHARTS_MEASURED)
        return charts_no_point;
    return (struct charts_point){.x = NAN,
                                 .value = above->seconds / below->seconds,
                                 .low = above->low / below->high,
                                 .high = above->high / below->low};
}

/* ---------------------------------------------------------------- crossovers */

static struct charts_point measure_speed(const struct charts_sweep *charts, int series, int thread, int length)
{
    const int relative = charts->series[series].relative;
    if (relative < 0 || relative == series)
        return charts_no_point;
    return quotient(charts_sweep_cell(charts, relative, thread, length), charts_sweep_cell(charts, series, thread, length));
}

/* +1 faster, -1 slower, 0 cannot tell. */
static int verdict(const struct charts_point *point)
{
    if (isnan(point->value))
        return 0;
    const bool interval = isfinite(point->low) && isfinite(point->high);
    const double low = interval ? point->low : point->value, high = interval ? point->high : point->value;
    return low > 1.0 ? 1 : high < 1.0 ? -1 : 0;
}

static bool crosses(const struct charts_point *a, const struct charts_point *b)
{
    return isfinite(a->value) && isfinite(b->value) && (a->value < 1.0) != (b->value < 1.0);
}

static double crossing_x(const struct charts_point *a, const struct charts_point *b)
{
    const double from = log(a->value), to = log(b->value); /* of opposite sign, or one of them 0 */
    return exp(log(a->x) + (log(b->x) - log(a->x)) * from / (from - to));
}

/* Of the crossings of 1 between points[from] and points[to] the middle one; NaN where the curve is interrupted. */
static double middle_crossing(const struct charts_point *points, int from, int to)
{
    int total = 0, seen = 0;
    for (int i = from; i < to; ++i)
        total += crosses(&points[i], &points[i + 1]);
    for (int i = from; i < to; ++i)
        if (crosses(&points[i], &points[i + 1]) && seen++ == total / 2)
            return crossing_x(&points[i], &points[i + 1]);
    return NAN;
}

static void add_crossing(struct charts_figure *figure, int panel, int series, double x)
{
    struct charts_crossing *more =
        realloc(figure->crossings, (size_t)(figure->crossing_count + 1) * sizeof *figure->crossings);
    figure->failed |= !more;
    if (!more)
        return;
    figure->crossings = more;
    figure->crossings[figure->crossing_count++] = (struct charts_crossing){.panel = panel, .series = series, .x = x};
}

static void find_crossings(struct charts_figure *figure, int panel, int series, int thread)
{
    const struct charts_sweep *charts = figure->charts;
    struct charts_point *points = calloc((size_t)charts->length_count + 1, sizeof *points);
    int count = 0, before = -1;
    for (int length = 0; points && length < charts->length_count; ++length) {
        if (!charts_sweep_cell(charts, series, thread, length))
            continue;
        points[count] = measure_speed(charts, series, thread, length);
        points[count].x = (double)charts->lengths[length];
        const int now = verdict(&points[count]);
        if (now != 0 && before >= 0 && now != verdict(&points[before])) {
            const double x = middle_crossing(points, before, count);
            if (isfinite(x))
                add_crossing(figure, panel, series, x);
        }
        before = now != 0 ? count : before;
        ++count;
    }
    figure->failed |= !points;
    free(points);
}

/* ---------------------------------------------------------------- labels of crossovers */

static int compare_crossings(const void *left, const void *right)
{
    const struct charts_crossing *a = left, *b = right;
    if (a->panel != b->panel)
        return a->panel - b->panel;
    return (a->x > b->x) - (a->x < b->x);
}

/* Labels stand in rows at the lower edge, each in the lowest row in which it overlaps none to its left. */
static void place_labels(struct charts_figure *figure)
{
    enum { ROWS = 8 };
    static const double label_width = 0.13; /* "1.5k" and a symbol, as a fraction of the narrowest panel */
    const double low = log(figure->x.low), span = log(figure->x.high) - low;
    double taken[ROWS] = {0};
    if (figure->crossing_count > 0)
        qsort(figure->crossings, (size_t)figure->crossing_count, sizeof *figure->crossings, compare_crossings);
    for (int i = 0; i < figure->crossing_count; ++i) {
        struct charts_crossing *crossing = &figure->crossings[i];
        if (i == 0 || crossing->panel != figure->crossings[i - 1].panel)
            for (int row = 0; row < ROWS; ++row)
                taken[row] = -1.0;
        double at = (log(crossing->x) - low) / span;
        at = fmin(fmax(at, label_width / 2.0), 1.0 - label_width / 2.0);
        int row = 0;
        while (row + 1 < ROWS && taken[row] > at - label_width / 2.0)
            ++row;
        taken[row] = at + label_width / 2.0;
        crossing->row = row;
        crossing->label_x = exp(low + at * span);
        struct charts_panel *panel = &figure->panels[crossing->panel];
        panel->labelled = row + 1 > panel->labelled ? row + 1 : panel->labelled;
    }
}

/* ---------------------------------------------------------------- speed */

static bool has_relative(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    int compared = 0;
    for (int i = 0; i < charts->series_count; ++i)
        compared += charts->series[i].relative >= 0 && charts->series[i].relative != i;
    if (compared > 0)
        return true;
    if (!charts->relative_to[0])
        text_append(&figure->notes, "no chart 'speed': say with --relative-to which operator others are compared to\n");
    else
        text_format(&figure->notes, "no chart 'speed': the sweep has no pair of another operator and '%s', given by "
                                    "--relative-to or by the sweep\n", charts->relative_to);
    return false;
}

/* What others are compared to, by the name of the first one that is. */
static const char *relative_name(const struct charts_sweep *charts)
{
    for (int i = 0; i < charts->series_count; ++i)
        if (charts->series[i].relative >= 0 && charts->series[i].relative != i)
            return charts->series[charts->series[i].relative].label;
    return "";
}

void charts_build_speed(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    if (!has_relative(figure) || !charts_has_lengths(figure))
        return;
    for (int thread = 0; thread < charts->thread_count; ++thread) {
        char *title = charts_threads_title(charts->threads[thread]);
        const int panel = charts_add_length_panel(figure, title, thread, measure_speed, true);
        for (int series = 0; series < charts->series_count; ++series)
            find_crossings(figure, panel, series, thread);
    }
    if (figure->y.count == 0) {
        text_format(&figure->notes, "no chart 'speed': nothing was measured at the same length and threads as '%s'\n",
                    charts->relative_to);
        return;
    }
    charts_range_add(&figure->y, 1.0);
    place_labels(figure);
    figure->y_tics = charts_tics_ratio;
    figure->ideal = 1.0;
    char *name = charts_printable(relative_name(charts), 60);
    figure->title = name ? text_print("How many times as fast as %s", name) : NULL;
    figure->subtitle = charts_subtitle(charts, "ratio of medians; bars: from the ends of both 95 % intervals; "
                                               "rings: crossovers, with their length");
    free(name);
}

/* ---------------------------------------------------------------- cores */

static struct charts_point measure_cores(const struct charts_sweep *charts, int series, int thread, int length)
{
    return quotient(charts_sweep_cell(charts, series, 0, length), charts_sweep_cell(charts, series, thread, length));
}

/* One panel: against length, with the largest thread count. */
static void add_cores_by_length(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    const int most = charts->thread_count - 1;
    char *title = charts_threads_title(charts->threads[most]);
    charts_add_length_panel(figure, title, most, measure_cores, false);
    figure->ideal = (double)charts->threads[most] / charts->threads[0];
}

static void add_cores_panel(struct charts_figure *figure, int length)
{
    const struct charts_sweep *charts = figure->charts;
    struct text title = {0};
    text_append(&title, "length ");
    charts_length_text(&title, (double)charts->lengths[length]);
    const int panel = charts_figure_panel(figure, text_take(&title));
    for (int series = 0; series < charts->series_count; ++series) {
        struct charts_point points[CHARTS_THREADS_MAX];
        for (int thread = 0; thread < charts->thread_count; ++thread) {
            points[thread] = measure_cores(charts, series, thread, length);
            points[thread].x = charts->threads[thread];
            if (thread == 0)
                points[thread].low = points[thread].high = NAN; /* a cell over itself */
        }
        charts_figure_curve(figure, panel, series, points, charts->thread_count);
    }
}

/* Against threads at the shortest, the middle and the longest length. */
static void add_cores_by_threads(struct charts_figure *figure)
{
    const int last = figure->charts->length_count - 1;
    const int chosen[] = {0, last / 2, last};
    for (int i = 0; i < 3; ++i)
        if (i == 0 || chosen[i] != chosen[i - 1])
            add_cores_panel(figure, chosen[i]);
}

void charts_build_cores(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    if (charts->thread_count < 2) {
        text_append(&figure->notes, "no chart 'cores': the sweep has one thread count; measure more with --threads 1,2\n");
        return;
    }
    if (charts->thread_count > 2)
        add_cores_by_threads(figure);
    else if (charts_has_lengths(figure))
        add_cores_by_length(figure);
    if (figure->y.count == 0) {
        if (figure->notes.length == 0)
            text_append(&figure->notes, "no chart 'cores': nothing was measured with two thread counts at one length\n");
        return;
    }
    charts_range_add(&figure->y, isnan(figure->ideal) ? 1.0 : figure->ideal);
    figure->y_is_linear = figure->x_is_length;
    figure->y_tics = figure->x_is_length ? NULL : charts_tics_ratio;
    figure->title = text_print("Speed-up over %d thread%s", charts->threads[0], charts->threads[0] == 1 ? "" : "s");
    figure->subtitle = charts_subtitle(charts, "ratio of medians; bars: from the ends of both 95 % intervals");
}
