/* ab.c - seqscale ab: from the words to two arms, the comparison, and its page. */
#include "base/interrupt.h"
#include "base/text.h"
#include "commands/ab_arguments.h"
#include "commands/commands.h"
#include "commands/page.h"
#include "commands/results.h"
#include "machine/fingerprint.h"
#include "present/progress.h"
#include "present/table.h"
#include "sweep/ab.h"
#include "sweep/arm_commit.h"
#include "sweep/baseline.h"
#include "sweep/instructions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct session {
    struct ab_arguments arguments;
    struct arm base, fresh;
    struct store *store;
    struct arm_commit built[2]; /* of --base-commit and --new-commit; a baseline has a folder alone */
    char fingerprint[FINGERPRINT_KEY], machine[FINGERPRINT_KEY];
};

/* ---------------------------------------------------------------- what comes out */

static enum status show(struct session *session, struct error *error)
{
    struct comparison_record comparison;
    struct comparison_cell *cells = NULL;
    size_t count = 0;
    TRY(store_find_comparison(session->store, session->arguments.show, &comparison, error));
    enum status status = store_read_comparison_cells(session->store, comparison.id, &cells, &count, error);
    const struct comparison_view view = {.record = &comparison, .cells = cells, .count = count, .paired = true};
    if (status == STATUS_OK)
        status = page_write(&view, session->arguments.format, session->arguments.output, error);
    if (status == STATUS_OK)
        status = page_end(&comparison, error);
    free(cells);
    comparison_record_free(&comparison);
    return status;
}

static enum status list(struct session *session, struct error *error)
{
    static const struct table_column columns[] = {
        {"name", 0}, {"created", 0}, {"status", 0}, {"verdict", 0}, {"reason", 0}};
    struct comparison_record *all = NULL;
    size_t count = 0;
    TRY(store_list_comparisons(session->store, &all, &count, error));
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; ++i) {
        const char *const row[] = {all[i].name, all[i].created, all[i].status, all[i].verdict, all[i].reason};
        if (table)
            table_add(table, row);
        comparison_record_free(&all[i]);
    }
    free(all);
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    if (count == 0)
        printf("No comparison is stored; `seqscale ab` makes one.\n");
    else
        table_print(table, stdout);
    table_free(table);
    return results_flush(stdout, "standard output", error);
}

static enum status forget(struct session *session, struct error *error)
{
    struct comparison_record comparison;
    TRY(store_find_comparison(session->store, session->arguments.remove, &comparison, error));
    const enum status status = store_delete_comparison(session->store, comparison.id, error);
    if (status == STATUS_OK)
        printf("Deleted comparison '%s'.\n", comparison.name);
    comparison_record_free(&comparison);
    return status;
}

/* ---------------------------------------------------------------- the arms */

/* A word that stands for a folder becomes that folder; it stays NULL where it is no such word. */
static enum status find_folder(struct store *store, struct arm_commit *built, const char *word, const char *revision,
                               struct error *error)
{
    struct baseline_record baseline;
    if (revision)
        return arm_build_commit(built, revision, error);
    if (!word || !text_starts(word, "baseline:"))
        return STATUS_OK;
    TRY(baseline_find(store, word + strlen("baseline:"), &built->folder, &baseline, error));
    snprintf(built->commit, sizeof built->commit, "%s", baseline.commit);
    return STATUS_OK;
}

