/* module.c - loading and validating; options are in options.c. */
#include "worker/module.h"

#include "base/text.h"
#include "worker/region.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE_BYTES_MAX ((size_t)1 << 30)
#define MODULES_MAX 256

/* ---------------------------------------------------------------- the table's own consistency */

static enum status check_option(const struct seq_operator *table, size_t index, const char *path, struct error *error)
{
    const struct seq_option *option = &table->options[index];
    if (!option->name || !option->name[0] || strspn(option->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                                  "0123456789_") != strlen(option->name))
        return error_set(error, STATUS_FAILED, "%s: option %zu of its table has no name of letters, digits and underscores",
                         path, index);
    for (size_t other = 0; other < index; ++other)
        if (strcmp(table->options[other].name, option->name) == 0)
            return error_set(error, STATUS_FAILED, "%s: option '%s' stands twice in its table", path, option->name);
    size_t choices = 0;
    while (option->type == SEQ_CHOICE && option->choices && option->choices[choices])
        ++choices;
    const double low = option->type == SEQ_CHOICE || option->type == SEQ_FLAG ? 0.0 : option->low;
    const double high = option->type == SEQ_CHOICE ? (double)choices - 1.0 : option->type == SEQ_FLAG ? 1.0 : option->high;
    if (!(option->value >= low && option->value <= high))
        return error_set(error, STATUS_FAILED, "%s: the default %g of option '%s' lies outside its range %g to %g", path,
                         option->value, option->name, low, high);
    return STATUS_OK;
}

static enum status check_table(const struct seq_operator *table, const char *path, struct error *error)
{
    const struct {
        const char *name;
        int there;
    } required[] = {
        {"describe", table->describe != NULL},
        {"plan", table->plan != NULL},
        {"forward", table->forward != NULL},
        {"reference", table->reference || (table->capabilities & SEQ_CAP_NO_OUTPUT)},
    };
    if (!table->name || !table->name[0])
        return error_set(error, STATUS_FAILED, "%s: its operator table has no name", path);
    for (size_t i = 0; i < ARRAY_LEN(required); ++i)
        if (!required[i].there)
            return error_set(error, STATUS_FAILED, "%s: the operator '%s' lacks the required hook '%s' (operators/operator.h)",
                             path, table->name, required[i].name);
    if (table->option_count && !table->options)
        return error_set(error, STATUS_FAILED, "%s: its table counts %zu options and has none", path, table->option_count);
    for (size_t i = 0; i < table->option_count; ++i)
        TRY(check_option(table, i, path, error));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- loading */

/* Tables grow at their end only: what a shorter one lacks is NULL here. */
static enum status copy_table(struct module *module, const struct seq_operator *theirs, struct error *error)
{
    if (theirs->abi != SEQ_ABI)
        return error_set(error, STATUS_FAILED,
                         "%s was built for operator ABI %u and this seqscale has ABI %u: build it again with this operator.h",
                         module->path, theirs->abi, SEQ_ABI);
    const size_t least = offsetof(struct seq_operator, parameters);
    if (theirs->size < least)
        return error_set(error, STATUS_FAILED, "%s: its operator table of %u bytes is shorter than the %zu of any ABI %u table",
                         module->path, theirs->size, least, SEQ_ABI);
    const size_t bytes = theirs->size < sizeof module->table ? theirs->size : sizeof module->table;
    memcpy(&module->table, theirs, bytes);
    return check_table(&module->table, module->path, error);
}

static enum status hash_file(struct module *module, struct error *error)
{
    char *bytes = NULL;
    size_t length = 0;
    TRY(text_read_file(module->path, MODULE_BYTES_MAX, &bytes, &length, error));
    const struct region view = {.data = (unsigned char *)bytes, .bytes = length};
    snprintf(module->build, sizeof module->build, "%016llx", (unsigned long long)region_hash(&view));
    free(bytes);
    return STATUS_OK;
}

static enum status load(struct module *module, struct error *error)
{
    TRY(hash_file(module, error));
    module->library = dlopen(module->path, RTLD_NOW | RTLD_LOCAL);
    if (!module->library) {
        const char *why = dlerror();
        return error_set(error, STATUS_FAILED, "%s cannot be loaded as a module: %s", module->path, why ? why : "unknown");
    }
    const struct seq_operator *theirs = dlsym(module->library, SEQ_SYMBOL);
    if (!theirs)
        return error_set(error, STATUS_FAILED, "%s is a shared library but no operator module: it has no symbol '%s'",
                         module->path, SEQ_SYMBOL);
    return copy_table(module, theirs, error);
}

static enum status new_module(const char *path, struct module **out, struct error *error)
{
    struct module *module = calloc(1, sizeof *module);
    /* dlopen searches the library path for a name without a slash; a module is always a file that was named. */
    char *copy = module ? (strchr(path, '/') ? strdup(path) : text_print("./%s", path)) : NULL;
    if (!copy) {
        free(module);
        return error_set(error, STATUS_SYSTEM, "out of memory while loading %s", path);
    }
    module->path = copy;
    const enum status status = load(module, error);
    if (status != STATUS_OK) {
        free(module->path);
        free(module);
        return status;
    }
    *out = module;
    return STATUS_OK;
}

enum status module_load(const char *path, const struct module **module, struct error *error)
{
    static struct module *loaded[MODULES_MAX]; /* a library's cache: modules live as long as the process */
    static size_t count;
    for (size_t i = 0; i < count; ++i) {
        if (strcmp(loaded[i]->path, path) == 0) {
            *module = loaded[i];
            return STATUS_OK;
        }
    }
    if (count == MODULES_MAX)
        return error_set(error, STATUS_FAILED, "one worker loads at most %d modules", MODULES_MAX);
    TRY(new_module(path, &loaded[count], error));
    *module = loaded[count++];
    return STATUS_OK;
}

/* ---------------------------------------------------------------- identity */

const char *module_region_name(enum seq_region region)
{
    static const char *const names[] = {
        [SEQ_INPUT] = "input",         [SEQ_OUTPUT] = "output",           [SEQ_PARAMETERS] = "parameters",
        [SEQ_PREPARED] = "prepared",   [SEQ_GRADIENTS] = "gradients",     [SEQ_ACTIVATIONS] = "activations",
        [SEQ_SAVED] = "saved",         [SEQ_STATE] = "state",             [SEQ_SCRATCH] = "scratch",
        [SEQ_THREAD_SCRATCH] = "thread_scratch",
    };
    static_assert(ARRAY_LEN(names) == SEQ_REGION_COUNT, "every region has a name");
    return names[region];
}

static json_t *option_identity(const struct seq_option *option)
{
    static const char *const types[] = {[SEQ_INT] = "int", [SEQ_REAL] = "real", [SEQ_FLAG] = "flag", [SEQ_CHOICE] = "choice"};
    json_t *choices = json_array();
    for (const char *const *choice = option->choices; option->type == SEQ_CHOICE && choice && *choice; ++choice)
        json_array_append_new(choices, json_string(*choice));
    return json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:o}", "name", option->name, "help", option->help ? option->help : "",
                     "type", types[option->type], "default", option->value, "low", option->low, "high", option->high,
                     "choices", choices);
}

