/* selfcheck.c - seqscale selfcheck: the tool proved on this machine. */
#include "commands/commands.h"

#include "base/interrupt.h"
#include "base/parse.h"
#include "commands/results.h"
#include "commands/words.h"
#include "present/progress.h"
#include "selfcheck/selfcheck.h"

#include <getopt.h>
#include <math.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale selfcheck [--regression] [--quick | --full] [--resume] [--load[=only]] [--for TIME] [OPTIONS]\n"
    "\n"
    "Proves the tool on this machine and prints the table: simulated sweeps and operators of known growth and crossing are\n"
    "measured and studied, and it is counted how often the intervals hold the truth; memory is compared to the byte; what\n"
    "the harness itself costs is measured. Every share has its 95 % interval. What is measured is not kept beside your\n"
    "sweeps; what came out is.\n"
    "\n"
    "  --regression      the other suite: how often identical code is called slower by ab, and how often a slowdown that\n"
    "                    was planted is found; history's change points in simulation\n"
    "  --quick           within a minute (default)\n"
    "  --full            the thousands of cases of the stated targets, within an hour; --regression within two\n"
    "  --load[=only]     measure beside stress-ng on one core as well, or only there\n"
    "  --resume          go on with the newest run, which may be finished: then its table is printed again\n"
    "  --for TIME        begin nothing that would end later than that (the longest piece takes 40s); --resume goes on\n"
    "  --format FORMAT   table (default), json or markdown\n"
    "  --operators DIR   look for operator modules there first\n"
    "  --db FILE         results database\n"
    "  --quiet           no progress line\n"
    "\n"
    "Exit codes: 0 every target is met, 1 one is missed, 3 unfinished, 130 interrupted; what was finished is kept.\n"
    "\n"
    "Example:\n"
    "  seqscale selfcheck --full --load --format markdown\n";

enum format { FORMAT_TABLE = 0, FORMAT_JSON, FORMAT_MARKDOWN };

struct arguments {
    const char *database, *operators;
    enum selfcheck_suite suite;
    enum format format;
    enum selfcheck_load load;
    bool quick, full, resume, quiet, help;
    double for_seconds;
};

static enum status parse_format(const char *word, enum format *format, struct error *error)
{
    static const char *const names[] = {[FORMAT_TABLE] = "table", [FORMAT_JSON] = "json", [FORMAT_MARKDOWN] = "markdown", NULL};
    int chosen = 0;
    TRY(parse_one_of(word, "--format", names, &chosen, error));
    *format = (enum format)chosen;
    return STATUS_OK;
}

static enum status parse_load(const char *word, enum selfcheck_load *load, struct error *error)
{
    *load = word ? SELFCHECK_LOAD_ONLY : SELFCHECK_LOAD_TOO;
    return !word || strcmp(word, "only") == 0
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "--load is given alone or as --load=only, and not with '%s'", word);
}

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"regression", no_argument, NULL, 'R'},
                                            {"quick", no_argument, NULL, 'q'},
                                            {"full", no_argument, NULL, 'f'},
                                            {"load", optional_argument, NULL, 'l'},
                                            {"resume", no_argument, NULL, 'r'},
                                            {"for", required_argument, NULL, 't'},
                                            {"format", required_argument, NULL, 'm'},
                                            {"operators", required_argument, NULL, 'o'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"quiet", no_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (option) {
        case 'R': arguments->suite = SELFCHECK_REGRESSION; break;
        case 'q': arguments->quick = true; break;
        case 'f': arguments->full = true; break;
        case 'l': TRY(parse_load(optarg, &arguments->load, error)); break;
        case 'r': arguments->resume = true; break;
        case 't': TRY(parse_duration(optarg, "--for", &arguments->for_seconds, error)); break;
        case 'm': TRY(parse_format(optarg, &arguments->format, error)); break;
        case 'o': arguments->operators = optarg; break;
        case 'd': arguments->database = optarg; break;
        case 's': arguments->quiet = true; break;
        case 'h': arguments->help = true; break;
        default: return words_bad_option(argv[0], option, argv, error);
        }
    }
    if (arguments->quick && arguments->full)
        return error_set(error, STATUS_USAGE, "selfcheck is either --quick or --full");
    return results_words(argc, argv, optind, 0, error);
}

