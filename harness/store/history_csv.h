/* history_csv.h - a history that was measured elsewhere, from a CSV file; results/schema.md defines its columns. */
#ifndef HARNESS_STORE_HISTORY_CSV_H
#define HARNESS_STORE_HISTORY_CSV_H

#include "store/store_history.h"

/* Every row is checked; one that is bad is a sentence with its line. Caller frees the array. */
MUST_CHECK enum status history_read_csv(const char *path, struct history_point **points, size_t *count, struct error *error);

#endif
