/* comparison_markdown.c - a comparison as the comment of a pull request: one line that says it, what is not the same, and the rest
 * folded away. See comparison.h.
 */
#include "present/comparison_parts.h"

#include "present/units.h"

#include <math.h>
#include <string.h>

/* A '|' would end the table's cell, and HTML would be taken for markup. */
static void append_escaped(struct text *out, const char *string)
{
    for (const char *at = string; *at; ++at) {
        if (*at == '|' || *at == '*' || *at == '_' || *at == '`' || *at == '\\')
            text_append(out, "\\");
        if (*at == '<')
            text_append(out, "&lt;");
        else if (*at == '&')
            text_append(out, "&amp;");
        else
            text_append_bytes(out, *at == '\n' ? " " : at, 1);
    }
}

static void append_row(struct text *page, const struct comparison_cell *cell)
{
    char base[UNITS_TEXT], fresh[UNITS_TEXT], change[COMPARISON_TEXT], interval[COMPARISON_TEXT], finds[COMPARISON_TEXT];
    struct text label = {0}, remark = {0};
    comparison_label(&label, cell);
    comparison_remark(&remark, cell);
    text_format(page, "| %s | ", cell->control ? "control" : cell->verdict);
    append_escaped(page, text_get(&label));
    text_format(page, " | %lld | %lld | %lld | %d | %s | %s | %s %s | %s | %d | %s | ", (long long)cell->cell.length,
                (long long)cell->cell.width, (long long)cell->cell.batch, cell->cell.threads,
                units_seconds(base, cell->base_seconds), units_seconds(fresh, cell->new_seconds),
                comparison_change(change, cell->ratio), comparison_interval(interval, cell->low, cell->high), cell->clock,
                cell->pairs, comparison_size(finds, cell->mde));
    append_escaped(page, text_get(&remark));
    text_append(page, " |\n");
    page->failed |= label.failed | remark.failed;
    text_free(&label);
    text_free(&remark);
}

static void append_head(struct text *page)
{
    text_append(
        page, "| verdict | operator | length | width | batch | threads | base | new | change, 99 % interval | by | pairs | "
              "finds | remark |\n|---|---|--:|--:|--:|--:|--:|--:|---|---|--:|--:|---|\n");
}

static bool is_quiet(const struct comparison_cell *cell)
{
    return cell->control || (strcmp(cell->verdict, "SAME") == 0 && strcmp(comparison_memory(cell), "more") != 0);
}

static size_t append_cells(struct text *page, const struct comparison_view *view, bool quiet)
{
    size_t rows = 0;
    for (size_t i = 0; i < view->count; ++i) {
        if (is_quiet(&view->cells[i]) != quiet)
            continue;
        if (rows++ == 0)
            append_head(page);
        append_row(page, &view->cells[i]);
    }
    return rows;
}

static void append_arm(struct text *page, const char *name, const char *json)
{
    struct text arm = {0};
    comparison_arm(&arm, json);
    text_format(page, "- %s: ", name);
    append_escaped(page, text_get(&arm));
    text_append(page, "\n");
    text_free(&arm);
}

static void append_details(struct text *page, const struct comparison_view *view)
{
    struct text controls = {0};
    comparison_controls(&controls, view);
    text_append(page, "\n<details><summary>Details</summary>\n\n");
    append_arm(page, "base", view->record->base_arm);
    append_arm(page, "new", view->record->new_arm);
    if (controls.length)
        text_format(page, "- %s\n", text_get(&controls));
    struct text differences = {0};
    comparison_differences(&differences, view, "- differs in ");
    text_append(page, text_get(&differences));
    text_append(page, "\n");
    append_cells(page, view, true);
    text_append(page, "\n");
    if (view->record->name[0]) /* one of two stored sweeps is not stored itself */
        text_format(page, "Comparison `%s`; ", view->record->name);
    text_append(page, "`change` is the new arm over the base; `finds` is the smallest slowdown that as many pairs find in 4 of 5 "
                      "runs.\n\n</details>\n");
    text_free(&differences);
    text_free(&controls);
}

void comparison_markdown(struct text *page, const struct comparison_view *view)
{
    struct text counts = {0};
    comparison_counts(&counts, view);
    text_format(page, "### seqscale: %s\n\n", view->record->verdict);
    append_escaped(page, view->record->reason);
    text_format(page, ". %s.\n\n", text_get(&counts));
    append_cells(page, view, false);
    append_details(page, view);
    page->failed |= counts.failed;
    text_free(&counts);
}
