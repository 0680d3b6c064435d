/* store_fields.h - records and table rows, matched by one table of fields for each: what SQL statements name, what is bound
 * and read, and what JSON Lines carries all come from it, so a new field is one line here. Nothing outside store/ and its
 * tests includes it.
 */
#ifndef HARNESS_STORE_STORE_FIELDS_H
#define HARNESS_STORE_STORE_FIELDS_H

#include "base/text.h"
#include "store/json_text.h"
#include "store/store_baseline.h"
#include "store/store_comparison.h"
#include "store/store_database.h"
#include "store/store_history.h"

#include <jansson.h>

enum field_kind {
    FIELD_CHARS = 0, /* char [capacity] */
    FIELD_STRING,    /* char *, malloc'd; NULL counts as "" */
    FIELD_JSON,      /* the same, holding a JSON object or array */
    FIELD_INT,       /* int */
    FIELD_INT64,     /* int64_t, or uint64_t by its bits: SQLite has no unsigned integers */
    FIELD_BOOL,      /* bool */
    FIELD_REAL       /* double, NaN absent */
};

enum field_role {
    ROLE_STATE = 0, /* what store_update_cell writes */
    ROLE_IDENTITY,  /* never changes after the row was added */
    ROLE_SUMMARY,   /* of a cell's processes; written with the block */
    ROLE_LINK       /* refers to the row of another table that holds this one; JSON Lines implies it where it can */
};

struct field {
    const char *column;
    enum field_kind kind;
    enum field_role role;
    size_t offset;   /* in the record */
    size_t capacity; /* of FIELD_CHARS, the NUL included */
};

struct record_type {
    const char *table;
    const struct field *fields;
    size_t count;
};

/* Rows as they lie in the file, where the public records are shaped for callers. */
struct block_row {
    char id[UUID_TEXT], sweep[UUID_TEXT];
    int64_t length;
    int threads, pass;
    char started[32];
    double seconds;
    bool split;
    char disturbed[GRADE_REASON_TEXT]; /* by what, "" by nothing that was seen */
};

struct process_row {
    int64_t id; /* this file's own */
    char block[UUID_TEXT], cell[UUID_TEXT];
    int number; /* within the block */
    double wall_quartile, cpu_minimum, plan_seconds, prepare_seconds, peak_bytes, rss_bytes;
    bool set_aside; /* disturbed, and the cell has enough processes that were not */
    double warmup_seconds;
    struct grade_evidence observed;
    char grade[2], grade_reason[GRADE_REASON_TEXT];
};

struct probe_row {
    char block[UUID_TEXT];
    int number; /* within the block */
    struct probe_record probe;
};

struct comparison_pair_row {
    char comparison[UUID_TEXT];
    int cell; /* number of the cell */
    struct comparison_pair pair;
};

extern const struct record_type comparison_type;      /* struct comparison_record */
extern const struct record_type comparison_cell_type; /* struct comparison_cell */
extern const struct record_type comparison_pair_type; /* struct comparison_pair_row */
extern const struct record_type baseline_type;        /* struct baseline_record */
extern const struct record_type history_type;         /* struct history_point */
extern const struct record_type acknowledged_type;    /* struct acknowledged_record */
extern const struct record_type sweep_type;   /* struct sweep_record without the counts */
extern const struct record_type cell_type;    /* struct cell_record */
extern const struct record_type block_type;   /* struct block_row */
extern const struct record_type process_type; /* struct process_row */
extern const struct record_type probe_type;   /* struct probe_row */

/* Appends "a, b, c", the columns in the order of the fields. */
void fields_append_columns(struct text *sql, const struct record_type *type);

/* Prepares INSERT with one parameter for each field, or SELECT of all fields FROM the table, `tail` appended. */
MUST_CHECK enum status fields_prepare_insert(struct store *store, sqlite3_stmt **statement, const struct record_type *type,
                                             struct error *error);
MUST_CHECK enum status fields_prepare_select(struct store *store, sqlite3_stmt **statement, const struct record_type *type,
                                             const char *tail, struct error *error);

/* Binds a field; returns SQLite's code. */
int field_bind(sqlite3_stmt *statement, int index, const struct field *field, const void *record);

/* Binds every field and steps an INSERT that fields_prepare_insert made. */
MUST_CHECK enum status fields_insert(struct store *store, sqlite3_stmt *statement, const struct record_type *type,
                                     const void *record, struct error *error);

/* Fills a record from the current row; the first field is in `column`. Strings are malloc'd and never NULL. */
MUST_CHECK enum status fields_read(struct store *store, sqlite3_stmt *statement, int column, const struct record_type *type,
                                   void *record, struct error *error);

/* All rows that `tail` selects, in records of `size` bytes, with ?1 bound to `text`, where that is not NULL, and ?2 to
 * `number`. Caller frees each and the array. */
MUST_CHECK enum status fields_select(struct store *store, const struct record_type *type, size_t size, const char *tail,
                                     const char *text, int number, void **rows, size_t *count, struct error *error);

/* Frees the malloc'd members. */
void fields_free(const struct record_type *type, void *record);

/* NaN and "" in every field, zero in numbers that are always there. */
void fields_init(const struct record_type *type, void *record);

/* Appends , "column": value for every field that is not absent and not of the role `skip`. */
void fields_write_json(struct text *out, const struct record_type *type, const void *record, enum field_role skip);

/* Fills fields from an object's members; absent ones keep what is there. A member that is no field, not one of `others`
 * (NULL-terminated), or of the wrong type or length is a sentence. */
MUST_CHECK enum status fields_read_json(const json_t *object, const struct record_type *type, const char *const *others,
                                        void *record, struct error *error);

/* store_summaries.c: the summary of a cell from those of its processes that were not disturbed, where there are enough of them,
 * and its grade; which processes are left out is written beside them. */
MUST_CHECK enum status store_write_summaries(struct store *store, struct block_record *block, struct error *error);

/* store_roofs.c: roof and fraction of every cell of the block's sweep and threads, and of the block's own records. */
MUST_CHECK enum status store_write_roofs(struct store *store, struct block_record *block, struct error *error);

/* store_measurements.c: samples have no record type of their own, JSON Lines holds them in arrays. */
MUST_CHECK enum status store_prepare_sample(struct store *store, sqlite3_stmt **statement, struct error *error);
MUST_CHECK enum status store_insert_sample(struct store *store, sqlite3_stmt *statement, int64_t process, size_t number,
                                           const struct sample_record *sample, struct error *error);

#endif
