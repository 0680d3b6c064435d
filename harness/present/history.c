/* history.c - see history.h: sorts points into series and runs into their order, and asks for the changes. */
#include "present/history.h"

#include "analyse/ranks.h"
#include "base/date.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPEC_TEXT = CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 512,
    REFERENCE_RUNS = 5, /* whose median imported seconds are divided by */
    LEVEL_RUNS = 200    /* at most, of the current level: its interval is as narrow as anybody needs by then */
};

/* ---------------------------------------------------------------- which cells */

/* Whether the cell is one that the SPEC means: each key that it names has that value. */
static enum status matches_spec(bool *matches, const struct cell *cell, const char *spec, struct error *error)
{
    struct cell wanted, changed = *cell;
    char own[SPEC_TEXT], given[SPEC_TEXT];
    TRY(cell_parse(spec, &wanted, error));
    memcpy(changed.operator_name, wanted.operator_name, sizeof changed.operator_name);
    if (wanted.options[0])
        memcpy(changed.options, wanted.options, sizeof changed.options);
    const char *mark = strrchr(spec, '@');
    char *keys = strdup(mark ? mark + 1 : ""), *rest = NULL;
    enum status status = keys ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    for (char *key = keys ? strtok_r(keys, ",", &rest) : NULL; key && status == STATUS_OK; key = strtok_r(NULL, ",", &rest)) {
        char *equal = strchr(key, '=');
        if (equal) {
            *equal = '\0';
            status = cell_set(&changed, key, equal + 1, error);
        }
    }
    free(keys);
    cell_format(cell, own, sizeof own);
    cell_format(&changed, given, sizeof given);
    *matches = strcmp(own, given) == 0;
    return status;
}

/* Drops the points of other cells than the request's. */
static enum status select_points(struct history *history, const char *spec, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; spec && i < history->point_count; ++i) {
        bool matches = false;
        TRY(matches_spec(&matches, &history->points[i].cell, spec, error));
        if (matches)
            history->points[kept++] = history->points[i];
    }
    history->point_count = spec ? kept : history->point_count;
    return STATUS_OK;
}

/* The SPEC without the keys that have their usual value, the length apart: it means the same. malloc'd. */
static char *short_spec(const struct cell *cell)
{
    struct cell usual = cell_default();
    char own[SPEC_TEXT], other[SPEC_TEXT];
    memcpy(usual.operator_name, cell->operator_name, sizeof usual.operator_name);
    memcpy(usual.options, cell->options, sizeof usual.options);
    cell_format(cell, own, sizeof own);
    cell_format(&usual, other, sizeof other);
    char *keys = strrchr(own, '@'), *usual_keys = strrchr(other, '@'), *rest = NULL, *usual_rest = NULL;
    struct text out = {0};
    text_append_bytes(&out, own, (size_t)(keys - own));
    char *key = strtok_r(keys + 1, ",", &rest), *usual_key = strtok_r(usual_keys + 1, ",", &usual_rest);
    for (const char *mark = "@"; key && usual_key;) {
        if (text_starts(key, "length=") || strcmp(key, usual_key) != 0) {
            text_format(&out, "%s%s", mark, key);
            mark = ",";
        }
        key = strtok_r(NULL, ",", &rest);
        usual_key = strtok_r(NULL, ",", &usual_rest);
    }
    return text_take(&out);
}

/* ---------------------------------------------------------------- order */

struct placed {
    const struct history_point *point;
    char spec[SPEC_TEXT];
    double date;   /* of the point, or of the one that came before it, where it has none */
    size_t arrival;
};

static int compare_placed(const void *left, const void *right)
{
    const struct placed *a = *(struct placed *const *)left, *b = *(struct placed *const *)right;
    int order = strcmp(a->point->source, b->point->source);
    if (order == 0 && a->point->cell.length != b->point->cell.length &&
        strcmp(a->point->cell.operator_name, b->point->cell.operator_name) == 0)
        order = a->point->cell.length < b->point->cell.length ? -1 : 1;
    if (order == 0)
        order = strcmp(a->spec, b->spec);
    if (order == 0)
        order = (a->date > b->date) - (a->date < b->date);
    return order ? order : (a->arrival > b->arrival) - (a->arrival < b->arrival);
}

