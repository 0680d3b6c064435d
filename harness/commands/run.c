/* run.c - seqscale run SPEC: one cell in the foreground, in this very process, for gdb and perf. The requests are those of
 * the worker protocol, answered by a function call; the process executes itself once with the environment that a worker
 * would have had. */
#include "analyse/statistics.h"
#include "base/cell.h"
#include "base/parse.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/words.h"
#include "present/units.h"
#include "protocol.h"
#include "sweep/setting.h"
#include "worker/worker.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOREGROUND "SEQSCALE_FOREGROUND" /* set once the environment is in place */

static const char help[] =
    "Usage: seqscale run SPEC [--samples N] [--no-check] [--operators DIR]\n"
    "\n"
    "Measures one cell in the foreground and in one process, for debuggers and profilers. SPEC is what every row of every\n"
    "output carries: OPERATOR[:OPTIONS][@KEY=VALUE,...] with the keys length (1024), width (256), batch (1), threads (1), mode\n"
    "(forward), scope (layer), prepare (outside), cache (warm), bind (compact) and seed (1).\n"
    "\n"
    "  --samples N       samples to take (default 5)\n"
    "  --no-check        measure without comparing with the reference first\n"
    "  --operators DIR   look for operator modules there first\n"
    "\n"
    "Example:\n"
    "  seqscale run attention:heads=8@length=4096,width=512,threads=2\n"
    "  gdb --args seqscale run hyena@length=1000\n";

struct arguments {
    const char *spec, *operators;
    int64_t samples;
    bool check, help;
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"samples", required_argument, NULL, 's'}, {"no-check", no_argument, NULL, 'n'},
                                            {"operators", required_argument, NULL, 'O'}, {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    *arguments = (struct arguments){.samples = SETTING_SAMPLES, .check = true};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (c) {
        case 's': TRY(parse_count(optarg, "--samples", 1, 10000, &arguments->samples, error)); break;
        case 'n': arguments->check = false; break;
        case 'O': arguments->operators = optarg; break;
        case 'h': arguments->help = true; return STATUS_OK;
        default: return words_bad_option("run", c, argv, error);
        }
    }
    if (optind + 1 != argc)
        return error_set(error, STATUS_USAGE, "run needs exactly one SPEC; see seqscale run --help");
    arguments->spec = argv[optind];
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the environment of a worker */

static enum status execute_again(const struct setting *setting, const struct cell *cell, char **argv, struct error *error)
{
    int *cpus = calloc((size_t)topology_cpus(setting->topology) + 1, sizeof *cpus), count = 0;
    char **environment = NULL;
    if (!cpus)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    enum status status = setting_environment(setting, cell->bind, cell->threads, cpus, &count, &environment, error);
    if (status == STATUS_OK)
        status = topology_bind_process(cpus, count, error);
    free(cpus);
    TRY(status);
    for (char **entry = environment; *entry; ++entry)
        putenv(*entry); /* the strings live on as part of the environment */
    free(environment);
    putenv(FOREGROUND "=1");
    char **words = calloc(64, sizeof *words);
    for (size_t i = 0; words && argv[i] && i < 62; ++i)
        words[i + 1] = argv[i];
    if (words) {
        words[0] = "seqscale";
        execv("/proc/self/exe", words);
    }
    free(words);
    return error_set(error, STATUS_SYSTEM, "cannot execute seqscale again for its OpenMP environment");
}

/* ---------------------------------------------------------------- asking ourselves */

static enum status ask(struct worker_state *state, json_t *request, json_t **reply, struct error *error)
{
    *reply = worker_answer(state, request);
    json_decref(request);
    if (json_is_true(json_object_get(*reply, "ok")))
        return STATUS_OK;
    const enum status status = error_set(error, protocol_status_of_kind(protocol_string(*reply, "kind", KIND_FAILED)), "%s",
                                         protocol_string(*reply, "error", "out of memory"));
    json_decref(*reply);
    *reply = NULL;
    return status;
}

static void print_bytes(const json_t *regions)
{
    char bytes[UNITS_TEXT];
    const char *name;
    const json_t *value;
    const char *separator = "";
    json_object_foreach((json_t *)regions, name, value) {
        if (json_number_value(value) > 0.0) {
            printf("%s %s %s", separator, name, units_bytes(bytes, json_number_value(value)));
            separator = ",";
        }
    }
    printf("\n");
}

static enum status prepare(struct worker_state *state, const struct setting *setting, const struct cell *cell,
                           const char *module, int *handle, struct error *error)
{
    json_t *reply = NULL;
    char plan[UNITS_TEXT], prepared[UNITS_TEXT];
    TRY(ask(state, setting_problem(setting, cell, module, "prepare"), &reply, error));
    *handle = (int)protocol_real(reply, "handle", 0.0);
    printf("plan     %s, prepare %s\n", units_seconds(plan, protocol_real(reply, "plan_seconds", NAN)),
           units_seconds(prepared, protocol_real(reply, "prepare_seconds", NAN)));
    if (protocol_string(reply, "method", "")[0])
        printf("method   %s\n", protocol_string(reply, "method", ""));
    printf("memory   %s in all:", units_bytes(prepared, protocol_real(reply, "total_bytes", NAN)));
    print_bytes(json_object_get(reply, "regions"));
    json_decref(reply);
    return STATUS_OK;
}

