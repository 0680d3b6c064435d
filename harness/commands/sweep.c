/* sweep.c - seqscale sweep: from the words to the stored sweep, its table and its charts. */
#include "base/interrupt.h"
#include "base/random.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/sweep_arguments.h"
#include "commands/sweep_prices.h"
#include "machine/memory.h"
#include "present/charts.h"
#include "present/progress.h"
#include "present/sweep_table.h"
#include "present/units.h"
#include "store/store.h"
#include "sweep/begin.h"
#include "sweep/instructions.h"
#include "sweep/refine.h"
#include "sweep/run.h"
#include "sweep/run_counts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything that a sweep needs while it runs. */
struct session {
    struct sweep_arguments arguments;
    struct setting setting;
    struct store *store;
    char *database;
    struct plan plan;
    struct sweep_record sweep;
    char machine[FINGERPRINT_KEY];
    struct spent spent;
    bool was_complete;   /* before it was resumed */
    struct text refined; /* what became of the crossings */
};

/* ---------------------------------------------------------------- what is asked for */

static enum status parse_stored(struct session *session, const struct sweep_record *stored, struct error *error)
{
    json_error_t problem;
    json_t *words = json_loads(stored->arguments ? stored->arguments : "[]", 0, &problem);
    struct words all = {NULL, 0, false};
    enum status status = words_add(&all, "sweep", error);
    size_t index;
    const json_t *word;
    json_array_foreach(words, index, word)
        if (status == STATUS_OK && json_is_string(word))
            status = words_add(&all, json_string_value(word), error);
    json_decref(words);
    if (status == STATUS_OK && all.count == 1)
        status = error_set(error, STATUS_USAGE, "sweep '%s' was imported: there is no command to repeat", stored->name);
    if (status == STATUS_OK)
        status = sweep_arguments_parse(&session->arguments, all.count, all.items, error);
    words_free(&all);
    return status;
}

/* --again: the stored words first, then those given beside it; a list of operators given anew replaces the old one. */
static enum status repeat_stored(struct session *session, int argc, char **argv, struct error *error)
{
    struct sweep_record stored;
    struct sweep_arguments given = session->arguments;
    TRY(store_find_sweep(session->store, given.again, &stored, error));
    sweep_arguments_init(&session->arguments);
    session->arguments.request.from_file = true;
    enum status status = parse_stored(session, &stored, error);
    if (status == STATUS_OK && given.request.operators.count > 0) {
        operators_free(&session->arguments.request.operators);
        words_drop(&session->arguments.kept, "--operator");
    }
    if (status == STATUS_OK)
        status = sweep_arguments_parse(&session->arguments, argc, argv, error);
    sweep_record_free(&stored);
    sweep_arguments_free(&given);
    return status;
}

static enum status open_store(struct session *session, bool create, struct error *error)
{
    session->database = store_default_path(session->arguments.database);
    if (!session->database)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    return store_open(&session->store, session->database, create, error);
}

static void apply_arguments(struct session *session)
{
    session->setting.seed = session->arguments.request.base.seed;
    if (isfinite(session->arguments.timeout_seconds))
        session->setting.timeout_seconds = session->arguments.timeout_seconds;
    else if (session->arguments.counted)
        session->setting.timeout_seconds = RUN_COUNTS_TIMEOUT_SECONDS;
    session->setting.small_pages = session->arguments.small_pages;
    if (isfinite(session->arguments.memory_limit_bytes))
        session->setting.memory_limit_bytes = session->arguments.memory_limit_bytes;
}

/* ---------------------------------------------------------------- a new sweep in the store */

static enum status store_new_sweep(struct session *session, struct error *error)
{
    const struct sweep_arguments *arguments = &session->arguments;
    struct sweep_record *sweep = &session->sweep;
    snprintf(sweep->name, sizeof sweep->name, "%s", arguments->name ? arguments->name : "");
    snprintf(sweep->note, sizeof sweep->note, "%s", arguments->note ? arguments->note : "");
    snprintf(sweep->relative_to, sizeof sweep->relative_to, "%s", arguments->relative_to ? arguments->relative_to : "");
    sweep->arguments = words_json(&arguments->kept);
    sweep->policies = setting_policies(&session->setting);
    return begin_sweep(session->store, &session->setting, &session->plan, sweep, session->machine, error);
}

static bool is_unfinished(const struct sweep_record *sweep)
{
    return strcmp(sweep->status, "running") == 0 || strcmp(sweep->status, "interrupted") == 0;
}

/* The newest sweep that was killed or interrupted. */
static enum status find_unfinished(struct session *session, struct error *error)
{
    struct sweep_record *sweeps = NULL;
    size_t count = 0, at = 0;
    TRY(store_list_sweeps(session->store, &sweeps, &count, error));
    for (size_t i = 0; i < count; ++i)
        at = is_unfinished(&sweeps[i]) && sweeps[i].cell_count > 0 ? i + 1 : at;
    enum status status = STATUS_OK;
    if (at > 0)
        status = store_find_sweep(session->store, sweeps[at - 1].id, &session->sweep, error);
    else
        status = error_set(error, STATUS_USAGE, "%s holds no unfinished sweep; name the one to go on with", session->database);
    for (size_t i = 0; i < count; ++i)
        sweep_record_free(&sweeps[i]);
    free(sweeps);
    return status;
}

