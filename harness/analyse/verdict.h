/* verdict.h - is the new version of something slower than the old one? From the ratios of pairs of processes to a verdict for a
 * cell, from cells to a verdict for a run. Pure; docs/method.md explains the procedure, and why.
 *
 * A cell is first screened by a few pairs. Where they do not show that it is the same, more pairs confirm: they are added until
 * the interval is narrow, whatever it says, or the limit is reached. A difference is claimed where the interval over all pairs
 * lies beyond the margin, the false-discovery rate over the cells of the run allows it, and both stages show it.
 */
#ifndef HARNESS_ANALYSE_VERDICT_H
#define HARNESS_ANALYSE_VERDICT_H

#include "analyse/statistics.h"

#include <stdbool.h>

#define VERDICT_CONFIDENCE 0.99 /* of a cell's interval: 8 pairs are the fewest that have one */
#define VERDICT_SCREEN 8        /* pairs */
#define VERDICT_STEP 4          /* pairs that are added at a time to confirm */
#define VERDICT_PAIRS 24        /* at most, unless told otherwise */
#define VERDICT_MARGIN 0.02
#define VERDICT_DISCOVERY 0.05    /* false-discovery rate over the cells of a run */
#define VERDICT_CONTROL_MOST 0.03 /* median difference between identical arms beyond which nothing is said */
#define VERDICT_FLOOR_CONTROLS 20 /* stored controls that make a noise floor */
#define VERDICT_CONTROLS_LEAST 3  /* of a run */

enum verdict {
    VERDICT_NONE = 0,
    VERDICT_SLOWER,
    VERDICT_FASTER,
    VERDICT_SAME,
    VERDICT_UNKNOWN,
    VERDICT_FAILED,
    VERDICT_WRONG,
    VERDICT_SKIPPED,
    VERDICT_COUNT
};

const char *verdict_name(enum verdict verdict);   /* "SLOWER" ...; "" for VERDICT_NONE */
enum verdict verdict_from_name(const char *name); /* VERDICT_NONE: it is none */

struct verdict_rule {
    double margin; /* a ratio within 1 / (1 + margin) and 1 + margin is the same */
    size_t screen; /* pairs of the first stage */
    size_t most;   /* pairs in all */
};

/* What log ratios (new over base, one for each pair) say. NaN: not enough data. */
struct verdict_estimate {
    struct interval ratio;     /* Hodges and Lehmann's, with the wider of the signed-rank and the sign-test interval */
    double p_slower, p_faster; /* one-sided, of a difference beyond the margin */
    double mde;                /* smallest slowdown, as a ratio less 1, that as many pairs would find in 4 of 5 runs */
    size_t pairs;
};

struct verdict_estimate verdict_estimate(const double *log_ratios, size_t count, double margin);

/* How many pairs to add now; 0: enough. After the screen it looks at the interval's width only. */
size_t verdict_more(const struct verdict_rule *rule, const double *log_ratios, size_t count);

/* The cell's verdict; `q_slower` and `q_faster` are its P values adjusted over the cells. *reason: a sentence, static, where the
 * verdict is VERDICT_UNKNOWN, else "". */
enum verdict verdict_judge(const struct verdict_rule *rule, const double *log_ratios, size_t count, double q_slower,
                           double q_faster, const char **reason);

/* The same for two samples that are not paired (logs of per-process values), for `compare`: one stage. Values of either side
 * that hang together cannot be seen, so the margin is the caller's to widen. */
struct verdict_estimate verdict_estimate_unpaired(const double *base, size_t base_count, const double *fresh,
                                                  size_t fresh_count, double margin);
enum verdict verdict_judge_unpaired(const struct verdict_estimate *estimate, double margin, double q_slower,
                                    double q_faster, const char **reason);

/* Values that are counted exactly (instructions, bytes): beyond the tolerance is a difference. NaN: VERDICT_UNKNOWN. */
enum verdict verdict_exact(double base, double fresh, double tolerance);

/* ---------------------------------------------------------------- controls and the run */

/* 95th percentile of |log ratio| of controls, as a ratio less 1; NaN below VERDICT_FLOOR_CONTROLS of them. */
double verdict_floor(const double *ratios, size_t count);

/* Largest difference among the controls of a run, as a ratio less 1; NaN without any. */
double verdict_floor_of_run(const double *ratios, size_t count);

struct verdict_tally {
    int cells[VERDICT_COUNT]; /* that are compared, by verdict */
    int memory_grown;   /* cells of the same operator with the same options that need more memory: exact, so never vetoed */
    int controls;       /* that have a ratio */
    int controls_moved; /* SLOWER or FASTER */
    double control_difference; /* median |ratio - 1| of the controls; NaN none */
};

enum verdict_outcome { OUTCOME_PASS = 0, OUTCOME_REGRESSION, OUTCOME_INCONCLUSIVE, OUTCOME_FAILED, OUTCOME_WRONG };

const char *verdict_outcome_name(enum verdict_outcome outcome);

/* Whether the controls forbid a verdict. */
bool verdict_vetoed(const struct verdict_tally *tally);

/* Wrong results come first, then a regression that the controls allow, then what failed; a run that was vetoed, or in which no cell
 * was decided, is inconclusive. UNKNOWN cells beside decided ones do not fail a run. */
enum verdict_outcome verdict_outcome(const struct verdict_tally *tally);

#endif
