/* exchange.h - results out of and into the store as CSV and JSON Lines (results/schema.md defines both).
 *
 * CSV, one row per cell: operator, options, batch, length, width, mode, scope, threads, prepare, seconds, low, high,
 * cpu_seconds, processes, bytes, workspace_bytes, rss_bytes, gflops, roof_fraction, roof, instructions,
 * instructions_spread, status, reason, limit_seconds, method, spec.
 * JSON Lines carries everything, samples included: what is exported and imported again is the same sweep.
 */
#ifndef HARNESS_STORE_EXCHANGE_H
#define HARNESS_STORE_EXCHANGE_H

#include "store/store.h"

#include <stdio.h>

/* `where` as in store_read_cells. */
MUST_CHECK enum status export_csv(struct store *store, const struct sweep_record *sweep, const char *where, FILE *out,
                                  struct error *error);
MUST_CHECK enum status export_jsonl(struct store *store, const struct sweep_record *sweep, const char *where, FILE *out,
                                    struct error *error);

/* All imports: `name` is NULL or names the sweep; *sweep is filled with what was added, for the caller to free. */

/* A table measured elsewhere: at least the columns operator, length, seconds (any order, others optional, unknown ones a
 * sentence); an empty `seconds` needs a status or `instructions`, which may also take the place of the column. All or
 * nothing, in one transaction. A bad row is named by its line. */
MUST_CHECK enum status import_csv(struct store *store, const char *path, const char *name, struct sweep_record *sweep,
                                  struct error *error);
/* What export_jsonl wrote; sweeps that are there already (same UUID) are a sentence. */
MUST_CHECK enum status import_jsonl(struct store *store, const char *path, const char *name, struct sweep_record *sweep,
                                    struct error *error);
/* Whichever of the two the file is, by its first character. */
MUST_CHECK enum status import_file(struct store *store, const char *path, const char *name, struct sweep_record *sweep,
                                   struct error *error);

#endif
