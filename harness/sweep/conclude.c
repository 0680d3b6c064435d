/* conclude.c - see conclude.h. */
#include "sweep/conclude.h"

#include "analyse/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void count_cell(struct verdict_tally *tally, const struct comparison_cell *cell)
{
    const enum verdict verdict = verdict_from_name(cell->verdict);
    const bool alike = comparison_same_operator(cell);
    if (!cell->control) {
        ++tally->cells[verdict];
        tally->memory_grown += alike && verdict_exact(cell->base_bytes, cell->new_bytes, 0.0) == VERDICT_SLOWER;
    } else
        tally->controls_moved += verdict == VERDICT_SLOWER || verdict == VERDICT_FASTER;
}

static void say_why(char *out, size_t capacity, const struct verdict_tally *tally, enum verdict_outcome outcome)
{
    const int decided = tally->cells[VERDICT_SAME] + tally->cells[VERDICT_FASTER], slower = tally->cells[VERDICT_SLOWER];
    const int open = tally->cells[VERDICT_UNKNOWN];
    char memory[64] = "";
    if (tally->memory_grown > 0)
        snprintf(memory, sizeof memory, ", %d need%s more memory", tally->memory_grown,
                 tally->memory_grown == 1 ? "s" : "");
    if (outcome == OUTCOME_WRONG)
        snprintf(out, capacity, "%d cell%s gave wrong results", tally->cells[VERDICT_WRONG],
                 tally->cells[VERDICT_WRONG] == 1 ? "" : "s");
    else if (outcome == OUTCOME_FAILED)
        snprintf(out, capacity, "%d cell%s could not be measured", tally->cells[VERDICT_FAILED],
                 tally->cells[VERDICT_FAILED] == 1 ? "" : "s");
    else if (outcome == OUTCOME_INCONCLUSIVE && verdict_vetoed(tally))
        snprintf(out, capacity,
                 "identical code differs here (%d of %d controls moved, median difference %.1f %%): nothing can be "
                 "said about the rest; try again on a quieter machine",
                 tally->controls_moved, tally->controls, 100.0 * tally->control_difference);
    else if (outcome == OUTCOME_INCONCLUSIVE)
        snprintf(out, capacity, "no cell could be decided, and each says why");
    else if (outcome == OUTCOME_REGRESSION)
        snprintf(out, capacity, "%d of %d cells became slower%s", slower, slower + decided + open, memory);
    else
        snprintf(out, capacity, "no regression in %d cells, %d of them decided", decided + open, decided);
}

static const enum status exits[] = {
    [OUTCOME_PASS] = STATUS_OK,
    [OUTCOME_REGRESSION] = STATUS_REGRESSION,
    [OUTCOME_INCONCLUSIVE] = STATUS_INCONCLUSIVE,
    [OUTCOME_FAILED] = STATUS_FAILED,
    [OUTCOME_WRONG] = STATUS_WRONG,
};

static void count_controls(struct verdict_tally *tally, const struct comparison_cell *cells, size_t count)
{
    double *off = calloc(count + 1, sizeof *off);
    for (size_t i = 0; off && i < count; ++i)
        if (cells[i].control && cells[i].ratio > 0.0)
            off[tally->controls++] = fabs(cells[i].ratio - 1.0);
    tally->control_difference =
        off ? statistics_median(off, (size_t)tally->controls) : INFINITY; /* no memory: no verdict */
    free(off);
}

void conclude_comparison(struct comparison_record *comparison, const struct comparison_cell *cells, size_t count)
{
    struct verdict_tally tally = {.controls = 0};
    for (size_t i = 0; i < count; ++i)
        count_cell(&tally, &cells[i]);
    count_controls(&tally, cells, count);
    const enum verdict_outcome outcome = verdict_outcome(&tally);
    snprintf(comparison->verdict, sizeof comparison->verdict, "%s", verdict_outcome_name(outcome));
    comparison->exit_code = (int)exits[outcome];
    say_why(comparison->reason, sizeof comparison->reason, &tally, outcome);
}
