/* baseline.c - seqscale baseline: builds that are kept to compare against, as a list, and what can be done to one. */
#include "base/parse.h"
#include "commands/commands.h"

#include "commands/results.h"
#include "commands/words.h"
#include "machine/fingerprint.h"
#include "present/table.h"
#include "present/units.h"
#include "store/json_text.h"
#include "sweep/arm_commit.h"
#include "sweep/baseline.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale baseline [list] [--format table|json] [--db FILE]\n"
    "       seqscale baseline set NAME [--build DIR | --commit REV] [--replace] [--db FILE]\n"
    "       seqscale baseline remove NAME [--db FILE]\n"
    "\n"
    "Keeps a whole build, the program and its operator modules, to compare against: `seqscale ab --base baseline:NAME` runs\n"
    "it beside today's, and `seqscale history` shows the ratios over commits. The copy lies in baselines/NAME beside the\n"
    "results database with a hash over all its files; the list says when it was changed or is missing.\n"
    "\n"
    "  --build DIR       the build that is kept: a build folder or an install prefix; by default this program's own\n"
    "  --commit REV      build that commit, in a worktree of its own, and keep the result\n"
    "  --replace         give the name to this build, where another has it\n"
    "  --format FORMAT   table (default) or json\n"
    "  --db FILE         results database\n"
    "\n"
    "Example:\n"
    "  seqscale baseline set release-1 && seqscale ab --base baseline:release-1\n";

struct arguments {
    const char *database, *build, *commit;
    char **words; /* after the subcommand */
    int word_count;
    bool json, replace, help;
};

/* ---------------------------------------------------------------- list */

static const char *const states[] = {
    [BASELINE_INTACT] = "intact", [BASELINE_CHANGED] = "changed", [BASELINE_MISSING] = "missing"};

static void add_row(struct table *table, const struct baseline_record *baseline, enum baseline_state state)
{
    char bytes[UNITS_TEXT], files[16];
    snprintf(files, sizeof files, "%d", baseline->files);
    char *commit = text_print("%.12s%s", baseline->commit, strcmp(baseline->dirty, "yes") == 0 ? "+changes" : "");
    char *hash = text_print("%.12s", baseline->hash);
    const char *const row[] = {baseline->name, states[state],  baseline->created, baseline->version,
                               commit,         hash,           files,             units_bytes(bytes, baseline->bytes)};
    table_add(table, row);
    free(commit);
    free(hash);
}

static void append_json(struct text *out, const struct baseline_record *baseline, enum baseline_state state,
                        const char *folder)
{
    const struct {
        const char *name, *value;
    } members[] = {{"name", baseline->name},       {"state", states[state]},    {"created", baseline->created},
                   {"version", baseline->version}, {"commit", baseline->commit}, {"dirty", baseline->dirty},
                   {"hash", baseline->hash},       {"machine", baseline->machine}, {"source", baseline->source},
                   {"folder", folder}};
    for (size_t i = 0; i < ARRAY_LEN(members); ++i) {
        if (!members[i].value[0])
            continue;
        text_format(out, "%s\"%s\": ", i ? ", " : "{", members[i].name);
        json_append_string(out, members[i].value);
    }
    text_format(out, ", \"files\": %d, \"bytes\": ", baseline->files);
    json_append_number(out, baseline->bytes);
    text_append(out, "}");
}

static enum status list_json(struct store *store, const struct baseline_record *baselines, size_t count,
                             struct error *error)
{
    struct text page = {0};
    enum status status = STATUS_OK;
    text_append(&page, "{\"baselines\": [");
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        enum baseline_state state = BASELINE_MISSING;
        char *folder = store_baseline_folder(store, baselines[i].name);
        status = baseline_check(store, &baselines[i], &state, error);
        text_append(&page, i ? ",\n  " : "\n  ");
        append_json(&page, &baselines[i], state, folder ? folder : "");
        page.failed |= !folder;
        free(folder);
    }
    text_append(&page, "\n]}\n");
    if (status == STATUS_OK && page.failed)
        status = error_set(error, STATUS_SYSTEM, "out of memory for the list");
    if (status == STATUS_OK)
        fputs(text_get(&page), stdout);
    text_free(&page);
    return status;
}

static enum status list_table(struct store *store, const struct baseline_record *baselines, size_t count,
                              struct error *error)
{
    static const struct table_column columns[] = {{"name", 0},   {"state", 0}, {"created", 0}, {"version", 0},
                                                  {"commit", 0}, {"hash", 0},  {"files", 1},   {"size", 1}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    enum status status = table ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a table");
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        enum baseline_state state = BASELINE_MISSING;
        status = baseline_check(store, &baselines[i], &state, error);
        if (status == STATUS_OK)
            add_row(table, &baselines[i], state);
    }
    if (status == STATUS_OK)
        table_print(table, stdout);
    table_free(table);
    return status;
}

