/* sweep_arguments.c - see sweep_arguments.h. */
#include "commands/sweep_arguments.h"

#include "base/parse.h"
#include "base/text.h"
#include "sweep/refine.h"
#include "sweep/run_counts.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char sweep_help[] =
    "Usage: seqscale sweep [@FILE] [OPTIONS]\n"
    "       seqscale sweep --resume [SWEEP] | --again SWEEP [OPTIONS]\n"
    "\n"
    "Measures operators over sequence lengths and threads, stores every sample, prints the table and draws the charts.\n"
    "@FILE stands for the words in a file; scripts/sweeps/ has some.\n"
    "\n"
    "What is measured\n"
    "  --operator LIST      repeatable; comma-separated names, each with :OPTIONS; an item with '=' continues the options\n"
    "                       before it. ./my.so is a module file; exec:COMMAND, taking the whole argument, is any program\n"
    "                       that speaks the worker protocol\n"
    "  --metric WORD        time (default), or instructions: of one call, counted by valgrind, the same at each run; with one\n"
    "                       thread, AVX2 kernels and at most 2 GFLOP a call\n"
    "  --length LIST        256..65536 (doubling), 1k..64k*4 (times four), 64..1024/2 (two per octave), 100,300,1000;\n"
    "                       1k = 1024 (default 64..4096)\n"
    "  --threads LIST       auto (default: 1, 2, 4 ... all cores allowed), or numbers as for --length\n"
    "  --width LIST         model width (default 256; 64 where instructions are counted)\n"
    "  --batch LIST         sequences at a time (default 1)\n"
    "  --mode WORD          forward (default), train or decode\n"
    "  --scope WORD         layer (default: projections included) or core\n"
    "  --prepare WORD       outside (default: what depends on the weights alone is not timed) or inside the timed call\n"
    "  --cache LIST         warm (default: what a call uses stays where the last one left it), cold (it is driven out of all\n"
    "                       caches before each call, and each call is timed alone), or warm,cold\n"
    "  --bind WORD          compact (default), scatter or none\n"
    "  --huge-pages WORD    on (default: large regions lie in huge pages where the system gives them) or off\n"
    "  --seed N             of inputs, parameters and orders (default 1)\n"
    "\n"
    "How far it goes\n"
    "  --budget TIME        time for measuring, as 30s, 2m or 1h (default 2m)\n"
    "  --limit TIME         longest call that is measured; longer ones are skipped before they run (default 20s)\n"
    "  --timeout TIME       longest that a worker may leave a request unanswered (default 60s; 10m where instructions are\n"
    "                       counted)\n"
    "  --refine[=RATIO]     measure more lengths where operators cross, until the ends of the interval of a crossing are within\n"
    "                       RATIO of each other (default 1.15); with --resume, of a finished sweep too\n"
    "  --memory BYTES       memory of all workers together (default 60 % of what is available)\n"
    "\n"
    "Which sweep\n"
    "  --name NAME          name it (default: the date and time)\n"
    "  --note TEXT          a note kept with it\n"
    "  --list               price the sweep in time and memory and run nothing\n"
    "  --resume             go on with SWEEP, or the newest unfinished one, after any kind of end\n"
    "  --again SWEEP        repeat a stored sweep's words; words given beside it override them\n"
    "  --relative-to OP     operator that others are compared to in the charts\n"
    "  --operators DIR      look for operator modules there first\n"
    "  --db FILE            results database\n"
    "  --no-charts          draw none\n"
    "  --quiet              no progress line\n"
    "\n"
    "Examples:\n"
    "  seqscale sweep --operator hyena,attention:heads=8,variant=tiled --length 256..8192 --budget 2m\n"
    "  seqscale sweep @scripts/sweeps/default.sweep --threads 1\n"
    "  seqscale sweep --operator gru,hyena --metric instructions --length 64..1024/2 && seqscale study\n";

enum {
    OPTION_OPERATOR = 256,
    OPTION_METRIC,
    OPTION_LENGTH,
    OPTION_THREADS,
    OPTION_WIDTH,
    OPTION_BATCH,
    OPTION_MODE,
    OPTION_SCOPE,
    OPTION_PREPARE,
    OPTION_CACHE,
    OPTION_HUGE_PAGES,
    OPTION_BIND,
    OPTION_SEED,
    OPTION_BUDGET,
    OPTION_LIMIT,
    OPTION_TIMEOUT,
    OPTION_REFINE,
    OPTION_MEMORY,
    OPTION_NAME,
    OPTION_NOTE,
    OPTION_LIST,
    OPTION_RESUME,
    OPTION_AGAIN,
    OPTION_RELATIVE,
    OPTION_OPERATORS,
    OPTION_DB,
    OPTION_NO_CHARTS,
    OPTION_QUIET,
    OPTION_HELP,
};

