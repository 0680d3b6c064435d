/* charts_gnuplot.h - runs gnuplot on one program. No shell is involved: the program reads its settings and its data, which
 * hold no commands from outside.
 */
#ifndef HARNESS_PRESENT_CHARTS_GNUPLOT_H
#define HARNESS_PRESENT_CHARTS_GNUPLOT_H

#include "base/status.h"
#include "base/text.h"

struct charts_run {
    const char *directory; /* where it runs; the other paths but `program` are relative to it */
    const char *program;   /* absolute path of plots/NAME.gp */
    const char *settings;
    const char *format;    /* svg | png */
    const char *output;
};

/* A warning of gnuplot becomes a sentence in `notes`. Without the program, or when it fails: STATUS_SYSTEM. */
MUST_CHECK enum status charts_gnuplot_run(const struct charts_run *run, struct text *notes, struct error *error);

#endif
