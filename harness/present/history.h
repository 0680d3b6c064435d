/* history.h - cells over commits and dates: the points of each as ratios to one fixed reference, and where their level changed
 * (analyse/changepoint.h). What `seqscale history` prints and draws. */
#ifndef HARNESS_PRESENT_HISTORY_H
#define HARNESS_PRESENT_HISTORY_H

#include "analyse/changepoint.h"
#include "base/text.h"
#include "store/store_history.h"

#include <stdbool.h>
#include <stdio.h>

struct history_request {
    const char *cell;             /* SPEC: keys that it leaves out may have any value; NULL all */
    const char *where;            /* filter; NULL all */
    const char *source;           /* "baseline:NAME", or the name of an imported history; NULL all */
    const char *reference_commit; /* imported seconds are divided by the median of this one's; NULL: of the first 5 */
};

struct history_change {
    struct changepoint point;                 /* indices into the series' runs */
    const struct acknowledged_record *noted;  /* NULL: nobody has acknowledged it */
};

/* One cell against one reference. Runs are in order of their dates, then of their arrival. */
struct history_series {
    const char *source;       /* borrowed from its points */
    struct cell cell;
    char *spec;               /* short: keys with their usual values are left out */
    char *reference;          /* what ratios are to, in words */
    struct history_point *runs; /* (count), borrowed from struct history */
    double *ratios, *lows, *highs; /* (count) */
    double *logs;             /* (count) of the ratios */
    size_t count;
    struct history_change changes[CHANGEPOINT_MAX];
    size_t change_count;
    struct interval level;    /* ratio of the runs since the last change that is confirmed */
};

struct history {
    struct history_point *points;
    size_t point_count;
    struct acknowledged_record *acknowledged;
    size_t acknowledged_count;
    struct history_series *series;
    size_t series_count;
    int slowdowns;  /* confirmed and not acknowledged */
    int judged;     /* series with enough runs */
};

/* Reads and judges. Nothing that matches is no error: there is no series then. Afterwards history_free, also on failure. */
MUST_CHECK enum status history_make(struct history *history, struct store *store, const struct history_request *request,
                                    struct error *error);
void history_free(struct history *history);

/* "confirmed", "candidate" or "acknowledged"; "slower" or "faster". */
const char *history_state(const struct history_change *change);
const char *history_direction(const struct history_change *change);
bool history_is_slowdown(const struct history_change *change); /* confirmed, slower, not acknowledged */

/* The last run that is surely at the old level, and the first that surely is at the new one: what to bisect between. */
const struct history_point *history_good(const struct history_series *series, const struct history_change *change);
const struct history_point *history_bad(const struct history_series *series, const struct history_change *change);

/* Tables for people, CSV and JSON for programs (results/schema.md). The table is false where memory ran out. */
bool history_print_table(FILE *out, const struct history *history);
void history_write_csv(struct text *out, const struct history *history);
void history_write_json(struct text *out, const struct history *history);

#endif
