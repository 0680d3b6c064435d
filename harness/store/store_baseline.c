/* store_baseline.c - see store_baseline.h. */
#include "store/store_baseline.h"

#include "store/store_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED_NAMES = 8 };

static enum status select_baselines(struct store *store, const char *tail, const char *name,
                                    struct baseline_record **baselines, size_t *count, struct error *error)
{
    void *rows = NULL;
    const enum status status =
        fields_select(store, &baseline_type, sizeof **baselines, tail, name, 0, &rows, count, error);
    *baselines = rows;
    return status;
}

enum status store_list_baselines(struct store *store, struct baseline_record **baselines, size_t *count,
                                 struct error *error)
{
    return select_baselines(store, "ORDER BY created, name", NULL, baselines, count, error);
}

static enum status not_found(struct store *store, const char *name, struct error *error)
{
    struct baseline_record *all = NULL;
    size_t count = 0;
    TRY(store_list_baselines(store, &all, &count, error));
    struct text names = {0};
    for (size_t i = 0; i < count && i < LISTED_NAMES; ++i)
        text_format(&names, "%s%s", i ? ", " : "", all[i].name);
    if (count == 0)
        error_set(error, STATUS_USAGE, "%s has no baseline yet: `seqscale baseline set %.60s` makes one of this build",
                  store->path, name);
    else
        error_set(error, STATUS_USAGE, "%s has no baseline '%.60s'; it has %s%s", store->path, name, text_get(&names),
                  count > LISTED_NAMES ? " and more" : "");
    text_free(&names);
    free(all);
    return STATUS_USAGE;
}

enum status store_find_baseline(struct store *store, const char *name, struct baseline_record *baseline,
                                struct error *error)
{
    struct baseline_record *found = NULL;
    size_t count = 0;
    TRY(select_baselines(store, "WHERE name = ?1", name, &found, &count, error));
    if (count == 0)
        return not_found(store, name, error);
    *baseline = found[0];
    free(found);
    return STATUS_OK;
}

enum status store_check_baseline_name(const char *name, struct error *error)
{
    const char *fault = NULL;
    if (name[0] == '\0')
        fault = "is empty";
    else if (strlen(name) >= sizeof((struct baseline_record *)0)->name)
        fault = "is longer than 127 bytes";
    else if (name[0] == '.' || name[0] == '-')
        fault = "begins with '.' or '-'";
    for (const char *c = name; *c; ++c)
        if (*c == '/' || *c == ':' || (unsigned char)*c <= 0x20 || *c == 0x7f)
            fault = "contains '/', ':', white space or a control character";
    return fault ? error_set(error, STATUS_USAGE, "'%.127s' cannot name a baseline: it %s", name, fault) : STATUS_OK;
}

static enum status insert(struct store *store, const struct baseline_record *baseline, bool replace, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (replace)
        TRY(store_change(store, "DELETE FROM baseline WHERE name = ?1", (const char *const[]){baseline->name}, 1,
                         "replace the baseline", error));
    TRY(fields_prepare_insert(store, &statement, &baseline_type, error));
    const enum status status = fields_insert(store, statement, &baseline_type, baseline, error);
    sqlite3_finalize(statement);
    return status;
}

enum status store_add_baseline(struct store *store, struct baseline_record *baseline, bool replace, struct error *error)
{
    TRY(store_check_baseline_name(baseline->name, error));
    store_stamp(baseline->created);
    TRY(store_begin(store, error));
    return store_end(store, insert(store, baseline, replace, error), error);
}

enum status store_remove_baseline(struct store *store, const char *name, struct error *error)
{
    struct baseline_record found;
    TRY(store_find_baseline(store, name, &found, error));
    return store_change(store, "DELETE FROM baseline WHERE name = ?1", (const char *const[]){name}, 1, "remove the baseline",
                        error);
}

char *store_baseline_folder(const struct store *store, const char *name)
{
    const char *slash = strrchr(store->path, '/');
    return slash ? text_print("%.*s/baselines/%s", (int)(slash - store->path), store->path, name)
                 : text_print("baselines/%s", name);
}
