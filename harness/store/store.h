/* store.h - the results database: one SQLite file, sweep -> cell -> block -> process -> sample, with probes, fingerprints
 * and planner blobs. results/schema.md describes the tables for people.
 *
 * Keys are UUIDs, so databases merge. The schema carries a version (PRAGMA user_version) and migrations. Every change is
 * one transaction: a kill at any instant loses at most the block in flight. Reading cells never touches samples.
 *
 * Numbers that were not measured are NaN here and NULL in the file. Strings that are absent are "" here.
 * Ownership: records are filled into caller's structs; `char *` members are malloc'd and freed by the record's _free.
 * A store is used by one thread.
 */
#ifndef HARNESS_STORE_STORE_H
#define HARNESS_STORE_STORE_H

#include "analyse/grade.h"
#include "analyse/roofline.h"
#include "base/cell.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT 37 /* 36 characters and the NUL */

struct store; /* opaque */

/* Default file: `--db`, then SEQSCALE_DB, then results/seqscale.db beside the CMakeLists.txt of the checkout that the
 * executable was built in, when there is one, then $XDG_DATA_HOME/seqscale/seqscale.db. malloc'd. */
char *store_default_path(const char *option);

/* Opens, or with `create` makes, the database and migrates it to this schema. Not a database, a newer schema, no
 * permission, locked by another writer: a sentence. */
MUST_CHECK enum status store_open(struct store **store, const char *path, bool create, struct error *error);
void store_close(struct store *store); /* NULL is allowed */

void store_uuid(char out[UUID_TEXT]); /* version 4, from getrandom */

/* ---------------------------------------------------------------- sweeps */

struct sweep_record {
    char id[UUID_TEXT];
    char name[128];        /* unique within the file; store_add_sweep makes one from the time where it is empty */
    char note[512];
    char created[32];      /* ISO 8601, UTC */
    char status[16];       /* running | complete | interrupted | imported */
    char *arguments;       /* JSON array of the command's words: `sweep --again` repeats them */
    uint64_t seed;
    char fingerprint[65];  /* key of the fingerprint table, "" for imported sweeps */
    char *policies;        /* JSON object: huge pages, denormals, first touch, allocator ...; "" unknown */
    char *spent;           /* JSON object activity -> seconds, once it has ended; "" unknown */
    char grade[2];         /* A to F (analyse/grade.h), once it has ended; "" unknown */
    char grade_reason[GRADE_REASON_TEXT];
    char relative_to[CELL_OPERATOR_MAX]; /* label of the operator others are compared to, "" none */
    int cell_count, measured_count; /* filled on reading */
};

void sweep_record_free(struct sweep_record *sweep); /* members only */

MUST_CHECK enum status store_add_sweep(struct store *store, struct sweep_record *sweep, struct error *error);
MUST_CHECK enum status store_set_sweep_status(struct store *store, const char *id, const char *status, struct error *error);
MUST_CHECK enum status store_rename_sweep(struct store *store, const char *id, const char *name, struct error *error);
MUST_CHECK enum status store_note_sweep(struct store *store, const char *id, const char *note, struct error *error);
MUST_CHECK enum status store_delete_sweep(struct store *store, const char *id, struct error *error);

/* By name, UUID or unique prefix of one; "" or "latest": the newest. Not found: a sentence that lists some names. */
MUST_CHECK enum status store_find_sweep(struct store *store, const char *which, struct sweep_record *sweep, struct error *error);
/* All, oldest first; caller frees each and the array. */
MUST_CHECK enum status store_list_sweeps(struct store *store, struct sweep_record **sweeps, size_t *count, struct error *error);

/* ---------------------------------------------------------------- cells */