/* The commit that a build was made from, whose worktree is gone. */
static enum status name_built(struct arm *arm, const struct arm_commit *built, const char *label, struct error *error)
{
    free(arm->label);
    arm->label = strdup(label);
    snprintf(arm->commit, sizeof arm->commit, "%s", built->commit);
    snprintf(arm->date, sizeof arm->date, "%s", built->date);
    arm->dirty = built->commit[0] ? 0 : -1;
    return arm->label ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static enum status resolve(struct session *session, struct arm *arm, int side, struct error *error)
{
    const struct ab_arguments *arguments = &session->arguments;
    struct arm_commit *built = &session->built[side];
    const char *word = side ? arguments->fresh : arguments->base;
    const char *revision = side ? arguments->new_commit : arguments->base_commit;
    const char *option = side ? (revision ? "--new-commit" : "--new") : (revision ? "--base-commit" : "--base");
    enum status status = find_folder(session->store, built, word, revision, error);
    if (status == STATUS_OK)
        status = arm_resolve(arm, built->folder ? built->folder : word, arguments->axes.directory, error);
    if (status != STATUS_OK)
        return status == STATUS_INTERRUPTED ? status : error_prefix(error, status, "%s", option);
    if (built->folder)
        TRY(name_built(arm, built, revision ? revision : word, error));
    struct setting *setting = &arm->setting;
    setting->seed = arguments->axes.request.base.seed;
    setting->timeout_seconds = arguments->axes.timeout_seconds;
    if (isfinite(arguments->axes.memory_limit_bytes))
        setting->memory_limit_bytes = arguments->axes.memory_limit_bytes;
    if (arguments
            ->instructions) /* times are of the kernels that are counted, so that the planner's knowledge serves both */
        setting->isa = instructions_isa(setting->isa);
    return STATUS_OK;
}

/* Folders and builds need --operator, and arms that name their operator have no use for it. */
static enum status complete_axes(struct session *session, struct error *error)
{
    struct sweep_arguments *axes = &session->arguments.axes;
    const bool named = session->base.operators.count > 0 && session->fresh.operators.count > 0;
    if (named && axes->request.operators.count > 0)
        return error_set(error, STATUS_USAGE, "ab: both arms name their operator, so --operator says it twice");
    if (!named && axes->request.operators.count == 0)
        return error_set(error, STATUS_USAGE,
                         "ab needs --operator, because '%s' holds several; `seqscale list` names those of this "
                         "build",
                         session->base.operators.count ? session->fresh.label : session->base.label);
    if (named) /* each arm brings its own; the list only has to be there */
        TRY(operators_parse(&axes->request.operators, session->base.operators.items[0].name, error));
    if (axes->request.lengths.count == 0)
        TRY(axis_parse(&axes->request.lengths, "256,1024,4096", "--length", error));
    return sweep_arguments_complete(axes, error);
}

static enum status store_fingerprint(struct session *session, struct error *error)
{
    json_t *fingerprint = fingerprint_collect(session->fresh.setting.topology);
    if (!fingerprint)
        return error_set(error, STATUS_SYSTEM, "out of memory for the fingerprint");
    fingerprint_set(fingerprint, "instruction_set", "build", json_string(isa_name(session->fresh.setting.isa)));
    fingerprint_key(fingerprint, NULL, session->fingerprint);
    fingerprint_key(fingerprint, "machine", session->machine);
    char *text = json_dumps(fingerprint, JSON_COMPACT | JSON_SORT_KEYS);
    const enum status status = text ? store_add_fingerprint(session->store, session->fingerprint, text, error)
                                    : error_set(error, STATUS_SYSTEM, "out of memory for the fingerprint");
    free(text);
    json_decref(fingerprint);
    return status;
}

/* ---------------------------------------------------------------- the run */

static char *settings_json(const struct session *session, int argc, char **argv)
{
    const struct ab_arguments *arguments = &session->arguments;
    json_t *words = json_array();
    for (int i = 1; i < argc; ++i)
        json_array_append_new(words, json_string(argv[i]));
    json_t *settings = json_pack(
        "{s:f, s:I, s:f, s:I, s:s, s:s, s:o}", "margin", arguments->rule.margin, "pairs", (json_int_t)arguments->rule.most,
        "budget_seconds", arguments->axes.budget_seconds, "seed", (json_int_t)arguments->axes.request.base.seed, "metric",
        arguments->instructions ? "instructions" : "time", "isa", isa_name(session->base.setting.isa), "arguments", words);
    char *text = settings ? json_dumps(settings, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(settings);
    return text;
}

static enum status run(struct session *session, const char *settings, struct error *error)
{
    const struct ab_arguments *arguments = &session->arguments;
    struct comparison_record comparison;
    struct comparison_cell *cells = NULL;
    size_t count = 0;
    struct progress progress;
    const struct ab_request request = {.base = &session->base,
                                       .fresh = &session->fresh,
                                       .axes = arguments->axes.request,
                                       .rule = arguments->rule,
                                       .budget_seconds = arguments->axes.budget_seconds,
                                       .timeout_seconds = arguments->axes.timeout_seconds,
                                       .seed = arguments->axes.request.base.seed,
                                       .instructions = arguments->instructions,
                                       .controls = arguments->controls,
                                       .store = session->store,
                                       .machine = session->machine,
                                       .fingerprint = session->fingerprint,
                                       .settings = settings,
                                       .name = arguments->axes.name,
                                       .progress = progress_show,
                                       .context = &progress};
    progress_begin(&progress, stderr, arguments->axes.quiet);
    enum status status = ab_run(&request, &comparison, &cells, &count, error);
    progress_end(&progress);
    const struct comparison_view view = {.record = &comparison, .cells = cells, .count = count, .paired = true};
    if (status == STATUS_OK)
        status = page_write(&view, arguments->format, arguments->output, error);
    if (status == STATUS_OK)
        status = page_end(&comparison, error);
    else if (status == STATUS_INTERRUPTED && !comparison.name[0])
        error_set(error, status, "interrupted before anything was measured");
    else if (status == STATUS_INTERRUPTED)
        error_set(error, status, "interrupted; `seqscale ab --show %s` prints the pairs that were finished",
                  comparison.name);
    free(cells);
    comparison_record_free(&comparison);
    return status;
}

static enum status compare(struct session *session, int argc, char **argv, struct error *error)
{
    interrupt_install();
    TRY(resolve(session, &session->base, 0, error));
    TRY(resolve(session, &session->fresh, 1, error));
    TRY(complete_axes(session, error));
    if (session->arguments.instructions)
        TRY(instructions_available(&session->fresh.setting, error));
    TRY(store_fingerprint(session, error));
    char *settings = settings_json(session, argc, argv);
    const enum status status =
        settings ? run(session, settings, error) : error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    free(settings);
    return status;
}

static enum status ab(struct session *session, int argc, char **argv, struct error *error)
{
    const struct ab_arguments *arguments = &session->arguments;
    const bool stored = arguments->show || arguments->list || arguments->remove;
    TRY(results_open(&session->store, arguments->axes.database, !stored, error));
    if (arguments->show)
        return show(session, error);
    if (arguments->list)
        return list(session, error);
    if (arguments->remove)
        return forget(session, error);
    return compare(session, argc, argv, error);
}

enum status command_ab(int argc, char **argv, struct error *error)
{
    struct words words;
    struct session session = {.store = NULL};
    TRY(words_expand(&words, argc, argv, error));
    enum status status = ab_arguments_parse(&session.arguments, words.count, words.items, error);
    if (status == STATUS_OK && session.arguments.help)
        fputs(ab_help, stdout);
    else if (status == STATUS_OK)
        status = ab(&session, words.count, words.items, error);
    arm_free(&session.base);
    arm_free(&session.fresh);
    store_close(session.store);
    free(session.built[0].folder);
    free(session.built[1].folder);
    ab_arguments_free(&session.arguments);
    words_free(&words);
    return status;
}
