/* sweep_table.c - see sweep_table.h. */
#include "present/sweep_table.h"

#include "base/text.h"
#include "present/sweep_notes.h"
#include "present/sweep_table_counts.h"
#include "present/table.h"
#include "present/units.h"
#include "store/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cells {
    const struct cell_record *at;
    size_t count;
};

/* ---------------------------------------------------------------- columns */

static void append_label(struct text *out, const struct cell_record *cell)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&cell->cell, label, sizeof label);
    text_append(out, label);
}

static void append_length(struct text *out, const struct cell_record *cell)
{
    text_format(out, "%lld", (long long)cell->cell.length);
}

static void append_batch(struct text *out, const struct cell_record *cell)
{
    text_format(out, "%lld", (long long)cell->cell.batch);
}

static void append_width(struct text *out, const struct cell_record *cell)
{
    text_format(out, "%lld", (long long)cell->cell.width);
}

static void append_mode(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->cell.mode);
}

static void append_scope(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->cell.scope);
}

static void append_threads(struct text *out, const struct cell_record *cell)
{
    text_format(out, "%d", cell->cell.threads);
}

static void append_prepare(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->cell.prepare);
}

static void append_cache(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->cell.cache);
}

/* A number with its unit; nothing where it was not measured. */
static void append_known(struct text *out, double value, const char *(*write)(char *, double))
{
    char number[UNITS_TEXT];
    if (isfinite(value))
        text_append(out, write(number, value));
}

static void append_time(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->seconds, units_seconds);
}

/* Distance of an interval's end from the value, in percent; two digits, because the ends are no better known. Two processes
 * that differ leave an end that is orders of magnitude away: no number would say more than that. */
static void append_end(struct text *out, double end, double value)
{
    const double percent = 100.0 * (end / value - 1.0);
    if (percent >= 1000.0)
        text_append(out, ">+999");
    else
        text_format(out, fabs(percent) < 10.0 ? "%+.1f" : "%+.0f", percent);
}

static void append_interval(struct text *out, const struct cell_record *cell)
{
    if (!isfinite(cell->low) || !isfinite(cell->high) || !(cell->seconds > 0.0))
        return;
    append_end(out, cell->low, cell->seconds);
    text_append(out, " ");
    append_end(out, cell->high, cell->seconds);
    text_append(out, " %");
}

static void append_cpu(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->cpu_seconds, units_seconds);
}

static void append_token(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->seconds / sweep_table_tokens(cell), units_seconds);
}

static void append_gflops(struct text *out, const struct cell_record *cell)
{
    const double gflops = cell_record_gflops(cell);
    if (isfinite(gflops))
        text_format(out, gflops < 10.0 ? "%.2f" : gflops < 100.0 ? "%.1f" : "%.0f", gflops);
}

static void append_roof(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->roof_fraction, units_percent);
}

static void append_bound(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->roof);
}

static void append_memory(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->bytes, units_bytes);
}

static void append_workspace(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->workspace_bytes, units_bytes);
}

static void append_rss(struct text *out, const struct cell_record *cell)
{
    append_known(out, cell->rss_bytes, units_bytes);
}

static void append_processes(struct text *out, const struct cell_record *cell)
{
    if (cell->processes > 0)
        text_format(out, "%d", cell->processes);
}

static void append_grade(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->grade);
}

static void append_status(struct text *out, const struct cell_record *cell)
{
    text_append(out, cell->status);
}

static const struct shown {
    struct table_column column;
    void (*append)(struct text *out, const struct cell_record *cell);
    bool setting; /* shown as a column only where it differs between rows, else stated once above the table */
} shown[] = {
    {{"operator", 0}, append_label, false},  {{"length", 1}, append_length, false},
    {{"batch", 1}, append_batch, true},      {{"width", 1}, append_width, true},
    {{"mode", 0}, append_mode, true},        {{"scope", 0}, append_scope, true},
    {{"threads", 1}, append_threads, false}, {{"prepare", 0}, append_prepare, true},
    {{"cache", 0}, append_cache, true},
    {{"time", 1}, append_time, false},       {{"95 %", 1}, append_interval, false},
    {{"cpu", 1}, append_cpu, false},         {{"per token", 1}, append_token, false},
    {{"GFLOP/s", 1}, append_gflops, false},  {{"of roof", 1}, append_roof, false},
    {{"roof", 0}, append_bound, false},
    {{"instructions", 1}, sweep_table_instructions, false},
    {{"spread", 1}, sweep_table_spread, false},
    {{"instr/token", 1}, sweep_table_token_instructions, false},
    {{"FLOP/instr", 1}, sweep_table_flops_per_instruction, false},
    {{"memory", 1}, append_memory, false},
    {{"workspace", 1}, append_workspace, false}, {{"rss", 1}, append_rss, false},
    {{"processes", 1}, append_processes, false}, {{"grade", 0}, append_grade, false},
    {{"status", 0}, append_status, false},
};

