/* bisect.c - seqscale bisect: the commit that made something slower. */
#include "commands/commands.h"

#include "base/folder.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "commands/results.h"
#include "commands/words.h"
#include "sweep/bisect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: seqscale bisect --good REV --bad REV --operator LIST [OPTIONS OF ab]\n"
    "       seqscale bisect --good REV --bad REV --build COMMAND --module FILE [OPTIONS OF ab]\n"
    "\n"
    "Finds the commit between two that made something slower: `git bisect run` in a worktree of its own, where each step\n"
    "compares a commit with the good one by `seqscale ab`. The checkout here is not touched. Commits that do not build,\n"
    "whose measurement fails, or that cannot be decided are skipped, never blamed. The bad commit is compared first; then\n"
    "each one lies on the side to which it is nearer, in the cell that became slowest, unless --margin says otherwise.\n"
    "\n"
    "  --good REV        a commit that was fast\n"
    "  --bad REV         a later one that is slow\n"
    "  --build COMMAND   in a repository of an operator module: the shell command that builds it, at the top of the tree;\n"
    "                    by default commits of seqscale itself are built and compared\n"
    "  --module FILE     the module that COMMAND makes\n"
    "  --judge COMMAND   judge by this shell command instead of ab: exit code 0 good, 1 bad, 3, 4 and 5 skip. It runs at the\n"
    "                    top of the tree with SEQSCALE_BASE and SEQSCALE_NEW (the modules) and SEQSCALE_COMMIT\n"
    "  --log FILE        what builds and comparisons said; by default bisect/GOOD..BAD.log beside the results database\n"
    "\n"
    "Everything else goes to `seqscale ab`: --operator, --length, --threads, --budget, --margin ... Exit code 0: found; 3:\n"
    "the two do not differ, or skipped commits leave a range.\n"
    "\n"
    "Example:\n"
    "  seqscale bisect --good v1.0 --bad main --operator hyena --length 4096 --threads 1\n";

struct arguments {
    struct bisect_plan plan;
    const char *step, *database;
    struct words words; /* for ab */
    bool help;
};

/* ---------------------------------------------------------------- arguments */

struct own_option {
    const char *name;
    const char **value;
};

/* The value of "--name VALUE" or "--name=VALUE" at argv[*at], which moves on; NULL where it is another option. */
static enum status take_own(const struct own_option *own, char **argv, int argc, int *at, bool *taken, struct error *error)
{
    const size_t length = strlen(own->name);
    const char *word = argv[*at];
    *taken = strncmp(word, own->name, length) == 0 && (word[length] == '\0' || word[length] == '=');
    if (!*taken)
        return STATUS_OK;
    if (word[length] == '=') {
        *own->value = word + length + 1;
        return STATUS_OK;
    }
    if (*at + 1 >= argc)
        return error_set(error, STATUS_USAGE, "bisect: %s needs a value; `seqscale bisect --help` shows how", own->name);
    *own->value = argv[++*at];
    return STATUS_OK;
}

static enum status parse_word(struct arguments *arguments, char **argv, int argc, int *at, struct error *error)
{
    const struct own_option owns[] = {
        {"--good", &arguments->plan.good},     {"--bad", &arguments->plan.bad},   {"--build", &arguments->plan.build},
        {"--module", &arguments->plan.module}, {"--judge", &arguments->plan.judge}, {"--log", &arguments->plan.log},
        {"--step", &arguments->step},
    };
    static const char *const refused[] = {"--base", "--new", "--base-commit", "--new-commit", "--format", "--output"};
    bool taken = false;
    if (strcmp(argv[*at], "--help") == 0) {
        arguments->help = true;
        return STATUS_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(owns) && !taken; ++i)
        TRY(take_own(&owns[i], argv, argc, at, &taken, error));
    if (taken)
        return STATUS_OK;
    for (size_t i = 0; i < ARRAY_LEN(refused); ++i)
        if (strncmp(argv[*at], refused[i], strlen(refused[i])) == 0 && strchr("=", argv[*at][strlen(refused[i])]))
            return error_set(error, STATUS_USAGE, "bisect chooses %s itself; `seqscale bisect --help` shows what it takes",
                             refused[i]);
    if (strcmp(argv[*at], "--db") == 0 && *at + 1 < argc)
        arguments->database = argv[*at + 1];
    else if (text_starts(argv[*at], "--db="))
        arguments->database = argv[*at] + strlen("--db=");
    return words_add(&arguments->words, argv[*at], error);
}

