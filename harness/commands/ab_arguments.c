/* ab_arguments.c - see ab_arguments.h. Options that `sweep` has are handed on to its parser, so that they mean the same. */
#include "commands/ab_arguments.h"

#include "base/parse.h"
#include "base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

const char ab_help[] =
    "Usage: seqscale ab --base ARM [--new ARM] [@FILE] [OPTIONS]\n"
    "       seqscale ab --show [COMPARISON] | --list | --delete COMPARISON\n"
    "\n"
    "Compares two versions in fresh pairs of processes and says for each cell whether the new one is SLOWER, FASTER, the "
    "SAME, or\n"
    "that this is UNKNOWN.\n"
    "\n"
    "The arms\n"
    "  --base ARM           what is compared to: a folder with the program and its modules (a build or install tree, a\n"
    "                       checkout), a folder of modules, a module file, an operator with options\n"
    "                       (attention:variant=tiled), or baseline:NAME\n"
    "  --new ARM            what is judged (default: this build)\n"
    "  --base-commit REV    build that commit of the repository here in a worktree, and keep the build\n"
    "  --new-commit REV     the same for the new arm\n"
    "\n"
    "What is compared, as for sweep\n"
    "  --operator LIST      operators, where an arm is a folder or a build\n"
    "  --length LIST        (default 256,1024,4096)\n"
    "  --threads LIST       auto (default) or numbers\n"
    "  --width LIST         model width (default 256)\n"
    "  --batch LIST         sequences at a time (default 1)\n"
    "  --mode WORD          forward (default), train or decode\n"
    "  --scope WORD         layer (default) or core\n"
    "  --prepare WORD       outside (default) or inside the timed call\n"
    "  --bind WORD          compact (default), scatter or none\n"
    "  --seed N             of inputs, parameters and orders (default 1)\n"
    "\n"
    "How it is judged\n"
    "  --margin PERCENT     differences up to this are the same (default 2%)\n"
    "  --pairs N            pairs of processes of a cell, at most (default 24, at least 12)\n"
    "  --budget TIME        time for measuring (default 5m)\n"
    "  --metric WORD        time (default), or instructions: counts decide, to 0.05 %, and times stand beside them\n"
    "  --controls N         cells in which the base is compared to itself (default 3, at least 3)\n"
    "  --limit TIME         longest call that is measured (default 20s)\n"
    "  --timeout TIME       longest that a worker may leave a request unanswered (default 60s)\n"
    "  --memory BYTES       memory of both workers together (default 60 % of what is available)\n"
    "\n"
    "What comes out\n"
    "  --format WORD        table (default), markdown, junit or json\n"
    "  --output FILE        write it there\n"
    "  --show               print a stored COMPARISON again (default: the newest); exit code as it was\n"
    "  --list               name the stored comparisons\n"
    "  --delete COMPARISON  forget one\n"
    "  --name NAME          name the comparison (default: the date and time)\n"
    "  --operators DIR      look for operator modules there first\n"
    "  --db FILE            results database\n"
    "  --quiet              no progress line\n"
    "\n"
    "Exit codes: 0 no regression, 1 regression (slower, or more memory), 2 usage, 3 inconclusive, 4 a measurement failed,\n"
    "5 wrong results, 130 interrupted.\n"
    "\n"
    "Examples:\n"
    "  seqscale ab --base-commit main --operator hyena,attention --length 1024,4096\n"
    "  seqscale ab --base ./old/my_op.so --new ./my_op.so --margin 3% --format junit --output result.xml\n";

enum {
    OPTION_SWEEP = 256, /* handed on */
    OPTION_BASE,
    OPTION_NEW,
    OPTION_BASE_COMMIT,
    OPTION_NEW_COMMIT,
    OPTION_MARGIN,
    OPTION_PAIRS,
    OPTION_METRIC,
    OPTION_CONTROLS,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_SHOW,
    OPTION_LIST,
    OPTION_DELETE,
    OPTION_HELP,
};

static const struct option long_options[] = {
    {"operator", required_argument, NULL, OPTION_SWEEP},
    {"length", required_argument, NULL, OPTION_SWEEP},
    {"threads", required_argument, NULL, OPTION_SWEEP},
    {"width", required_argument, NULL, OPTION_SWEEP},
    {"batch", required_argument, NULL, OPTION_SWEEP},
    {"mode", required_argument, NULL, OPTION_SWEEP},
    {"scope", required_argument, NULL, OPTION_SWEEP},
    {"prepare", required_argument, NULL, OPTION_SWEEP},
    {"bind", required_argument, NULL, OPTION_SWEEP},
    {"seed", required_argument, NULL, OPTION_SWEEP},
    {"budget", required_argument, NULL, OPTION_SWEEP},
    {"limit", required_argument, NULL, OPTION_SWEEP},
    {"timeout", required_argument, NULL, OPTION_SWEEP},
    {"memory", required_argument, NULL, OPTION_SWEEP},
    {"name", required_argument, NULL, OPTION_SWEEP},
    {"operators", required_argument, NULL, OPTION_SWEEP},
    {"db", required_argument, NULL, OPTION_SWEEP},
    {"quiet", no_argument, NULL, OPTION_SWEEP},
    {"base", required_argument, NULL, OPTION_BASE},
    {"new", required_argument, NULL, OPTION_NEW},
    {"base-commit", required_argument, NULL, OPTION_BASE_COMMIT},
    {"new-commit", required_argument, NULL, OPTION_NEW_COMMIT},
    {"margin", required_argument, NULL, OPTION_MARGIN},
    {"pairs", required_argument, NULL, OPTION_PAIRS},
    {"metric", required_argument, NULL, OPTION_METRIC},
    {"controls", required_argument, NULL, OPTION_CONTROLS},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"show", no_argument, NULL, OPTION_SHOW},
    {"list", no_argument, NULL, OPTION_LIST},
    {"delete", required_argument, NULL, OPTION_DELETE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

void ab_arguments_free(struct ab_arguments *arguments)
{
    sweep_arguments_free(&arguments->axes);
}

static enum status parse_metric(const char *word, bool *instructions, struct error *error)
{
    *instructions = strcmp(word, "instructions") == 0;
    if (*instructions || strcmp(word, "time") == 0)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "--metric: '%.40s' is neither time nor instructions", word);
}