static enum status list(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct baseline_record *baselines = NULL;
    size_t count = 0;
    TRY(store_list_baselines(store, &baselines, &count, error));
    enum status status = STATUS_OK;
    if (arguments->json)
        status = list_json(store, baselines, count, error);
    else if (count == 0)
        puts("There is no baseline yet: `seqscale baseline set NAME` keeps this build as one.");
    else
        status = list_table(store, baselines, count, error);
    free(baselines);
    return status;
}

/* ---------------------------------------------------------------- set, remove */

static enum status find_machine(char key[FINGERPRINT_KEY], struct error *error)
{
    struct topology *topology = NULL;
    TRY(topology_load(&topology, NULL, error));
    json_t *fingerprint = fingerprint_collect(topology);
    fingerprint_key(fingerprint, "machine", key);
    json_decref(fingerprint);
    topology_free(topology);
    return STATUS_OK;
}

static enum status set_commit(struct store *store, struct baseline_record *baseline, const struct arguments *arguments,
                              const char *machine, struct error *error)
{
    struct arm_commit built;
    fprintf(stderr, "building commit %s, unless it was built before ...\n", arguments->commit);
    enum status status = arm_build_commit(&built, arguments->commit, error);
    if (status == STATUS_OK)
        status = baseline_set(store, baseline, built.folder, built.commit, machine, arguments->replace, error);
    free(built.folder);
    return status;
}

static enum status set(struct store *store, const struct arguments *arguments, struct error *error)
{
    struct baseline_record baseline = {.files = 0};
    char machine[FINGERPRINT_KEY];
    if (arguments->build && arguments->commit)
        return error_set(error, STATUS_USAGE, "baseline set takes --build or --commit, not both");
    if (strlen(arguments->words[0]) >= sizeof baseline.name)
        return store_check_baseline_name(arguments->words[0], error);
    snprintf(baseline.name, sizeof baseline.name, "%s", arguments->words[0]);
    TRY(find_machine(machine, error));
    if (arguments->commit)
        TRY(set_commit(store, &baseline, arguments, machine, error));
    else
        TRY(baseline_set(store, &baseline, arguments->build, NULL, machine, arguments->replace, error));
    printf("Baseline '%s' is seqscale %s%s%.12s of %s: %d files, hash %.12s.\n", baseline.name, baseline.version,
           baseline.commit[0] ? ", commit " : "", baseline.commit, baseline.source, baseline.files, baseline.hash);
    if (strcmp(baseline.dirty, "yes") == 0)
        puts("Its source tree has changes that are in no commit.");
    return STATUS_OK;
}

static enum status remove_baseline(struct store *store, const struct arguments *arguments, struct error *error)
{
    TRY(baseline_remove(store, arguments->words[0], error));
    printf("Baseline '%s' is removed. Comparisons that were made against it stay.\n", arguments->words[0]);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the command */

static const struct subcommand {
    const char *name;
    int words;
    const char *takes; /* for the sentence when their number is wrong */
    bool creates;      /* the database, where there is none */
    enum status (*run)(struct store *store, const struct arguments *arguments, struct error *error);
} subcommands[] = {
    {"list", 0, "nothing", false, list},
    {"set", 1, "NAME", true, set},
    {"remove", 1, "NAME", false, remove_baseline},
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {
        {"build", required_argument, NULL, 'b'},  {"commit", required_argument, NULL, 'c'},
        {"replace", no_argument, NULL, 'r'},      {"format", required_argument, NULL, 'f'},
        {"db", required_argument, NULL, 'd'},     {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    static const char *const formats[] = {"table", "json", NULL};
    int format = 0;
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == 'b')
            arguments->build = optarg;
        else if (option == 'c')
            arguments->commit = optarg;
        else if (option == 'r')
            arguments->replace = true;
        else if (option == 'd')
            arguments->database = optarg;
        else if (option == 'h')
            arguments->help = true;
        else if (option == 'f')
            TRY(parse_one_of(optarg, "--format", formats, &format, error));
        else
            return words_bad_option(argv[0], option, argv, error);
    }
    arguments->json = format == 1;
    arguments->words = argv + optind;
    arguments->word_count = argc - optind;
    return STATUS_OK;
}

static enum status find_subcommand(const struct subcommand **subcommand, struct arguments *arguments, struct error *error)
{
    const char *word = arguments->word_count ? arguments->words[0] : "list";
    for (size_t i = 0; i < ARRAY_LEN(subcommands); ++i) {
        if (strcmp(subcommands[i].name, word) != 0)
            continue;
        *subcommand = &subcommands[i];
        if (arguments->word_count) {
            ++arguments->words;
            --arguments->word_count;
        }
        if (arguments->word_count == subcommands[i].words)
            return STATUS_OK;
        return error_set(error, STATUS_USAGE, "baseline %s takes %s; `seqscale baseline --help` shows how", word,
                         subcommands[i].takes);
    }
    return error_set(error, STATUS_USAGE, "baseline: '%.60s' is not one of list, set, remove", word);
}

enum status command_baseline(int argc, char **argv, struct error *error)
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
    TRY(results_open(&store, arguments.database, subcommand->creates, error));
    const enum status status = subcommand->run(store, &arguments, error);
    store_close(store);
    return status == STATUS_OK ? results_flush(stdout, "standard output", error) : status;
}
