/* study_page.h - one table of a study's page, built row by row; for the files study_table*.c alone. */
#ifndef HARNESS_PRESENT_STUDY_PAGE_H
#define HARNESS_PRESENT_STUDY_PAGE_H

#include "present/study.h"
#include "present/table.h"

enum { STUDY_COLUMNS_MAX = 26 };

struct study_page {
    FILE *out;
    const struct study *study;
    bool varies_width, varies_batch, varies_mode, varies_prepare, varies_cache; /* over the series: a column of its own then */
    struct table *table;
    int columns;
    struct text cells[STUDY_COLUMNS_MAX]; /* of the row that is being built */
    int at;
    bool failed;
};

/* Begins a table: a title line, and its columns. */
void study_page_begin(struct study_page *page, const struct table_column *columns, int count);
/* The next cell of the row, to be written to. */
struct text *study_page_cell(struct study_page *page);
void study_page_end_row(struct study_page *page);
/* Prints the table under its title, or nothing where it has no rows. */
void study_page_end(struct study_page *page, const char *title);

/* Columns of a setting, empty where it does not vary, and their cells in a row. */
enum { STUDY_SETTING_COLUMNS = 5 };
#define STUDY_SETTING {"width", 1}, {"batch", 1}, {"mode", 0}, {"prepare", 0}, {"cache", 0}
void study_page_setting(struct study_page *page, const struct cell *cell);

/* Those of a series: label, setting, threads. */
enum { STUDY_NAME_COLUMNS = STUDY_SETTING_COLUMNS + 2 };
#define STUDY_NAMES                 \
    {"operator", 0}, STUDY_SETTING, \
    {                               \
        "threads", 1                \
    }
void study_page_name(struct study_page *page, const struct cell_record *cell);

/* "1.98 [1.93, 2.04]" with a writer of units; the value alone where the ends are unknown. */
void study_append_interval(struct text *out, struct interval interval, const char *(*write)(char *, double));
const char *study_plain(char *out, double value);  /* two decimals */
const char *study_tokens(char *out, double value); /* a whole number of tokens */

/* The tables of study_table_pairs.c. */
void study_print_crossovers(struct study_page *page);
void study_print_cores(struct study_page *page);
void study_print_contexts(struct study_page *page);
void study_print_equals(struct study_page *page);

#endif
