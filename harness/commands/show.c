/* show.c - seqscale show: a stored sweep as a table for people, or chosen columns as table, CSV or JSON. */
#include "base/parse.h"
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "present/sweep_table.h"
#include "present/table.h"
#include "present/units.h"
#include "store/columns.h"
#include "store/csv.h"
#include "store/json_text.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale show [SWEEP] [--where FILTER] [--columns NAMES] [--format table|csv|json] [--db FILE]\n"
    "\n"
    "Prints a stored sweep: the newest, or the one with that name, UUID or beginning of one.\n"
    "\n"
    "  --where FILTER    only cells that fulfil all conditions, comma-separated: COLUMN=VALUE, or !=, <, <=, >, >=;\n"
    "                    lengths take k (1024), times us, ms, s, sizes KiB, MiB; an empty value means absent\n"
    "  --columns NAMES   these columns in this order: operator, options, batch, length, width, mode, scope, threads,\n"
    "                    prepare, cache, seconds, low, high, cpu_seconds, processes, bytes, workspace_bytes, rss_bytes, gflops,\n"
    "                    roof_fraction, roof, instructions, instructions_spread, status, reason, limit_seconds, grade,\n"
    "                    grade_reason, set_aside, method, spec\n"
    "  --format FORMAT   table (default), csv or json; csv and json have all columns unless --columns chooses\n"
    "  --db FILE         results database\n"
    "\n"
    "Example:\n"
    "  seqscale show --where 'operator=attention,length>=1k,threads=1' --columns operator,options,length,seconds,spec\n";

enum format { FORMAT_TABLE = 0, FORMAT_CSV, FORMAT_JSON };

struct arguments {
    const char *sweep, *where, *database;
    enum format format;
    const struct column *columns[COLUMN_TOTAL];
    int column_count;
    bool help;
};

/* ---------------------------------------------------------------- arguments */

