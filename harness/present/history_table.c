/* history_table.c - a history for people: the cells, their changes, and, of a single cell, its runs. */
#include "present/history.h"

#include "present/table.h"

#include <math.h>

enum { COLUMNS_MAX = 8, COMMIT_LETTERS = 12 };

static void append_ratio(struct text *out, struct interval ratio)
{
    text_format(out, "%.3fx", ratio.value);
    if (isfinite(ratio.low) && isfinite(ratio.high))
        text_format(out, " [%.3f, %.3f]", ratio.low, ratio.high);
}

static void append_date(struct text *out, const struct history_point *run)
{
    text_format(out, "%.16s", run->date[0] ? run->date : "-");
}

static void append_commit(struct text *out, const struct history_point *run)
{
    text_format(out, "%.*s", COMMIT_LETTERS, run->commit[0] ? run->commit : "-");
}

/* Adds the cells and frees them. */
static bool add_row(struct table *table, struct text *cells, int count)
{
    const char *row[COLUMNS_MAX];
    bool complete = true;
    for (int i = 0; i < count; ++i) {
        row[i] = text_get(&cells[i]);
        complete &= !cells[i].failed;
    }
    table_add(table, row);
    for (int i = 0; i < count; ++i)
        text_free(&cells[i]);
    return complete;
}

static void finish(FILE *out, struct table *table, const char *title)
{
    if (table && !table_is_empty(table)) {
        fprintf(out, "\n%s\n", title);
        table_print(table, out);
    }
    table_free(table);
}

/* ---------------------------------------------------------------- cells */

static void append_verdict(struct text *out, const struct history_series *series)
{
    int red = 0, candidates = 0;
    for (size_t i = 0; i < series->change_count; ++i) {
        red += history_is_slowdown(&series->changes[i]);
        candidates += !series->changes[i].point.confirmed && !series->changes[i].noted;
    }
    if (series->count < CHANGEPOINT_RUNS_MIN)
        text_format(out, "%zu point%s, %d are needed", series->count, series->count == 1 ? "" : "s", CHANGEPOINT_RUNS_MIN);
    else if (red > 0)
        text_append(out, "SLOWER");
    else if (candidates > 0)
        text_append(out, "a candidate");
    else
        text_append(out, "nothing new");
}

static bool print_cells(FILE *out, const struct history *history)
{
    static const struct table_column columns[] = {{"cell", 0}, {"against", 0},      {"runs", 1},   {"first", 0},
                                                  {"last", 0}, {"level now", 0}, {"verdict", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    bool complete = table != NULL;
    for (size_t i = 0; i < history->series_count && complete; ++i) {
        const struct history_series *series = &history->series[i];
        struct text cells[ARRAY_LEN(columns)] = {{0}};
        text_append(&cells[0], series->spec);
        text_append(&cells[1], series->reference);
        text_format(&cells[2], "%zu", series->count);
        append_date(&cells[3], &series->runs[0]);
        append_date(&cells[4], &series->runs[series->count - 1]);
        append_ratio(&cells[5], series->level);
        append_verdict(&cells[6], series);
        complete = add_row(table, cells, ARRAY_LEN(columns));
    }
    if (complete)
        table_print(table, out);
    table_free(table);
    return complete;
}

/* ---------------------------------------------------------------- changes */

static bool add_change(struct table *table, const struct history_series *series, const struct history_change *change)
{
    const struct changepoint *point = &change->point;
    struct text cells[COLUMNS_MAX] = {{0}};
    text_append(&cells[0], series->spec);
    append_commit(&cells[1], &series->runs[point->at]);
    append_date(&cells[2], &series->runs[point->at]);
    text_format(&cells[3], "%s, %s", history_direction(change), history_state(change));
    append_ratio(&cells[4], (struct interval){exp(point->shift.value), exp(point->shift.low), exp(point->shift.high)});
    append_commit(&cells[5], history_good(series, change));
    text_append(&cells[5], "..");
    append_commit(&cells[5], history_bad(series, change));
    text_format(&cells[6], "%zu", series->count - point->at);
    text_append(&cells[7], change->noted ? change->noted->note : "");
    return add_row(table, cells, COLUMNS_MAX);
}

static bool print_changes(FILE *out, const struct history *history)
{
    static const struct table_column columns[COLUMNS_MAX] = {{"cell", 0},      {"change", 0}, {"date", 0}, {"what", 0},
                                                             {"new / old", 0}, {"within", 0}, {"runs since", 1}, {"note", 0}};
    struct table *table = table_create(columns, COLUMNS_MAX);
    bool complete = table != NULL;
    for (size_t s = 0; s < history->series_count; ++s)
        for (size_t i = 0; i < history->series[s].change_count && complete; ++i)
            complete = add_change(table, &history->series[s], &history->series[s].changes[i]);
    finish(out, table, "Changes of level");
    return complete;
}

/* ---------------------------------------------------------------- the runs of one cell */

static bool print_runs(FILE *out, const struct history_series *series)
{
    static const struct table_column columns[] = {{"date", 0}, {"commit", 0}, {"ratio", 0}, {"level", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    bool complete = table != NULL;
    for (size_t i = 0, next = 0; i < series->count && complete; ++i) {
        struct text cells[ARRAY_LEN(columns)] = {{0}};
        append_date(&cells[0], &series->runs[i]);
        append_commit(&cells[1], &series->runs[i]);
        append_ratio(&cells[2], (struct interval){series->ratios[i], series->lows[i], series->highs[i]});
        if (next < series->change_count && series->changes[next].point.at == i) {
            const struct history_change *change = &series->changes[next++];
            text_format(&cells[3], "%s by %.3fx from here: %s", history_direction(change), exp(change->point.shift.value),
                        history_state(change));
        }
        complete = add_row(table, cells, ARRAY_LEN(columns));
    }
    finish(out, table, "Runs");
    return complete;
}

/* ---------------------------------------------------------------- the page */

static void print_hint(FILE *out, const struct history *history)
{
    for (size_t s = 0; s < history->series_count; ++s)
        for (size_t i = 0; i < history->series[s].change_count; ++i) {
            const struct history_series *series = &history->series[s];
            const struct history_change *change = &series->changes[i];
            if (!history_is_slowdown(change))
                continue;
            fprintf(out, "\nTo find the commit:  seqscale bisect --good %.*s --bad %.*s --operator '%s' --length %lld\n"
                         "To accept a change:  seqscale history acknowledge %.*s --note 'why'\n",
                    COMMIT_LETTERS, history_good(series, change)->commit, COMMIT_LETTERS, history_bad(series, change)->commit,
                    series->cell.operator_name, (long long)series->cell.length, COMMIT_LETTERS,
                    series->runs[change->point.at].commit);
            return;
        }
}

bool history_print_table(FILE *out, const struct history *history)
{
    bool complete = print_cells(out, history) && print_changes(out, history);
    if (complete && history->series_count == 1)
        complete = print_runs(out, &history->series[0]);
    print_hint(out, history);
    return complete;
}
