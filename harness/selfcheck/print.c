/* print.c - a report (report.h) as a table, as Markdown and as JSON. */
#include "selfcheck/report.h"

#include "present/table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { COLUMNS = 6, CELL = 64 };

static const char *const titles[COLUMNS] = {"part", "what", "count", "value", "95 % interval", "target"};

struct row {
    char count[CELL], value[CELL], interval[CELL], target[2 * CELL];
};

static void write_value(char out[CELL], const struct report_line *line, double value)
{
    if (line->trials > 0)
        snprintf(out, CELL, "%.*f %%", line->trials < 1000 ? 1 : 2, 100.0 * value);
    else
        snprintf(out, CELL, "%.3g%s%s", value, line->unit[0] ? " " : "", line->unit);
}

static void make_row(struct row *row, const struct report_line *line)
{
    static const char *const signs[] = {[REPORT_NO_TARGET] = "", [REPORT_AT_LEAST] = ">=", [REPORT_AT_MOST] = "<="};
    char low[CELL], high[CELL], target[CELL];
    *row = (struct row){.count = ""};
    if (line->trials > 0)
        snprintf(row->count, CELL, "%lld of %lld", (long long)line->hits, (long long)line->trials);
    write_value(row->value, line, line->value.value);
    write_value(low, line, line->value.low);
    write_value(high, line, line->value.high);
    if (isfinite(line->value.low) && isfinite(line->value.high))
        snprintf(row->interval, CELL, "%.28s to %.28s", low, high);
    write_value(target, line, line->target);
    if (line->direction != REPORT_NO_TARGET)
        snprintf(row->target, sizeof row->target, "%s %s: %s", signs[line->direction], target,
                 report_verdict_names[line->verdict]);
}

/* "12 A, 3 B"; false: none. */
static bool write_grades(struct text *out, const int grades[REPORT_GRADES], const char *before)
{
    const char *between = before;
    for (int g = 0; g < REPORT_GRADES; ++g)
        if (grades[g] > 0) {
            text_format(out, "%s%d %c", between, grades[g], 'A' + g);
            between = ", ";
        }
    return between != before;
}

static void write_heading(struct text *out, const struct report *report)
{
    text_format(out, "selfcheck --%s, %s, begun %s, last unit %s\n", report->extent, report->suite, report->created,
                report->finished[0] ? report->finished : "none yet");
    text_format(out, "%s\n%s\n", report->version, report->machine);
    const bool quiet = write_grades(out, report->grades[0], "grades of the measured sweeps: ");
    const bool loaded = write_grades(out, report->grades[1], quiet ? "; beside stress-ng: " : "grades beside stress-ng: ");
    if (quiet || loaded)
        text_append(out, "\n");
    if (report->units < report->units_wanted)
        text_format(out, "unfinished: %d of %d units are there; `%s` goes on\n", report->units, report->units_wanted,
                    report->resume);
}

bool report_print_table(FILE *out, const struct report *report)
{
    static const struct table_column columns[COLUMNS] = {{"part", 0},  {"what", 0},          {"count", 1},
                                                         {"value", 1}, {"95 % interval", 0}, {"target", 0}};
    struct text heading = {0};
    struct table *table = table_create(columns, COLUMNS);
    write_heading(&heading, report);
    const bool complete = table && !heading.failed && !report->failed;
    for (size_t i = 0; complete && i < report->count; ++i) {
        struct row row;
        const struct report_line *line = &report->lines[i];
        make_row(&row, line);
        const bool first = i == 0 || report->lines[i - 1].part != line->part;
        const char *const cells[COLUMNS] = {first ? line->part : "", line->what, row.count, row.value, row.interval, row.target};
        table_add(table, cells);
    }
    if (complete) {
        fprintf(out, "%s\n", text_get(&heading));
        table_print(table, out);
    }
    text_free(&heading);
    table_free(table);
    return complete;
}

void report_write_markdown(struct text *out, const struct report *report)
{
    struct text heading = {0};
    write_heading(&heading, report);
    text_append(out, "```\n");
    text_append(out, text_get(&heading));
    text_append(out, "```\n\n|");
    for (int c = 0; c < COLUMNS; ++c)
        text_format(out, " %s |", titles[c]);
    text_append(out, "\n|---|---|--:|--:|---|---|\n");
    for (size_t i = 0; i < report->count; ++i) {
        struct row row;
        const struct report_line *line = &report->lines[i];
        make_row(&row, line);
        text_format(out, "| %s | %s | %s | %s | %s | %s |\n", line->part, line->what, row.count, row.value, row.interval,
                    row.target);
    }
    out->failed |= heading.failed || report->failed;
    text_free(&heading);
}

/* ---------------------------------------------------------------- JSON */

static void set_number(json_t *object, const char *name, double value)
{
    if (isfinite(value))
        json_object_set_new(object, name, json_real(value));
}

static json_t *line_json(const struct report_line *line)
{
    static const char *const words[] = {
        [REPORT_NONE] = "none", [REPORT_MET] = "met", [REPORT_MISSED] = "missed", [REPORT_OPEN] = "open"};
    json_t *object = json_pack("{s:s, s:s}", "part", line->part, "what", line->what);
    if (line->trials > 0)
        json_object_update_new(object, json_pack("{s:I, s:I}", "hits", (json_int_t)line->hits, "trials", (json_int_t)line->trials));
    else
        json_object_set_new(object, "unit", json_string(line->unit));
    set_number(object, "value", line->value.value);
    set_number(object, "low", line->value.low);
    set_number(object, "high", line->value.high);
    if (line->direction != REPORT_NO_TARGET) {
        set_number(object, line->direction == REPORT_AT_LEAST ? "at_least" : "at_most", line->target);
        json_object_set_new(object, "verdict", json_string(words[line->verdict]));
    }
    return object;
}

void report_write_json(struct text *out, const struct report *report)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < report->count; ++i)
        json_array_append_new(lines, line_json(&report->lines[i]));
    json_t *grades = json_object();
    for (int g = 0; g < REPORT_GRADES; ++g)
        json_object_set_new(grades, (const char[]){(char)('A' + g), '\0'},
                            json_integer(report->grades[0][g] + report->grades[1][g]));
    json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o}", "suite", report->suite, "extent",
                             report->extent, "begun", report->created, "finished", report->finished, "version", report->version,
                             "machine", report->machine, "units", report->units, "units_wanted", report->units_wanted, "grades",
                             grades, "lines", lines);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    out->failed |= report->failed || !text;
    text_append(out, text ? text : "");
    text_append(out, "\n");
    free(text);
    json_decref(root);
}
