/* store_schema.c - the tables, and how a file of an older schema becomes one of this. results/schema.md describes the
 * tables for people.
 *
 * The schema's number is PRAGMA user_version: entry i of `migrations` leads from version i to i + 1, so the next version is
 * one entry more. PRAGMA application_id tells our files from those of other programs.
 */
#include "store/store_database.h"

#include <stdio.h>

enum { APPLICATION_ID = 0x73717363 }; /* "sqsc" */

/* Version 1. Sweeps, cells and blocks have UUIDs, so databases merge; a process is known by its block and number there, and
 * its integer id, which samples refer to a million times, is this file's own. A sweep's fingerprint is no foreign key:
 * fingerprints outlive sweeps, and an imported sweep may have none. Text that is absent is '', numbers NULL. */
static const char version_1[] =
    "CREATE TABLE sweep ("
    "  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),"
    "  name TEXT NOT NULL UNIQUE CHECK (name <> ''),"
    "  note TEXT NOT NULL,"
    "  created TEXT NOT NULL,"
    "  status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted', 'imported')),"
    "  arguments TEXT NOT NULL,"
    "  seed INTEGER NOT NULL,"
    "  fingerprint TEXT NOT NULL,"
    "  relative_to TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE cell ("
    "  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),"
    "  sweep TEXT NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  operator TEXT NOT NULL CHECK (operator <> ''),"
    "  options TEXT NOT NULL,"
    "  batch INTEGER NOT NULL CHECK (batch >= 1),"
    "  length INTEGER NOT NULL CHECK (length >= 1),"
    "  width INTEGER NOT NULL CHECK (width >= 1),"
    "  mode TEXT NOT NULL CHECK (mode IN ('forward', 'train', 'decode')),"
    "  scope TEXT NOT NULL CHECK (scope IN ('layer', 'core')),"
    "  threads INTEGER NOT NULL CHECK (threads >= 1),"
    "  prepare TEXT NOT NULL CHECK (prepare IN ('outside', 'inside')),"
    "  cache TEXT NOT NULL CHECK (cache IN ('warm', 'cold')),"
    "  bind TEXT NOT NULL CHECK (bind IN ('compact', 'scatter', 'none')),"
    "  seed INTEGER NOT NULL,"
    "  colour INTEGER NOT NULL,"
    "  build TEXT NOT NULL,"
    "  isa TEXT NOT NULL,"
    "  flops REAL,"
    "  compulsory_bytes REAL,"
    "  time_power REAL,"
    "  time_log_power REAL,"
    "  memory_power REAL,"
    "  memory_log_power REAL,"
    "  bytes REAL,"
    "  workspace_bytes REAL,"
    "  regions TEXT NOT NULL,"
    "  phases TEXT NOT NULL,"
    "  status TEXT NOT NULL CHECK (status IN ('planned', 'ok', 'skipped', 'failed', 'wrong', 'imported')),"
    "  reason TEXT NOT NULL,"
    "  stderr_tail TEXT NOT NULL,"
    "  limit_seconds REAL,"
    "  check_error REAL,"
    "  check_tolerance REAL,"
    "  seconds REAL,"
    "  low REAL,"
    "  high REAL,"
    "  cpu_seconds REAL,"
    "  rss_bytes REAL,"
    "  roof_fraction REAL,"
    "  processes INTEGER NOT NULL,"
    "  UNIQUE (sweep, number)"
    ") STRICT;"
    "CREATE TABLE block ("
    "  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),"
    "  sweep TEXT NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,"
    "  length INTEGER NOT NULL,"
    "  threads INTEGER NOT NULL,"
    "  pass INTEGER NOT NULL,"
    "  started TEXT NOT NULL,"
    "  seconds REAL,"
    "  split INTEGER NOT NULL CHECK (split IN (0, 1))"
    ") STRICT;"
    "CREATE INDEX block_by_sweep ON block (sweep, length, threads, pass);"
    "CREATE TABLE process ("
    "  id INTEGER PRIMARY KEY,"
    "  block TEXT NOT NULL REFERENCES block (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  cell TEXT NOT NULL REFERENCES cell (id) ON DELETE CASCADE,"
    "  wall_quartile REAL,"
    "  cpu_minimum REAL,"
    "  plan_seconds REAL,"
    "  prepare_seconds REAL,"
    "  peak_bytes REAL,"
    "  rss_bytes REAL,"
    "  UNIQUE (block, number)"
    ") STRICT;"
    "CREATE INDEX process_by_cell ON process (cell);"
    "CREATE TABLE sample ("
    "  process INTEGER NOT NULL REFERENCES process (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  wall_seconds REAL,"
    "  cpu_seconds REAL,"
    "  calls INTEGER NOT NULL,"
    "  faults REAL,"
    "  PRIMARY KEY (process, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE probe ("
    "  block TEXT NOT NULL REFERENCES block (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  threads INTEGER NOT NULL,"
    "  value REAL,"
    "  PRIMARY KEY (block, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE fingerprint ("
    "  key TEXT PRIMARY KEY NOT NULL,"
    "  json TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE plan ("
    "  machine TEXT NOT NULL,"
    "  build TEXT NOT NULL,"
    "  problem TEXT NOT NULL,"
    "  isa TEXT NOT NULL,"
    "  blob BLOB NOT NULL,"
    "  PRIMARY KEY (machine, build, problem, isa)"
    ") STRICT, WITHOUT ROWID;";

