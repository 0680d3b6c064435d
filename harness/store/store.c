/* store.c - opening and closing the database, and the UUIDs of its rows.
 *
 * A file in a folder that cannot be written (an installed or mounted reference) is opened for reading alone; SQLite needs
 * to be told then that nobody else writes, because write-ahead logging wants a shared file beside the database.
 */
#include "store/store_database.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

/* How long to wait for another process's transaction: a block is written in milliseconds. */
enum { BUSY_TIMEOUT_MS = 5000 };

void store_uuid(char out[UUID_TEXT])
{
    unsigned char bytes[16];
    while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) /* so few bytes fail only when a signal interrupts */
        continue;
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4: RFC 4122, section 4.4 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char *at = out;
    for (int i = 0; i < 16; ++i)
        at += snprintf(at, 4, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
}

static enum status check_file(const char *path, bool create, struct error *error)
{
    struct stat found;
    if (path[0] == '\0')
        return error_set(error, STATUS_USAGE, "the results database has an empty name: name a file with --db");
    if (stat(path, &found) == 0) {
        if (S_ISREG(found.st_mode))
            return STATUS_OK;
        return error_set(error, STATUS_USAGE, "%s is a folder or a device, not a results database: name a file with --db",
                         path);
    }
    if (errno == ENOENT && create)
        return STATUS_OK;
    if (errno == ENOENT)
        return error_set(error, STATUS_USAGE,
                         "there is no results database %s yet: run `seqscale sweep` to measure, or name another with --db",
                         path);
    return error_set(error, STATUS_SYSTEM, "cannot open %s: %s", path, strerror(errno));
}

/* "file:PATH?immutable=1" with what has a meaning in a URI escaped. malloc'd; NULL when memory ran out. */
static char *immutable_uri(const char *path)
{
    struct text uri = {0};
    text_append(&uri, path[0] == '/' ? "file://" : "file:");
    for (const char *c = path; *c; ++c) {
        if (strchr("%?#", *c))
            text_format(&uri, "%%%02X", (unsigned)*c);
        else
            text_append_bytes(&uri, c, 1);
    }
    text_append(&uri, "?immutable=1");
    return text_take(&uri);
}

static enum status connect(struct store *store, const char *name, int flags, struct error *error)
{
    sqlite3_close(store->db);
    store->db = NULL;
    const int code = sqlite3_open_v2(name, &store->db, flags, NULL);
    if (!store->db)
        return error_set(error, STATUS_SYSTEM, "%s cannot be used: out of memory", store->path);
    if (code != SQLITE_OK)
        return store_error(store, "open", error);
    sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL); /* a hostile file stays data */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return store_execute(store, "PRAGMA foreign_keys = ON", "open", error);
}

/* Whether changes wait in the write-ahead log beside the file: without them a reading of the file alone would lie. */
static bool has_log(const char *path)
{
    struct stat found;
    char *log = text_print("%s-wal", path);
    const bool has = !log || (stat(log, &found) == 0 && found.st_size > 0);
    free(log);
    return has;
}

static enum status open_for_reading(struct store *store, struct error *error)
{
    char *uri = immutable_uri(store->path);
    if (!uri)
        return error_set(error, STATUS_SYSTEM, "%s cannot be used: out of memory", store->path);
    enum status status = connect(store, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    if (status == STATUS_OK)
        status = store_migrate(store, false, error);
    free(uri);
    return status;
}

static enum status open_database(struct store *store, bool create, struct error *error)
{
    enum status status = connect(store, store->path, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), error);
    if (status == STATUS_OK)
        status = store_migrate(store, create, error);
    const int code = status != STATUS_OK && store->db ? sqlite3_errcode(store->db) & 0xff : SQLITE_OK;
    if (!create && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && !has_log(store->path))
        status = open_for_reading(store, error);
    return status;
}

enum status store_open(struct store **store, const char *path, bool create, struct error *error)
{
    *store = NULL;
    TRY(check_file(path, create, error));
    struct store *opened = calloc(1, sizeof *opened);
    if (opened)
        opened->path = strdup(path);
    enum status status = opened && opened->path ? open_database(opened, create, error)
                                                : error_set(error, STATUS_SYSTEM, "%s cannot be used: out of memory", path);
    if (status == STATUS_OK)
        *store = opened;
    else
        store_close(opened);
    return status;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}
