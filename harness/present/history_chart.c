/* history_chart.c - see history_chart.h. Runs stand side by side at equal distances, whatever the time between them: commits
 * are what changes a program, not days. */
#include "present/history_chart.h"

#include "present/assign.h"
#include "present/charts_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PANELS_MAX = 12,
    TICS = 6,       /* labelled runs of a panel */
    ROWS = 3        /* of labels of changes, above one another */
};

/* How a change is drawn; plots/history.gp has a symbol and a colour for each, from 1. */
enum mark { MARK_SLOWER = 0, MARK_FASTER, MARK_CANDIDATE, MARK_ACKNOWLEDGED, MARKS };

static enum mark mark_of(const struct history_change *change)
{
    if (change->noted)
        return MARK_ACKNOWLEDGED;
    if (!change->point.confirmed)
        return MARK_CANDIDATE;
    return change->point.shift.value > 0.0 ? MARK_SLOWER : MARK_FASTER;
}

/* ---------------------------------------------------------------- data */

static void add_value(struct text *data, double value, const char *end)
{
    if (isfinite(value))
        text_format(data, "%.9g%s", value, end);
    else
        text_format(data, "NaN%s", end);
}

static void add_runs(struct text *data, const struct history_series *series, int panel)
{
    text_format(data, "\n\n# panel %d runs: %s against %s\n# run ratio low high\n", panel + 1, series->spec, series->reference);
    for (size_t i = 0; i < series->count; ++i) {
        const bool known = isfinite(series->lows[i]) && isfinite(series->highs[i]);
        text_format(data, "%zu\t", i + 1);
        add_value(data, series->ratios[i], "\t");
        add_value(data, known ? series->lows[i] : NAN, "\t");
        add_value(data, known ? series->highs[i] : NAN, "\n");
    }
}

/* The level of the runs in [from, to) as a line from the first to the last. */
static void add_level(struct text *data, const struct history_series *series, size_t from, size_t to)
{
    const double level = exp(statistics_median(series->logs + from, to - from));
    text_format(data, "%.6g\t%.9g\n%.6g\t%.9g\n\n", (double)from + 0.5, level, (double)to + 0.5, level);
}

static void add_levels(struct text *data, const struct history_series *series, int panel)
{
    size_t from = 0;
    text_format(data, "\n\n# panel %d levels:\n# run median\n", panel + 1);
    for (size_t i = 0; i < series->change_count; ++i) {
        add_level(data, series, from, series->changes[i].point.at);
        from = series->changes[i].point.at;
    }
    add_level(data, series, from, series->count);
}

static void add_figure_data(struct text *data, const struct history *history, int panels)
{
    for (int p = 0; p < panels; ++p) {
        add_runs(data, &history->series[p], p);
        add_levels(data, &history->series[p], p);
    }
}

/* ---------------------------------------------------------------- settings */

static int count_changes(const struct history *history, int panels)
{
    int count = 0;
    for (int p = 0; p < panels; ++p)
        count += (int)history->series[p].change_count;
    return count;
}

static void add_changes(struct text *out, const struct history *history, int panels)
{
    static const char *const arrays[] = {"change_panel", "change_mark", "change_row", "change_x",
                                         "change_first", "change_last", "change_text"};
    const int count = count_changes(history, panels);
    assign_count(out, "change_count", count);
    for (size_t i = 0; i < ARRAY_LEN(arrays); ++i)
        assign_array(out, arrays[i], count);
    for (int p = 0, at = 0; p < panels; ++p) {
        const struct history_series *series = &history->series[p];
        for (size_t i = 0; i < series->change_count; ++i, ++at) {
            const struct history_change *change = &series->changes[i];
            char *text = text_print("%.3gx %.10s", exp(change->point.shift.value), series->runs[change->point.at].commit);
            assign_count_at(out, "change_panel", at, p + 1);
            assign_count_at(out, "change_mark", at, (int)mark_of(change) + 1);
            assign_count_at(out, "change_row", at, (int)i % ROWS);
            assign_number_at(out, "change_x", at, (double)change->point.at + 0.5);
            assign_number_at(out, "change_first", at, (double)change->point.first + 0.5);
            assign_number_at(out, "change_last", at, (double)change->point.last + 0.5);
            assign_text_at(out, "change_text", at, text ? text : "");
            out->failed |= !text;
            free(text);
        }
    }
}

/* 'a1b2c3d' 1, ...: commits at equal distances; with their dates below. */
static void add_tics(struct text *out, const struct history_series *series, int index)
{
    struct text tics = {0};
    const size_t last = series->count - 1, parts = last < TICS - 1 ? last : TICS - 1;
    for (size_t k = 0; k <= parts; ++k) {
        const size_t run = parts ? k * last / parts : 0;
        char label[40];
        snprintf(label, sizeof label, "%.9s\n%.10s", series->runs[run].commit, series->runs[run].date);
        text_append(&tics, k ? ", '" : "'");
        for (const char *at = label; *at; ++at) {
            if (*at == '\n')
                text_append(&tics, "'.\"\\n\".'");
            else if (strchr("'\"\\`$@{}#%", *at) || (unsigned char)*at < 0x20)
                text_append(&tics, "_");
            else
                text_append_bytes(&tics, at, 1);
        }
        text_format(&tics, "' %zu", run + 1);
    }
    assign_text_at(out, "panel_tics", index, text_get(&tics));
    out->failed |= tics.failed;
    text_free(&tics);
}