struct cell_record {
    char id[UUID_TEXT];
    char sweep[UUID_TEXT];
    int number;                 /* order of planning within the sweep */
    struct cell cell;
    int colour;                 /* of the operator's identity, -1 none */
    char build[65];             /* build-id of the module measured, "" unknown */
    char isa[16];               /* instruction set asked for: generic | v3 | v4 */
    char method[256];           /* what the operator's plan chose, in its own words; "" it does not say */
    double flops, compulsory_bytes;
    double reread_bytes, reread_set_bytes; /* traffic beyond the compulsory, and the size of what is read again */
    double time_power, time_log_power, memory_power, memory_log_power; /* claimed growth */
    double bytes, workspace_bytes;                                     /* design.md: all regions; activations and scratch */
    char *regions;              /* JSON object region -> bytes, e.g. {"input": 65536} */
    char *phases;               /* JSON object phase -> seconds per call, from instrumented samples; "" none */
    char status[16];            /* planned | ok | skipped | failed | wrong | imported */
    char reason[512];           /* one sentence where status is skipped, failed or wrong */
    char *stderr_tail;          /* of a failed worker */
    double limit_seconds;       /* the time limit that cut it off; NaN none */
    double check_error, check_tolerance; /* worst error of the pre-timing check, relative to max |reference|; NaN unchecked */
    double instructions;        /* of one call, by callgrind: a sweep has these or times; NaN not counted */
    double instructions_spread; /* between the processes that counted; 0 where the count can be relied on */
    /* Summary over processes, kept up to date by store_add_block so that reading does not touch samples: */
    double seconds, low, high;  /* median over processes of the wall lower quartile, 95 % interval */
    double cpu_seconds;         /* median over processes of the CPU clock's minimum (of teams its mean), per call */
    double rss_bytes;           /* median of the workers' peak minus the null worker's; NaN unknown */
    double roof_fraction;       /* least time that the machine allows (analyse/roofline.h) over `seconds`; NaN unknown */
    char roof[16];              /* what that time is from: compute | L1 | L2 | L3 | memory, "" unknown */
    int processes;              /* in the summary */
    int set_aside;              /* processes that were disturbed and do not count in the summary */
    char grade[2];              /* A to F (analyse/grade.h), "" unknown */
    char grade_reason[GRADE_REASON_TEXT]; /* what kept it from an A */
};

void cell_record_init(struct cell_record *cell); /* NaN and "" everywhere, status planned */
void cell_record_free(struct cell_record *cell); /* members only */
double cell_record_gflops(const struct cell_record *cell); /* NaN where not measured */
bool cell_record_measured(const struct cell_record *cell); /* timed or counted */

/* Inserts the planned cells of a new sweep in one transaction; fills their ids. */
MUST_CHECK enum status store_add_cells(struct store *store, struct cell_record *cells, size_t count, struct error *error);
/* Writes everything but identity and the summary: price, regions, check, status, reason ... */
MUST_CHECK enum status store_update_cell(struct store *store, const struct cell_record *cell, struct error *error);
/* Cells of a sweep in planned order; caller frees each and the array. `where` is NULL or a filter as `show --where` takes
 * it: comma-separated KEY=VALUE, KEY!=VALUE, KEY<VALUE, KEY<=VALUE, KEY>VALUE, KEY>=VALUE over the CSV's column names. */
MUST_CHECK enum status store_read_cells(struct store *store, const char *sweep, const char *where,
                                        struct cell_record **cells, size_t *count, struct error *error);
void cell_records_free(struct cell_record *cells, size_t count);

/* ---------------------------------------------------------------- measurements */

struct sample_record {
    double wall_seconds, cpu_seconds; /* per call; cpu summed over the threads of the process */
    int64_t calls;                    /* timed calls in the sample */
    double faults;                    /* page faults during the sample; NaN unknown */
};

struct process_record {
    int cell_index;                  /* into the block's cells array */
    double wall_quartile, cpu_minimum; /* the per-process statistics; of teams the mean of the CPU clock */
    double plan_seconds, prepare_seconds;
    double peak_bytes;               /* VmHWM of the worker */
    double rss_bytes;                /* peak minus the null worker's of the same block; NaN when there was none */
    double warmup_seconds;           /* untimed calls before and between the samples; NaN unknown */
    const struct grade_evidence *observed; /* while it ran, what its grade is made of; NULL: nothing */
    const struct sample_record *samples;
    size_t sample_count;
};

