/* store_history.h - cells over commits and dates: the points that comparisons against a baseline have left, those that were
 * imported, and the changes that somebody has acknowledged. */
#ifndef HARNESS_STORE_STORE_HISTORY_H
#define HARNESS_STORE_STORE_HISTORY_H

#include "store/store.h"

struct history_point {
    char source[128];   /* "baseline:NAME", or the name of an imported history */
    int number;         /* order of arrival within the source */
    struct cell cell;
    char commit[65];
    char date[32];      /* ISO 8601, of the commit where that is known, else of the comparison; "" unknown */
    double ratio;       /* time over that of the fixed reference; NaN where seconds are given */
    double seconds;     /* of an imported point; NaN where it is a ratio */
    double low, high;   /* interval of whichever it is; NaN unknown */
};

/* Points of `source`, NULL all, that match `where` (as in store_read_cells): by source and arrival. Caller frees the array. */
MUST_CHECK enum status store_read_history(struct store *store, const char *source, const char *where,
                                          struct history_point **points, size_t *count, struct error *error);

/* Replaces what was imported under that name before, in one transaction. */
MUST_CHECK enum status store_put_history(struct store *store, const char *source, struct history_point *points,
                                         size_t count, struct error *error);
MUST_CHECK enum status store_remove_history(struct store *store, const char *source, struct error *error);

struct acknowledged_record {
    char commit[65];
    char spec[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 512]; /* of the cell; "" any */
    char note[512];
    char created[32];
};

/* One that is there already gets the new note. Fills `created`. */
MUST_CHECK enum status store_put_acknowledged(struct store *store, struct acknowledged_record *acknowledged,
                                              struct error *error);
/* How many there were is in *removed. `spec` NULL: of all cells. */
MUST_CHECK enum status store_remove_acknowledged(struct store *store, const char *commit, const char *spec, int *removed,
                                                 struct error *error);
/* All, oldest first; caller frees the array. */
MUST_CHECK enum status store_list_acknowledged(struct store *store, struct acknowledged_record **acknowledged, size_t *count,
                                               struct error *error);

#endif