/* Points by source, cell, date and arrival. */
static enum status sort_points(struct history *history, struct error *error)
{
    const size_t count = history->point_count;
    struct placed *placed = calloc(count + 1, sizeof *placed);
    struct placed **order = calloc(count + 1, sizeof *order);
    struct history_point *sorted = calloc(count + 1, sizeof *sorted);
    double date = -INFINITY;
    for (size_t i = 0; placed && order && i < count; ++i) {
        struct error ignored;
        double own = NAN;
        placed[i].point = &history->points[i];
        cell_format(&history->points[i].cell, placed[i].spec, sizeof placed[i].spec);
        if (i > 0 && strcmp(history->points[i].source, history->points[i - 1].source) != 0)
            date = -INFINITY;
        if (history->points[i].date[0] && date_parse(history->points[i].date, "date", &own, &ignored) == STATUS_OK)
            date = own;
        placed[i].date = date;
        placed[i].arrival = i;
        order[i] = &placed[i];
    }
    const bool enough = placed && order && sorted;
    if (enough) {
        qsort(order, count, sizeof *order, compare_placed);
        for (size_t i = 0; i < count; ++i)
            sorted[i] = *order[i]->point;
        free(history->points);
        history->points = sorted;
    } else {
        free(sorted);
    }
    free(placed);
    free(order);
    return enough ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the history");
}

/* ---------------------------------------------------------------- ratios */

/* Median seconds of the runs of that commit, or, with NULL, of the first few; NaN where there are none. */
static double reference_seconds(const struct history_series *series, const char *commit)
{
    double *values = calloc(series->count + 1, sizeof *values);
    size_t used = 0;
    for (size_t i = 0; values && i < series->count; ++i)
        if (commit ? text_starts(series->runs[i].commit, commit) : used < REFERENCE_RUNS)
            values[used++] = series->runs[i].seconds;
    const double median = values ? statistics_median(values, used) : NAN;
    free(values);
    return median;
}

static enum status fill_ratios(struct history_series *series, const char *commit, struct error *error)
{
    const bool in_seconds = isnan(series->runs[0].ratio);
    const double unit = in_seconds ? reference_seconds(series, commit) : 1.0;
    if (!(unit > 0.0))
        return error_set(error, STATUS_USAGE, "--reference-commit: the history '%s' of %s has no run of commit '%.64s'",
                         series->source, series->spec, commit);
    for (size_t i = 0; i < series->count; ++i) {
        const struct history_point *run = &series->runs[i];
        series->ratios[i] = (in_seconds ? run->seconds : run->ratio) / unit;
        series->lows[i] = run->low / unit;
        series->highs[i] = run->high / unit;
        series->logs[i] = log(series->ratios[i]);
    }
    if (!in_seconds)
        series->reference = text_starts(series->source, "baseline:") ? strdup(series->source) : strdup("imported reference");
    else if (commit)
        series->reference = text_print("commit %.12s", commit);
    else
        series->reference = text_print("median of the first %d runs", REFERENCE_RUNS);
    return series->reference ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the history");
}

/* ---------------------------------------------------------------- changes */

static const struct acknowledged_record *find_note(const struct history *history, const struct history_series *series,
                                                   const struct changepoint *change)
{
    char spec[SPEC_TEXT];
    cell_format(&series->cell, spec, sizeof spec);
    for (size_t k = 0; k < history->acknowledged_count; ++k) {
        const struct acknowledged_record *noted = &history->acknowledged[k];
        if (noted->spec[0] && strcmp(noted->spec, spec) != 0)
            continue;
        for (size_t i = change->first; i <= change->last; ++i)
            if (strcmp(series->runs[i].commit, noted->commit) == 0)
                return noted;
    }
    return NULL;
}

