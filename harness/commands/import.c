/* import.c - seqscale import: an exported sweep, or a table measured elsewhere, into the results database. */
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "store/exchange.h"

#include <getopt.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale import FILE [--name NAME] [--db FILE]\n"
    "\n"
    "Reads a sweep from a file ('-' is standard input): JSON Lines as `seqscale export --format jsonl` writes it, or CSV "
    "with\n"
    "at least the columns operator, length and seconds (or instructions), in any order. A row without either needs a\n"
    "status (skipped, failed or wrong) and may have limit_seconds. Columns that are missing mean batch 1, width 256, mode\n"
    "forward, scope layer, threads 1, prepare outside. A file that is not right in every row changes nothing.\n"
    "\n"
    "  --name NAME       name of the sweep; by default the exported one's, or the CSV file's name\n"
    "  --db FILE         results database; made when it is not there\n"
    "\n"
    "Example:\n"
    "  seqscale import elsewhere.csv --name elsewhere && seqscale show elsewhere\n";

struct arguments {
    const char *file, *name, *database;
    bool help;
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"name", required_argument, NULL, 'n'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == 'n')
            arguments->name = optarg;
        else if (option == 'd')
            arguments->database = optarg;
        else if (option == 'h')
            arguments->help = true;
        else
            return words_bad_option(argv[0], option, argv, error);
    }
    arguments->file = optind < argc ? argv[optind] : NULL;
    if (!arguments->file && !arguments->help)
        return error_set(error, STATUS_USAGE, "import needs a FILE; `seqscale import --help` shows how");
    return results_words(argc, argv, optind, 1, error);
}

static enum status import(struct store *store, const struct arguments *arguments, struct error *error)
{
    const char *path = strcmp(arguments->file, "-") == 0 ? "/dev/stdin" : arguments->file;
    struct sweep_record sweep;
    TRY(import_file(store, path, arguments->name, &sweep, error));
    printf("Imported sweep '%s': %d cells, %d measured. `seqscale show %s` prints it.\n", sweep.name, sweep.cell_count,
           sweep.measured_count, sweep.name);
    sweep_record_free(&sweep);
    return results_flush(stdout, "standard output", error);
}

enum status command_import(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.file = NULL};
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    struct store *store = NULL;
    TRY(results_open(&store, arguments.database, true, error));
    const enum status status = import(store, &arguments, error);
    store_close(store);
    return status;
}
