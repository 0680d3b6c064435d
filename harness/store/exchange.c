/* exchange.c - reading and writing the files that are exchanged, whatever their format. */
#include "store/exchange_internal.h"

#include "store/store_database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum status exchange_write(FILE *out, struct text *line, struct error *error)
{
    if (line->failed)
        return error_set(error, STATUS_SYSTEM, "out of memory while exporting");
    if (fwrite(text_get(line), 1, line->length, out) != line->length)
        return error_set(error, STATUS_SYSTEM, "cannot write the export: %s", strerror(errno));
    text_clear(line);
    return STATUS_OK;
}

static enum status check_text(const char *path, const char *text, size_t length, struct error *error)
{
    if (text[strspn(text, " \t\r\n")] == '\0' && strlen(text) == length)
        return error_set(error, STATUS_USAGE, "%s is empty", path);
    if (strlen(text) != length || !store_is_text(text))
        return error_set(error, STATUS_USAGE, "%s is not UTF-8 text: import takes CSV or JSON Lines", path);
    return STATUS_OK;
}

/* The whole file, malloc'd; an empty one, or one with bytes that are no UTF-8 text, is a sentence. */
static enum status read_text(const char *path, char **text, struct error *error)
{
    size_t length = 0;
    TRY(text_read_file(path, EXCHANGE_FILE_MAX, text, &length, error));
    const enum status status = check_text(path, *text, length, error);
    if (status != STATUS_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}

typedef enum status text_importer(struct store *store, char *text, const char *path, const char *name,
                                  struct sweep_record *sweep, struct error *error);

static text_importer *importer_of(const char *text)
{
    const char *first = text_starts(text, "\xef\xbb\xbf") ? text + 3 : text;
    return first[strspn(first, " \t\r\n")] == '{' ? import_jsonl_text : import_csv_text;
}

/* `importer` is NULL to choose by the content. */
static enum status import(struct store *store, const char *path, const char *name, text_importer *importer,
                          struct sweep_record *sweep, struct error *error)
{
    memset(sweep, 0, sizeof *sweep);
    if (name && strlen(name) >= sizeof sweep->name)
        return error_set(error, STATUS_USAGE, "--name is longer than %zu bytes", sizeof sweep->name - 1);
    char *text = NULL;
    TRY(read_text(path, &text, error));
    const enum status status = (importer ? importer : importer_of(text))(store, text, path, name, sweep, error);
    free(text);
    if (status == STATUS_OK)
        return STATUS_OK;
    sweep_record_free(sweep);
    return error_prefix(error, status, "%s", path);
}

enum status import_csv(struct store *store, const char *path, const char *name, struct sweep_record *sweep,
                       struct error *error)
{
    return import(store, path, name, import_csv_text, sweep, error);
}

enum status import_jsonl(struct store *store, const char *path, const char *name, struct sweep_record *sweep,
                         struct error *error)
{
    return import(store, path, name, import_jsonl_text, sweep, error);
}

enum status import_file(struct store *store, const char *path, const char *name, struct sweep_record *sweep,
                        struct error *error)
{
    return import(store, path, name, NULL, sweep, error);
}
