/* charts.h - a stored sweep as charts: writes data files, runs gnuplot with the programs in plots/, makes SVG and PNG.
 *
 * Figures: time, token (time per token), memory, speed (relative to one operator), cores (speed-up), phases, roofline
 * (arithmetic against traffic, under what the machine gave), instructions (of a sweep that was counted).
 * A figure that has nothing to show (one point, one thread count, no comparison) is left out with a sentence in `notes`,
 * which is not an error unless nothing at all could be drawn.
 */
#ifndef HARNESS_PRESENT_CHARTS_H
#define HARNESS_PRESENT_CHARTS_H

#include "base/text.h"
#include "store/store.h"

struct chart_request {
    const char *directory;   /* made when it is not there */
    const char *plots;       /* folder of the gnuplot programs; NULL: beside the sources, then the install prefix */
    const char *where;       /* filter, NULL all */
    const char *relative_to; /* label or operator; NULL: the sweep's own */
    const char *figures;     /* comma-separated names, NULL all */
    const char *formats;     /* "svg,png"; NULL all */
};

/* Appends the paths of the files made to `files`, one a line, and sentences to `notes`. */
MUST_CHECK enum status charts_draw(struct store *store, const struct sweep_record *sweep,
                                   const struct chart_request *request, struct text *files, struct text *notes,
                                   struct error *error);

/* Where charts go that nobody gave a folder for: charts/SWEEP beside the database. malloc'd; NULL: no memory. A sweep whose
 * name is no file name (it has a '/', or begins with a '.') gets '_' for those characters. */
char *charts_default_directory(const char *database, const char *sweep);

#endif