/* --resume: which sweep, its stored words, and those given beside it. */
static enum status recall_sweep(struct session *session, int argc, char **argv, struct error *error)
{
    if (session->arguments.resume[0])
        TRY(store_find_sweep(session->store, session->arguments.resume, &session->sweep, error));
    else
        TRY(find_unfinished(session, error));
    if (strcmp(session->sweep.status, "imported") == 0)
        return error_set(error, STATUS_USAGE, "sweep '%s' was imported and cannot be resumed", session->sweep.name);
    struct sweep_arguments given = session->arguments;
    sweep_arguments_init(&session->arguments);
    enum status status = parse_stored(session, &session->sweep, error);
    const bool counted = session->arguments.counted;
    if (status == STATUS_OK)
        status = sweep_arguments_parse(&session->arguments, argc, argv, error);
    if (status == STATUS_OK && session->arguments.counted != counted)
        status = error_set(error, STATUS_USAGE, "sweep '%s' was begun with --metric %s, and goes on with that", session->sweep.name,
                           counted ? "instructions" : "time");
    sweep_arguments_free(&given);
    return status;
}

/* The stored cells as they are, on the machine and with the instruction set that they were begun with. */
static enum status resume_sweep(struct session *session, struct error *error)
{
    apply_arguments(session);
    json_t *fingerprint = fingerprint_collect(session->setting.topology);
    fingerprint_key(fingerprint, "machine", session->machine);
    json_decref(fingerprint);
    TRY(plan_load(&session->plan, &session->setting, session->store, session->sweep.id, error));
    if (session->plan.count == 0)
        return error_set(error, STATUS_USAGE, "sweep '%s' ended before its cells were planned; start it again, and delete this "
                         "one by `seqscale sweeps delete`", session->sweep.name);
    const char *isa = session->plan.cells[0].record.isa;
    if (isa[0] && strcmp(isa, isa_name(session->setting.isa)) != 0)
        return error_set(error, STATUS_USAGE, "sweep '%s' was begun with instruction set %s; set SEQSCALE_ISA=%s to go on with it",
                         session->sweep.name, isa, isa);
    session->was_complete = strcmp(session->sweep.status, "complete") == 0;
    return store_set_sweep_status(session->store, session->sweep.id, "running", error);
}

/* ---------------------------------------------------------------- running and what comes out */

static enum status run_as_asked(struct session *session, const struct run_request *request, struct error *error)
{
    if (session->arguments.counted)
        return run_counts(request, error);
    if (isnan(session->arguments.refine_ratio))
        return run_sweep(request, error);
    const struct refine_request refine = {.run = request,
                                          .sweep = &session->sweep,
                                          .ratio = session->arguments.refine_ratio,
                                          .measured_all = session->was_complete};
    return refine_run(&refine, &session->refined, error);
}

/* The grade of what was measured so far, also of a sweep that was interrupted. That it cannot be written hides nothing else. */
static void finish(const struct session *session)
{
    struct error problem;
    char *spent = spent_to_json(&session->spent);
    if (spent && store_finish_sweep(session->store, session->sweep.id, spent, &problem) != STATUS_OK)
        fprintf(stderr, "seqscale: the sweep has no grade: %s\n", problem.text);
    free(spent);
}

static enum status run(struct session *session, struct error *error)
{
    struct progress progress;
    progress_begin(&progress, stderr, session->arguments.quiet);
    const struct run_request request = {
        .setting = &session->setting,
        .store = session->store,
        .sweep = session->sweep.id,
        .machine = session->machine,
        .plan = &session->plan,
        .budget_seconds = session->arguments.budget_seconds,
        .call_limit_seconds = session->arguments.request.call_limit_seconds,
        .progress = progress_show,
        .context = &progress,
        .spent = &session->spent,
    };
    const enum status status = run_as_asked(session, &request, error);
    progress_end(&progress);
    finish(session);
    struct error ignored;
    const enum status stored = store_set_sweep_status(session->store, session->sweep.id,
                                                      status == STATUS_OK ? "complete" : "interrupted",
                                                      status == STATUS_OK ? error : &ignored);
    if (status == STATUS_INTERRUPTED)
        return error_set(error, status, "interrupted; what was finished is kept, and `seqscale sweep --resume %s` goes on",
                         session->sweep.name);
    return status == STATUS_OK ? stored : status;
}