/* Ratio of the runs since the last confirmed change. */
static struct interval current_level(const struct history_series *series)
{
    size_t from = 0;
    for (size_t i = 0; i < series->change_count; ++i)
        if (series->changes[i].point.confirmed)
            from = series->changes[i].point.at;
    if (series->count - from > LEVEL_RUNS)
        from = series->count - LEVEL_RUNS;
    /* 99.24 % of independent runs is 95 % where neighbours are alike (changepoint.c) */
    const struct interval logs = ranks_signed_interval(series->logs + from, series->count - from, 0.9924);
    return (struct interval){exp(logs.value), exp(logs.low), exp(logs.high)};
}

static void judge(struct history *history, struct history_series *series)
{
    struct changepoints changes;
    changepoint_find(&changes, series->logs, series->count);
    for (size_t i = 0; i < changes.count; ++i) {
        struct history_change *change = &series->changes[series->change_count++];
        change->point = changes.items[i];
        change->noted = find_note(history, series, &change->point);
        history->slowdowns += history_is_slowdown(change);
    }
    series->level = current_level(series);
    history->judged += series->count >= CHANGEPOINT_RUNS_MIN;
}

static enum status fill_series(struct history *history, struct history_series *series, const char *commit,
                               struct error *error)
{
    series->source = series->runs[0].source;
    series->cell = series->runs[0].cell;
    series->spec = short_spec(&series->cell);
    double *numbers = calloc(4 * series->count, sizeof *numbers);
    series->ratios = numbers;
    if (!numbers || !series->spec)
        return error_set(error, STATUS_SYSTEM, "out of memory for the history");
    series->lows = numbers + series->count;
    series->highs = numbers + 2 * series->count;
    series->logs = numbers + 3 * series->count;
    TRY(fill_ratios(series, commit, error));
    judge(history, series);
    return STATUS_OK;
}

static bool same_series(const struct history_point *a, const struct history_point *b)
{
    char one[SPEC_TEXT], other[SPEC_TEXT];
    cell_format(&a->cell, one, sizeof one);
    cell_format(&b->cell, other, sizeof other);
    return strcmp(a->source, b->source) == 0 && strcmp(one, other) == 0;
}

/* Sorted points fall into series. */
static enum status collect(struct history *history, const char *commit, struct error *error)
{
    for (size_t from = 0, to; from < history->point_count; from = to) {
        to = from + 1;
        while (to < history->point_count && same_series(&history->points[from], &history->points[to]))
            ++to;
        struct history_series *series = realloc(history->series, (history->series_count + 1) * sizeof *series);
        if (!series)
            return error_set(error, STATUS_SYSTEM, "out of memory for the history");
        history->series = series;
        series += history->series_count++;
        *series = (struct history_series){.runs = &history->points[from], .count = to - from};
        TRY(fill_series(history, series, commit, error));
    }
    return STATUS_OK;
}

enum status history_make(struct history *history, struct store *store, const struct history_request *request,
                         struct error *error)
{
    memset(history, 0, sizeof *history);
    TRY(store_list_acknowledged(store, &history->acknowledged, &history->acknowledged_count, error));
    TRY(store_read_history(store, request->source, request->where, &history->points, &history->point_count, error));
    TRY(select_points(history, request->cell, error));
    TRY(sort_points(history, error));
    return collect(history, request->reference_commit, error);
}

void history_free(struct history *history)
{
    for (size_t i = 0; i < history->series_count; ++i) {
        free(history->series[i].ratios);
        free(history->series[i].spec);
        free(history->series[i].reference);
    }
    free(history->series);
    free(history->points);
    free(history->acknowledged);
}

/* ---------------------------------------------------------------- what is said of a change */

const char *history_state(const struct history_change *change)
{
    return change->noted ? "acknowledged" : change->point.confirmed ? "confirmed" : "candidate";
}

const char *history_direction(const struct history_change *change)
{
    return change->point.shift.value > 0.0 ? "slower" : "faster";
}

bool history_is_slowdown(const struct history_change *change)
{
    return change->point.confirmed && !change->noted && change->point.shift.value > 0.0;
}

const struct history_point *history_good(const struct history_series *series, const struct history_change *change)
{
    return &series->runs[change->point.first - 1];
}

const struct history_point *history_bad(const struct history_series *series, const struct history_change *change)
{
    return &series->runs[change->point.last];
}