struct probe_record {
    char kind[32];   /* "fma_gflops", "memory_bytes_per_second", "barrier_seconds" ... machine/probe.h names them */
    int threads;
    double value;
};

struct block_record {
    const char *sweep;               /* id */
    int64_t length;
    int threads;
    int pass;                        /* 0, 1, 2 ... over the whole sweep */
    char started[32];
    double seconds;
    bool split;                      /* did not fit in memory at once: its cells are not paired */
    char disturbed[GRADE_REASON_TEXT]; /* by what the machine did meanwhile; "" by nothing that was seen */
    struct cell_record *cells;       /* those measured or failed in this block, with current status; summaries are updated */
    size_t cell_count;
    const struct process_record *processes;
    size_t process_count;
    const struct probe_record *probes;
    size_t probe_count;
};

/* One transaction: the block, its processes and samples, probes, the cells' state, and their new summaries (also written
 * back into block->cells). The summary uses every process of the cell that the file holds; where at least
 * STORE_UNDISTURBED_LEAST of them were not disturbed, those alone. */
#define STORE_UNDISTURBED_LEAST 3
MUST_CHECK enum status store_add_block(struct store *store, struct block_record *block, struct error *error);

/* Passes already stored for a (length, threads) of a sweep, and how many of them were disturbed: where --resume goes on. */
MUST_CHECK enum status store_count_passes(struct store *store, const char *sweep, int64_t length, int threads, int *passes,
                                          int *disturbed, struct error *error);

/* When a sweep has ended: where its time went, and its grade, from the processes that its cells'
 * summaries use. */
MUST_CHECK enum status store_finish_sweep(struct store *store, const char *id, const char *spent, struct error *error);

/* Per-process statistics of a sweep's cells, for charts: one entry for each process that was not set aside. Caller frees the
 * array. */
struct process_point {
    int cell_number;
    int pass;
    double wall_quartile, cpu_minimum, rss_bytes;
};
MUST_CHECK enum status store_read_processes(struct store *store, const char *sweep, struct process_point **points,
                                            size_t *count, struct error *error);

/* Median over blocks of a probe of a sweep; NaN when it was not measured. */
MUST_CHECK enum status store_probe_median(struct store *store, const char *sweep, const char *kind, int threads,
                                          double *value, struct error *error);
/* Of every sweep that took the probe the median, least first, with the sweep's fingerprint. Caller frees the array. */
struct probe_median {
    char fingerprint[65];
    double value;
};
MUST_CHECK enum status store_read_probe_medians(struct store *store, const char *kind, int threads, struct probe_median **medians,
                                                size_t *count, struct error *error);

/* What the machine gave `threads` threads, from those medians. */
MUST_CHECK enum status store_read_roofline(struct store *store, const char *sweep, int threads, struct roofline *roofline,
                                           struct error *error);

/* ---------------------------------------------------------------- fingerprints and planner blobs */

/* `json` as machine/fingerprint.h makes it; `key` is its hash. Adding one that is there is no error. */
MUST_CHECK enum status store_add_fingerprint(struct store *store, const char *key, const char *json, struct error *error);
MUST_CHECK enum status store_get_fingerprint(struct store *store, const char *key, char **json, struct error *error);

/* Planner knowledge by (machine key, build-id, problem text, instruction set). get: *blob NULL when there is none. */
MUST_CHECK enum status store_put_plan(struct store *store, const char *machine, const char *build, const char *problem,
                                      const char *isa, const void *blob, size_t bytes, struct error *error);
MUST_CHECK enum status store_get_plan(struct store *store, const char *machine, const char *build, const char *problem,
                                      const char *isa, void **blob, size_t *bytes, struct error *error);

#endif
