/* words.c - see words.h. */
#include "commands/words.h"

#include "base/text.h"

#include <ctype.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)

enum status words_add(struct words *words, const char *word, struct error *error)
{
    char **more = realloc(words->items, ((size_t)words->count + 2) * sizeof *more);
    char *copy = strdup(word);
    if (more)
        words->items = more;
    if (!more || !copy) {
        free(copy);
        return error_set(error, STATUS_SYSTEM, "out of memory for the command line");
    }
    words->items[words->count++] = copy;
    words->items[words->count] = NULL;
    return STATUS_OK;
}

char *words_json(const struct words *words)
{
    json_t *array = json_array();
    for (int i = 0; i < words->count; ++i)
        json_array_append_new(array, json_string(words->items[i]));
    char *text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    return text;
}

void words_free(struct words *words)
{
    for (int i = 0; i < words->count; ++i)
        free(words->items[i]);
    free(words->items);
    *words = (struct words){NULL, 0, false};
}

void words_drop(struct words *words, const char *option)
{
    int kept = 0;
    for (int i = 0; i < words->count; ++i) {
        if (strcmp(words->items[i], option) == 0 && i + 1 < words->count) {
            free(words->items[i]);
            free(words->items[++i]);
        } else {
            words->items[kept++] = words->items[i];
        }
    }
    words->count = kept;
    if (words->items)
        words->items[kept] = NULL;
}

/* One word from *at into `out`; false at the end of a quote that was never closed. */
static bool take_word(const char **at, struct text *out)
{
    char quote = '\0';
    text_append(out, "");
    for (; **at && (quote || !isspace((unsigned char)**at)); ++*at) {
        const char c = **at;
        if (quote && c == quote)
            quote = '\0';
        else if (!quote && (c == '\'' || c == '"'))
            quote = c;
        else if (c == '\\' && quote != '\'' && (*at)[1])
            text_append_bytes(out, ++*at, 1);
        else
            text_append_bytes(out, *at, 1);
    }
    return quote == '\0';
}

static enum status add_file(struct words *words, const char *path, struct error *error)
{
    char *content = NULL;
    TRY(text_read_file(path, FILE_BYTES_MAX, &content, NULL, error));
    enum status status = STATUS_OK;
    for (const char *at = content; *at && status == STATUS_OK;) {
        at += strspn(at, " \t\r\n");
        if (*at == '#') {
            at += strcspn(at, "\n");
            continue;
        }
        if (!*at)
            break;
        struct text word = {0};
        if (!take_word(&at, &word))
            status = error_set(error, STATUS_USAGE, "%s: a quote is never closed", path);
        else
            status = words_add(words, text_get(&word), error);
        text_free(&word);
    }
    free(content);
    words->from_file = true;
    return status;
}

enum status words_expand(struct words *words, int argc, char **argv, struct error *error)
{
    *words = (struct words){NULL, 0, false};
    enum status status = STATUS_OK;
    for (int i = 0; i < argc && status == STATUS_OK; ++i)
        status = i > 0 && argv[i][0] == '@' && argv[i][1] ? add_file(words, argv[i] + 1, error)
                                                          : words_add(words, argv[i], error);
    if (status != STATUS_OK)
        words_free(words);
    return status;
}

enum status words_bad_option(const char *command, int result, char **argv, struct error *error)
{
    const char *word = optind > 0 && argv[optind - 1] ? argv[optind - 1] : "";
    if (result == ':')
        return error_set(error, STATUS_USAGE, "%s: %s needs a value; `seqscale %s --help` shows how", command, word, command);
    return error_set(error, STATUS_USAGE, "%s: '%s' is not an option of this command; `seqscale %s --help` lists them", command,
                     word, command);
}
