/* cell.c - see cell.h. */
#include "base/cell.h"

#include "base/parse.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct cell cell_default(void)
{
    return (struct cell){.batch = 1,
                         .length = 1024,
                         .width = 256,
                         .mode = "forward",
                         .scope = "layer",
                         .threads = 1,
                         .prepare = "outside",
                         .cache = "warm",
                         .bind = "compact",
                         .seed = 1};
}

void cell_label(const struct cell *cell, char *out, size_t capacity)
{
    snprintf(out, capacity, "%s%s%s", cell->operator_name, cell->options[0] ? ":" : "", cell->options);
}

bool cell_same_operator(const struct cell *a, const struct cell *b)
{
    return strcmp(a->operator_name, b->operator_name) == 0 && strcmp(a->options, b->options) == 0 && a->width == b->width;
}

void cell_format(const struct cell *cell, char *out, size_t capacity)
{
    snprintf(out, capacity,
             "%s%s%s@length=%lld,width=%lld,batch=%lld,mode=%s,scope=%s,threads=%d,prepare=%s,cache=%s,bind=%s,seed=%llu",
             cell->operator_name, cell->options[0] ? ":" : "", cell->options, (long long)cell->length,
             (long long)cell->width, (long long)cell->batch, cell->mode, cell->scope, cell->threads, cell->prepare,
             cell->cache, cell->bind, (unsigned long long)cell->seed);
}

static enum status set_word(char out[16], const char *key, const char *value, const char *const *words, struct error *error)
{
    struct text list = {0};
    for (const char *const *word = words; *word; ++word) {
        if (strcmp(*word, value) == 0) {
            snprintf(out, 16, "%s", value);
            text_free(&list);
            return STATUS_OK;
        }
        text_format(&list, "%s%s", word == words ? "" : ", ", *word);
    }
    error_set(error, STATUS_USAGE, "%s: '%s' is not one of %s", key, value, text_get(&list));
    text_free(&list);
    return STATUS_USAGE;
}

static enum status set_count(int64_t *out, const char *key, const char *value, struct error *error)
{
    return parse_count(value, key, 1, (int64_t)1 << 40, out, error);
}

enum status cell_set(struct cell *cell, const char *key, const char *value, struct error *error)
{
    static const char *const modes[] = {"forward", "train", "decode", NULL};
    static const char *const scopes[] = {"layer", "core", NULL};
    static const char *const prepares[] = {"outside", "inside", NULL};
    static const char *const caches[] = {"warm", "cold", NULL};
    static const char *const binds[] = {"compact", "scatter", "none", NULL};
    int64_t count = 0;
    if (strcmp(key, "length") == 0)
        return set_count(&cell->length, key, value, error);
    if (strcmp(key, "width") == 0)
        return set_count(&cell->width, key, value, error);
    if (strcmp(key, "batch") == 0)
        return set_count(&cell->batch, key, value, error);
    if (strcmp(key, "mode") == 0)
        return set_word(cell->mode, key, value, modes, error);
    if (strcmp(key, "scope") == 0)
        return set_word(cell->scope, key, value, scopes, error);
    if (strcmp(key, "prepare") == 0)
        return set_word(cell->prepare, key, value, prepares, error);
    if (strcmp(key, "cache") == 0)
        return set_word(cell->cache, key, value, caches, error);
    if (strcmp(key, "bind") == 0)
        return set_word(cell->bind, key, value, binds, error);
    if (strcmp(key, "threads") == 0) {
        TRY(parse_count(value, key, 1, 4096, &count, error));
        cell->threads = (int)count;
        return STATUS_OK;
    }
    if (strcmp(key, "seed") == 0) {
        TRY(parse_count(value, key, 0, (int64_t)1 << 53, &count, error));
        cell->seed = (uint64_t)count;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "'%s' is not a key of a SPEC; the keys are length, width, batch, mode, scope, threads, prepare, cache, "
                     "bind and seed", key);
}

static enum status set_operator(struct cell *cell, const char *text, size_t length, struct error *error)
{
    if (length == 0 || text[0] == ':')
        return error_set(error, STATUS_USAGE, "a SPEC begins with an operator: OPERATOR[:OPTIONS][@KEY=VALUE,...]");
    if (length >= CELL_OPERATOR_MAX)
        return error_set(error, STATUS_USAGE, "the operator and its options are longer than %d characters",
                         CELL_OPERATOR_MAX - 1);
    char copy[CELL_OPERATOR_MAX];
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *colon = text_starts(copy, "exec:") ? NULL : strchr(copy, ':');
    if (colon)
        *colon = '\0';
    memcpy(cell->operator_name, copy, sizeof copy);
    cell->options[0] = '\0';
    if (colon)
        snprintf(cell->options, sizeof cell->options, "%s", colon + 1);
    return STATUS_OK;
}

enum status cell_parse(const char *spec, struct cell *cell, struct error *error)
{
    *cell = cell_default();
    const char *at = strrchr(spec, '@');
    TRY(set_operator(cell, spec, at ? (size_t)(at - spec) : strlen(spec), error));
    char keys[1024];
    if (at && strlen(at) > sizeof keys)
        return error_set(error, STATUS_USAGE, "the part of the SPEC after '@' is longer than %zu characters", sizeof keys - 1);
    snprintf(keys, sizeof keys, "%s", at ? at + 1 : "");
    char *rest = NULL;
    for (char *word = strtok_r(keys, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        char *equals = strchr(word, '=');
        if (!equals)
            return error_set(error, STATUS_USAGE, "'%s' in the SPEC is not KEY=VALUE", word);
        *equals = '\0';
        TRY(cell_set(cell, word, equals + 1, error));
    }
    return STATUS_OK;
}
