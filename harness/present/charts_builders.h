/* charts_builders.h - what each figure shows. A builder fills a figure that was initialised; where it cannot be drawn it
 * leaves it empty and says why in figure->notes. */
#ifndef HARNESS_PRESENT_CHARTS_BUILDERS_H
#define HARNESS_PRESENT_CHARTS_BUILDERS_H

#include "present/charts_figure.h"

void charts_build_time(struct charts_figure *figure);   /* charts_curves.c */
void charts_build_token(struct charts_figure *figure);
void charts_build_instructions(struct charts_figure *figure);
void charts_build_memory(struct charts_figure *figure); /* charts_bars.c */
void charts_build_phases(struct charts_figure *figure);
void charts_build_speed(struct charts_figure *figure);  /* charts_ratios.c */
void charts_build_cores(struct charts_figure *figure);
void charts_build_roofline(struct charts_figure *figure); /* charts_roofline.c */

/* ---------------------------------------------------------------- for the builders: charts_curves.c */

/* The point of a cell in a figure; value NaN where there is none. Arguments are indices. */
typedef struct charts_point charts_measure(const struct charts_sweep *charts, int series, int thread, int length);

extern const struct charts_point charts_no_point; /* all NaN */

/* "1 thread", "8 threads"; malloc'd. */
char *charts_threads_title(int threads);

/* Adds a panel with a curve against length for each series, `title` taken. With `marks` skipped and failed cells, too. */
int charts_add_length_panel(struct charts_figure *figure, char *title, int thread, charts_measure *measure, bool marks);

/* Whether there are two lengths to draw a curve between; if not, says so. */
bool charts_has_lengths(struct charts_figure *figure);

/* What is timed: "a forward pass", "a training step", "one decoded token"; "a call" where modes differ. */
const char *charts_call_name(const struct charts_sweep *charts);

/* Settings, and how the numbers came about; malloc'd. */
char *charts_subtitle(const struct charts_sweep *charts, const char *more);

#endif
