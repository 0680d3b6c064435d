/* charts_figure.h - one figure while it is made: what the builders (charts_builders.h) put in, and the two files that a
 * gnuplot program reads: NAME.dat, numbers in named blocks, and NAME.settings, texts, ranges and what is where.
 *
 * A figure has panels of curves, panels of stacked bars, or both. Positions along the height of a panel that belong to no
 * value (marks of skipped cells, labels of crossovers) are fractions of it, 0 at the bottom and 1 at the top.
 */
#ifndef HARNESS_PRESENT_CHARTS_FIGURE_H
#define HARNESS_PRESENT_CHARTS_FIGURE_H

#include "base/text.h"
#include "present/charts_axis.h"
#include "present/charts_sweep.h"

#include <stdbool.h>

enum {
    CHARTS_PANELS_MAX = CHARTS_THREADS_MAX,
    CHARTS_PARTS_MAX = 12 /* colours of plots/theme.gp for the parts of bars */
};

struct charts_point {
    double x, value, low, high; /* value NaN: the curve is interrupted; low, high NaN: no interval */
};

struct charts_panel {
    char *title;
    struct text curves, intervals, dots, skipped, failed, lengths; /* numbers of the series whose blocks exist: "1 3 4" */
    const struct roofline *roofs;                         /* drawn as lines; NULL none */
    int marked;                                           /* rows of skipped or failed cells */
    int labelled;                                         /* rows of crossover labels */
};

struct charts_crossing { /* of a curve and the value 1 */
    int panel, series;
    double x;       /* where the curve crosses */
    double label_x; /* where its label is centred, which keeps it inside the panel */
    int row;        /* of the label, 0 the lowest */
};

struct charts_bar { /* one stacked bar: the parts of a whole as fractions */
    int panel, series;
    double fractions[CHARTS_PARTS_MAX];
    char *text; /* right of the bar */
};

struct charts_figure {
    const char *name; /* of the program and the files */
    const struct charts_sweep *charts;
    char *title, *subtitle;
    struct text data;  /* NAME.dat */
    struct text notes; /* sentences: what is left out, or why the figure cannot be drawn */
    bool failed;       /* an allocation failed */

    bool x_is_length; /* else a count of threads */
    bool y_is_linear; /* else logarithmic */
    int panel_count;
    struct charts_panel panels[CHARTS_PANELS_MAX];
    struct charts_range x, y;                                    /* of the data */
    void (*x_tics)(struct text *out, struct charts_range range); /* NULL: lengths, or counts of threads */
    void (*y_tics)(struct text *out, struct charts_range range); /* NULL: gnuplot's own */
    double end[CHARTS_SERIES_MAX]; /* last value of each series, which orders the legend; NaN: not in the figure */
    double ideal;                  /* a value drawn for comparison; NaN none */
    struct charts_crossing *crossings;
    int crossing_count;

    int bar_panel_count;
    char *bar_titles[CHARTS_PANELS_MAX];
    struct charts_bar *bars;
    int bar_count;
    int part_count;
    char *parts[CHARTS_PARTS_MAX];
};

void charts_figure_init(struct charts_figure *figure, const char *name, const struct charts_sweep *charts);
void charts_figure_free(struct charts_figure *figure);

int charts_figure_panel(struct charts_figure *figure, char *title); /* takes `title`; returns the panel's index */

/* A curve with its intervals; points in order of x. A curve without a single value is left out. */
void charts_figure_curve(struct charts_figure *figure, int panel, int series, const struct charts_point *points, int count);
void charts_figure_dots(struct charts_figure *figure, int panel, int series, const struct charts_point *points, int count);
/* Points of a curve that are marked with the lengths they are at. */
void charts_figure_lengths(struct charts_figure *figure, int panel, int series, const struct charts_point *points,
                           const int64_t *lengths, int count);
/* A row of marks at the upper edge: cells that were skipped (or failed) at these x. */
void charts_figure_marks(struct charts_figure *figure, int panel, int series, const double *x, int count, bool failed);

/* Whether anything can be drawn. */
bool charts_figure_is_empty(const struct charts_figure *figure);

/* Text of NAME.settings. `data` is how the program finds NAME.dat. Status is STATUS_SYSTEM when memory ran out. */
MUST_CHECK enum status charts_figure_settings(const struct charts_figure *figure, const char *data, struct text *out,
                                              struct error *error);

#endif