static void widen(double *low, double *high, double value)
{
    if (isfinite(value)) {
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

/* Of runs and intervals, with room for the labels of changes; wide enough that noise of a percent looks like little. */
static void add_range(struct text *out, const struct history_series *series, int index)
{
    double low = 0.98, high = 1.02;
    for (size_t i = 0; i < series->count; ++i) {
        widen(&low, &high, series->ratios[i]);
        widen(&low, &high, series->lows[i]);
        widen(&low, &high, series->highs[i]);
    }
    const double height = high - low;
    assign_number_at(out, "panel_low", index, low - 0.06 * height);
    assign_number_at(out, "panel_high", index, high + (series->change_count ? 0.26 : 0.06) * height);
}

static bool has_intervals(const struct history_series *series)
{
    for (size_t i = 0; i < series->count; ++i)
        if (isfinite(series->lows[i]) && isfinite(series->highs[i]))
            return true;
    return false;
}

static void add_panels(struct text *out, const struct history *history, int panels)
{
    static const char *const arrays[] = {"panel_title", "panel_note", "panel_tics", "panel_runs", "panel_low",
                                         "panel_high", "panel_interval"};
    assign_count(out, "panel_count", panels);
    for (size_t i = 0; i < ARRAY_LEN(arrays); ++i)
        assign_array(out, arrays[i], panels);
    for (int p = 0; p < panels; ++p) {
        const struct history_series *series = &history->series[p];
        char *note = series->count < CHANGEPOINT_RUNS_MIN ? text_print("%zu point%s, %d are needed to find changes", series->count,
                                                                       series->count == 1 ? "" : "s",
                                                                       CHANGEPOINT_RUNS_MIN)
                                                          : strdup("");
        assign_text_at(out, "panel_title", p, series->spec);
        assign_text_at(out, "panel_note", p, note ? note : "");
        assign_count_at(out, "panel_runs", p, (int)series->count);
        assign_count_at(out, "panel_interval", p, has_intervals(series));
        add_tics(out, series, p);
        add_range(out, series, p);
        out->failed |= !note;
        free(note);
    }
}

static void add_settings(struct text *out, const struct history *history, int panels, const char *data)
{
    bool marks[MARKS] = {false};
    struct text used = {0};
    const char *reference = history->series[0].reference;
    bool intervals = false;
    for (int p = 0; p < panels; ++p) {
        const struct history_series *series = &history->series[p];
        reference = reference && strcmp(reference, series->reference) == 0 ? reference : NULL;
        intervals |= has_intervals(series);
        for (size_t i = 0; i < series->change_count; ++i)
            marks[mark_of(&series->changes[i])] = true;
    }
    for (int k = 0; k < MARKS; ++k)
        if (marks[k])
            text_format(&used, "%s%d", used.length ? " " : "", k + 1);
    char *subtitle = text_print("ratio to %s%s; lines: median of each level; a change lies within its shade",
                                reference ? reference : "the reference of each cell", intervals ? "; bars: intervals" : "");
    text_append(out, "# history: written by seqscale, read by plots/history.gp\n");
    assign_text(out, "data", data);
    assign_text(out, "title", "Time over commits, and where its level changed");
    assign_text(out, "subtitle", subtitle);
    assign_text(out, "marks", text_get(&used));
    assign_count(out, "series_count", 0);
    add_panels(out, history, panels);
    add_changes(out, history, panels);
    out->failed |= !subtitle || used.failed;
    free(subtitle);
    text_free(&used);
}

/* ---------------------------------------------------------------- files */

static enum status draw_figure(struct charts_output *output, const struct history *history, const char *name,
                               struct error *error)
{
    struct text data = {0}, settings = {0};
    const int panels = history->series_count < PANELS_MAX ? (int)history->series_count : PANELS_MAX;
    char *path = text_print("data/%s.dat", name);
    if (history->series_count > PANELS_MAX)
        text_format(output->notes, "the chart has the first %d of %zu cells: choose others with --where\n", PANELS_MAX,
                    history->series_count);
    add_figure_data(&data, history, panels);
    add_settings(&settings, history, panels, path ? path : "");
    enum status status = path && !data.failed && !settings.failed
                             ? charts_output_write(output, name, &data, &settings, error)
                             : error_set(error, STATUS_SYSTEM, "out of memory while drawing the history");
    if (status == STATUS_OK)
        status = charts_output_render(output, "history", name, error);
    text_free(&data);
    text_free(&settings);
    free(path);
    return status;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

enum status history_draw(const struct history *history, const char *path, struct text *files, struct text *notes,
                         struct error *error)
{
    const bool svg = text_ends(path, ".svg"), png = text_ends(path, ".png"), file = svg || png;
    char *directory = file ? folder_of(path) : strdup(path);
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *name = file ? strndup(base, strlen(base) - 4) : strdup("history");
    struct charts_output output = {
        .directory = directory, .formats = {svg || !file, png || !file}, .files = files, .notes = notes};
    enum status status = STATUS_OK;
    if (!directory || !name)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    else if (!name[0])
        status = error_set(error, STATUS_USAGE, "--chart: '%s' has no name before its ending", path);
    if (status == STATUS_OK)
        status = charts_output_open(&output, NULL, error);
    if (status == STATUS_OK)
        status = draw_figure(&output, history, name, error);
    charts_output_close(&output);
    free(directory);
    free(name);
    return status;
}
