/* plot.c - seqscale plot: a stored sweep as charts. Prints the paths of the files; what is missing from a chart, and why a
 * figure was left out, goes to standard error. */
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "present/charts.h"

#include <getopt.h>
#include <stdlib.h>

static const char help[] =
    "Usage: seqscale plot [SWEEP] [--output FOLDER] [--where FILTER] [--relative-to OPERATOR] [--figures NAMES]\n"
    "                     [--format FORMATS] [--db FILE]\n"
    "\n"
    "Draws a stored sweep: the newest, or the one with that name, UUID or beginning of one. Needs gnuplot.\n"
    "\n"
    "  --output FOLDER        where the files go; by default charts/SWEEP beside the database\n"
    "  --where FILTER         only cells that fulfil all conditions, as `seqscale show --where` takes them\n"
    "  --relative-to OPERATOR what the others are compared to in the chart speed: a name, or a name with its options; by\n"
    "                         default what the sweep says\n"
    "  --figures NAMES        comma-separated: time, token (time per token), memory, speed, cores, phases, roofline,\n"
    "                         instructions; by default all that the sweep has values for\n"
    "  --format FORMATS       svg, png or both (default)\n"
    "  --db FILE              results database\n"
    "\n"
    "The numbers behind each chart are in FOLDER/data.\n"
    "\n"
    "Example:\n"
    "  seqscale plot --figures time,speed --relative-to attention --where 'threads=1' --output charts\n";

struct arguments {
    struct chart_request request;
    const char *sweep, *database;
    bool help;
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"where", required_argument, NULL, 'w'},
                                            {"relative-to", required_argument, NULL, 'r'},
                                            {"figures", required_argument, NULL, 'i'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct chart_request *request = &arguments->request;
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (option) {
        case 'o': request->directory = optarg; break;
        case 'w': request->where = optarg; break;
        case 'r': request->relative_to = optarg; break;
        case 'i': request->figures = optarg; break;
        case 'f': request->formats = optarg; break;
        case 'd': arguments->database = optarg; break;
        case 'h': arguments->help = true; return STATUS_OK;
        default: return words_bad_option("plot", option, argv, error);
        }
    }
    TRY(results_words(argc, argv, optind, 1, error));
    if (request->directory && !request->directory[0])
        return error_set(error, STATUS_USAGE, "plot: --output needs the name of a folder");
    arguments->sweep = optind < argc ? argv[optind] : NULL;
    return STATUS_OK;
}

static enum status draw(struct store *store, const struct sweep_record *sweep, const struct chart_request *request,
                        struct error *error)
{
    struct text files = {0}, notes = {0};
    enum status status = charts_draw(store, sweep, request, &files, &notes, error);
    fputs(text_get(&notes), stderr);
    fputs(text_get(&files), stdout); /* also those made before something failed */
    text_free(&files);
    text_free(&notes);
    return status == STATUS_OK ? results_flush(stdout, "standard output", error) : status;
}

enum status command_plot(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.help = false};
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    struct store *store = NULL;
    struct sweep_record sweep;
    char *database = store_default_path(arguments.database);
    char *folder = NULL;
    enum status status = results_find(&store, &sweep, arguments.database, arguments.sweep, error);
    if (status == STATUS_OK && !arguments.request.directory) {
        folder = database ? charts_default_directory(database, sweep.name) : NULL;
        arguments.request.directory = folder;
        if (!folder)
            status = error_set(error, STATUS_SYSTEM, "out of memory");
    }
    if (status == STATUS_OK)
        status = draw(store, &sweep, &arguments.request, error);
    results_close(store, &sweep);
    free(database);
    free(folder);
    return status;
}
