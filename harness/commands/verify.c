/* verify.c - seqscale verify: operators against their reference and the contract. */
#include "base/cell.h"
#include "base/parse.h"
#include "commands/commands.h"
#include "commands/words.h"
#include "present/table.h"
#include "protocol.h"
#include "sweep/axes.h"
#include "sweep/setting.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale verify [OPERATOR[:OPTIONS]...] [--width N,...] [--scope layer|core] [--json] [--operators DIR]\n"
    "\n"
    "Checks operators, or module files, against their double-precision reference and the contract: prices and parameters,\n"
    "values at every instruction set and on 1 to 3 threads, red zones, poisoned memory, NaN, bitwise repeatability, several\n"
    "instances in one process, planner knowledge out and in, causality, carried state, single steps, gradients. Without a\n"
    "name: every operator that is there. A module that crashes takes only its own checks down.\n"
    "\n"
    "  --width N,...     widths (default 24,64)\n"
    "  --scope WORD      layer (default) or core\n"
    "  --timeout TIME    the longest that one operator at one width may take (default 300s)\n"
    "  --json            results as JSON\n"
    "  --operators DIR   look for operator modules there first\n"
    "\n"
    "Exit code 5 when something is wrong.\n"
    "\n"
    "Example:\n"
    "  cc -O3 -shared -fPIC -I<folder of operator.h> my_op.c -o my_op.so && seqscale verify ./my_op.so\n";

struct arguments {
    struct axis widths;
    struct operator_list operators;
    const char *directory, *scope;
    double timeout_seconds;
    bool json, help;
};

struct tally {
    int passed, failed, skipped;
    json_t *results; /* with --json */
};

static void count_check(struct tally *tally, struct table *table, const char *label, int64_t width, const json_t *check)
{
    const json_t *ok = json_object_get(check, "ok");
    const char *verdict = json_is_true(ok) ? "pass" : json_is_null(ok) ? "skip" : "FAIL";
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)width);
    tally->passed += json_is_true(ok);
    tally->skipped += json_is_null(ok);
    tally->failed += json_is_false(ok);
    const char *const cells[] = {label, number, protocol_string(check, "name", ""), verdict, protocol_string(check, "detail", "")};
    table_add(table, cells);
    json_array_append_new(tally->results, json_pack("{s:s, s:I, s:s, s:s, s:s}", "operator", label, "width", (json_int_t)width,
                                                    "check", cells[2], "verdict", verdict, "detail", cells[4]));
}

/* A module that cannot be asked, or that took its worker down, is one failed check. */
static void count_failure(struct tally *tally, struct table *table, const char *label, int64_t width, const char *why)
{
    json_t *check = json_pack("{s:s, s:b, s:s}", "name", "module", "ok", 0, "detail", why);
    count_check(tally, table, label, width, check);
    json_decref(check);
}

static enum status verify_width(const struct setting *setting, const struct cell *cell, const char *module, const char *label,
                                double timeout_seconds, struct table *table, struct tally *tally, struct error *error)
{
    struct client *client = NULL;
    json_t *reply = NULL;
    TRY(setting_start_worker(setting, NULL, "none", 1, 0, &client, error));
    const enum status status =
        client_ask(client, setting_problem(setting, cell, module, "verify"), timeout_seconds, &reply, error);
    const bool usage = status != STATUS_OK && strcmp(client_kind(client), KIND_USAGE) == 0;
    client_end(client);
    if (status == STATUS_INTERRUPTED || usage)
        return status;
    if (status != STATUS_OK)
        count_failure(tally, table, label, cell->width, error->text);
    size_t index;
    const json_t *check;
    json_array_foreach(json_object_get(reply, "checks"), index, check)
        count_check(tally, table, label, cell->width, check);
    json_decref(reply);
    return STATUS_OK;
}