static enum status check(const struct arguments *arguments, struct error *error)
{
    const struct bisect_plan *plan = &arguments->plan;
    if (!plan->good || !plan->bad)
        return error_set(error, STATUS_USAGE, "bisect needs --good REV and --bad REV; `seqscale bisect --help` shows how");
    if (!plan->judge && (plan->build == NULL) != (plan->module == NULL))
        return error_set(error, STATUS_USAGE, "bisect takes --build and --module together: how the module is made, and which "
                                              "file it is");
    if (plan->build && !plan->module)
        return error_set(error, STATUS_USAGE, "bisect: --build needs --module, the file that it makes");
    if (plan->module && (plan->module[0] == '/' || strstr(plan->module, "..")))
        return error_set(error, STATUS_USAGE, "--module: '%.100s' is not below the top of the repository", plan->module);
    return STATUS_OK;
}

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    for (int at = 1; at < argc; ++at)
        TRY(parse_word(arguments, argv, argc, &at, error));
    arguments->plan.words = (const char *const *)arguments->words.items;
    arguments->plan.word_count = arguments->words.count;
    return arguments->help || arguments->step ? STATUS_OK : check(arguments, error);
}

/* ---------------------------------------------------------------- the command */

/* bisect/GOOD..BAD.log beside the database; malloc'd. */
static enum status make_log(struct arguments *arguments, char **path, struct error *error)
{
    char *database = store_default_path(arguments->database);
    const char *slash = database ? strrchr(database, '/') : NULL;
    char *folder = slash ? text_print("%.*s/bisect", (int)(slash - database), database) : strdup("bisect");
    struct text name = {0};
    text_format(&name, "%s/", folder ? folder : "");
    for (const char *at = arguments->plan.good; *at; ++at)
        text_append_bytes(&name, *at == '/' ? "-" : at, 1);
    text_append(&name, "..");
    for (const char *at = arguments->plan.bad; *at; ++at)
        text_append_bytes(&name, *at == '/' ? "-" : at, 1);
    text_append(&name, ".log");
    enum status status = folder ? folder_make(folder, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    char *relative = text_take(&name);
    if (status == STATUS_OK && relative)
        status = folder_write_file(relative, "", 0, error);
    *path = status == STATUS_OK && relative ? realpath(relative, NULL) : NULL;
    if (status == STATUS_OK && !*path)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    free(database);
    free(folder);
    free(relative);
    return status;
}

/* A file that was named becomes an absolute path, because steps run elsewhere. */
static enum status resolve_log(struct arguments *arguments, char **path, struct error *error)
{
    if (!arguments->plan.log)
        return make_log(arguments, path, error);
    TRY(folder_write_file(arguments->plan.log, "", 0, error));
    *path = realpath(arguments->plan.log, NULL);
    return *path ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static enum status print(const struct bisect_result *result, const char *log, struct error *error)
{
    if (result->commit[0]) {
        printf("The first slower commit is %s", result->remaining);
        if (isfinite(result->ratio.value))
            printf("It is at %.3fx [%.3f, %.3f] of %.12s.\n", result->ratio.value, result->ratio.low, result->ratio.high,
                   result->good);
    } else {
        printf("It is one of these %d commits, of which all but the newest were skipped:\n%s", result->remaining_count,
               result->remaining);
    }
    printf("%d commits were judged, %d of them skipped. Log: %s\n", result->judged, result->skipped, log);
    TRY(results_flush(stdout, "standard output", error));
    return result->commit[0] ? STATUS_OK
                             : error_set(error, STATUS_INCONCLUSIVE, "%d commits remain, because some were skipped",
                                         result->remaining_count);
}

static enum status run(struct arguments *arguments, struct error *error)
{
    char *log = NULL;
    struct bisect_result result = {.remaining = NULL};
    interrupt_install();
    TRY(resolve_log(arguments, &log, error));
    arguments->plan.log = log;
    enum status status = bisect_run(&result, &arguments->plan, error);
    if (status == STATUS_OK)
        status = print(&result, log, error);
    free(result.remaining);
    free(log);
    return status;
}

enum status command_bisect(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.step = NULL};
    enum status status = parse(argc, argv, &arguments, error);
    if (status == STATUS_OK && arguments.help) {
        fputs(help, stdout);
        status = results_flush(stdout, "standard output", error);
    } else if (status == STATUS_OK && arguments.step) {
        int code = 0;
        status = bisect_step(arguments.step, &code, error);
        if (status == STATUS_OK)
            exit(code); /* git's codes are not ours */
        fprintf(stderr, "seqscale: %s\n", error->text);
        exit(128); /* git stops */
    } else if (status == STATUS_OK) {
        status = run(&arguments, error);
    }
    words_free(&arguments.words);
    return status;
}
