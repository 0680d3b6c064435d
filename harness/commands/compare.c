/* compare.c - seqscale compare: two stored sweeps, judged or refused. */
#include "base/parse.h"
#include "commands/commands.h"
#include "commands/page.h"
#include "commands/results.h"
#include "commands/words.h"
#include "sweep/compare.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale compare BASE NEW [OPTIONS]\n"
    "\n"
    "Compares two stored sweeps cell by cell. Their processes ran at different times and are not paired, so this is more "
    "cautious\n"
    "than ab, which measures anew: the margin is 5 % or the spread of the processes, whichever is more. Memory is compared "
    "exactly.\n"
    "\n"
    "  --margin PERCENT     differences up to this are the same (default 5%)\n"
    "  --force              different machines or settings: show them side by side, with UNKNOWN for a verdict\n"
    "  --format WORD        table (default), markdown, junit or json\n"
    "  --output FILE        write it there\n"
    "  --db FILE            results database\n"
    "\n"
    "Exit codes are those of ab: 0 no regression, 1 regression, 2 usage, 3 inconclusive, 4 a measurement failed, 5 wrong "
    "results.\n"
    "\n"
    "Example:\n"
    "  seqscale compare before after --format markdown\n";

struct arguments {
    const char *base, *fresh, *database, *output;
    double margin;
    enum comparison_format format;
    bool force, help;
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"margin", required_argument, NULL, 'm'},
                                            {"force", no_argument, NULL, 'F'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (option) {
        case 'm':
            TRY(parse_percent(optarg, "--margin", &arguments->margin, error));
            break;
        case 'F':
            arguments->force = true;
            break;
        case 'f':
            TRY(comparison_format_parse(optarg, &arguments->format, error));
            break;
        case 'o':
            arguments->output = optarg;
            break;
        case 'd':
            arguments->database = optarg;
            break;
        case 'h':
            arguments->help = true;
            return STATUS_OK;
        default:
            return words_bad_option(argv[0], option, argv, error);
        }
    }
    TRY(results_words(argc, argv, optind, 2, error));
    if (argc - optind < 2)
        return error_set(error, STATUS_USAGE,
                         "compare needs two sweeps, the base and the new one; `seqscale sweeps` lists them");
    arguments->base = argv[optind];
    arguments->fresh = argv[optind + 1];
    return STATUS_OK;
}

static enum status compare(struct store *store, const struct arguments *arguments, const struct sweep_record *base,
                           const struct sweep_record *fresh, struct error *error)
{
    struct comparison_record comparison;
    struct comparison_cell *cells = NULL;
    size_t count = 0;
    const struct compare_request request = {
        .store = store, .base = base, .fresh = fresh, .margin = arguments->margin, .force = arguments->force};
    enum status status = compare_sweeps(&request, &comparison, &cells, &count, error);
    const struct comparison_view view = {.record = &comparison, .cells = cells, .count = count, .paired = false};
    if (status == STATUS_OK)
        status = page_write(&view, arguments->format, arguments->output, error);
    if (status == STATUS_OK)
        status = page_end(&comparison, error);
    free(cells);
    comparison_record_free(&comparison);
    return status;
}

enum status command_compare(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.margin = COMPARE_MARGIN};
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    struct store *store = NULL;
    struct sweep_record base, fresh = {.status = ""};
    enum status status = results_find(&store, &base, arguments.database, arguments.base, error);
    if (status == STATUS_OK)
        status = store_find_sweep(store, arguments.fresh, &fresh, error);
    if (status == STATUS_OK)
        status = compare(store, &arguments, &base, &fresh, error);
    sweep_record_free(&fresh);
    results_close(store, &base);
    return status;
}
