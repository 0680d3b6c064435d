/* store_comparison.h - comparisons in the results database: `seqscale ab` stores each as one comparison of two arms, its cells
 * with their verdicts, and the pairs of processes that the verdicts come from.
 *
 * The rules of store.h hold: UUID keys, NaN for what was not measured, one transaction for each finished group of pairs.
 */
#ifndef HARNESS_STORE_STORE_COMPARISON_H
#define HARNESS_STORE_STORE_COMPARISON_H

#include "store/store.h"

struct comparison_record {
    char id[UUID_TEXT];
    char name[128];   /* unique; store_add_comparison makes one from the time where it is empty */
    char created[32]; /* ISO 8601, UTC */
    char status[16];  /* running | complete | interrupted */
    char *settings;   /* JSON object: margin, pairs, budget_seconds, seed, metric, arguments ... */
    char *base_arm;   /* JSON object: label, kind, path, operator, version, commit, commit_date, dirty, hash */
    char *new_arm;    /* the same */
    char base_hash[65], new_hash[65];     /* SHA-256 over names and contents of executable and modules; "" unknown */
    char base_commit[65], new_commit[65]; /* "" unknown */
    char new_date[32];                    /* of the new arm's commit, ISO 8601; "" unknown */
    char machine[65];                     /* key of the fingerprint's machine fields */
    char fingerprint[65];                 /* key in the table fingerprint */
    char *differences; /* JSON array of {field, kind, base, new}: what differs between the arms' fingerprints */
    char verdict[16];  /* regression | pass | inconclusive | failed | wrong; "" while it runs */
    char reason[512];  /* one sentence */
    int exit_code;     /* of the verdict; -1 while it runs */
};

struct comparison_cell {
    char comparison[UUID_TEXT];
    int number;                                                          /* order within the comparison */
    struct cell cell;                                                    /* of the base arm */
    char new_operator[CELL_OPERATOR_MAX], new_options[CELL_OPTIONS_MAX]; /* of the new arm */
    bool control;                                                        /* A/A: the base against itself */
    char verdict[16]; /* SLOWER | FASTER | SAME | UNKNOWN | FAILED | WRONG | SKIPPED; "" not yet */
    char reason[512];
    char clock[16];          /* what is judged: wall | cpu | instructions */
    double ratio, low, high; /* new over base by that clock, with its interval */
    double wall_ratio, cpu_ratio;
    int pairs;
    int stage;                        /* the last one reached: 0 none, 1 screened, 2 confirmed */
    double margin;                    /* beyond which a difference counts: the larger of --margin and the floor */
    double mde;                       /* smallest slowdown that these pairs would find in 4 of 5 runs, as a ratio less 1 */
    double floor;                     /* what identical code shows on this machine, as a ratio less 1 */
    double p, q;                      /* one-sided, against the margin, on the side of the estimate; q over the cells */
    double base_seconds, new_seconds; /* median over processes, by the clock that is judged */
    double base_instructions, new_instructions; /* of one call; NaN not counted */
    double base_bytes, new_bytes;               /* all regions alive in the call */
    char base_method[256], new_method[256];     /* what the operator's plan chose */
};

struct comparison_pair {
    int number;                 /* within the cell */
    int stage;                  /* 1 screen, 2 confirm */
    bool new_first;             /* which process was started first */
    double base_wall, new_wall; /* lower quartile of the samples, seconds per call */
    double base_cpu, new_cpu;   /* the same by the CPU clock */
};

void comparison_record_free(struct comparison_record *comparison); /* members only */
void comparison_cell_init(struct comparison_cell *cell);           /* NaN and "" everywhere */
bool comparison_same_operator(const struct comparison_cell *cell); /* both arms have the same operator and options */

/* Adds it with its cells, which get their number and comparison, in one transaction; fills id, created and, where empty,
 * the name. A name that is taken is a sentence. */
MUST_CHECK enum status store_add_comparison(struct store *store, struct comparison_record *comparison,
                                            struct comparison_cell *cells, size_t count, struct error *error);

/* One transaction: the pairs, and the cell as it now stands. */
MUST_CHECK enum status store_add_comparison_pairs(struct store *store, const struct comparison_cell *cell,
                                                  const struct comparison_pair *pairs, size_t count, struct error *error);

/* One transaction: status, verdict, reason and exit code of the comparison, and its cells as they stand. */
MUST_CHECK enum status store_finish_comparison(struct store *store, const struct comparison_record *comparison,
                                               const struct comparison_cell *cells, size_t count, struct error *error);
MUST_CHECK enum status store_delete_comparison(struct store *store, const char *id, struct error *error);

/* By name, UUID or unique prefix of one; "" or "latest": the newest. Not found: a sentence. */
MUST_CHECK enum status store_find_comparison(struct store *store, const char *which, struct comparison_record *comparison,
                                             struct error *error);
/* All, oldest first; caller frees each and the array. */
MUST_CHECK enum status store_list_comparisons(struct store *store, struct comparison_record **comparisons, size_t *count,
                                              struct error *error);

/* In their order; caller frees the array. */
MUST_CHECK enum status store_read_comparison_cells(struct store *store, const char *comparison,
                                                   struct comparison_cell **cells, size_t *count, struct error *error);
MUST_CHECK enum status store_read_comparison_pairs(struct store *store, const char *comparison, int cell,
                                                   struct comparison_pair **pairs, size_t *count, struct error *error);

/* Ratios of the newest `most` controls that this machine measured by `clock`; caller frees the array. */
MUST_CHECK enum status store_read_control_ratios(struct store *store, const char *machine, const char *clock, size_t most,
                                                 double **ratios, size_t *count, struct error *error);

#endif
