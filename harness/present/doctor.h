/* doctor.h - what disturbs measurements on a machine, what each thing costs and what to do about it, as rows for a table and for
 * JSON. Made from facts that the caller has collected; what is not known is said to be unknown, never to be well. */
#ifndef HARNESS_PRESENT_DOCTOR_H
#define HARNESS_PRESENT_DOCTOR_H

#include "analyse/grade.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>

/* NaN and "" are unknown. */
struct doctor_facts {
    struct grade_evidence seen; /* lost (run delay and gaps), throttled, gap, drift, team */
    double steal_share, load, pressure_percent;
    int cpus;
    bool virtual_machine, smt;
    double parallel_gain, denormal_penalty, clock_cost_seconds, swap_used_bytes, address_randomisation;
    const char *governor, *turbo, *huge_pages, *build_type, *sanitizers;
};

#define DOCTOR_TEXT 200

struct doctor_finding {
    const char *name;
    bool trouble;               /* something can be done, or figures suffer */
    char found[DOCTOR_TEXT], cost[DOCTOR_TEXT], advice[DOCTOR_TEXT];
};

#define DOCTOR_MOST 16

/* Writes at most DOCTOR_MOST findings, returns how many: one for each thing that was looked at. */
size_t doctor_examine(const struct doctor_facts *facts, struct doctor_finding findings[DOCTOR_MOST]);

/* A line with the grade, and the table. */
MUST_CHECK enum status doctor_print(const struct doctor_facts *facts, FILE *out, struct error *error);

/* {"grade": "B", "reason": ..., "findings": [{"name", "trouble", "found", "cost", "advice"}, ...]}, appended. */
void doctor_append_json(struct text *out, const struct doctor_facts *facts);

#endif
