/* sweep_notes.c - see sweep_notes.h. */
#include "present/sweep_notes.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define WORST_CELLS 8 /* named with their reasons; the CSV has them all */

static bool is_graded(const struct cell_record *cell, char letter)
{
    return cell->grade[0] == letter && isfinite(cell->seconds);
}

static void append_cell(struct text *page, const struct cell_record *cell)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&cell->cell, label, sizeof label);
    text_format(page, "  %s: %s, length %lld, %d thread%s%s: %s\n", cell->grade, label, (long long)cell->cell.length,
                cell->cell.threads, cell->cell.threads == 1 ? "" : "s", strcmp(cell->cell.cache, "cold") == 0 ? ", cold" : "",
                cell->grade_reason);
}

/* C and worse, worst first. */
static void append_worst(struct text *page, const struct cell_record *cells, size_t count)
{
    size_t named = 0, all = 0;
    for (char letter = 'F'; letter >= 'C'; --letter) {
        for (size_t i = 0; i < count; ++i) {
            if (!is_graded(&cells[i], letter))
                continue;
            if (named < WORST_CELLS) {
                append_cell(page, &cells[i]);
                ++named;
            }
            ++all;
        }
    }
    if (all > named)
        text_format(page, "  and %zu more; `--columns spec,grade,grade_reason` shows them.\n", all - named);
}

static void append_set_aside(struct text *page, const struct cell_record *cells, size_t count)
{
    int processes = 0, in_cells = 0;
    for (size_t i = 0; i < count; ++i) {
        processes += cells[i].set_aside;
        in_cells += cells[i].set_aside > 0;
    }
    if (processes > 0)
        text_format(page,
                    "Set aside: %d process%s of %d cell%s, disturbed by the machine; their samples are kept (column set_aside).\n",
                    processes, processes == 1 ? "" : "es", in_cells, in_cells == 1 ? "" : "s");
}

void sweep_notes_append_policies(struct text *page, const char *policies)
{
    json_t *object = policies && policies[0] ? json_loads(policies, 0, NULL) : NULL;
    const char *name, *before = "Policies: ";
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char words[64];
        snprintf(words, sizeof words, "%s", name);
        for (char *c = words; *c; ++c)
            *c = *c == '_' ? ' ' : *c;
        if (json_is_string(value))
            text_format(page, "%s%s: %s", before, words, json_string_value(value));
        else if (json_is_number(value))
            text_format(page, "%s%s %.3g", before, words, json_number_value(value));
        before = "; ";
    }
    if (before[0] == ';')
        text_append(page, ".\n");
    json_decref(object);
}

void sweep_notes_append(struct text *page, const struct sweep_record *sweep, const struct cell_record *cells, size_t count)
{
    if (sweep->grade[0])
        text_format(page, "\nGrade of the sweep %s: %s.\n", sweep->grade, sweep->grade_reason);
    append_worst(page, cells, count);
    append_set_aside(page, cells, count);
    sweep_notes_append_policies(page, sweep->policies);
}
