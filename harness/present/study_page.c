/* study_page.c - see study_page.h. */
#include "present/study_page.h"

#include "present/units.h"

#include <math.h>

void study_page_begin(struct study_page *page, const struct table_column *columns, int count)
{
    page->table = table_create(columns, count);
    page->columns = count;
    page->at = 0;
    page->failed |= !page->table;
}

struct text *study_page_cell(struct study_page *page)
{
    return &page->cells[page->at++];
}

void study_page_end_row(struct study_page *page)
{
    const char *row[STUDY_COLUMNS_MAX];
    for (int i = 0; i < page->columns; ++i) {
        row[i] = i < page->at ? text_get(&page->cells[i]) : "";
        page->failed |= page->cells[i].failed;
    }
    if (page->table)
        table_add(page->table, row);
    for (int i = 0; i < page->columns; ++i)
        text_clear(&page->cells[i]);
    page->at = 0;
}

void study_page_end(struct study_page *page, const char *title)
{
    if (page->table && !table_is_empty(page->table)) {
        fprintf(page->out, "\n%s\n", title);
        table_print(page->table, page->out);
    }
    table_free(page->table);
    page->table = NULL;
    for (int i = 0; i < STUDY_COLUMNS_MAX; ++i)
        text_free(&page->cells[i]);
}

void study_page_setting(struct study_page *page, const struct cell *cell)
{
    struct text *const width = study_page_cell(page), *const batch = study_page_cell(page);
    struct text *const mode = study_page_cell(page);
    if (page->varies_width)
        text_format(width, "%lld", (long long)cell->width);
    if (page->varies_batch)
        text_format(batch, "%lld", (long long)cell->batch);
    if (page->varies_mode)
        text_format(mode, "%s %s", cell->mode, cell->scope);
    text_append(study_page_cell(page), page->varies_prepare ? cell->prepare : "");
    text_append(study_page_cell(page), page->varies_cache ? cell->cache : "");
}

void study_page_name(struct study_page *page, const struct cell_record *cell)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&cell->cell, label, sizeof label);
    text_append(study_page_cell(page), label);
    study_page_setting(page, &cell->cell);
    text_format(study_page_cell(page), "%d", cell->cell.threads);
}

const char *study_plain(char *out, double value)
{
    snprintf(out, UNITS_TEXT, "%.2f", value);
    return out;
}

const char *study_tokens(char *out, double value)
{
    snprintf(out, UNITS_TEXT, "%.0f", value);
    return out;
}

void study_append_interval(struct text *out, struct interval interval, const char *(*write)(char *, double))
{
    char value[UNITS_TEXT], low[UNITS_TEXT], high[UNITS_TEXT];
    if (!isfinite(interval.value))
        return;
    text_append(out, write(value, interval.value));
    if (isfinite(interval.low) && isfinite(interval.high))
        text_format(out, " [%s, %s]", write(low, interval.low), write(high, interval.high));
}
