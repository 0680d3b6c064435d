/* charts_sweep.h - a stored sweep as the figures see it: series, lengths and thread counts, and the cell at each of their
 * crossings.
 *
 * A series is one curve: the cells of one operator with one set of options. Where the sweep also varies something else
 * (width, scope ...), each value is a series of its own and its name says so; what all cells share is said once, in
 * `settings`. A series has the same colour in every figure of every sweep, because the colour is the operator's own.
 */
#ifndef HARNESS_PRESENT_CHARTS_SWEEP_H
#define HARNESS_PRESENT_CHARTS_SWEEP_H

#include "base/text.h"
#include "store/store.h"

#include <stdbool.h>

enum {
    CHARTS_COLOURS = 12,    /* of the palette in plots/theme.gp */
    CHARTS_SERIES_MAX = 24, /* what the legend has room for */
    CHARTS_THREADS_MAX = 12 /* panels of a figure */
};

enum charts_state {
    CHARTS_ABSENT = 0, /* no such cell, or planned and not measured */
    CHARTS_MEASURED,
    CHARTS_SKIPPED,
    CHARTS_FAILED      /* failed or wrong */
};

struct charts_series {
    const struct cell_record *first; /* its first cell in planned order */
    char *label;                     /* "OPERATOR:OPTIONS" */
    char *context;                   /* what else tells it from others, "width 512, core"; "" nothing */
    char *name;                      /* what a legend says: label and context, printable, of bounded width */
    int colour;                      /* 0 .. CHARTS_COLOURS - 1 */
    int variant;                     /* 0, 1 ... among the series of one colour: dash and point shape */
    int relative;                    /* the series that it is compared to, -1 none */
};

struct charts_sweep {
    struct cell_record *cells; /* (cell_count), in planned order */
    size_t cell_count;
    struct process_point *points; /* (point_count) */
    size_t point_count;
    struct charts_series *series; /* (series_count) in planned order */
    int series_count;
    int64_t *lengths; /* (length_count), ascending: those measured, skipped or failed */
    int length_count;
    int *threads; /* (thread_count), ascending */
    int thread_count;
    struct roofline *roofs; /* (thread_count) what the machine gave during the sweep */
    int *grid;        /* (series_count, thread_count, length_count): 1 + index of the cell; 0: no such cell */
    char *settings;                  /* what all cells share: "width 256, batch 1, forward, layer, prepare outside" */
    char *relative_to;               /* the label asked for, "" none */
    char mode[16];                   /* of all cells; "" where they differ */
};

/* Reads and arranges the cells that match `where`. `relative_to` overrides the sweep's own. What had to be left out is told
 * in `notes`. Afterwards charts_sweep_free, also on failure. */
MUST_CHECK enum status charts_sweep_load(struct charts_sweep *charts, struct store *store, const struct sweep_record *sweep,
                                         const char *where, const char *relative_to, struct text *notes,
                                         struct error *error);
void charts_sweep_free(struct charts_sweep *charts);

/* Indices, not values. NULL where there is no such cell. */
const struct cell_record *charts_sweep_cell(const struct charts_sweep *charts, int series, int thread, int length);

enum charts_state charts_cell_state(const struct cell_record *cell); /* NULL is absent */

/* Lengths at which at least one cell was measured. */
int charts_sweep_measured_lengths(const struct charts_sweep *charts);

/* The cell that a process belongs to; NULL when the filter left it out. */
const struct cell_record *charts_sweep_cell_of(const struct charts_sweep *charts, const struct process_point *point);

#endif
