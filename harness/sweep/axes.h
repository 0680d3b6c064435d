/* axes.h - the axes of a sweep from text: lists and ranges of operators, lengths and thread counts.
 *
 * Lengths:   "256..65536" doubling, "1k..64k*4" times four, "64..1024/2" two per octave, "100,300,1000", and mixtures
 *            separated by commas; k = 1024. Sorted, each once.
 * Threads:   "auto" (1, 2, 4 ... all cores), "1,2,8", "1..8".
 * Operators: "hyena,attention:heads=8,variant=tiled": an item with '=' continues the previous operator's options; "./my.so";
 *            "exec:COMMAND" takes the whole argument.
 */
#ifndef HARNESS_SWEEP_AXES_H
#define HARNESS_SWEEP_AXES_H

#include "base/cell.h"

#include <stddef.h>
#include <stdint.h>

#define AXIS_MAX 4096

struct axis {
    int64_t *values; /* malloc'd */
    size_t count;
};

MUST_CHECK enum status axis_parse(struct axis *axis, const char *text, const char *what, struct error *error);
void axis_free(struct axis *axis);

struct operator_list {
    struct operator_choice {
        char name[CELL_OPERATOR_MAX];
        char options[CELL_OPTIONS_MAX]; /* as written */
    } *items;
    size_t count;
};

/* Appends what one --operator argument names. */
MUST_CHECK enum status operators_parse(struct operator_list *list, const char *text, struct error *error);
void operators_free(struct operator_list *list);

#endif
