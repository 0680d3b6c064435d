/* history.c - seqscale history: cells over commits and dates, with the changes of their level. */
#include "base/parse.h"
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "present/history.h"
#include "present/history_chart.h"
#include "store/history_csv.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale history [CELL] [--where FILTER] [--reference NAME] [--format table|csv|json] [--chart FILE]\n"
    "                        [--import FILE.csv [--name NAME]] [--reference-commit COMMIT] [--db FILE]\n"
    "       seqscale history acknowledge COMMIT --note TEXT [CELL] [--where FILTER] [--reference NAME] [--db FILE]\n"
    "       seqscale history unacknowledge COMMIT [--db FILE]\n"
    "       seqscale history remove NAME [--db FILE]\n"
    "\n"
    "Shows cells over commits and dates against one fixed reference, and where their level changed: what `seqscale ab --base\n"
    "baseline:NAME` has stored, and what was imported. A change is confirmed when two detectors see it and 5 runs lie behind\n"
    "it; else it is a candidate, and no alarm. Fewer than 10 runs are not judged. CELL is a SPEC; keys that it leaves out may\n"
    "have any value. Exit code 0: nothing new; 1: a confirmed slowdown that nobody has acknowledged; 3: no cell has enough\n"
    "runs.\n"
    "\n"
    "  --where FILTER    only cells that fulfil it, as `seqscale show --where` takes it (operator, options, batch, length,\n"
    "                    width, mode, scope, threads, prepare)\n"
    "  --reference NAME  only runs against this baseline, or of this imported history\n"
    "  --format FORMAT   table (default), csv or json\n"
    "  --chart FILE      also draw it: FILE.svg or FILE.png, or a folder, which gets history.svg and history.png\n"
    "  --import FILE     first store a history measured elsewhere, CSV with the columns commit, operator, length and ratio or\n"
    "                    seconds, and, where they are known, date, low, high, options, batch, width ...; one that has the\n"
    "                    name already is replaced\n"
    "  --name NAME       of the imported history; by default the file's\n"
    "  --reference-commit COMMIT\n"
    "                    imported seconds are divided by the median of this commit's runs; by default by that of the first 5\n"
    "  --note TEXT       why the change is accepted\n"
    "  --db FILE         results database\n"
    "\n"
    "Example:\n"
    "  seqscale history --import nightly.csv --chart nightly.svg\n";

enum format { FORMAT_TABLE = 0, FORMAT_CSV, FORMAT_JSON };