static enum status check(struct worker_state *state, int handle, struct error *error)
{
    json_t *reply = NULL;
    TRY(ask(state, json_pack("{s:s, s:i, s:b, s:b}", "do", "check", "handle", handle, "full", 1, "touched", 1), &reply, error));
    const double off = protocol_real(reply, "error", NAN);
    if (isfinite(off))
        printf("check    %d rows within %.2g of the largest reference value (%.2g is accepted)\n",
               (int)protocol_real(reply, "rows", 0.0), off, protocol_real(reply, "tolerance", NAN));
    else
        printf("check    it has no reference\n");
    printf("touched ");
    print_bytes(json_object_get(reply, "touched"));
    json_decref(reply);
    return STATUS_OK;
}

static double real_at(const json_t *reply, const char *key, size_t index)
{
    const json_t *value = json_array_get(json_object_get(reply, key), index);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void print_samples(const json_t *reply, double flops)
{
    char wall_text[UNITS_TEXT], cpu_text[UNITS_TEXT];
    const size_t count = json_array_size(json_object_get(reply, "wall"));
    double *wall = calloc(count + 1, sizeof *wall);
    for (size_t i = 0; wall && i < count; ++i) {
        wall[i] = real_at(reply, "wall", i);
        printf("sample   %s wall, %s CPU a call; %.0f calls, %.0f page faults\n", units_seconds(wall_text, wall[i]),
               units_seconds(cpu_text, real_at(reply, "cpu", i)), real_at(reply, "calls", i), real_at(reply, "faults", i));
    }
    const double quartile = wall ? statistics_quantile(wall, count, 0.25) : NAN;
    printf("time     %s a call (lower quartile of %zu samples), %.1f GFLOP/s\n", units_seconds(wall_text, quartile), count,
           flops / quartile * 1e-9);
    free(wall);
}

static enum status sample(struct worker_state *state, int handle, int64_t samples, double flops, struct error *error)
{
    json_t *reply = NULL;
    const char *name;
    const json_t *value;
    char text[UNITS_TEXT];
    TRY(ask(state, json_pack("{s:s, s:i, s:I}", "do", "sample", "handle", handle, "count", (json_int_t)samples), &reply, error));
    print_samples(reply, flops);
    json_decref(reply);
    TRY(ask(state, json_pack("{s:s, s:i, s:i}", "do", "phases", "handle", handle, "calls", 3), &reply, error));
    json_object_foreach(json_object_get(reply, "phases"), name, value)
        printf("phase    %s %s\n", name, units_seconds(text, json_number_value(value)));
    json_decref(reply);
    return STATUS_OK;
}

static enum status measure(struct worker_state *state, const struct setting *setting, struct cell *cell, const char *module,
                           const struct arguments *arguments, struct error *error)
{
    json_t *price = NULL;
    char spec[2048];
    int handle = 0;
    TRY(ask(state, setting_problem(setting, cell, module, "describe"), &price, error));
    snprintf(cell->options, sizeof cell->options, "%s", protocol_string(price, "options", ""));
    const double flops = protocol_real(price, "flops", NAN);
    cell_format(cell, spec, sizeof spec);
    printf("spec     %s\nset      %s, process %d\n", spec, isa_name(setting->isa), (int)getpid());
    json_decref(price);
    TRY(prepare(state, setting, cell, module, &handle, error));
    if (arguments->check)
        TRY(check(state, handle, error));
    return sample(state, handle, arguments->samples, flops, error);
}

static enum status run(const struct arguments *arguments, char **argv, struct error *error)
{
    struct setting setting;
    struct cell cell;
    char *module = NULL;
    TRY(cell_parse(arguments->spec, &cell, error));
    if (find_is_external(cell.operator_name))
        return error_set(error, STATUS_USAGE, "run keeps everything in one process and cannot run '%s'; sweep can",
                         cell.operator_name);
    TRY(setting_init(&setting, arguments->operators, error));
    enum status status = find_module(&setting.search, cell.operator_name, &module, error);
    if (status == STATUS_OK && !getenv(FOREGROUND))
        status = execute_again(&setting, &cell, argv, error);
    struct worker_state *state = status == STATUS_OK ? worker_create() : NULL;
    if (state)
        status = measure(state, &setting, &cell, module, arguments, error);
    worker_destroy(state);
    free(module);
    setting_free(&setting);
    return status;
}

enum status command_run(int argc, char **argv, struct error *error)
{
    struct arguments arguments;
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return STATUS_OK;
    }
    return run(&arguments, argv, error);
}
