/* charts_output.h - the files of charts: the data that a gnuplot program reads, and the pictures that it makes of them. */
#ifndef HARNESS_PRESENT_CHARTS_OUTPUT_H
#define HARNESS_PRESENT_CHARTS_OUTPUT_H

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>

enum { CHARTS_FORMATS = 2 };

extern const char *const charts_formats[CHARTS_FORMATS]; /* svg, png */

struct charts_output {
    const char *directory;        /* of the pictures; made with the first data */
    bool formats[CHARTS_FORMATS]; /* those that are wanted */
    struct text *files, *notes;   /* paths of the pictures, one a line; sentences */
    int drawn;                    /* pictures so far */
    char *data_directory;         /* DIRECTORY/data, of charts_output_open */
    char *plots;                  /* folder of the gnuplot programs, absolute */
};

/* The caller has set the members above `drawn`. `plots` NULL: the folder beside the sources, or of the install prefix.
 * Afterwards charts_output_close, also on failure. */
MUST_CHECK enum status charts_output_open(struct charts_output *output, const char *plots, struct error *error);
void charts_output_close(struct charts_output *output);

/* Writes data/NAME.dat and data/NAME.settings. */
MUST_CHECK enum status charts_output_write(const struct charts_output *output, const char *name, const struct text *data,
                                           const struct text *settings, struct error *error);

/* Runs plots/PROGRAM.gp on them: NAME.svg, NAME.png. */
MUST_CHECK enum status charts_output_render(struct charts_output *output, const char *program, const char *name,
                                            struct error *error);

#endif