struct arguments {
    const char *database, *chart, *import, *name, *note, *reference;
    struct history_request request;
    enum format format;
    char *source; /* request.source, where it is made of words */
    char **words;
    int word_count;
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

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {
        {"where", required_argument, NULL, 'w'},  {"reference", required_argument, NULL, 'r'},
        {"format", required_argument, NULL, 'f'}, {"chart", required_argument, NULL, 'c'},
        {"import", required_argument, NULL, 'i'}, {"name", required_argument, NULL, 'n'},
        {"note", required_argument, NULL, 't'},   {"reference-commit", required_argument, NULL, 'm'},
        {"db", required_argument, NULL, 'd'},     {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (option) {
        case 'w': arguments->request.where = optarg; break;
        case 'r': arguments->reference = optarg; break;
        case 'f': TRY(parse_format(optarg, &arguments->format, error)); break;
        case 'c': arguments->chart = optarg; break;
        case 'i': arguments->import = optarg; break;
        case 'n': arguments->name = optarg; break;
        case 't': arguments->note = optarg; break;
        case 'm': arguments->request.reference_commit = optarg; break;
        case 'd': arguments->database = optarg; break;
        case 'h': arguments->help = true; break;
        default: return words_bad_option(argv[0], option, argv, error);
        }
    }
    arguments->words = argv + optind;
    arguments->word_count = argc - optind;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- import */

/* The file's name without folder and extension; malloc'd. */
static char *name_after(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return strndup(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

static enum status import(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct history_point *points = NULL;
    size_t count = 0;
    const char *path = strcmp(arguments->import, "-") == 0 ? "/dev/stdin" : arguments->import;
    TRY(history_read_csv(path, &points, &count, error));
    char *name = arguments->name ? strdup(arguments->name) : name_after(arguments->import);
    enum status status = STATUS_OK;
    if (!name)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    else if (!name[0] || strlen(name) >= sizeof points->source || text_starts(name, "baseline:"))
        status = error_set(error, STATUS_USAGE, "'%.60s' cannot name a history: give another with --name", name);
    if (status == STATUS_OK)
        status = store_put_history(store, name, points, count, error);
    if (status == STATUS_OK)
        fprintf(stderr, "Imported history '%s': %zu runs.\n", name, count);
    free(name);
    free(points);
    return status;
}

/* ---------------------------------------------------------------- show */

static enum status print_text(const struct history *history, enum format format, struct error *error)
{
    struct text page = {0};
    if (format == FORMAT_JSON)
        history_write_json(&page, history);
    else
        history_write_csv(&page, history);
    const bool complete = !page.failed;
    if (complete)
        fputs(text_get(&page), stdout);
    text_free(&page);
    return complete ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the history");
}

static enum status draw(const struct history *history, const char *path, struct error *error)
{
    struct text files = {0}, notes = {0};
    const enum status status = history_draw(history, path, &files, &notes, error);
    fputs(text_get(&notes), stderr);
    if (status == STATUS_OK)
        fputs(text_get(&files), stderr);
    text_free(&files);
    text_free(&notes);
    return status;
}

static enum status verdict(const struct history *history, struct error *error)
{
    if (history->slowdowns > 0)
        return error_set(error, STATUS_REGRESSION, "%d confirmed slowdown%s that nobody has acknowledged", history->slowdowns,
                         history->slowdowns == 1 ? "" : "s");
    if (history->judged == 0)
        return error_set(error, STATUS_INCONCLUSIVE, "no cell has the %d runs that are needed", CHANGEPOINT_RUNS_MIN);
    return STATUS_OK;
}

static enum status nothing(const struct arguments *arguments, struct error *error)
{
    const bool chosen = arguments->request.cell || arguments->request.where || arguments->reference;
    return error_set(error, STATUS_USAGE,
                     chosen ? "no stored run is of that cell, filter and reference; `seqscale history` shows all"
                            : "there is no history yet: compare with `seqscale ab --base baseline:NAME`, or --import one");
}

static enum status show(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct history history;
    enum status status = history_make(&history, store, &arguments->request, error);
    if (status == STATUS_OK && history.series_count == 0)
        status = nothing(arguments, error);
    if (status == STATUS_OK && arguments->format != FORMAT_TABLE)
        status = print_text(&history, arguments->format, error);
    else if (status == STATUS_OK && !history_print_table(stdout, &history))
        status = error_set(error, STATUS_SYSTEM, "out of memory for the history");
    if (status == STATUS_OK && arguments->chart)
        status = draw(&history, arguments->chart, error);
    if (status == STATUS_OK)
        status = results_flush(stdout, "standard output", error);
    if (status == STATUS_OK)
        status = verdict(&history, error);
    history_free(&history);
    return status;
}

/* ---------------------------------------------------------------- acknowledge */

/* Stores the note for the change if the commit is one of those that may have made it; counts it then. */
static enum status acknowledge_change(struct store *store, const struct history_series *series,
                                      const struct history_change *change, const struct arguments *arguments, int *count,
                                      struct error *error)
{
    const bool all_cells = !arguments->request.cell && !arguments->request.where;
    for (size_t i = change->point.first; i <= change->point.last; ++i) {
        if (!series->runs[i].commit[0] || !text_starts(series->runs[i].commit, arguments->words[0]))
            continue;
        struct acknowledged_record noted = {.spec = ""};
        snprintf(noted.commit, sizeof noted.commit, "%s", series->runs[i].commit);
        snprintf(noted.note, sizeof noted.note, "%s", arguments->note);
        if (!all_cells)
            cell_format(&series->cell, noted.spec, sizeof noted.spec);
        ++*count;
        return store_put_acknowledged(store, &noted, error);
    }
    return STATUS_OK;
}

static enum status acknowledge_all(struct store *store, const struct history *history, const struct arguments *arguments,
                                   struct error *error)
{
    int count = 0;
    for (size_t s = 0; s < history->series_count; ++s)
        for (size_t i = 0; i < history->series[s].change_count; ++i)
            TRY(acknowledge_change(store, &history->series[s], &history->series[s].changes[i], arguments, &count, error));
    if (count == 0)
        return error_set(error, STATUS_USAGE, "no change may have been made by commit '%.64s'; `seqscale history` shows the "
                                              "changes", arguments->words[0]);
    printf("%d change%s acknowledged.\n", count, count == 1 ? " is" : "s are");
    return STATUS_OK;
}

static enum status acknowledge(struct store *store, struct arguments *arguments, struct error *error)
{
    if (!arguments->note)
        return error_set(error, STATUS_USAGE, "history acknowledge needs --note TEXT: why the change is accepted");
    if (strlen(arguments->note) >= sizeof((struct acknowledged_record *)0)->note)
        return error_set(error, STATUS_USAGE, "--note is longer than %zu bytes: shorten it",
                         sizeof((struct acknowledged_record *)0)->note - 1);
    struct history history;
    arguments->request.cell = arguments->word_count > 1 ? arguments->words[1] : NULL;
    enum status status = history_make(&history, store, &arguments->request, error);
    if (status == STATUS_OK)
        status = acknowledge_all(store, &history, arguments, error);
    history_free(&history);
    return status;
}

static enum status unacknowledge(struct store *store, struct arguments *arguments, struct error *error)
{
    struct acknowledged_record *all = NULL;
    size_t count = 0;
    int removed = 0, sum = 0;
    TRY(store_list_acknowledged(store, &all, &count, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i)
        if (text_starts(all[i].commit, arguments->words[0])) {
            status = store_remove_acknowledged(store, all[i].commit, all[i].spec, &removed, error);
            sum += removed;
        }
    free(all);
    if (status == STATUS_OK && sum == 0)
        return error_set(error, STATUS_USAGE, "nobody has acknowledged a change of commit '%.64s'", arguments->words[0]);
    if (status == STATUS_OK)
        printf("%d acknowledgement%s taken back.\n", sum, sum == 1 ? " is" : "s are");
    return status;
}

static enum status remove_import(struct store *store, struct arguments *arguments, struct error *error)
{
    TRY(store_remove_history(store, arguments->words[0], error));
    printf("The imported history '%s' is removed.\n", arguments->words[0]);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the command */

static const struct subcommand {
    const char *name;
    int least, most;
    enum status (*run)(struct store *store, struct arguments *arguments, struct error *error);
} subcommands[] = {
    {"acknowledge", 1, 2, acknowledge},
    {"unacknowledge", 1, 1, unacknowledge},
    {"remove", 1, 1, remove_import},
};

/* NULL: the history is shown. */
static enum status find_subcommand(const struct subcommand **subcommand, struct arguments *arguments, struct error *error)
{
    *subcommand = NULL;
    for (size_t i = 0; i < ARRAY_LEN(subcommands) && arguments->word_count > 0; ++i)
        if (strcmp(subcommands[i].name, arguments->words[0]) == 0)
            *subcommand = &subcommands[i];
    if (*subcommand) {
        ++arguments->words;
        --arguments->word_count;
    }
    const int least = *subcommand ? (*subcommand)->least : 0, most = *subcommand ? (*subcommand)->most : 1;
    if (arguments->word_count < least)
        return error_set(error, STATUS_USAGE, "history %s needs %s; `seqscale history --help` shows how", (*subcommand)->name,
                         strcmp((*subcommand)->name, "remove") == 0 ? "NAME" : "COMMIT");
    if (arguments->word_count > most)
        return error_set(error, STATUS_USAGE, "history: '%.60s' is one word too many; `seqscale history --help` shows what it "
                                              "takes", arguments->words[most]);
    return STATUS_OK;
}

/* `--reference NAME` is a baseline's name before it is an imported history's. */
static enum status find_source(struct store *store, struct arguments *arguments, struct error *error)
{
    if (!arguments->reference)
        return STATUS_OK;
    struct history_point *points = NULL;
    size_t count = 0;
    arguments->source = text_starts(arguments->reference, "baseline:") ? strdup(arguments->reference)
                                                                       : text_print("baseline:%s", arguments->reference);
    if (!arguments->source)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    TRY(store_read_history(store, arguments->source, NULL, &points, &count, error));
    free(points);
    arguments->request.source = count > 0 ? arguments->source : arguments->reference;
    return STATUS_OK;
}

static enum status run(struct store *store, struct arguments *arguments, const struct subcommand *subcommand,
                       struct error *error)
{
    if (arguments->import)
        TRY(import(store, arguments, error));
    TRY(find_source(store, arguments, error));
    if (subcommand)
        return subcommand->run(store, arguments, error);
    arguments->request.cell = arguments->word_count ? arguments->words[0] : NULL;
    return show(store, arguments, error);
}

enum status command_history(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.database = NULL};
    const struct subcommand *subcommand = NULL;
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    TRY(find_subcommand(&subcommand, &arguments, error));
    struct store *store = NULL;
    TRY(results_open(&store, arguments.database, arguments.import != NULL, error));
    const enum status status = run(store, &arguments, subcommand, error);
    store_close(store);
    free(arguments.source);
    return status;
}