/* Version 2: what the operator's plan chose. */
static const char version_2[] = "ALTER TABLE cell ADD COLUMN method TEXT NOT NULL DEFAULT '';";

/* Version 3: what a call reads again, and which roof its fraction is of; before, there was one. */
static const char version_3[] = "ALTER TABLE cell ADD COLUMN reread_bytes REAL;"
                                "ALTER TABLE cell ADD COLUMN reread_set_bytes REAL;"
                                "ALTER TABLE cell ADD COLUMN roof TEXT NOT NULL DEFAULT '';"
                                "UPDATE cell SET roof = 'compute' WHERE roof_fraction IS NOT NULL;";

/* A cell that a table refers to by what it is. */
#define SPEC_COLUMNS \
    "  operator TEXT NOT NULL CHECK (operator <> '')," \
    "  options TEXT NOT NULL," \
    "  batch INTEGER NOT NULL," \
    "  length INTEGER NOT NULL," \
    "  width INTEGER NOT NULL," \
    "  mode TEXT NOT NULL," \
    "  scope TEXT NOT NULL," \
    "  threads INTEGER NOT NULL," \
    "  prepare TEXT NOT NULL," \
    "  cache TEXT NOT NULL," \
    "  bind TEXT NOT NULL," \
    "  seed INTEGER NOT NULL,"

/* Comparisons of two arms, their cells and pairs. They stand beside the sweeps: an arm is a build, not a sweep. */
static const char comparisons[] =
    "CREATE TABLE comparison ("
    "  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),"
    "  name TEXT NOT NULL UNIQUE CHECK (name <> ''),"
    "  created TEXT NOT NULL,"
    "  status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted')),"
    "  settings TEXT NOT NULL,"
    "  base_arm TEXT NOT NULL,"
    "  new_arm TEXT NOT NULL,"
    "  base_hash TEXT NOT NULL,"
    "  new_hash TEXT NOT NULL,"
    "  base_commit TEXT NOT NULL,"
    "  new_commit TEXT NOT NULL,"
    "  new_date TEXT NOT NULL,"
    "  machine TEXT NOT NULL,"
    "  fingerprint TEXT NOT NULL,"
    "  differences TEXT NOT NULL,"
    "  verdict TEXT NOT NULL CHECK (verdict IN ('', 'pass', 'regression', 'inconclusive', 'failed', 'wrong')),"
    "  reason TEXT NOT NULL,"
    "  exit_code INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE comparison_cell ("
    "  comparison TEXT NOT NULL REFERENCES comparison (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    SPEC_COLUMNS
    "  new_operator TEXT NOT NULL,"
    "  new_options TEXT NOT NULL,"
    "  control INTEGER NOT NULL CHECK (control IN (0, 1)),"
    "  verdict TEXT NOT NULL"
    "    CHECK (verdict IN ('', 'SLOWER', 'FASTER', 'SAME', 'UNKNOWN', 'FAILED', 'WRONG', 'SKIPPED')),"
    "  reason TEXT NOT NULL,"
    "  clock TEXT NOT NULL CHECK (clock IN ('', 'wall', 'cpu', 'instructions')),"
    "  ratio REAL,"
    "  low REAL,"
    "  high REAL,"
    "  wall_ratio REAL,"
    "  cpu_ratio REAL,"
    "  pairs INTEGER NOT NULL,"
    "  stage INTEGER NOT NULL,"
    "  margin REAL,"
    "  mde REAL,"
    "  floor REAL,"
    "  p REAL,"
    "  q REAL,"
    "  base_seconds REAL,"
    "  new_seconds REAL,"
    "  base_instructions REAL,"
    "  new_instructions REAL,"
    "  base_bytes REAL,"
    "  new_bytes REAL,"
    "  base_method TEXT NOT NULL,"
    "  new_method TEXT NOT NULL,"
    "  PRIMARY KEY (comparison, number)"
    ") STRICT;"
    "CREATE TABLE comparison_pair ("
    "  comparison TEXT NOT NULL,"
    "  cell INTEGER NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  stage INTEGER NOT NULL,"
    "  new_first INTEGER NOT NULL CHECK (new_first IN (0, 1)),"
    "  base_wall REAL,"
    "  new_wall REAL,"
    "  base_cpu REAL,"
    "  new_cpu REAL,"
    "  PRIMARY KEY (comparison, cell, number),"
    "  FOREIGN KEY (comparison, cell) REFERENCES comparison_cell (comparison, number) ON DELETE CASCADE"
    ") STRICT, WITHOUT ROWID;";

