/* comparison_table.c - a comparison on a terminal; see comparison.h. */
#include "present/comparison_parts.h"

#include "present/table.h"
#include "present/units.h"

#include <math.h>
#include <string.h>

static const struct table_column columns[] = {
    {"verdict", 0},      {"operator", 0}, {"length", 1},        {"width", 1}, {"batch", 1}, {"threads", 1},
    {"base", 1},         {"change", 1},   {"99 % interval", 0}, {"by", 0},    {"wall", 1},  {"CPU", 1},
    {"instructions", 1}, {"pairs", 1},    {"finds", 1},         {"floor", 1}, {"q", 1},     {"remark", 0}};

static const char *print_q(char out[COMPARISON_TEXT], double q)
{
    if (isfinite(q))
        snprintf(out, COMPARISON_TEXT, "%.2g", q);
    else
        out[0] = '\0';
    return out;
}

static void add_row(struct table *table, const struct comparison_cell *cell)
{
    char numbers[5][24], base[UNITS_TEXT], text[9][COMPARISON_TEXT];
    const struct cell *what = &cell->cell;
    const long long counts[] = {what->length, what->width, what->batch, what->threads, cell->pairs};
    for (size_t i = 0; i < ARRAY_LEN(counts); ++i)
        snprintf(numbers[i], sizeof numbers[i], "%lld", counts[i]);
    struct text label = {0}, remark = {0};
    comparison_label(&label, cell);
    comparison_remark(&remark, cell);
    const bool measured = cell->pairs > 0;
    const double instructions = cell->new_instructions / cell->base_instructions;
    const char *const row[ARRAY_LEN(columns)] = {
        cell->control ? "control" : cell->verdict,
        text_get(&label),
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        measured ? units_seconds(base, cell->base_seconds) : "",
        isfinite(cell->ratio) ? comparison_change(text[0], cell->ratio) : "",
        comparison_interval(text[1], cell->low, cell->high),
        cell->clock,
        measured ? comparison_change(text[2], cell->wall_ratio) : "",
        measured ? comparison_change(text[3], cell->cpu_ratio) : "",
        isfinite(instructions) ? comparison_change(text[4], instructions) : "",
        measured ? numbers[4] : "",
        measured ? comparison_size(text[5], cell->mde) : "",
        measured ? comparison_size(text[6], cell->floor) : "",
        print_q(text[7], cell->q),
        text_get(&remark),
    };
    table_add(table, row);
    text_free(&label);
    text_free(&remark);
}

static void print_head(const struct comparison_view *view, FILE *out)
{
    struct text base = {0}, fresh = {0}, differences = {0};
    comparison_arm(&base, view->record->base_arm);
    comparison_arm(&fresh, view->record->new_arm);
    comparison_differences(&differences, view, "  ");
    fprintf(out, "base  %s\nnew   %s\n", text_get(&base), text_get(&fresh));
    if (differences.length)
        fprintf(out, "They differ in\n%s", text_get(&differences));
    fputc('\n', out);
    text_free(&base);
    text_free(&fresh);
    text_free(&differences);
}

static void print_foot(const struct comparison_view *view, FILE *out)
{
    struct text counts = {0}, controls = {0};
    comparison_counts(&counts, view);
    comparison_controls(&controls, view);
    fprintf(out, "\n%s\n", text_get(&counts));
    if (controls.length)
        fprintf(out, "%s\n", text_get(&controls));
    fprintf(out, "%s: %s (exit code %d)\n", view->record->verdict, view->record->reason, view->record->exit_code);
    text_free(&counts);
    text_free(&controls);
}

enum status comparison_table(const struct comparison_view *view, FILE *out, struct error *error)
{
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    print_head(view, out);
    for (int controls = 0; controls < 2; ++controls)
        for (size_t i = 0; i < view->count; ++i)
            if (view->cells[i].control == (controls == 1))
                add_row(table, &view->cells[i]);
    table_print(table, out);
    table_free(table);
    print_foot(view, out);
    return STATUS_OK;
}