static json_t *words_of_bits(uint32_t bits, const char *const *words, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; ++i)
        if (bits & 1u << i)
            json_array_append_new(list, json_string(words[i]));
    return list;
}

json_t *module_identity(const struct module *module)
{
    static const char *const capabilities[] = {"threads", "core", "state", "no_output"};
    static const char *const modes[] = {[SEQ_FORWARD] = "forward", [SEQ_TRAIN] = "train", [SEQ_DECODE] = "decode"};
    const struct seq_operator *table = &module->table;
    const uint32_t mode_bits = 1u << SEQ_FORWARD | (table->backward ? 1u << SEQ_TRAIN : 0) | (table->step ? 1u << SEQ_DECODE : 0);
    json_t *options = json_array();
    for (size_t i = 0; i < table->option_count; ++i)
        json_array_append_new(options, option_identity(&table->options[i]));
    return json_pack("{s:b, s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:o}", "ok", 1, "name", table->name, "summary",
                     table->summary ? table->summary : "", "source", table->source ? table->source : "", "colour",
                     table->colour, "build", module->build, "path", module->path, "capabilities",
                     words_of_bits(table->capabilities, capabilities, ARRAY_LEN(capabilities)), "modes",
                     words_of_bits(mode_bits, modes, ARRAY_LEN(modes)), "options", options);
}

void module_method(const struct module *module, const struct seq_plan *plan, char text[MODULE_METHOD_MAX])
{
    memset(text, 0, MODULE_METHOD_MAX);
    if (module->table.method)
        (void)module->table.method(plan, text, MODULE_METHOD_MAX);
    text[MODULE_METHOD_MAX - 1] = '\0';
    for (char *at = text; *at; ++at)
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e) /* what is no UTF-8 would not travel */
            *at = '?';
}