static enum status parse_format(const char *word, enum format *format, struct error *error)
{
    static const char *const names[] = {[FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json", NULL};
    int chosen = 0;
    TRY(parse_one_of(word, "--format", names, &chosen, error));
    *format = (enum format)chosen;
    return STATUS_OK;
}

static enum status parse_columns(char *names, struct arguments *arguments, struct error *error)
{
    char *rest = NULL;
    arguments->column_count = 0;
    for (char *name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
        const struct column *column = column_find(name);
        if (!column)
            return error_prefix(error, column_unknown(name, error), "--columns");
        if (arguments->column_count == COLUMN_TOTAL)
            return error_set(error, STATUS_USAGE, "--columns names more than %d columns", COLUMN_TOTAL);
        arguments->columns[arguments->column_count++] = column;
    }
    return arguments->column_count ? STATUS_OK : error_set(error, STATUS_USAGE, "--columns names no column");
}

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {
        {"where", required_argument, NULL, 'w'},  {"columns", required_argument, NULL, 'c'},
        {"format", required_argument, NULL, 'f'}, {"db", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == 'w')
            arguments->where = optarg;
        else if (option == 'c')
            TRY(parse_columns(optarg, arguments, error));
        else if (option == 'f')
            TRY(parse_format(optarg, &arguments->format, error));
        else if (option == 'd')
            arguments->database = optarg;
        else if (option == 'h')
            arguments->help = true;
        else
            return words_bad_option(argv[0], option, argv, error);
    }
    arguments->sweep = optind < argc ? argv[optind] : NULL;
    return results_words(argc, argv, optind, 1, error);
}

/* ---------------------------------------------------------------- chosen columns */

/* For people: with units. */
static void append_shown(struct text *out, const struct column *column, const struct cell_record *cell)
{
    char number[UNITS_TEXT];
    if (column->kind == COLUMN_TEXT || column->kind == COLUMN_COUNT) {
        column_append(out, column, cell);
        return;
    }
    const double value = column_number(column, cell);
    if (!isfinite(value))
        return;
    if (column->kind == COLUMN_SECONDS)
        text_append(out, units_seconds(number, value));
    else if (column->kind == COLUMN_BYTES)
        text_append(out, units_bytes(number, value));
    else if (column->kind == COLUMN_FRACTION)
        text_append(out, units_percent(number, value));
    else
        text_format(out, "%.3g", value);
}

static bool add_row(struct table *table, const struct arguments *arguments, const struct cell_record *cell)
{
    struct text values[COLUMN_TOTAL] = {{0}};
    const char *row[COLUMN_TOTAL];
    bool failed = false;
    for (int i = 0; i < arguments->column_count; ++i) {
        append_shown(&values[i], arguments->columns[i], cell);
        row[i] = text_get(&values[i]);
        failed |= values[i].failed;
    }
    table_add(table, row);
    for (int i = 0; i < arguments->column_count; ++i)
        text_free(&values[i]);
    return !failed;
}

static enum status print_table(const struct arguments *arguments, const struct cell_record *cells, size_t count,
                               struct error *error)
{
    struct table_column columns[COLUMN_TOTAL];
    for (int i = 0; i < arguments->column_count; ++i)
        columns[i] = (struct table_column){.title = arguments->columns[i]->name,
                                           .right = arguments->columns[i]->kind != COLUMN_TEXT};
    struct table *table = table_create(columns, arguments->column_count);
    bool complete = table != NULL;
    for (size_t i = 0; i < count && complete; ++i)
        complete = add_row(table, arguments, &cells[i]);
    if (complete)
        table_print(table, stdout);
    table_free(table);
    return complete ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a table");
}

static void append_csv(struct text *out, const struct arguments *arguments, const struct cell_record *cell)
{
    struct text value = {0};
    for (int i = 0; i < arguments->column_count; ++i) {
        text_clear(&value);
        column_append(&value, arguments->columns[i], cell);
        text_append(out, i ? "," : "");
        csv_append(out, text_get(&value));
    }
    text_append(out, "\n");
    out->failed |= value.failed;
    text_free(&value);
}

static void make_csv(struct text *page, const struct arguments *arguments, const struct cell_record *cells, size_t count)
{
    for (int i = 0; i < arguments->column_count; ++i)
        text_format(page, "%s%s", i ? "," : "", arguments->columns[i]->name);
    text_append(page, "\n");
    for (size_t i = 0; i < count; ++i)
        append_csv(page, arguments, &cells[i]);
}

static void append_json(struct text *out, const struct arguments *arguments, const struct cell_record *cell)
{
    struct text value = {0};
    for (int i = 0; i < arguments->column_count; ++i) {
        const struct column *column = arguments->columns[i];
        text_format(out, "%s\"%s\": ", i ? ", " : "{", column->name);
        text_clear(&value);
        column_append(&value, column, cell);
        if (column->kind == COLUMN_TEXT)
            json_append_string(out, text_get(&value));
        else
            text_append(out, value.length ? text_get(&value) : "null");
    }
    text_append(out, "}");
    out->failed |= value.failed;
    text_free(&value);
}

static void make_json(struct text *page, const struct arguments *arguments, const struct sweep_record *sweep,
                      const struct cell_record *cells, size_t count)
{
    text_append(page, "{\"sweep\": ");
    json_append_string(page, sweep->name);
    text_format(page, ", \"id\": \"%s\", \"cells\": [", sweep->id);
    for (size_t i = 0; i < count; ++i) {
        text_append(page, i ? ",\n  " : "\n  ");
        append_json(page, arguments, &cells[i]);
    }
    text_append(page, "\n]}\n");
}

/* The page is made before anything is printed, so that it is whole or an error. */
static enum status print_text(const struct arguments *arguments, const struct sweep_record *sweep,
                              const struct cell_record *cells, size_t count, struct error *error)
{
    struct text page = {0};
    if (arguments->format == FORMAT_JSON)
        make_json(&page, arguments, sweep, cells, count);
    else
        make_csv(&page, arguments, cells, count);
    const bool complete = !page.failed;
    if (complete)
        fputs(text_get(&page), stdout);
    text_free(&page);
    return complete ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the rows");
}

static enum status print_columns(struct store *store, const struct sweep_record *sweep, const struct arguments *arguments,
                                 struct error *error)
{
    struct cell_record *cells = NULL;
    size_t count = 0;
    TRY(store_read_cells(store, sweep->id, arguments->where, &cells, &count, error));
    enum status status = STATUS_OK;
    if (arguments->format != FORMAT_TABLE)
        status = print_text(arguments, sweep, cells, count, error);
    else if (count == 0)
        printf("None of the %d cells of sweep '%s' fulfils the filter.\n", sweep->cell_count, sweep->name);
    else
        status = print_table(arguments, cells, count, error);
    cell_records_free(cells, count);
    return status;
}

/* ---------------------------------------------------------------- the command */

static enum status show(struct store *store, const struct sweep_record *sweep, struct arguments *arguments,
                        struct error *error)
{
    if (arguments->format == FORMAT_TABLE && arguments->column_count == 0)
        return sweep_table_print(store, sweep, arguments->where, stdout, error);
    if (arguments->column_count == 0)
        for (; arguments->column_count < COLUMN_TOTAL; ++arguments->column_count)
            arguments->columns[arguments->column_count] = &cell_columns[arguments->column_count];
    return print_columns(store, sweep, arguments, error);
}

enum status command_show(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.sweep = NULL};
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    struct store *store = NULL;
    struct sweep_record sweep;
    enum status status = results_find(&store, &sweep, arguments.database, arguments.sweep, error);
    if (status == STATUS_OK)
        status = show(store, &sweep, &arguments, error);
    results_close(store, &sweep);
    return status == STATUS_OK ? results_flush(stdout, "standard output", error) : status;
}
