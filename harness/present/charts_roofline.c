/* charts_roofline.c - the figure roofline: what each cell reached (GFLOP/s) against the arithmetic that it does for each byte
 * that must be moved, under the lines of what the machine gave during the sweep (Williams, Waterman, Patterson, "Roofline",
 * CACM 52(4), 2009). Bytes are those that the cores must load or store at least: each tensor once, and what is read again;
 * the lines are the bandwidths of the levels that may serve them.
 */
#include "present/charts_builders.h"

#include <math.h>
#include <stdlib.h>

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

struct place { /* as fractions of the panel's width and height */
    double u, v;
};

/* What a panel has in it already: labels, and points, on which none should lie. */
struct crowd {
    struct place *points, labels[2 * CHARTS_SERIES_MAX];
    int point_count, label_count;
};

static const struct place label_size = {0.08, 0.04}; /* "1.5k" in the narrowest panel */

static struct place place_of(const struct charts_figure *figure, const struct charts_point *point)
{
    return (struct place){.u = log(point->x / figure->x.low) / log(figure->x.high / figure->x.low),
                          .v = log(point->value / figure->y.low) / log(figure->y.high / figure->y.low)};
}

static bool is_near(struct place a, struct place b, double width, double height)
{
    return fabs(a.u - b.u) < width && fabs(a.v - b.v) < height;
}

/* A label stands above its point. */
static bool has_room(const struct crowd *crowd, struct place point)
{
    const struct place label = {.u = point.u, .v = point.v + label_size.v};
    for (int i = 0; i < crowd->label_count; ++i)
        if (is_near(crowd->labels[i], label, label_size.u, label_size.v))
            return false;
    for (int i = 0; i < crowd->point_count; ++i)
        if (is_near(crowd->points[i], label, label_size.u / 2.0, label_size.v / 2.0))
            return false;
    return true;
}

/* The longest and the shortest length of each curve are labelled, where there is room. */
static void label_series(struct charts_figure *figure, int panel, int series, const struct charts_point *points,
                         const int64_t *lengths, int count, struct crowd *crowd)
{
    struct charts_point shown[2];
    int64_t shown_lengths[2];
    int labels = 0;
    for (int end = 0; end < 2 && end < count; ++end) {
        const int at = end == 0 ? count - 1 : 0;
        const struct place place = place_of(figure, &points[at]);
        if (!has_room(crowd, place))
            continue;
        crowd->labels[crowd->label_count++] = (struct place){.u = place.u, .v = place.v + label_size.v};
        shown[labels] = points[at];
        shown_lengths[labels++] = lengths[at];
    }
    charts_figure_lengths(figure, panel, series, shown, shown_lengths, labels);
}

/* Panel i is that of the i-th number of threads. */
static void label_panel(struct charts_figure *figure, int panel)
{
    const struct charts_sweep *charts = figure->charts;
    const size_t room = (size_t)charts->length_count + 1;
    struct charts_point *points = calloc(room, sizeof *points);
    int64_t *lengths = calloc(room, sizeof *lengths);
    struct crowd crowd = {.points = calloc(room * (size_t)(charts->series_count + 1), sizeof *crowd.points)};
    const bool complete = points && lengths && crowd.points;
    figure->failed |= !complete;
    for (int series = 0; complete && series < charts->series_count; ++series) {
        const int count = collect(charts, series, panel, points, lengths);
        for (int i = 0; i < count; ++i)
            crowd.points[crowd.point_count++] = place_of(figure, &points[i]);
    }
    for (int series = 0; complete && series < charts->series_count; ++series)
        label_series(figure, panel, series, points, lengths, collect(charts, series, panel, points, lengths), &crowd);
    free(points);
    free(lengths);
    free(crowd.points);
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
