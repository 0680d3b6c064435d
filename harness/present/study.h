/* study.h - a stored sweep studied: growth, crossovers, cores, context. Nothing is measured: the same rows give the same
 * answers, to the last bit. harness/analyse/ has the methods, results/schema.md the JSON.
 */
#ifndef HARNESS_PRESENT_STUDY_H
#define HARNESS_PRESENT_STUDY_H

#include "analyse/context.h"
#include "analyse/crossover.h"
#include "analyse/growth.h"
#include "analyse/scaling.h"
#include "base/text.h"
#include "store/store_study.h"

#include <stdio.h>

enum study_metric { STUDY_TIME = 0, STUDY_MEMORY, STUDY_INSTRUCTIONS, STUDY_METRICS };

extern const char *const study_metric_names[STUDY_METRICS];
extern const char *const study_metric_units[STUDY_METRICS]; /* "seconds", "bytes", "instructions" */
extern const char *const study_metric_less[STUDY_METRICS];  /* what the one with less is: "faster", "smaller", "fewer" */
extern const char *const study_crossover_verdicts[]; /* by enum crossover_verdict */
extern const char *const study_context_verdicts[];   /* by enum context_verdict */

struct study_request {
    const char *where;     /* as in store_read_cells */
    double within_seconds; /* NaN: not asked */
    double within_bytes;
    int doublings; /* predicted beyond the longest length */
};

/* Cells that differ in length alone. */
struct study_series {
    const struct cell_record *first;  /* shortest */
    const struct cell_record **cells; /* (count), by length */
    int count;
    struct growth_point *points[STUDY_METRICS];        /* (point_count): measured lengths and bounds */
    const struct cell_record **sources[STUDY_METRICS]; /* the cell of each point, the first of several */
    int point_count[STUDY_METRICS];
    int measured[STUDY_METRICS]; /* points that are no bounds */
    int replicates;              /* median number of processes of a measured length */
    bool exact_memory;           /* bytes are counted by us, not imported */
};

enum { STUDY_DOUBLINGS_MAX = 8 };

struct study_growth {
    const struct study_series *series;
    enum study_metric metric;
    struct growth_series data;
    bool enough; /* what follows is there */
    struct growth_choice choice;
    struct growth_exponent exponent;
    int claimed;                             /* class, -1 none or none of the table */
    double claimed_power, claimed_log_power; /* NaN: no claim */
    double predicted_lengths[STUDY_DOUBLINGS_MAX];
    struct growth_prediction predictions[STUDY_DOUBLINGS_MAX];
    int prediction_count;
};

struct study_crossover {
    const struct study_series *a, *b;
    enum study_metric metric;
    struct crossover result;
    int lengths; /* that both have */
    bool paired; /* block by block */
    double shortest, longest;
};

struct study_cores {
    const struct study_series *series; /* that of the base */
    int64_t length;
    const struct cell_record *cells[SCALING_POINTS_MAX];
    int count;
    const struct cell_record *fastest; /* among the operator's variants on as few threads; may be the base itself */
    struct scaling scaling;
};

struct study_context {
    const struct study_series *series;
    enum study_metric metric;
    double limit;
    struct context result;
};

/* Time of `b` over that of `a`, at the width of a and at the width at which b has as many parameters. */
struct study_equal {
    const struct cell_record *a, *b; /* at equal width */
    double a_parameters, b_parameters, b_width;
    double equal_width_ratio, equal_parameters_ratio;
};

struct study {
    struct sweep_record sweep; /* borrowed */
    struct cell_record *cells;
    size_t cell_count;
    struct study_process *processes; /* (process_count), in the order of the cells */
    size_t process_count;
    size_t *process_start; /* (cell_count + 1): those of a cell */
    double *replicates;    /* what the points' replicates lie in */
    size_t replicate_count;
    double cache_bytes[GROWTH_LEVELS_MAX]; /* of one core; NaN unknown */
    struct study_series *series;
    int series_count;
    struct study_growth *growth;
    int growth_count;
    struct study_crossover *crossovers;
    int crossover_count;
    struct study_cores *cores;
    int cores_count;
    struct study_context *contexts;
    int context_count;
    struct study_equal *equals;
    int equal_count;
};

/* Afterwards study_free, also on failure. */
MUST_CHECK enum status study_make(struct study *study, struct store *store, const struct sweep_record *sweep,
                                  const struct study_request *request, struct error *error);
/* Series and crossovers alone, which is quick. Afterwards study_free, also on failure. */
MUST_CHECK enum status study_make_crossovers(struct study *study, struct store *store, const struct sweep_record *sweep,
                                             struct error *error);
void study_free(struct study *study);

/* A value of a metric for people. `out` holds UNITS_TEXT. */
const char *study_metric_text(char *out, enum study_metric metric, double value);

/* Whether a cell was cut off or failed, and has neither time nor count. */
bool study_is_censored(const struct cell_record *cell);

/* Tokens a second of a cell, with the ends of its interval; a decode step is one token. */
struct interval study_tokens_per_second(const struct cell_record *cell);

/* Whether the data allow the class that the operator claims; needs `enough` and a class. */
bool study_claim_holds(const struct study_growth *growth);

/* Why there is no growth to tell; "" where there is. */
void study_growth_reason(struct text *out, const struct study_growth *growth);
/* Why a crossover is unknown; "" where it is known. */
void study_crossover_reason(struct text *out, const struct study_crossover *crossover);

/* "n^2 + n": the class of a candidate with its lower-order term. */
void study_candidate_name(struct text *out, const struct growth_candidate *candidate);

/* For people; to a stream, because tables are printed. False: memory ran out. */
bool study_print_table(FILE *out, const struct study *study, const struct study_request *request);
void study_write_csv(struct text *out, const struct study *study);
void study_write_json(struct text *out, const struct study *study);

#endif