static enum status apply(struct ab_arguments *arguments, int option, const char *value, struct error *error)
{
    int64_t count = 0;
    switch (option) {
    case OPTION_BASE:
        arguments->base = value;
        return STATUS_OK;
    case OPTION_NEW:
        arguments->fresh = value;
        return STATUS_OK;
    case OPTION_BASE_COMMIT:
        arguments->base_commit = value;
        return STATUS_OK;
    case OPTION_NEW_COMMIT:
        arguments->new_commit = value;
        return STATUS_OK;
    case OPTION_MARGIN:
        return parse_percent(value, "--margin", &arguments->rule.margin, error);
    case OPTION_PAIRS:
        TRY(parse_count(value, "--pairs", VERDICT_SCREEN + VERDICT_STEP, 1000, &count, error));
        arguments->rule.most = (size_t)count;
        return STATUS_OK;
    case OPTION_CONTROLS:
        TRY(parse_count(value, "--controls", VERDICT_CONTROLS_LEAST, 1000, &count, error));
        arguments->controls = (int)count;
        return STATUS_OK;
    case OPTION_METRIC:
        return parse_metric(value, &arguments->instructions, error);
    case OPTION_FORMAT:
        return comparison_format_parse(value, &arguments->format, error);
    case OPTION_OUTPUT:
        arguments->output = value;
        return STATUS_OK;
    case OPTION_SHOW:
        arguments->show = "";
        return STATUS_OK;
    case OPTION_LIST:
        arguments->list = true;
        return STATUS_OK;
    case OPTION_DELETE:
        arguments->remove = value;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

static enum status hand_on(struct words *words, int index, const char *value, struct error *error)
{
    char word[64];
    snprintf(word, sizeof word, "--%s", long_options[index].name);
    TRY(words_add(words, word, error));
    return value ? words_add(words, value, error) : STATUS_OK;
}

static enum status parse(struct ab_arguments *arguments, struct words *handed, int argc, char **argv, struct error *error)
{
    optind = 1;
    opterr = 0;
    int index = 0;
    for (int c; (c = getopt_long(argc, argv, ":", long_options, &index)) != -1;) {
        if (c == '?' || c == ':')
            return words_bad_option("ab", c, argv, error);
        if (c == OPTION_HELP) {
            arguments->help = true;
            return STATUS_OK;
        }
        TRY(c == OPTION_SWEEP ? hand_on(handed, index, optarg, error) : apply(arguments, c, optarg, error));
    }
    if (optind < argc && arguments->show)
        arguments->show = argv[optind++];
    if (optind < argc)
        return error_set(error, STATUS_USAGE, "ab: '%s' is not understood; arms are named by --base and --new",
                         argv[optind]);
    return sweep_arguments_parse(&arguments->axes, handed->count, handed->items, error);
}

static enum status check(const struct ab_arguments *arguments, struct error *error)
{
    if (arguments->help || arguments->show || arguments->list || arguments->remove)
        return STATUS_OK;
    if (!arguments->base && !arguments->base_commit)
        return error_set(error, STATUS_USAGE, "ab needs --base or --base-commit: what this build is compared to");
    if ((arguments->base && arguments->base_commit) || (arguments->fresh && arguments->new_commit))
        return error_set(error, STATUS_USAGE, "ab: an arm is named by %s or by %s, not by both",
                         arguments->base_commit ? "--base" : "--new",
                         arguments->base_commit ? "--base-commit" : "--new-commit");
    return STATUS_OK;
}

enum status ab_arguments_parse(struct ab_arguments *arguments, int argc, char **argv, struct error *error)
{
    *arguments = (struct ab_arguments){.rule = {.margin = VERDICT_MARGIN, .screen = VERDICT_SCREEN, .most = VERDICT_PAIRS},
                                       .controls = VERDICT_CONTROLS_LEAST};
    sweep_arguments_init(&arguments->axes);
    arguments->axes.budget_seconds = 300.0;
    arguments->axes.timeout_seconds = SETTING_TIMEOUT_SECONDS;
    struct words handed = {NULL, 0, false};
    enum status status = words_add(&handed, "ab", error);
    if (status == STATUS_OK)
        status = parse(arguments, &handed, argc, argv, error);
    words_free(&handed);
    if (arguments
            ->instructions) { /* counts are exact: they need neither controls nor a confirmation of the times beside them */
        arguments->controls = 0;
        arguments->rule.most = arguments->rule.screen;
    }
    return status == STATUS_OK ? check(arguments, error) : status;
}