/* Instructions of a call, counted. */
static const char version_instructions[] = "ALTER TABLE cell ADD COLUMN instructions REAL;"
                                           "ALTER TABLE cell ADD COLUMN instructions_spread REAL;";

/* What was observed while a process ran, and the grades that follow from it; how a sweep was set up, and where its time went.
 * Nothing of it is known of what was measured before. */
static const char sampling_columns[] = "ALTER TABLE sweep ADD COLUMN policies TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE sweep ADD COLUMN spent TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE sweep ADD COLUMN grade TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE sweep ADD COLUMN grade_reason TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE cell ADD COLUMN grade TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE cell ADD COLUMN grade_reason TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE cell ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;"
                                       "ALTER TABLE block ADD COLUMN disturbed TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE process ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;"
                                       "ALTER TABLE process ADD COLUMN warmup_seconds REAL;"
                                       "ALTER TABLE process ADD COLUMN lost REAL;"
                                       "ALTER TABLE process ADD COLUMN throttled REAL;"
                                       "ALTER TABLE process ADD COLUMN drift REAL;"
                                       "ALTER TABLE process ADD COLUMN faults REAL;"
                                       "ALTER TABLE process ADD COLUMN modes REAL;"
                                       "ALTER TABLE process ADD COLUMN unsteady REAL;"
                                       "ALTER TABLE process ADD COLUMN team REAL;"
                                       "ALTER TABLE process ADD COLUMN clock REAL;"
                                       "ALTER TABLE process ADD COLUMN grade TEXT NOT NULL DEFAULT '';"
                                       "ALTER TABLE process ADD COLUMN grade_reason TEXT NOT NULL DEFAULT '';";

/* Runs of selfcheck: a unit is there once and whole, or not at all. `outcome` is JSON, a matter of the part that wrote it. */
static const char selfcheck_tables[] = "CREATE TABLE selfcheck ("
                                       "  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),"
                                       "  created TEXT NOT NULL,"
                                       "  suite TEXT NOT NULL CHECK (suite <> ''),"
                                       "  extent TEXT NOT NULL CHECK (extent IN ('quick', 'full')),"
                                       "  seed INTEGER NOT NULL,"
                                       "  fingerprint TEXT NOT NULL"
                                       ") STRICT;"
                                       "CREATE TABLE selfcheck_unit ("
                                       "  run TEXT NOT NULL REFERENCES selfcheck (id) ON DELETE CASCADE,"
                                       "  part TEXT NOT NULL CHECK (part <> ''),"
                                       "  number INTEGER NOT NULL,"
                                       "  finished TEXT NOT NULL,"
                                       "  outcome TEXT NOT NULL,"
                                       "  PRIMARY KEY (run, part, number)"
                                       ") STRICT;";

