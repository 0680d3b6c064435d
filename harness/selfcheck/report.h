/* report.h - the lines of selfcheck's result, their verdicts, and how they are printed. */
#ifndef HARNESS_SELFCHECK_REPORT_H
#define HARNESS_SELFCHECK_REPORT_H

#include "analyse/statistics.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum report_direction { REPORT_NO_TARGET = 0, REPORT_AT_LEAST, REPORT_AT_MOST };

enum report_verdict {
    REPORT_NONE = 0, /* there is no target */
    REPORT_MET,
    REPORT_MISSED,
    REPORT_OPEN /* the share is on the wrong side, but the trials are too few to say that the target is missed */
};

enum { REPORT_TRIALS_ENOUGH = 20 /* from here on a share on the wrong side is a target missed, whatever its interval */ };

#define REPORT_COMMAND 80 /* characters of a command in the heading */

enum { REPORT_LOADS = 2, REPORT_GRADES = 6 /* A to F */ };

extern const char *const report_verdict_names[];

struct report_line {
    const char *part;
    char what[96];
    int64_t hits, trials;  /* of a share; trials 0: a figure */
    struct interval value; /* a share with its 95 % interval by Clopper and Pearson, or a figure with NaN ends where unknown */
    const char *unit;      /* of a figure: "ns", "s", "x", "%" ...; of a share "" */
    enum report_direction direction;
    double target; /* share 0 .. 1, or in the figure's unit */
    enum report_verdict verdict;
};

struct report {
    struct report_line *lines;
    size_t count;
    bool failed; /* memory ran out; adding does nothing any more */
    /* The heading. */
    char created[32], finished[32], suite[16], extent[16], machine[160], version[96];
    char resume[REPORT_COMMAND]; /* the command that goes on with it */
    int grades[REPORT_LOADS][REPORT_GRADES]; /* measured sweeps by grade: quiet ones, and those beside a busy neighbour */
    int units, units_wanted;
};

void report_free(struct report *report);

/* printf-like `what` last. Without trials nothing is added: what was not measured is absent. */
void report_share(struct report *report, const char *part, int64_t hits, int64_t trials, enum report_direction direction,
                  double target, const char *what, ...) PRINTF_LIKE(7, 8);
void report_figure(struct report *report, const char *part, struct interval value, const char *unit,
                   enum report_direction direction, double target, const char *what, ...) PRINTF_LIKE(7, 8);

/* How many lines have the verdict. */
size_t report_count(const struct report *report, enum report_verdict verdict);

/* False: memory ran out. */
bool report_print_table(FILE *out, const struct report *report);
void report_write_markdown(struct text *out, const struct report *report);
void report_write_json(struct text *out, const struct report *report);

#endif
