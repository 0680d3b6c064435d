/* store_names.c - what names sweeps and comparisons may have, the names of those that were given none, and the time that a row
 * was made. Declared in store_database.h.
 */
#include "store/store_database.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NAME_MAX_BYTES = 127 };

/* A name is a word of command lines and the name of a folder of charts. */
static enum status check_word(const char *table, const char *name, struct error *error)
{
    const char *fault = NULL;
    if (name[0] == '\0')
        fault = "is empty";
    else if (strlen(name) > NAME_MAX_BYTES)
        fault = "is longer than 127 bytes";
    else if (name[0] == '.' || name[0] == '-')
        fault = "begins with '.' or '-'";
    else if (strcmp(name, "latest") == 0)
        fault = "means the newest one";
    for (const char *c = name; *c; ++c)
        if (*c == '/' || (unsigned char)*c < 0x20 || *c == 0x7f)
            fault = "contains '/' or a control character";
    return fault ? error_set(error, STATUS_USAGE, "'%.127s' cannot name a %s: it %s", name, table, fault) : STATUS_OK;
}

static enum status name_is_free(struct store *store, const char *table, const char *name, bool *free_name,
                                struct error *error)
{
    char sql[96];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "SELECT 1 FROM %s WHERE name = ?1", table);
    TRY(store_prepare(store, &statement, sql, error));
    bool row = false;
    enum status status = store_bind_text(statement, 1, name) == SQLITE_OK ? store_row(store, statement, &row, error)
                                                                          : store_error(store, "read", error);
    *free_name = !row;
    sqlite3_finalize(statement);
    return status;
}

enum status store_check_name(struct store *store, const char *table, const char *name, struct error *error)
{
    bool free_name = false;
    TRY(check_word(table, name, error));
    TRY(name_is_free(store, table, name, &free_name, error));
    if (!free_name)
        return error_set(error, STATUS_USAGE,
                         "%s has a %s named '%s' already: choose another --name, or rename or delete the old one with "
                         "`seqscale %ss`",
                         store->path, table, name, table);
    return STATUS_OK;
}

enum status store_make_name(struct store *store, const char *table, char name[128], struct error *error)
{
    char base[32];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(base, sizeof base, "%Y-%m-%d-%H%M%S", &utc);
    snprintf(name, 128, "%s", base);
    for (int number = 2;; ++number) {
        bool free_name = false;
        TRY(name_is_free(store, table, name, &free_name, error));
        if (free_name)
            return STATUS_OK;
        snprintf(name, 128, "%s-%d", base, number);
    }
}

void store_stamp(char out[32])
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    const size_t length = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + length, 32 - length, ".%03dZ", (int)(now.tv_nsec / 1000000));
}