static enum status draw(struct session *session, struct error *error)
{
    char *directory = charts_default_directory(session->database, session->sweep.name);
    struct text files = {0}, notes = {0};
    const struct chart_request request = {.directory = directory, .formats = "svg,png"};
    enum status status = directory ? charts_draw(session->store, &session->sweep, &request, &files, &notes, error)
                                   : error_set(error, STATUS_SYSTEM, "out of memory");
    fputs(text_get(&notes), stderr);
    if (status == STATUS_OK)
        printf("\nCharts:\n%s", text_get(&files));
    else /* the measurements are there; that they cannot be drawn must not hide them */
        fprintf(stderr, "seqscale: no charts: %s\n", error->text);
    text_free(&files);
    text_free(&notes);
    free(directory);
    return STATUS_OK;
}

/* The sweep went on past cells that failed; its exit status says that there were some. */
static enum status judge(const struct plan *plan, struct error *error)
{
    size_t failed = 0, wrong = 0;
    for (size_t i = 0; i < plan->count; ++i) {
        wrong += strcmp(plan->cells[i].record.status, "wrong") == 0;
        failed += strcmp(plan->cells[i].record.status, "failed") == 0;
    }
    if (wrong > 0)
        return error_set(error, STATUS_WRONG, "%zu of %zu cells gave wrong results; the table has the reasons", wrong, plan->count);
    if (failed > 0)
        return error_set(error, STATUS_FAILED, "%zu of %zu cells could not be measured; the table has the reasons", failed,
                         plan->count);
    return STATUS_OK;
}

static void print_spent(const struct spent *spent)
{
    char total[UNITS_TEXT];
    const double share = 100.0 / spent->total_seconds;
    if (spent->total_seconds > 0.0)
        printf("\nMeasured for %s: samples %.0f %%, warm-up %.0f %%, harness %.0f %% (first touch of memory %.0f %%).\n",
               units_duration(total, spent->total_seconds), share * spent->seconds[SPENT_SAMPLES],
               share * spent->seconds[SPENT_WARMUP], 100.0 * spent_harness_share(spent), share * spent->seconds[SPENT_TOUCH]);
}

static enum status measure(struct session *session, struct error *error)
{
    interrupt_install();
    const enum status status = run(session, error);
    if (status != STATUS_OK)
        return status;
    TRY(sweep_table_print(session->store, &session->sweep, NULL, stdout, error));
    if (session->refined.length > 0)
        printf("\n%s", text_get(&session->refined));
    if (session->arguments.charts)
        TRY(draw(session, error));
    print_spent(&session->spent);
    printf("Sweep '%s' is in %s; `seqscale show %s` prints it again.\n", session->sweep.name, session->database,
           session->sweep.name);
    return judge(&session->plan, error);
}

/* ---------------------------------------------------------------- the command */

/* What is counted is what valgrind can run, and that it is there is known before anything is stored. */
static enum status set_counting(struct setting *setting, bool list, struct error *error)
{
    setting->isa = instructions_isa(setting->isa);
    return list ? STATUS_OK : instructions_available(setting, error);
}

static enum status plan_new(struct session *session, struct error *error)
{
    TRY(sweep_arguments_complete(&session->arguments, error));
    apply_arguments(session);
    TRY(plan_make(&session->plan, &session->setting, &session->arguments.request, error));
    if (session->arguments.counted)
        run_counts_limit(&session->plan);
    fputs(text_get(&session->plan.notes), stderr);
    return STATUS_OK;
}

static enum status sweep(struct session *session, int argc, char **argv, struct error *error)
{
    const bool stored = session->arguments.again || session->arguments.resume;
    if (stored || !session->arguments.list)
        TRY(open_store(session, !stored, error));
    if (session->arguments.again)
        TRY(repeat_stored(session, argc, argv, error));
    if (session->arguments.resume)
        TRY(recall_sweep(session, argc, argv, error));
    TRY(setting_init(&session->setting, session->arguments.directory, error));
    if (session->arguments.counted)
        TRY(set_counting(&session->setting, session->arguments.list, error));
    if (session->arguments.resume) {
        TRY(resume_sweep(session, error));
        return measure(session, error);
    }
    TRY(plan_new(session, error));
    if (session->arguments.list)
        return sweep_prices_print(&session->plan, session->arguments.counted, session->setting.samples, error);
    TRY(store_new_sweep(session, error));
    return measure(session, error);
}

enum status command_sweep(int argc, char **argv, struct error *error)
{
    struct words words;
    struct session session = {.store = NULL};
    TRY(words_expand(&words, argc, argv, error));
    sweep_arguments_init(&session.arguments);
    session.arguments.request.from_file = words.from_file;
    enum status status = sweep_arguments_parse(&session.arguments, words.count, words.items, error);
    if (status == STATUS_OK && session.arguments.help)
        fputs(sweep_help, stdout);
    else if (status == STATUS_OK)
        status = sweep(&session, words.count, words.items, error);
    plan_free(&session.plan);
    text_free(&session.refined);
    sweep_record_free(&session.sweep);
    setting_free(&session.setting);
    store_close(session.store);
    free(session.database);
    sweep_arguments_free(&session.arguments);
    words_free(&words);
    return status;
}
