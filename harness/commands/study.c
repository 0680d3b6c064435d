/* study.c - seqscale study: growth, crossovers, cores and context of a stored sweep. */
#include "commands/commands.h"

#include "base/parse.h"
#include "commands/results.h"
#include "commands/words.h"
#include "present/study.h"

#include <getopt.h>
#include <math.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale study [SWEEP] [--where FILTER] [--within LIMIT]... [--predict N] [--format table|csv|json] [--db "
    "FILE]\n"
    "\n"
    "Says how time and memory of a stored sweep grow with length, where one operator passes another, what more threads\n"
    "bring, and how long a sequence may be. Nothing is measured: it takes the newest sweep, or the one with that name, "
    "UUID\n"
    "or beginning of one, imported tables included.\n"
    "\n"
    "  --where FILTER    only cells that fulfil all conditions, as `seqscale show --where` takes them\n"
    "  --within LIMIT    the longest sequence within a time (100ms, 2s) or within memory (512MiB); may be given for both\n"
    "  --predict N       predict N doublings beyond the longest length, 0 to 8; by default 2\n"
    "  --format FORMAT   table (default), csv or json\n"
    "  --db FILE         results database\n"
    "\n"
    "Intervals are 95 %. docs/method.md says how they come about, results/schema.md what the JSON holds.\n"
    "\n"
    "Example:\n"
    "  seqscale study first --where threads=1 --within 100ms --within 1GiB\n";

enum format { FORMAT_TABLE = 0, FORMAT_CSV, FORMAT_JSON };

struct arguments {
    const char *sweep, *database;
    struct study_request request;
    enum format format;
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

/* A duration or a size, told apart by the unit; a bare number could be either. */
static enum status parse_within(const char *word, struct study_request *request, struct error *error)
{
    double bytes = 0.0, seconds = 0.0;
    struct error ignored;
    const bool size = parse_bytes(word, "--within", &bytes, &ignored) == STATUS_OK;
    const bool time = parse_duration(word, "--within", &seconds, &ignored) == STATUS_OK;
    if (size && time)
        return error_set(error, STATUS_USAGE, "--within: '%.40s' has no unit: write a time like 100ms or a size like 1GiB",
                         word);
    if (!size && !time)
        return error_set(error, STATUS_USAGE,
                         "--within: '%.40s' is no limit: write a time above 0 like 100ms or a size like 1GiB", word);
    *(size ? &request->within_bytes : &request->within_seconds) = size ? bytes : seconds;
    return STATUS_OK;
}

static enum status parse_doublings(const char *word, struct study_request *request, struct error *error)
{
    int64_t count = 0;
    TRY(parse_count(word, "--predict", 0, STUDY_DOUBLINGS_MAX, &count, error));
    request->doublings = (int)count;
    return STATUS_OK;
}

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"where", required_argument, NULL, 'w'},
                                            {"within", required_argument, NULL, 'i'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"predict", required_argument, NULL, 'p'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == 'w')
            arguments->request.where = optarg;
        else if (option == 'i')
            TRY(parse_within(optarg, &arguments->request, error));
        else if (option == 'f')
            TRY(parse_format(optarg, &arguments->format, error));
        else if (option == 'p')
            TRY(parse_doublings(optarg, &arguments->request, error));
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

/* ---------------------------------------------------------------- the command */

/* The page is made before anything is printed, so that it is whole or an error. */
static enum status print_text(const struct study *study, enum format format, struct error *error)
{
    struct text page = {0};
    if (format == FORMAT_JSON)
        study_write_json(&page, study);
    else
        study_write_csv(&page, study);
    const bool complete = !page.failed;
    if (complete)
        fputs(text_get(&page), stdout);
    text_free(&page);
    return complete ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the study");
}

static enum status print(const struct study *study, const struct arguments *arguments, struct error *error)
{
    if (arguments->format != FORMAT_TABLE)
        return print_text(study, arguments->format, error);
    if (study->growth_count > 0)
        return study_print_table(stdout, study, &arguments->request)
                   ? STATUS_OK
                   : error_set(error, STATUS_SYSTEM, "out of memory for the study");
    if (study->cell_count == 0)
        printf("None of the %d cells of sweep '%s' fulfils the filter.\n", study->sweep.cell_count, study->sweep.name);
    else
        printf("None of the %zu cells of sweep '%s' was measured.\n", study->cell_count, study->sweep.name);
    return STATUS_OK;
}

enum status command_study(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.request = {.within_seconds = NAN, .within_bytes = NAN, .doublings = 2}};
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    struct store *store = NULL;
    struct sweep_record sweep;
    struct study study = {.series_count = 0};
    enum status status = results_find(&store, &sweep, arguments.database, arguments.sweep, error);
    if (status == STATUS_OK)
        status = study_make(&study, store, &sweep, &arguments.request, error);
    if (status == STATUS_OK)
        status = print(&study, &arguments, error);
    study_free(&study);
    results_close(store, &sweep);
    return status == STATUS_OK ? results_flush(stdout, "standard output", error) : status;
}