static const struct option long_options[] = {
    {"operator", required_argument, NULL, OPTION_OPERATOR},
    {"metric", required_argument, NULL, OPTION_METRIC},
    {"length", required_argument, NULL, OPTION_LENGTH},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"scope", required_argument, NULL, OPTION_SCOPE},
    {"prepare", required_argument, NULL, OPTION_PREPARE},
    {"cache", required_argument, NULL, OPTION_CACHE},
    {"huge-pages", required_argument, NULL, OPTION_HUGE_PAGES},
    {"bind", required_argument, NULL, OPTION_BIND},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"budget", required_argument, NULL, OPTION_BUDGET},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"refine", optional_argument, NULL, OPTION_REFINE},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"name", required_argument, NULL, OPTION_NAME},
    {"note", required_argument, NULL, OPTION_NOTE},
    {"list", no_argument, NULL, OPTION_LIST},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"again", required_argument, NULL, OPTION_AGAIN},
    {"relative-to", required_argument, NULL, OPTION_RELATIVE},
    {"operators", required_argument, NULL, OPTION_OPERATORS},
    {"db", required_argument, NULL, OPTION_DB},
    {"no-charts", no_argument, NULL, OPTION_NO_CHARTS},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

void sweep_arguments_init(struct sweep_arguments *arguments)
{
    *arguments = (struct sweep_arguments){
        .request = {.base = cell_default(), .call_limit_seconds = 20.0},
        .budget_seconds = 120.0,
        .timeout_seconds = NAN,
        .memory_limit_bytes = NAN,
        .refine_ratio = NAN,
        .charts = true,
    };
}

void sweep_arguments_free(struct sweep_arguments *arguments)
{
    operators_free(&arguments->request.operators);
    axis_free(&arguments->request.lengths);
    axis_free(&arguments->request.widths);
    axis_free(&arguments->request.batches);
    axis_free(&arguments->request.threads);
    free(arguments->name);
    free(arguments->note);
    free(arguments->again);
    free(arguments->resume);
    free(arguments->database);
    free(arguments->directory);
    free(arguments->relative_to);
    words_free(&arguments->kept);
}

/* ---------------------------------------------------------------- one option */

static enum status set_text(char **out, const char *value, struct error *error)
{
    free(*out);
    *out = strdup(value);
    return *out ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

static enum status set_axis(struct axis *axis, const char *value, const char *what, struct error *error)
{
    axis_free(axis);
    return axis_parse(axis, value, what, error);
}

static enum status set_threads(struct axis *axis, const char *value, struct error *error)
{
    axis_free(axis);
    return strcmp(value, "auto") == 0 ? STATUS_OK : axis_parse(axis, value, "--threads", error);
}

static enum status set_refine(double *ratio, const char *value, struct error *error)
{
    *ratio = REFINE_RATIO;
    return value ? parse_real(value, "--refine", 1.01, 100.0, ratio, error) : STATUS_OK;
}

/* *second becomes whether the word is the second of the two. */
static enum status set_either(bool *second, const char *option, const char *const words[3], const char *value,
                              struct error *error)
{
    int chosen = 0;
    TRY(parse_one_of(value, option, words, &chosen, error));
    *second = chosen == 1;
    return STATUS_OK;
}

static enum status set_caches(struct plan_request *request, const char *value, struct error *error)
{
    char copy[64], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", value);
    request->cache_warm = request->cache_cold = false;
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        struct cell cell;
        if (cell_set(&cell, "cache", word, error) != STATUS_OK)
            return error_prefix(error, STATUS_USAGE, "--cache");
        request->cache_warm |= strcmp(word, "warm") == 0;
        request->cache_cold |= strcmp(word, "cold") == 0;
    }
    return request->cache_warm || request->cache_cold ? STATUS_OK
                                                      : error_set(error, STATUS_USAGE, "--cache names neither warm nor cold");
}

