/* cell.h - what is measured: one operator with its options at one size, mode, scope, thread count and policy.
 *
 * A cell has one written form, its SPEC, that every row of every output carries and that `seqscale run SPEC` repeats:
 *
 *     attention:heads=8,variant=tiled@length=1024,width=256,batch=1,threads=2
 *
 * OPERATOR[:OPTIONS][@KEY=VALUE,...], keys left out have the defaults of cell_default(). The operator is a name, a path to
 * a module (contains '/' ), or exec:COMMAND (then everything before the last '@' is the command, and there are no options).
 */
#ifndef HARNESS_BASE_CELL_H
#define HARNESS_BASE_CELL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CELL_OPERATOR_MAX 512
#define CELL_OPTIONS_MAX 512

struct cell {
    char operator_name[CELL_OPERATOR_MAX]; /* a name, ./my.so, or exec:COMMAND */
    char options[CELL_OPTIONS_MAX];        /* canonical: non-default ones in the order of the operator's table, "a=1,b=x" */
    int64_t batch, length, width;
    char mode[16];    /* forward | train | decode */
    char scope[16];   /* layer | core */
    int threads;
    char prepare[16]; /* outside | inside */
    char cache[16];   /* warm: what a call touches stays where the last call left it; cold: evicted before each call */
    char bind[16];    /* compact | scatter | none */
    uint64_t seed;
};

/* batch 1, length 1024, width 256, forward, layer, 1 thread, outside, warm, compact, seed 1; no operator. */
struct cell cell_default(void);

/* NAME or NAME:OPTIONS: how charts and tables name the operator of a cell. */
void cell_label(const struct cell *cell, char *out, size_t capacity);

/* The same operator with the same options at the same width: what a series of lengths has in common at least. */
bool cell_same_operator(const struct cell *a, const struct cell *b);

/* Writes the SPEC with every key. */
void cell_format(const struct cell *cell, char *out, size_t capacity);
MUST_CHECK enum status cell_parse(const char *spec, struct cell *cell, struct error *error);

/* One KEY=VALUE of a SPEC applied to `cell`; `value` is validated. */
MUST_CHECK enum status cell_set(struct cell *cell, const char *key, const char *value, struct error *error);

#endif
