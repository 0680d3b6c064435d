/* table.c - see table.h. Widths are counted in UTF-8 characters. Control characters, which text from a crashed worker or
 * an imported file may hold, are printed as spaces, so that a cell cannot break the table or move a terminal's cursor. */
#include "present/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct column {
    char *title;
    bool right;
    bool used;    /* some row has text in it */
    size_t width; /* characters */
};

struct table {
    struct column *columns;
    int column_count;
    char **cells; /* (row_count, column_count), NULL empty */
    size_t row_count, row_capacity;
    bool failed; /* an allocation failed: a row is missing */
};

static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; ++text)
        width += ((unsigned char)*text & 0xc0) != 0x80; /* not a continuation byte */
    return width;
}

static char *printable_copy(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; c && *c; ++c)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return copy;
}

struct table *table_create(const struct table_column *columns, int count)
{
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->column_count = count;
    table->columns = calloc((size_t)count, sizeof *table->columns);
    for (int i = 0; table->columns && i < count; ++i) {
        table->columns[i] = (struct column){.title = printable_copy(columns[i].title),
                                            .right = columns[i].right != 0,
                                            .width = text_width(columns[i].title)};
        table->failed |= !table->columns[i].title;
    }
    if (!table->columns || table->failed) {
        table_free(table);
        return NULL;
    }
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->row_count * (size_t)table->column_count; ++i)
        free(table->cells[i]);
    for (int i = 0; table->columns && i < table->column_count; ++i)
        free(table->columns[i].title);
    free(table->cells);
    free(table->columns);
    free(table);
}

static bool reserve_row(struct table *table)
{
    if (table->row_count < table->row_capacity)
        return true;
    const size_t capacity = table->row_capacity ? 2 * table->row_capacity : 64;
    char **cells = realloc(table->cells, capacity * (size_t)table->column_count * sizeof *cells);
    if (!cells)
        return false;
    table->cells = cells;
    table->row_capacity = capacity;
    return true;
}

void table_add(struct table *table, const char *const *cells)
{
    if (!reserve_row(table)) {
        table->failed = true;
        return;
    }
    char **row = table->cells + table->row_count++ * (size_t)table->column_count;
    for (int i = 0; i < table->column_count; ++i) {
        struct column *column = &table->columns[i];
        row[i] = NULL;
        if (!cells[i] || !cells[i][0])
            continue;
        row[i] = printable_copy(cells[i]);
        table->failed |= !row[i];
        column->used = true;
        if (text_width(cells[i]) > column->width)
            column->width = text_width(cells[i]);
    }
}

int table_is_empty(const struct table *table)
{
    return table->row_count == 0;
}

/* One line: spaces are written only before text, so that no line ends with them. */
static void print_row(const struct table *table, char *const *row, FILE *out)
{
    size_t pending = 0;
    for (int i = 0; i < table->column_count; ++i) {
        const struct column *column = &table->columns[i];
        if (!column->used)
            continue;
        const char *text = row ? row[i] ? row[i] : "" : column->title;
        const size_t padding = column->width - text_width(text);
        pending += column->right ? padding : 0;
        if (text[0]) {
            fprintf(out, "%*s%s", (int)pending, "", text);
            pending = 0;
        }
        pending += 2 + (column->right ? 0 : padding); /* two spaces between columns */
    }
    fputc('\n', out);
}

void table_print(const struct table *table, FILE *out)
{
    if (table->row_count > 0)
        print_row(table, NULL, out);
    for (size_t row = 0; row < table->row_count; ++row)
        print_row(table, table->cells + row * (size_t)table->column_count, out);
    if (table->failed)
        fputs("(memory ran out: the table is not complete)\n", out);
}
