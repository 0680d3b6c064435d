/* sweep_table_counts.c - see sweep_table_counts.h. */
#include "present/sweep_table_counts.h"

#include <math.h>
#include <string.h>

double sweep_table_tokens(const struct cell_record *cell)
{
    const double steps = strcmp(cell->cell.mode, "decode") == 0 ? 1.0 : (double)cell->cell.length;
    return steps * (double)cell->cell.batch;
}

/* Counts are written out: all their digits are known. */
static void append_count(struct text *out, double count)
{
    if (isfinite(count))
        text_format(out, count < 1e12 ? "%.0f" : "%.9g", count);
}

void sweep_table_instructions(struct text *out, const struct cell_record *cell)
{
    append_count(out, cell->instructions);
}

void sweep_table_spread(struct text *out, const struct cell_record *cell)
{
    if (cell->instructions_spread > 0.0)
        append_count(out, cell->instructions_spread);
}

void sweep_table_token_instructions(struct text *out, const struct cell_record *cell)
{
    append_count(out, cell->instructions / sweep_table_tokens(cell));
}

void sweep_table_flops_per_instruction(struct text *out, const struct cell_record *cell)
{
    if (isfinite(cell->flops / cell->instructions))
        text_format(out, "%.2f", cell->flops / cell->instructions);
}

void sweep_table_count_legend(struct text *page, const struct cell_record *cells, size_t count)
{
    size_t apart = 0, counted = 0;
    for (size_t i = 0; i < count; ++i) {
        counted += isfinite(cells[i].instructions) ? 1 : 0;
        apart += cells[i].instructions_spread > 0.0 ? 1 : 0;
    }
    text_append(page,
                "instructions: of one call, counted by valgrind in two processes; instr/token: for each token of a sequence;\n"
                "  FLOP/instr: operations of the price for each instruction.\n");
    if (apart == 0)
        text_append(page, "  Deterministic: both processes counted the same in each cell.\n");
    else
        text_format(page, "  Not deterministic: in %zu of %zu cells the processes were apart by the spread.\n", apart, counted);
}
