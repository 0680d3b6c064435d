/* history_chart.h - a history as one figure: a panel for each cell, its runs with their intervals, and the levels between the
 * changes. */
#ifndef HARNESS_PRESENT_HISTORY_CHART_H
#define HARNESS_PRESENT_HISTORY_CHART_H

#include "present/history.h"

/* Draws `path`, which ends in .svg or .png, or, where it does not, history.svg and history.png in the folder `path`. The
 * numbers that are drawn go to the folder data/ beside. Appends the files made to `files` and sentences to `notes`. */
MUST_CHECK enum status history_draw(const struct history *history, const char *path, struct text *files, struct text *notes,
                                    struct error *error);

#endif