enum { SHOWN = ARRAY_LEN(shown) };

/* ---------------------------------------------------------------- parts of the page */

/* Notes and reasons may come from an imported file or a crashed worker: control characters become spaces. */
static void append_clean(struct text *out, const char *string)
{
    for (const char *c = string; *c; ++c)
        text_append_bytes(out, (unsigned char)*c < 0x20 || *c == 0x7f ? " " : c, 1);
}

/* Whether a column has more than one value. `scratch` is two texts to compare in. */
static bool differs(const struct shown *column, struct cells cells, struct text scratch[2])
{
    bool found = false;
    text_clear(&scratch[0]);
    column->append(&scratch[0], &cells.at[0]);
    for (size_t i = 1; i < cells.count && !found; ++i) {
        text_clear(&scratch[1]);
        column->append(&scratch[1], &cells.at[i]);
        found = strcmp(text_get(&scratch[0]), text_get(&scratch[1])) != 0;
    }
    return found;
}

/* Which columns are in the table; false: memory ran out. */
static bool choose_columns(struct cells cells, bool in_table[SHOWN])
{
    struct text scratch[2] = {{0}};
    for (size_t i = 0; i < SHOWN; ++i)
        in_table[i] = !shown[i].setting || differs(&shown[i], cells, scratch);
    const bool complete = !scratch[0].failed && !scratch[1].failed;
    text_free(&scratch[0]);
    text_free(&scratch[1]);
    return complete;
}

static void append_heading(struct text *page, const struct sweep_record *sweep, struct cells cells)
{
    size_t measured = 0;
    for (size_t i = 0; i < cells.count; ++i)
        measured += cell_record_measured(&cells.at[i]) ? 1 : 0;
    text_format(page, "Sweep '%s' (%s, %.16s): ", sweep->name, sweep->status, sweep->created); /* to the minute */
    if (cells.count < (size_t)sweep->cell_count)
        text_format(page, "%zu of its %d cells, %zu of them measured.\n", cells.count, sweep->cell_count, measured);
    else
        text_format(page, "%zu cells, %zu measured.\n", cells.count, measured);
    if (sweep->note[0]) {
        text_append(page, "Note: ");
        append_clean(page, sweep->note);
        text_append(page, "\n");
    }
}

static void append_settings(struct text *page, struct cells cells, const bool *in_table)
{
    const char *before = "Everywhere: ";
    for (size_t i = 0; i < SHOWN; ++i) {
        if (in_table[i])
            continue;
        text_format(page, "%s%s ", before, shown[i].column.title);
        shown[i].append(page, &cells.at[0]);
        before = ", ";
    }
    text_append(page, before[0] == ',' ? ".\n\n" : "\n");
}

/* Fills the row of a cell; settings that are stated above the table stay empty, and an empty column is left out. */
static bool add_row(struct table *table, const struct cell_record *cell, const bool *in_table)
{
    struct text values[SHOWN] = {{0}};
    const char *row[SHOWN];
    bool failed = false;
    for (size_t i = 0; i < SHOWN; ++i) {
        if (in_table[i])
            shown[i].append(&values[i], cell);
        row[i] = text_get(&values[i]);
        failed |= values[i].failed;
    }
    table_add(table, row);
    for (size_t i = 0; i < SHOWN; ++i)
        text_free(&values[i]);
    return !failed;
}

/* The table of all cells; NULL when memory ran out. */
static struct table *make_table(struct cells cells, const bool *in_table)
{
    struct table_column columns[SHOWN];
    for (size_t i = 0; i < SHOWN; ++i)
        columns[i] = shown[i].column;
    struct table *table = table_create(columns, SHOWN);
    for (size_t i = 0; table && i < cells.count; ++i) {
        if (!add_row(table, &cells.at[i], in_table)) {
            table_free(table);
            return NULL;
        }
    }
    return table;
}