static enum status verify_operator_choice(const struct setting *setting, const struct arguments *arguments,
                                          const struct operator_choice *choice, struct table *table, struct tally *tally,
                                          struct error *error)
{
    struct cell cell = cell_default();
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    char *module = NULL;
    memcpy(cell.operator_name, choice->name, sizeof cell.operator_name);
    memcpy(cell.options, choice->options, sizeof cell.options);
    cell_label(&cell, label, sizeof label);
    TRY(cell_set(&cell, "scope", arguments->scope, error));
    TRY(find_module(&setting->search, choice->name, &module, error));
    enum status status = module ? STATUS_OK : error_set(error, STATUS_USAGE, "verify works on operator modules, not on %s", label);
    for (size_t i = 0; i < arguments->widths.count && status == STATUS_OK; ++i) {
        cell.width = arguments->widths.values[i];
        status = verify_width(setting, &cell, module, label, arguments->timeout_seconds, table, tally, error);
    }
    free(module);
    return status;
}

static enum status add_all_operators(const struct setting *setting, struct operator_list *list, struct error *error)
{
    char **names = NULL;
    size_t count = 0;
    enum status status = find_all(&setting->search, &names, &count, error);
    if (status == STATUS_OK && count == 0)
        status = error_set(error, STATUS_USAGE, "no operator modules were found; build seqscale, or "
                                                       "name their folder by --operators DIR");
    for (size_t i = 0; i < count && status == STATUS_OK; ++i)
        status = operators_parse(list, names[i], error);
    find_names_free(names, count);
    return status;
}

static enum status verify_all(const struct setting *setting, struct arguments *arguments, struct table *table,
                              struct tally *tally, struct error *error)
{
    if (arguments->operators.count == 0)
        TRY(add_all_operators(setting, &arguments->operators, error));
    for (size_t i = 0; i < arguments->operators.count; ++i)
        TRY(verify_operator_choice(setting, arguments, &arguments->operators.items[i], table, tally, error));
    return STATUS_OK;
}

static enum status print_tally(const struct tally *tally, const struct table *table, bool json, struct error *error)
{
    if (json) {
        json_dumpf(tally->results, stdout, JSON_INDENT(2));
        printf("\n");
    } else {
        table_print(table, stdout);
        printf("\n%d checks passed, %d failed, %d do not apply\n", tally->passed, tally->failed, tally->skipped);
    }
    if (tally->failed > 0)
        return error_set(error, STATUS_WRONG, "%d check%s failed", tally->failed, tally->failed == 1 ? "" : "s");
    return STATUS_OK;
}

static enum status verify(struct arguments *arguments, struct error *error)
{
    static const struct table_column columns[] = {{"operator", 0}, {"width", 1}, {"check", 0}, {"verdict", 0}, {"detail", 0}};
    struct setting setting;
    TRY(setting_init(&setting, arguments->directory, error));
    struct tally tally = {.results = json_array()};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    enum status status = table && tally.results ? verify_all(&setting, arguments, table, &tally, error)
                                                : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK)
        status = print_tally(&tally, table, arguments->json, error);
    table_free(table);
    json_decref(tally.results);
    setting_free(&setting);
    return status;
}

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"width", required_argument, NULL, 'w'},   {"scope", required_argument, NULL, 's'},
                                            {"timeout", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
                                            {"operators", required_argument, NULL, 'O'}, {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *widths = "24,64";
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (c) {
        case 'w': widths = optarg; break;
        case 's': arguments->scope = optarg; break;
        case 't': TRY(parse_duration(optarg, "--timeout", &arguments->timeout_seconds, error)); break;
        case 'j': arguments->json = true; break;
        case 'O': arguments->directory = optarg; break;
        case 'h': arguments->help = true; return STATUS_OK;
        default: return words_bad_option("verify", c, argv, error);
        }
    }
    for (; optind < argc; ++optind)
        TRY(operators_parse(&arguments->operators, argv[optind], error));
    return axis_parse(&arguments->widths, widths, "--width", error);
}

enum status command_verify(int argc, char **argv, struct error *error)
{
    struct arguments arguments = {.scope = "layer", .timeout_seconds = 300.0};
    enum status status = parse(argc, argv, &arguments, error);
    if (arguments.help)
        fputs(help, stdout);
    else if (status == STATUS_OK)
        status = verify(&arguments, error);
    axis_free(&arguments.widths);
    operators_free(&arguments.operators);
    return status;
}
