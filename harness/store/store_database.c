/* store_database.c - see store_database.h. */
#include "store/store_database.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a person can do about an SQLite error, by its primary code; the path comes before each sentence. Others get SQLite's
 * own words. A code of SQLITE_OK means that a call failed before it reached SQLite, which is lack of memory. */
static const struct {
    int code;
    enum status status;
    const char *sentence;
} sentences[] = {
    {SQLITE_OK, STATUS_SYSTEM, "cannot be used: out of memory"},
    {SQLITE_NOMEM, STATUS_SYSTEM, "cannot be used: out of memory"},
    {SQLITE_BUSY, STATUS_SYSTEM, "is being written by another process: wait for it to end, or name another file with --db"},
    {SQLITE_NOTADB, STATUS_USAGE, "is not a results database: name another file with --db"},
    {SQLITE_CORRUPT, STATUS_USAGE,
     "is damaged (cut off or overwritten): restore a copy of it, or name another file with --db"},
    {SQLITE_FULL, STATUS_SYSTEM, "cannot grow, the disk is full: make room, or name a file on another disk with --db"},
    {SQLITE_READONLY, STATUS_SYSTEM,
     "cannot be written (the file or its folder is read-only): name another file with --db"},
    {SQLITE_PERM, STATUS_SYSTEM, "may not be opened (permission denied): name another file with --db"},
    {SQLITE_CANTOPEN, STATUS_SYSTEM,
     "cannot be opened or made: its folder must exist and be writable; if not, name another file with --db"},
};

enum status store_error(const struct store *store, const char *doing, struct error *error)
{
    const int code = sqlite3_errcode(store->db) & 0xff; /* primary code */
    for (size_t i = 0; i < ARRAY_LEN(sentences); ++i)
        if (sentences[i].code == code)
            return error_set(error, sentences[i].status, "%s %s", store->path, sentences[i].sentence);
    return error_set(error, code == SQLITE_CONSTRAINT ? STATUS_USAGE : STATUS_SYSTEM, "cannot %s in %s: %s", doing,
                     store->path, sqlite3_errmsg(store->db));
}

enum status store_execute(struct store *store, const char *sql, const char *doing, struct error *error)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? STATUS_OK : store_error(store, doing, error);
}

enum status store_prepare(struct store *store, sqlite3_stmt **statement, const char *sql, struct error *error)
{
    const int code = sqlite3_prepare_v2(store->db, sql, -1, statement, NULL);
    return code == SQLITE_OK ? STATUS_OK : store_error(store, "read the tables", error);
}

enum status store_step(struct store *store, sqlite3_stmt *statement, const char *doing, struct error *error)
{
    const int code = sqlite3_step(statement);
    const enum status status = code == SQLITE_DONE ? STATUS_OK : store_error(store, doing, error);
    sqlite3_reset(statement);
    return status;
}

enum status store_row(struct store *store, sqlite3_stmt *statement, bool *row, struct error *error)
{
    const int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_OK : store_error(store, "read", error);
}

enum status store_change(struct store *store, const char *sql, const char *const *texts, int count, const char *doing,
                         struct error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement, sql, error));
    int code = SQLITE_OK;
    for (int i = 0; i < count && code == SQLITE_OK; ++i)
        code = store_bind_text(statement, i + 1, texts[i]);
    const enum status status =
        code == SQLITE_OK ? store_step(store, statement, doing, error) : store_error(store, doing, error);
    sqlite3_finalize(statement);
    return status;
}

enum status store_begin(struct store *store, struct error *error)
{
    if (store->transaction == 0) /* IMMEDIATE: wait for another writer here, not in the middle */
        TRY(store_execute(store, "BEGIN IMMEDIATE", "begin to write", error));
    ++store->transaction;
    return STATUS_OK;
}

enum status store_begin_reading(struct store *store, struct error *error)
{
    if (store->transaction == 0)
        TRY(store_execute(store, "BEGIN", "read", error));
    ++store->transaction;
    return STATUS_OK;
}

enum status store_end(struct store *store, enum status status, struct error *error)
{
    if (--store->transaction > 0)
        return status;
    if (status == STATUS_OK)
        status = store_execute(store, "COMMIT", "write", error);
    if (status != STATUS_OK && !sqlite3_get_autocommit(store->db)) /* some errors have rolled back already */
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

const char *store_column_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

char *store_trim(char *text)
{
    while (isspace((unsigned char)*text))
        ++text;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Bytes of the UTF-8 character at `text`, 0 when there is none: overlong forms, surrogates and numbers beyond U+10FFFF are
 * none (RFC 3629, section 4). */
static int character_bytes(const unsigned char *text)
{
    if (text[0] < 0x80)
        return 1;
    const int count = text[0] >= 0xc2 && text[0] < 0xe0 ? 2 : text[0] >= 0xe0 && text[0] < 0xf0 ? 3 : 4;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    for (int i = 1; i < count; ++i)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool too_large = (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf4 && text[1] > 0x8f);
    return overlong || too_large ? 0 : count;
}

bool store_is_text(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    for (int count = 1; *at; at += count)
        if ((count = character_bytes(at)) == 0)
            return false;
    return true;
}

/* Replaces what is no UTF-8, byte by byte, so that the length stays. */
static void clean_text(unsigned char *text)
{
    while (*text) {
        const int count = character_bytes(text);
        if (count == 0)
            *text = '?';
        text += count > 0 ? count : 1;
    }
}

int store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    char *copy = strdup(text ? text : "");
    if (!copy)
        return SQLITE_NOMEM;
    clean_text((unsigned char *)copy);
    return sqlite3_bind_text(statement, index, copy, -1, free);
}

int store_bind_real(sqlite3_stmt *statement, int index, double value)
{
    return isfinite(value) ? sqlite3_bind_double(statement, index, value) : sqlite3_bind_null(statement, index);
}

double store_column_real(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, column);
}