/* ---------------------------------------------------------------- running */

static enum status find_or_begin(struct selfcheck_record *run, struct selfcheck_request *request,
                                 const struct arguments *arguments, struct error *error)
{
    if (!arguments->resume)
        return selfcheck_begin(run, request, error);
    const char *extent = arguments->full ? "full" : arguments->quick ? "quick" : "";
    TRY(store_find_selfcheck(request->store, selfcheck_suite_names[request->suite], extent, run, error));
    request->full = strcmp(run->extent, "full") == 0;
    return selfcheck_same_build(run, request, error);
}

static enum status run_units(const struct selfcheck_record *run, struct selfcheck_request *request,
                             const struct arguments *arguments, struct error *error)
{
    struct progress progress;
    char words[REPORT_COMMAND];
    interrupt_install();
    progress_begin(&progress, stderr, arguments->quiet);
    request->progress = progress_show;
    request->context = &progress;
    const enum status status = selfcheck_run(run, request, error);
    progress_end(&progress);
    if (status == STATUS_INTERRUPTED)
        return error_set(error, status, "interrupted; what was finished is kept, and `%s` goes on",
                         selfcheck_resume(request, words));
    return status;
}

/* ---------------------------------------------------------------- what comes out */

static enum status print(const struct report *report, enum format format, struct error *error)
{
    struct text page = {0};
    bool complete = true;
    if (format == FORMAT_TABLE)
        complete = report_print_table(stdout, report);
    else if (format == FORMAT_JSON)
        report_write_json(&page, report);
    else
        report_write_markdown(&page, report);
    complete = complete && !page.failed;
    if (complete)
        fputs(text_get(&page), stdout);
    text_free(&page);
    return complete ? results_flush(stdout, "standard output", error)
                    : error_set(error, STATUS_SYSTEM, "out of memory for the report");
}

static enum status judge(const struct report *report, struct error *error)
{
    const size_t missed = report_count(report, REPORT_MISSED);
    for (size_t i = 0; i < report->count && missed > 0; ++i)
        if (report->lines[i].verdict == REPORT_MISSED)
            return error_set(error, STATUS_REGRESSION, "%zu target%s missed, the first of %s: %s", missed,
                             missed == 1 ? " is" : "s are", report->lines[i].part, report->lines[i].what);
    if (report->units < report->units_wanted)
        return error_set(error, STATUS_INCONCLUSIVE, "unfinished: %d of %d units are there; `%s` goes on", report->units,
                         report->units_wanted, report->resume);
    return STATUS_OK;
}

static enum status selfcheck(struct selfcheck_request *request, const struct arguments *arguments, struct error *error)
{
    struct selfcheck_record run;
    struct report report = {.count = 0};
    TRY(find_or_begin(&run, request, arguments, error));
    TRY(run_units(&run, request, arguments, error));
    enum status status = selfcheck_report(&report, &run, request, error);
    if (status == STATUS_OK)
        status = print(&report, arguments->format, error);
    if (status == STATUS_OK)
        status = judge(&report, error);
    report_free(&report);
    return status;
}

enum status command_selfcheck(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.for_seconds = INFINITY};
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    struct setting setting = {.topology = NULL};
    struct store *store = NULL;
    enum status status = setting_init(&setting, arguments.operators, error);
    if (status == STATUS_OK)
        status = results_open(&store, arguments.database, true, error);
    if (status == STATUS_OK) {
        struct selfcheck_request request = {.store = store,
                                            .setting = &setting,
                                            .suite = arguments.suite,
                                            .full = arguments.full,
                                            .load = arguments.load,
                                            .for_seconds = arguments.for_seconds};
        status = selfcheck(&request, &arguments, error);
    }
    store_close(store);
    setting_free(&setting);
    return status;
}
