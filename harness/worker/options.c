/* options.c - option values from text and back, by the module's own table (module.h). */
#include "base/parse.h"
#include "base/text.h"
#include "worker/module.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void list_options(const struct module *module, struct text *list)
{
    for (size_t i = 0; i < module->table.option_count; ++i)
        text_format(list, "%s%s", i ? ", " : "", module->table.options[i].name);
    if (module->table.option_count == 0)
        text_append(list, "none");
}

static enum status unknown_option(const struct module *module, const char *name, struct error *error)
{
    struct text list = {0};
    list_options(module, &list);
    error_set(error, STATUS_USAGE, "%s has no option '%s'; its options are: %s", module->table.name, name, text_get(&list));
    text_free(&list);
    return STATUS_USAGE;
}

static enum status parse_choice(const struct seq_option *option, const char *what, const char *text, double *value,
                                struct error *error)
{
    struct text list = {0};
    for (int i = 0; option->choices[i]; ++i) {
        if (strcmp(option->choices[i], text) == 0) {
            *value = i;
            text_free(&list);
            return STATUS_OK;
        }
        text_format(&list, "%s%s", i ? ", " : "", option->choices[i]);
    }
    error_set(error, STATUS_USAGE, "%s: '%s' is not one of %s", what, text, text_get(&list));
    text_free(&list);
    return STATUS_USAGE;
}

static enum status parse_flag(const char *what, const char *text, double *value, struct error *error)
{
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < ARRAY_LEN(words); ++i) {
        if (strcmp(words[i], text) == 0) {
            *value = (double)(i % 2);
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE, "%s: '%s' is neither 0 nor 1", what, text);
}

static enum status parse_value(const struct module *module, const struct seq_option *option, const char *text, double *value,
                               struct error *error)
{
    char what[256];
    snprintf(what, sizeof what, "%s:%s", module->table.name, option->name);
    int64_t whole = 0;
    switch (option->type) {
    case SEQ_INT:
        TRY(parse_count(text, what, (int64_t)option->low, (int64_t)option->high, &whole, error));
        *value = (double)whole;
        return STATUS_OK;
    case SEQ_REAL: return parse_real(text, what, option->low, option->high, value, error);
    case SEQ_FLAG: return parse_flag(what, text, value, error);
    case SEQ_CHOICE: return parse_choice(option, what, text, value, error);
    }
    return error_set(error, STATUS_FAILED, "%s: its type is unknown to this seqscale", what);
}

static enum status parse_one(const struct module *module, char *word, double *values, bool *given, struct error *error)
{
    char *equals = strchr(word, '=');
    if (!equals)
        return error_set(error, STATUS_USAGE, "'%s' among the options of %s is not NAME=VALUE", word, module->table.name);
    *equals = '\0';
    for (size_t i = 0; i < module->table.option_count; ++i) {
        if (strcmp(module->table.options[i].name, word) != 0)
            continue;
        if (given[i])
            return error_set(error, STATUS_USAGE, "option '%s' of %s is given twice", word, module->table.name);
        given[i] = true;
        return parse_value(module, &module->table.options[i], equals + 1, &values[i], error);
    }
    return unknown_option(module, word, error);
}

static enum status parse_all(const struct module *module, char *text, double *values, bool *given, struct error *error)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        TRY(parse_one(module, word, values, given, error));
    return STATUS_OK;
}

enum status module_parse_options(const struct module *module, const char *text, double **out, struct error *error)
{
    const size_t count = module->table.option_count;
    double *values = calloc(count + 1, sizeof *values);
    bool *given = calloc(count + 1, sizeof *given);
    char *copy = strdup(text);
    enum status status = STATUS_SYSTEM;
    if (values && given && copy) {
        for (size_t i = 0; i < count; ++i)
            values[i] = module->table.options[i].value;
        status = parse_all(module, copy, values, given, error);
    } else {
        error_set(error, status, "out of memory while reading options");
    }
    free(copy);
    free(given);
    if (status != STATUS_OK) {
        free(values);
        values = NULL;
    }
    *out = values;
    return status;
}

char *module_format_options(const struct module *module, const double *values)
{
    struct text text = {0};
    text_append(&text, "");
    char number[32];
    for (size_t i = 0; i < module->table.option_count; ++i) {
        const struct seq_option *option = &module->table.options[i];
        if (values[i] == option->value)
            continue;
        text_format(&text, "%s%s=%s", text.length ? "," : "", option->name,
                    option->type == SEQ_CHOICE ? option->choices[(int)values[i]] : text_number(number, values[i]));
    }
    return text_take(&text);
}
