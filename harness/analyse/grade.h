/* grade.h - how far a measurement can be trusted, as a letter from A to F, from what was observed while it was made and never
 * from the measured time itself. Pure functions.
 *
 * A process has a value for each criterion below, or none (NaN) where it was not observed: that is judged by nothing and
 * improves nothing. Each value gets a letter from the table in grade.c; the letter of the whole is the worst of them. Of
 * several processes the middle value of each criterion counts, as the median of their times is what the cell reports; of a
 * sweep the letter that three of four of its cells reach.
 */
#ifndef HARNESS_ANALYSE_GRADE_H
#define HARNESS_ANALYSE_GRADE_H

#include <stdbool.h>
#include <stddef.h>

enum grade_criterion {
    GRADE_LOST = 0,  /* share of the time in which its threads could run and did not: run delay and steal */
    GRADE_THROTTLED, /* share of the time in which the control group had used up its CPU quota */
    GRADE_GAP,       /* seconds of the longest gap in a spin */
    GRADE_DRIFT,     /* |relative change of the calibrated spin| over the block */
    GRADE_SLOW,      /* by how much the calibrated spin took longer than it can on this machine */
    GRADE_FAULTS,    /* page faults in a sample */
    GRADE_MODES,     /* relative distance of two groups of values; 0 where they are one */
    GRADE_UNSTEADY,  /* 1 where warm-up reached no steady state, else 0; of several the share of such processes */
    GRADE_TEAM,      /* share of the cores that a team lost by sharing them; of teams only */
    GRADE_CLOCK,     /* cost of reading the clock over the time of one timed stretch */
    GRADE_FEW,       /* 1 / processes */
    GRADE_CRITERIA
};

#define GRADE_LETTER_NONE '\0' /* nothing was observed */
#define GRADE_REASON_TEXT 512

/* What was observed; NaN: not. */
struct grade_evidence {
    double value[GRADE_CRITERIA];
};

struct grade_evidence grade_nothing_observed(void);

/* 'A' to 'F', or GRADE_LETTER_NONE. */
char grade_letter(const struct grade_evidence *evidence);
char grade_letter_of(enum grade_criterion criterion, double value);

/* What kept it from an A, worst first: "3.1 % of the time lost to others; 2 page faults in a sample". "" for an A or nothing
 * observed. Returns `out`. */
const char *grade_reason(const struct grade_evidence *evidence, char out[GRADE_REASON_TEXT]);

/* For each criterion that quantile of the known values, rounded to the worse of two values; NaN where none is known. For
 * GRADE_UNSTEADY the share of those that had no steady state. */
struct grade_evidence grade_combine(const struct grade_evidence *parts, size_t count, double quantile);

#define GRADE_OF_CELL 0.5   /* quantile over the processes of a cell */
#define GRADE_OF_SWEEP 0.75 /* over the processes, or the cells, of a sweep */

/* The letter that three of four cells reach; `counts` of A to F (E is none). GRADE_LETTER_NONE for none. */
#define GRADE_LETTERS 6
char grade_of_letters(const int counts[GRADE_LETTERS]);

/* For each criterion the worse of both. */
struct grade_evidence grade_worse(const struct grade_evidence *a, const struct grade_evidence *b);

/* Whether a block or process with this evidence was disturbed: the machine did something else meanwhile (time lost, throttled,
 * drift). Of the machine's state only, never of how fast the operator was or how its samples lie. */
bool grade_is_disturbed(const struct grade_evidence *evidence);

#endif