/* Baselines, which are folders beside the file; histories that were imported; and changes in histories that somebody has seen.
 * An imported history is known by its name, which it keeps when it is imported again with more runs. */
static const char history_tables[] =
    "CREATE TABLE baseline ("
    "  name TEXT PRIMARY KEY NOT NULL,"
    "  hash TEXT NOT NULL CHECK (length(hash) = 64),"
    "  version TEXT NOT NULL,"
    "  commit_id TEXT NOT NULL,"
    "  dirty TEXT NOT NULL CHECK (dirty IN ('', 'no', 'yes')),"
    "  created TEXT NOT NULL,"
    "  machine TEXT NOT NULL,"
    "  source TEXT NOT NULL,"
    "  files INTEGER NOT NULL,"
    "  bytes REAL"
    ") STRICT;"
    "CREATE TABLE history_point ("
    "  source TEXT NOT NULL,"
    "  number INTEGER NOT NULL,"
    SPEC_COLUMNS
    "  commit_id TEXT NOT NULL,"
    "  date TEXT NOT NULL,"
    "  ratio REAL,"
    "  seconds REAL,"
    "  low REAL,"
    "  high REAL,"
    "  PRIMARY KEY (source, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE acknowledged ("
    "  commit_id TEXT NOT NULL,"
    "  spec TEXT NOT NULL,"
    "  note TEXT NOT NULL,"
    "  created TEXT NOT NULL,"
    "  PRIMARY KEY (commit_id, spec)"
    ") STRICT, WITHOUT ROWID;";

/* How much slower than it can be the core was. */
static const char version_slow[] = "ALTER TABLE process ADD COLUMN slow REAL;";

static const char *const migrations[] = {version_1,      version_2,       version_3,            comparisons,
                                          history_tables, sampling_columns, version_instructions, selfcheck_tables,
                                          version_slow};

static enum status read_number(struct store *store, const char *sql, int *number, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement, sql, error));
    bool row = false;
    const enum status status = store_row(store, statement, &row, error);
    *number = row ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

/* Whether the file is ours or new, before anything is changed in it. */
static enum status identify(struct store *store, bool create, struct error *error)
{
    int application = 0, tables = 0;
    TRY(read_number(store, "PRAGMA application_id", &application, error));
    TRY(read_number(store, "SELECT count(*) FROM sqlite_schema", &tables, error));
    if (application == APPLICATION_ID)
        return STATUS_OK;
    if (application != 0 || tables != 0)
        return error_set(error, STATUS_USAGE, "%s is an SQLite database of another program: name another file with --db",
                         store->path);
    if (!create)
        return error_set(error, STATUS_USAGE,
                         "%s is empty: run `seqscale sweep` to measure, or name another file with --db", store->path);
    return STATUS_OK;
}

static enum status read_version(struct store *store, int *version, struct error *error)
{
    const int known = (int)ARRAY_LEN(migrations);
    TRY(read_number(store, "PRAGMA user_version", version, error));
    if (*version > known)
        return error_set(
            error, STATUS_USAGE,
            "%s has schema %d, made by a newer seqscale, and this one knows schemas up to %d: update seqscale, or "
            "name another file with --db",
            store->path, *version, known);
    return STATUS_OK;
}

static enum status apply(struct store *store, struct error *error)
{
    int version = 0; /* read again: another process may have migrated while this one waited for the lock */
    TRY(read_version(store, &version, error));
    for (size_t i = (size_t)version; i < ARRAY_LEN(migrations); ++i)
        TRY(store_execute(store, migrations[i], "make the tables", error));
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", (int)APPLICATION_ID,
             (int)ARRAY_LEN(migrations));
    return store_execute(store, sql, "write the schema's number", error);
}

enum status store_migrate(struct store *store, bool create, struct error *error)
{
    int version = 0;
    TRY(identify(store, create, error));
    TRY(read_version(store, &version, error));
    /* With a write-ahead log, readers and the writer do not wait for each other. Where a file system cannot have one, the
     * old journal stays, which is as safe. */
    if (!sqlite3_db_readonly(store->db, "main"))
        sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (version == (int)ARRAY_LEN(migrations))
        return STATUS_OK;
    TRY(store_begin(store, error));
    return store_end(store, apply(store, error), error);
}
