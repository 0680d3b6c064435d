/* charts_roofline.c - the figure roofline: what each cell reached (GFLOP/s) against the arithmetic that it does for each byte
 * that must be moved, under the lines of what the machine gave during the sweep (Williams, Waterman, Patterson, "Roofline",
 * CACM 52(4), 2009). Bytes are those that the cores must load or store at least: each tensor once, and what is read again;
 * the lines are the bandwidths of the levels that may serve them.
 */
#include "present/charts_builders.h"

#include <math.h>
#include <stdlib.h>

/* What nobody reads is as wide as a label or less: fractions of a panel's width and height. */
static const double label_width = 0.09, label_height = 0.05;

static struct charts_point point_of(const struct cell_record *record)
{
    if (charts_cell_state(record) != CHARTS_MEASURED)
        return charts_no_point;
    const double again = record->reread_bytes > 0.0 ? record->reread_bytes : 0.0; /* unknown before schema 3 */
    const double x = record->flops / (record->compulsory_bytes + again), y = cell_record_gflops(record);
    if (!(x > 0.0) || !isfinite(x) || !(y > 0.0))
        return charts_no_point;
    return (struct charts_point){.x = x, .value = y, .low = NAN, .high = NAN};
}

/* Points of a series in order of length; those that cannot be drawn are left out. Returns how many. */
static int collect(const struct charts_sweep *charts, int series, int thread, struct charts_point *points, int64_t *lengths)
{
    int count = 0;
    for (int length = 0; length < charts->length_count; ++length) {
        const struct charts_point point = point_of(charts_sweep_cell(charts, series, thread, length));
        if (isnan(point.value))
            continue;
        points[count] = point;
        lengths[count++] = charts->lengths[length];
    }
    return count;
}

/* ---------------------------------------------------------------- lengths beside the points */

struct label {
    double u, v; /* place as fractions of the panel */
};

static bool is_free(const struct label *taken, int count, struct label label)
{
    for (int i = 0; i < count; ++i)
        if (fabs(taken[i].u - label.u) < label_width && fabs(taken[i].v - label.v) < label_height)
            return false;
    return true;
}

static double fraction(struct charts_range range, double value)
{
    return log(value / range.low) / log(range.high / range.low);
}

/* The longest and the shortest length of each curve are labelled, where no label stands yet. */
static void label_series(struct charts_figure *figure, int panel, int series, int thread, struct label *taken, int *count)
{
    const struct charts_sweep *charts = figure->charts;
    struct charts_point *points = calloc((size_t)charts->length_count + 1, sizeof *points), shown[2];
    int64_t *lengths = calloc((size_t)charts->length_count + 1, sizeof *lengths), shown_lengths[2];
    const int known = points && lengths ? collect(charts, series, thread, points, lengths) : 0;
    int labels = 0;
    figure->failed |= !points || !lengths;
    for (int end = 0; end < 2 && end < known; ++end) {
        const int at = end == 0 ? known - 1 : 0;
        const struct label label = {.u = fraction(figure->x, points[at].x), .v = fraction(figure->y, points[at].value)};
        if (!is_free(taken, *count, label))
            continue;
        taken[(*count)++] = label;
        shown[labels] = points[at];
        shown_lengths[labels++] = lengths[at];
    }
    charts_figure_lengths(figure, panel, series, shown, shown_lengths, labels);
    free(points);
    free(lengths);
}

static void label_panel(struct charts_figure *figure, int panel)
{
    struct label taken[2 * CHARTS_SERIES_MAX];
    int count = 0;
    for (int series = 0; series < figure->charts->series_count; ++series)
        label_series(figure, panel, series, panel, taken, &count);
}

/* ---------------------------------------------------------------- panels */

static void add_series(struct charts_figure *figure, int panel, int series, int thread)
{
    const struct charts_sweep *charts = figure->charts;
    struct charts_point *points = calloc((size_t)charts->length_count + 1, sizeof *points);
    int64_t *lengths = calloc((size_t)charts->length_count + 1, sizeof *lengths);
    figure->failed |= !points || !lengths;
    if (points && lengths)
        charts_figure_curve(figure, panel, series, points, collect(charts, series, thread, points, lengths));
    free(points);
    free(lengths);
}

static bool has_roofs(const struct roofline *roofs)
{
    bool any = isfinite(roofs->flops_per_second);
    for (int level = 0; level < ROOFLINE_LEVELS; ++level)
        any = any || isfinite(roofs->bytes_per_second[level]);
    return any;
}

/* The peak belongs to the picture, and of each line a piece long enough to be labelled, up to where it reaches the peak. */
static void add_roofs_to_range(struct charts_figure *figure, const struct roofline *roofs)
{
    charts_range_add(&figure->y, roofs->flops_per_second * 1e-9);
    charts_range_add(&figure->y, roofs->flops_per_second * 1e-9 / 16.0);
    for (int level = 0; level < ROOFLINE_LEVELS; ++level) {
        const double ridge = roofs->flops_per_second / roofs->bytes_per_second[level];
        charts_range_add(&figure->x, ridge);
        charts_range_add(&figure->x, ridge / 4.0);
    }
}

static void add_panel(struct charts_figure *figure, int thread)
{
    const struct charts_sweep *charts = figure->charts;
    const int panel = charts_figure_panel(figure, charts_threads_title(charts->threads[thread]));
    for (int series = 0; series < charts->series_count; ++series)
        add_series(figure, panel, series, thread);
    figure->panels[panel].roofs = &charts->roofs[thread];
}

void charts_build_roofline(struct charts_figure *figure)
{
    const struct charts_sweep *charts = figure->charts;
    bool any = false;
    for (int thread = 0; thread < charts->thread_count; ++thread) {
        add_panel(figure, thread);
        any = any || has_roofs(&charts->roofs[thread]);
    }
    if (figure->y.count == 0 || !any) {
        text_format(&figure->notes, "no chart 'roofline': the sweep has no %s\n",
                    any ? "cell whose arithmetic and traffic are known" : "probes of what the machine gives");
        figure->y = figure->x = (struct charts_range){.count = 0};
        return;
    }
    for (int thread = 0; thread < charts->thread_count; ++thread)
        add_roofs_to_range(figure, &charts->roofs[thread]);
    for (int thread = 0; thread < charts->thread_count; ++thread)
        label_panel(figure, thread);
    figure->x_tics = charts_tics_twos;
    figure->y_tics = charts_tics_number;
    figure->title = text_print("Roofline: what %s reaches of what the machine gives", charts_call_name(charts));
    figure->subtitle = charts_subtitle(charts, "numbers: sequence length; lines: measured during the sweep");
}
