/* list.c - seqscale list: the operators that are there, and their options. Even this asks a worker: the parent never loads
 * a module. */
#include "commands/commands.h"
#include "commands/words.h"
#include "present/table.h"
#include "protocol.h"
#include "sweep/setting.h"

#include "base/text.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDENTIFY_SECONDS 30.0

static const char help[] =
    "Usage: seqscale list [OPERATOR...] [--json] [--operators DIR]\n"
    "\n"
    "Lists the operator modules that can be measured. With names or module files it shows each one's options, their ranges\n"
    "and defaults, and the source that defines it.\n"
    "\n"
    "  --json            everything that the modules say of themselves\n"
    "  --operators DIR   look for operator modules there first\n"
    "\n"
    "Example:\n"
    "  seqscale list hyena ./my_op.so\n";

/* The identities of `names`; a module that cannot be used is reported on stderr and left out, unless it was asked for. */
static enum status identify(const struct setting *setting, const char *name, json_t **identity, struct error *error)
{
    char *module = NULL;
    struct client *client = NULL;
    TRY(find_module(&setting->search, name, &module, error));
    if (!module)
        return error_set(error, STATUS_USAGE, "an external program has no module to list");
    enum status status = setting_start_worker(setting, NULL, "none", 1, 0, &client, error);
    if (status == STATUS_OK)
        status = client_ask(client, json_pack("{s:s, s:s}", "do", "identify", "module", module), IDENTIFY_SECONDS, identity, error);
    client_end(client);
    free(module);
    return status;
}

static void describe_range(const json_t *option, struct text *out)
{
    char low[32], high[32];
    const char *type = protocol_string(option, "type", "");
    if (strcmp(type, "flag") == 0) {
        text_append(out, "0 or 1");
    } else if (strcmp(type, "choice") == 0) {
        size_t index;
        const json_t *choice;
        json_array_foreach(json_object_get(option, "choices"), index, choice)
            text_format(out, "%s%s", index ? " | " : "", json_string_value(choice));
    } else {
        text_format(out, "%s .. %s", text_number(low, protocol_real(option, "low", NAN)),
                    text_number(high, protocol_real(option, "high", NAN)));
    }
}

static void describe_default(const json_t *option, struct text *out)
{
    char number[32];
    const double value = protocol_real(option, "default", NAN);
    const json_t *choices = json_object_get(option, "choices");
    const char *word = json_array_size(choices) ? json_string_value(json_array_get(choices, (size_t)value)) : NULL;
    text_append(out, word ? word : text_number(number, value));
}

static enum status print_options(const json_t *options, struct error *error)
{
    static const struct table_column columns[] = {{"option", 0}, {"default", 0}, {"values", 0}, {"meaning", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    size_t index;
    const json_t *option;
    json_array_foreach(options, index, option) {
        struct text range = {0}, value = {0};
        describe_range(option, &range);
        describe_default(option, &value);
        const char *const cells[] = {protocol_string(option, "name", ""), text_get(&value), text_get(&range),
                                     protocol_string(option, "help", "")};
        table_add(table, cells);
        text_free(&range);
        text_free(&value);
    }
    table_print(table, stdout);
    table_free(table);
    return STATUS_OK;
}

static void print_words(const char *title, const json_t *words)
{
    printf("  %s:", title);
    size_t index;
    const json_t *word;
    json_array_foreach(words, index, word)
        printf("%s %s", index ? "," : "", json_string_value(word));
    printf("\n");
}

static enum status print_identity(const json_t *identity, struct error *error)
{
    printf("%s - %s\n  source: %s\n  file: %s (build %s)\n", protocol_string(identity, "name", ""),
           protocol_string(identity, "summary", ""), protocol_string(identity, "source", ""),
           protocol_string(identity, "path", ""), protocol_string(identity, "build", ""));
    print_words("modes", json_object_get(identity, "modes"));
    print_words("capabilities", json_object_get(identity, "capabilities"));
    if (json_array_size(json_object_get(identity, "options")) == 0)
        printf("  it has no options\n");
    else
        TRY(print_options(json_object_get(identity, "options"), error));
    printf("\n");
    return STATUS_OK;
}

static enum status list_named(const struct setting *setting, char **names, int count, json_t *all, bool json, struct error *error)
{
    for (int i = 0; i < count; ++i) {
        json_t *identity = NULL;
        TRY(identify(setting, names[i], &identity, error));
        enum status status = json ? STATUS_OK : print_identity(identity, error);
        json_array_append_new(all, identity);
        TRY(status);
    }
    return STATUS_OK;
}

static enum status list_all(const struct setting *setting, json_t *all, struct error *error)
{
    char **names = NULL;
    size_t count = 0;
    enum status status = find_all(&setting->search, &names, &count, error);
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        json_t *identity = NULL;
        status = identify(setting, names[i], &identity, error);
        if (status == STATUS_OK)
            json_array_append_new(all, identity);
        else if (status != STATUS_INTERRUPTED) {
            fprintf(stderr, "seqscale: %s is left out: %s\n", names[i], error->text);
            status = STATUS_OK;
        }
    }
    find_names_free(names, count);
    if (status == STATUS_OK && json_array_size(all) == 0)
        status = error_set(error, STATUS_USAGE, "no operator modules were found; build seqscale, or name their folder by "
                           "--operators DIR");
    return status;
}

static enum status print_all(const json_t *all, struct error *error)
{
    static const struct table_column columns[] = {{"operator", 0}, {"what it is", 0}, {"source", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    size_t index;
    const json_t *identity;
    json_array_foreach(all, index, identity) {
        const char *const cells[] = {protocol_string(identity, "name", ""), protocol_string(identity, "summary", ""),
                                     protocol_string(identity, "source", "")};
        table_add(table, cells);
    }
    table_print(table, stdout);
    table_free(table);
    return STATUS_OK;
}

static enum status list(const struct setting *setting, char **names, int count, bool json, struct error *error)
{
    json_t *all = json_array();
    enum status status = count > 0 ? list_named(setting, names, count, all, json, error) : list_all(setting, all, error);
    if (status == STATUS_OK && json) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (status == STATUS_OK && count == 0) {
        status = print_all(all, error);
    }
    json_decref(all);
    return status;
}

enum status command_list(int argc, char **argv, struct error *error)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"operators", required_argument, NULL, 'O'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *operators = NULL;
    bool json = false;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (c) {
        case 'j': json = true; break;
        case 'O': operators = optarg; break;
        case 'h': fputs(help, stdout); return STATUS_OK;
        default: return words_bad_option("list", c, argv, error);
        }
    }
    struct setting setting;
    TRY(setting_init(&setting, operators, error));
    const enum status status = list(&setting, argv + optind, argc - optind, json, error);
    setting_free(&setting);
    return status;
}