static void append_reasons(struct text *page, struct cells cells)
{
    bool any = false;
    for (size_t i = 0; i < cells.count; ++i) {
        const struct cell_record *cell = &cells.at[i];
        if (!cell->reason[0])
            continue;
        text_append(page, any ? "  " : "\nWithout a time, or not to be trusted:\n  ");
        append_label(page, cell);
        text_format(page, ", length %lld, %d thread%s: %s: ", (long long)cell->cell.length, cell->cell.threads,
                    cell->cell.threads == 1 ? "" : "s", cell->status);
        append_clean(page, cell->reason);
        text_append(page, "\n");
        any = true;
    }
}

/* "4 processes", "3 to 5 processes". */
static void append_process_range(struct text *out, struct cells cells)
{
    int low = 0, high = 0;
    for (size_t i = 0; i < cells.count; ++i) {
        const int processes = cells.at[i].processes;
        low = processes > 0 && (low == 0 || processes < low) ? processes : low;
        high = processes > high ? processes : high;
    }
    if (high == 0)
        text_append(out, "the processes");
    else if (low == high)
        text_format(out, "%d process%s", high, high == 1 ? "" : "es");
    else
        text_format(out, "%d to %d processes", low, high);
}

static bool any_known(struct cells cells, bool counted)
{
    for (size_t i = 0; i < cells.count; ++i)
        if (isfinite(counted ? cells.at[i].instructions : cells.at[i].seconds))
            return true;
    return false;
}

static void append_time_legend(struct text *page, struct cells cells)
{
    text_append(page, "time: wall clock of one call, the lower quartile of each process and the median over ");
    append_process_range(page, cells);
    text_append(
        page, ", with its 95 %\n"
              "  interval; plan is outside, prepare as stated. cpu: all threads together, the minimum of each process; of\n"
              "  teams, whose clock goes by the kernel's ticks, the mean.\n"
              "of roof: the least time that the machine allows, from what the sweep's probes measured on as many threads,\n"
              "  over the time; roof: what sets it: the multiply-add rate, or the speed of a cache level or of memory.\n");
}

static void append_legend(struct text *page, struct cells cells)
{
    text_append(page, "\n");
    if (any_known(cells, false) || !any_known(cells, true))
        append_time_legend(page, cells);
    if (any_known(cells, true))
        sweep_table_count_legend(page, cells.at, cells.count);
    text_append(
        page, "memory: all regions of the call; workspace: its activations and scratch; rss: the worker's peak less that of\n"
              "  a worker that computes nothing. grade: A to F, how undisturbed the machine was meanwhile.\n"
              "`seqscale run SPEC` repeats a row; --columns operator,length,seconds,spec and --format csv give SPECs.\n");
}

/* Above and below the table are made before anything is printed, so that a page is whole or an error. */
static enum status print_page(const struct sweep_record *sweep, struct cells cells, FILE *out, struct error *error)
{
    bool in_table[SHOWN];
    struct text above = {0}, below = {0};
    bool complete = choose_columns(cells, in_table);
    append_heading(&above, sweep, cells);
    append_settings(&above, cells, in_table);
    append_reasons(&below, cells);
    append_legend(&below, cells);
    sweep_notes_append(&below, sweep, cells.at, cells.count);
    struct table *table = make_table(cells, in_table);
    complete = complete && !above.failed && !below.failed && table;
    if (complete) {
        fputs(text_get(&above), out);
        table_print(table, out);
        fputs(text_get(&below), out);
    }
    table_free(table);
    text_free(&above);
    text_free(&below);
    return complete ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a table");
}

static enum status print_nothing(const struct sweep_record *sweep, FILE *out)
{
    if (sweep->cell_count == 0)
        fprintf(out, "Sweep '%s' has no cells.\n", sweep->name);
    else
        fprintf(out, "None of the %d cells of sweep '%s' fulfils the filter.\n", sweep->cell_count, sweep->name);
    return STATUS_OK;
}

enum status sweep_table_print(struct store *store, const struct sweep_record *sweep, const char *where, FILE *out,
                              struct error *error)
{
    struct sweep_record now; /* the caller's record may be older than the sweep's last block */
    struct cell_record *cells = NULL;
    size_t count = 0;
    TRY(store_find_sweep(store, sweep->id, &now, error));
    enum status status = store_read_cells(store, now.id, where, &cells, &count, error);
    if (status == STATUS_OK)
        status = count == 0 ? print_nothing(&now, out)
                            : print_page(&now, (struct cells){.at = cells, .count = count}, out, error);
    cell_records_free(cells, count);
    sweep_record_free(&now);
    return status;
}
