/* sweeps.c - seqscale sweeps: the stored sweeps as a list, and what can be done to one. */
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "present/table.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: seqscale sweeps [list] [--db FILE]\n"
                           "       seqscale sweeps rename OLD NEW [--db FILE]\n"
                           "       seqscale sweeps note SWEEP TEXT [--db FILE]\n"
                           "       seqscale sweeps delete SWEEP [--yes] [--db FILE]\n"
                           "\n"
                           "Lists the stored sweeps, renames one, writes a note that is shown with it, or deletes one with "
                           "all its samples. A sweep\n"
                           "is named by its name, its UUID or the beginning of one; 'latest' is the newest.\n"
                           "\n"
                           "  --yes             delete without asking\n"
                           "  --db FILE         results database\n"
                           "\n"
                           "Example:\n"
                           "  seqscale sweeps rename latest before-the-update\n";

struct arguments {
    const char *database;
    char **words; /* after the subcommand */
    int word_count;
    bool yes, help;
};

static enum status print_sweeps(const struct sweep_record *sweeps, size_t count, struct error *error)
{
    static const struct table_column columns[] = {{"name", 0},     {"created", 0}, {"status", 0}, {"cells", 1},
                                                  {"measured", 1}, {"grade", 0},   {"UUID", 0},
                                                  {"note", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    for (size_t i = 0; i < count; ++i) {
        char cells[16], measured[16];
        snprintf(cells, sizeof cells, "%d", sweeps[i].cell_count);
        snprintf(measured, sizeof measured, "%d", sweeps[i].measured_count);
        const char *const row[] = {sweeps[i].name, sweeps[i].created, sweeps[i].status, cells,
                                   measured,       sweeps[i].grade,   sweeps[i].id,
                                   sweeps[i].note};
        table_add(table, row);
    }
    table_print(table, stdout);
    table_free(table);
    return STATUS_OK;
}

static enum status list(struct store *store, const struct arguments *arguments, struct error *error)
{
    (void)arguments;
    struct sweep_record *sweeps = NULL;
    size_t count = 0;
    TRY(store_list_sweeps(store, &sweeps, &count, error));
    enum status status = STATUS_OK;
    if (count == 0)
        puts("No sweep is stored yet: run `seqscale sweep` to measure.");
    else
        status = print_sweeps(sweeps, count, error);
    for (size_t i = 0; i < count; ++i)
        sweep_record_free(&sweeps[i]);
    free(sweeps);
    return status;
}

static enum status rename_sweep(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct sweep_record sweep;
    TRY(store_find_sweep(store, arguments->words[0], &sweep, error));
    const enum status status = store_rename_sweep(store, sweep.id, arguments->words[1], error);
    if (status == STATUS_OK)
        printf("Sweep '%s' is now '%s'.\n", sweep.name, arguments->words[1]);
    sweep_record_free(&sweep);
    return status;
}

static enum status note_sweep(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct sweep_record sweep;
    TRY(store_find_sweep(store, arguments->words[0], &sweep, error));
    const enum status status = store_note_sweep(store, sweep.id, arguments->words[1], error);
    if (status == STATUS_OK)
        printf("Sweep '%s' has the note.\n", sweep.name);
    sweep_record_free(&sweep);
    return status;
}

/* Asks on the terminal; *answer is true for yes. */
static enum status confirm(const struct sweep_record *sweep, bool *answer, struct error *error)
{
    char line[16] = "";
    if (!isatty(STDIN_FILENO))
        return error_set(error, STATUS_USAGE, "sweeps delete asks before it deletes, and there is no terminal: add --yes");
    printf("Delete sweep '%s' of %s with its %d cells and all their samples? [y/N] ", sweep->name, sweep->created,
           sweep->cell_count);
    fflush(stdout);
    *answer = fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
    return STATUS_OK;
}

static enum status delete_found(struct store *store, const struct sweep_record *sweep, bool yes, struct error *error)
{
    if (!yes)
        TRY(confirm(sweep, &yes, error));
    if (!yes) {
        puts("Nothing is deleted.");
        return STATUS_OK;
    }
    TRY(store_delete_sweep(store, sweep->id, error));
    printf("Sweep '%s' is deleted.\n", sweep->name);
    return STATUS_OK;
}

static enum status delete_sweep(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct sweep_record sweep;
    TRY(store_find_sweep(store, arguments->words[0], &sweep, error));
    const enum status status = delete_found(store, &sweep, arguments->yes, error);
    sweep_record_free(&sweep);
    return status;
}

static const struct subcommand {
    const char *name;
    int words;
    const char *takes; /* for the sentence when their number is wrong */
    enum status (*run)(struct store *store, const struct arguments *arguments, struct error *error);
} subcommands[] = {
    {"list", 0, "nothing", list},
    {"rename", 2, "OLD and NEW", rename_sweep},
    {"note", 2, "SWEEP and TEXT", note_sweep},
    {"delete", 1, "SWEEP", delete_sweep},
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"yes", no_argument, NULL, 'y'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == 'y')
            arguments->yes = true;
        else if (option == 'd')
            arguments->database = optarg;
        else if (option == 'h')
            arguments->help = true;
        else
            return words_bad_option(argv[0], option, argv, error);
    }
    arguments->words = argv + optind;
    arguments->word_count = argc - optind;
    return STATUS_OK;
}

/* Takes the subcommand off the words; none is `list`. */
static enum status find_subcommand(struct arguments *arguments, const struct subcommand **found, struct error *error)
{
    *found = &subcommands[0];
    if (arguments->word_count == 0)
        return STATUS_OK;
    const char *name = *arguments->words++;
    --arguments->word_count;
    for (size_t i = 0; i < ARRAY_LEN(subcommands); ++i) {
        *found = &subcommands[i];
        if (strcmp(subcommands[i].name, name) != 0)
            continue;
        if (arguments->word_count == subcommands[i].words)
            return STATUS_OK;
        return error_set(error, STATUS_USAGE, "sweeps %s takes %s; `seqscale sweeps --help` shows how", name,
                         subcommands[i].takes);
    }
    return error_set(error, STATUS_USAGE, "sweeps: '%.40s' is not one of list, rename, note, delete", name);
}

enum status command_sweeps(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.database = NULL};
    const struct subcommand *subcommand = NULL;
    struct store *store = NULL;
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return results_flush(stdout, "standard output", error);
    }
    TRY(find_subcommand(&arguments, &subcommand, error));
    TRY(results_open(&store, arguments.database, false, error));
    const enum status status = subcommand->run(store, &arguments, error);
    store_close(store);
    return status == STATUS_OK ? results_flush(stdout, "standard output", error) : status;
}
