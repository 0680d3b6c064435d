/* sweep_table_counts.h - the columns of a sweep's table that are about instructions, and what is said of them below it. */
#ifndef HARNESS_PRESENT_SWEEP_TABLE_COUNTS_H
#define HARNESS_PRESENT_SWEEP_TABLE_COUNTS_H

#include "base/text.h"
#include "store/store.h"

double sweep_table_tokens(const struct cell_record *cell); /* of one call; a step of mode decode is one of each sequence */

/* Append the value of a cell, nothing where it was not counted. */
void sweep_table_instructions(struct text *out, const struct cell_record *cell);
void sweep_table_spread(struct text *out, const struct cell_record *cell); /* nothing where the counts were equal */
void sweep_table_token_instructions(struct text *out, const struct cell_record *cell);
void sweep_table_flops_per_instruction(struct text *out, const struct cell_record *cell);

/* What the columns are, and whether the counts can be relied on. */
void sweep_table_count_legend(struct text *page, const struct cell_record *cells, size_t count);

#endif