static enum status apply(struct sweep_arguments *arguments, int option, const char *value, struct error *error)
{
    static const char *const metrics[] = {"time", "instructions", NULL}, *const switches[] = {"on", "off", NULL};
    struct plan_request *request = &arguments->request;
    switch (option) {
    case OPTION_OPERATOR: return operators_parse(&request->operators, value, error);
    case OPTION_METRIC: return set_either(&arguments->counted, "--metric", metrics, value, error);
    case OPTION_LENGTH: return set_axis(&request->lengths, value, "--length", error);
    case OPTION_WIDTH: return set_axis(&request->widths, value, "--width", error);
    case OPTION_BATCH: return set_axis(&request->batches, value, "--batch", error);
    case OPTION_THREADS: return set_threads(&request->threads, value, error);
    case OPTION_MODE: return cell_set(&request->base, "mode", value, error);
    case OPTION_SCOPE: return cell_set(&request->base, "scope", value, error);
    case OPTION_PREPARE: return cell_set(&request->base, "prepare", value, error);
    case OPTION_CACHE: return set_caches(request, value, error);
    case OPTION_HUGE_PAGES: return set_either(&arguments->small_pages, "--huge-pages", switches, value, error);
    case OPTION_BIND: return cell_set(&request->base, "bind", value, error);
    case OPTION_SEED: return cell_set(&request->base, "seed", value, error);
    case OPTION_BUDGET: return parse_duration(value, "--budget", &arguments->budget_seconds, error);
    case OPTION_LIMIT: return parse_duration(value, "--limit", &request->call_limit_seconds, error);
    case OPTION_TIMEOUT: return parse_duration(value, "--timeout", &arguments->timeout_seconds, error);
    case OPTION_MEMORY: return parse_bytes(value, "--memory", &arguments->memory_limit_bytes, error);
    case OPTION_REFINE: return set_refine(&arguments->refine_ratio, value, error);
    case OPTION_RELATIVE: return set_text(&arguments->relative_to, value, error);
    case OPTION_OPERATORS: return set_text(&arguments->directory, value, error);
    case OPTION_NAME: return set_text(&arguments->name, value, error);
    case OPTION_NOTE: return set_text(&arguments->note, value, error);
    case OPTION_AGAIN: return set_text(&arguments->again, value, error);
    case OPTION_RESUME: return set_text(&arguments->resume, "", error);
    case OPTION_DB: return set_text(&arguments->database, value, error);
    case OPTION_LIST: arguments->list = true; return STATUS_OK;
    case OPTION_NO_CHARTS: arguments->charts = false; return STATUS_OK;
    case OPTION_QUIET: arguments->quiet = true; return STATUS_OK;
    default: return STATUS_OK;
    }
}

/* What describes the sweep is kept; what describes this run of it is not. */
static bool is_kept(int option)
{
    return option <= OPTION_MEMORY || option == OPTION_RELATIVE || option == OPTION_OPERATORS;
}

static enum status keep(struct sweep_arguments *arguments, int index, const char *value, struct error *error)
{
    char word[96];
    const bool joined = value && long_options[index].has_arg == optional_argument; /* the only way to write it */
    snprintf(word, sizeof word, "--%s%s%.32s", long_options[index].name, joined ? "=" : "", joined ? value : "");
    TRY(words_add(&arguments->kept, word, error));
    return value && !joined ? words_add(&arguments->kept, value, error) : STATUS_OK;
}

enum status sweep_arguments_parse(struct sweep_arguments *arguments, int argc, char **argv, struct error *error)
{
    optind = 1;
    int index = 0;
    for (int c; (c = getopt_long(argc, argv, ":", long_options, &index)) != -1;) {
        if (c == '?' || c == ':')
            return words_bad_option("sweep", c, argv, error);
        if (c == OPTION_HELP) {
            arguments->help = true;
            return STATUS_OK;
        }
        TRY(apply(arguments, c, optarg, error));
        if (is_kept(c))
            TRY(keep(arguments, index, optarg, error));
    }
    if (optind < argc && arguments->resume && !arguments->resume[0])
        TRY(set_text(&arguments->resume, argv[optind++], error));
    if (optind < argc)
        return error_set(error, STATUS_USAGE, "sweep: '%s' is not understood; operators are named by --operator, files of words by "
                         "@FILE", argv[optind]);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- defaults */

static enum status default_axis(struct axis *axis, const char *value, const char *what, struct error *error)
{
    return axis->count ? STATUS_OK : axis_parse(axis, value, what, error);
}

/* Not given means one thread here; more would spin, and a count of that is of nothing. */
static enum status one_thread(struct axis *threads, struct error *error)
{
    if (threads->count > 1 || (threads->count == 1 && threads->values[0] != 1))
        return error_set(error, STATUS_USAGE, "--metric instructions counts with one thread: leave --threads away, or say "
                         "--threads 1");
    return default_axis(threads, "1", "--threads", error);
}

enum status sweep_arguments_complete(struct sweep_arguments *arguments, struct error *error)
{
    struct plan_request *request = &arguments->request;
    if (request->operators.count == 0)
        return error_set(error, STATUS_USAGE, "sweep needs --operator; `seqscale list` names them, and "
                         "scripts/sweeps/default.sweep has a sweep of them all");
    TRY(default_axis(&request->lengths, "64..4096", "--length", error));
    TRY(default_axis(&request->widths, arguments->counted ? RUN_COUNTS_WIDTH : "256", "--width", error));
    if (arguments->counted && !isnan(arguments->refine_ratio))
        return error_set(error, STATUS_USAGE, "--refine is of times: leave it out, or --metric instructions");
    if (arguments->counted)
        TRY(one_thread(&request->threads, error));
    return default_axis(&request->batches, "1", "--batch", error);
}
