/* exchange_internal.h - what the four files of exchange share. */
#ifndef HARNESS_STORE_EXCHANGE_INTERNAL_H
#define HARNESS_STORE_EXCHANGE_INTERNAL_H

#include "base/text.h"
#include "store/exchange.h"

#define EXCHANGE_FORMAT "seqscale"
#define EXCHANGE_VERSION 1

/* Most bytes of a file that are read: a million samples take about 50 MB. */
#define EXCHANGE_FILE_MAX ((size_t)1 << 30)

/* Writes `line` and empties it. Out of memory and a full disk are sentences. */
MUST_CHECK enum status exchange_write(FILE *out, struct text *line, struct error *error);

/* The readers proper: `text` is the file's (import_csv_text unquotes in it), `path` names it in sentences. */
MUST_CHECK enum status import_csv_text(struct store *store, char *text, const char *path, const char *name,
                                       struct sweep_record *sweep, struct error *error);
MUST_CHECK enum status import_jsonl_text(struct store *store, char *text, const char *path, const char *name,
                                         struct sweep_record *sweep, struct error *error);

#endif
