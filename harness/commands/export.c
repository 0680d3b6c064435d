/* export.c - seqscale export: a stored sweep as CSV or JSON Lines. A file is replaced at once when it is complete, so a
 * full disk or a kill leaves the old one. */
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "store/exchange.h"

#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Usage: seqscale export [SWEEP] [--format csv|jsonl] [--where FILTER] [--output FILE] [--db FILE]\n"
    "\n"
    "Writes a stored sweep (the newest unless one is named) to standard output or a file. csv has one row per cell; jsonl\n"
    "has everything, samples included, and `seqscale import` makes the same sweep of it.\n"
    "\n"
    "  --format FORMAT   csv or jsonl; by default jsonl when the output's name ends in .jsonl, else csv\n"
    "  --where FILTER    only cells that fulfil it, as `seqscale show --help` describes\n"
    "  --output FILE     write there; '-' is standard output\n"
    "  --db FILE         results database\n"
    "\n"
    "Example:\n"
    "  seqscale export nightly --format jsonl --output nightly.jsonl\n";

struct arguments {
    const char *sweep, *where, *output, *database, *format;
    bool help;
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'}, {"where", required_argument, NULL, 'w'},
        {"output", required_argument, NULL, 'o'}, {"db", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == 'f')
            arguments->format = optarg;
        else if (option == 'w')
            arguments->where = optarg;
        else if (option == 'o')
            arguments->output = optarg;
        else if (option == 'd')
            arguments->database = optarg;
        else if (option == 'h')
            arguments->help = true;
        else
            return words_bad_option(argv[0], option, argv, error);
    }
    arguments->sweep = optind < argc ? argv[optind] : NULL;
    TRY(results_words(argc, argv, optind, 1, error));
    if (arguments->output && strcmp(arguments->output, "-") == 0)
        arguments->output = NULL;
    if (!arguments->format)
        arguments->format = arguments->output && text_ends(arguments->output, ".jsonl") ? "jsonl" : "csv";
    if (strcmp(arguments->format, "csv") != 0 && strcmp(arguments->format, "jsonl") != 0)
        return error_set(error, STATUS_USAGE, "--format: '%.40s' is not one of csv, jsonl", arguments->format);
    return STATUS_OK;
}

static enum status write_sweep(struct store *store, const struct sweep_record *sweep, const struct arguments *arguments,
                               FILE *out, const char *name, struct error *error)
{
    if (strcmp(arguments->format, "csv") == 0)
        TRY(export_csv(store, sweep, arguments->where, out, error));
    else
        TRY(export_jsonl(store, sweep, arguments->where, out, error));
    return results_flush(out, name, error);
}

/* Writes to `path`; sentences name the output that was asked for. */
static enum status write_path(struct store *store, const struct sweep_record *sweep, const struct arguments *arguments,
                              const char *path, struct error *error)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return error_set(error, STATUS_SYSTEM, "cannot write to %s: %s", arguments->output, strerror(errno));
    enum status status = write_sweep(store, sweep, arguments, out, arguments->output, error);
    if (fclose(out) != 0 && status == STATUS_OK)
        status = error_set(error, STATUS_SYSTEM, "cannot write to %s: %s", arguments->output, strerror(errno));
    return status;
}

static enum status replace_file(struct store *store, const struct sweep_record *sweep, const struct arguments *arguments,
                                struct error *error)
{
    char *part = text_print("%s.%ld.part", arguments->output, (long)getpid());
    if (!part)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    enum status status = write_path(store, sweep, arguments, part, error);
    if (status == STATUS_OK && rename(part, arguments->output) != 0)
        status = error_set(error, STATUS_SYSTEM, "cannot write to %s: %s", arguments->output, strerror(errno));
    if (status != STATUS_OK)
        unlink(part);
    free(part);
    return status;
}

/* Pipes, devices and links are written to, not replaced. */
static bool is_replaceable(const char *path)
{
    struct stat found;
    return lstat(path, &found) != 0 || S_ISREG(found.st_mode);
}

static enum status export(struct store *store, const struct sweep_record *sweep, const struct arguments *arguments,
                          struct error *error) {
    if (!arguments->output) return write_sweep(store, sweep, arguments, stdout, "standard output", error);
    return is_replaceable(arguments->output) ? replace_file(store, sweep, arguments, error)
                                             : write_path(store, sweep, arguments, arguments->output, error);
}

enum status command_export(int argc, char **argv, struct error *error)
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
        status = export(store, &sweep, &arguments, error);
    results_close(store, &sweep);
    return status;
}
