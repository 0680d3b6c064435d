/* charts_series.h - which cells form one curve, what it is called, and its colour. */
#ifndef HARNESS_PRESENT_CHARTS_SERIES_H
#define HARNESS_PRESENT_CHARTS_SERIES_H

#include "present/charts_sweep.h"

/* Fills charts->series, settings and mode from charts->cells and relative_to; series_of[i] is the series of cell i, -1
 * where it is one too many (told in `notes`). */
MUST_CHECK enum status charts_series_collect(struct charts_sweep *charts, int *series_of, struct text *notes,
                                             struct error *error);
void charts_series_free(struct charts_sweep *charts);

/* `string` with control characters and bytes that are not UTF-8 replaced, and its middle cut out where it is wider than
 * `width` characters: the ends of a command tell more than its middle. malloc'd, NULL: no memory. */
char *charts_printable(const char *string, size_t width);

#endif
