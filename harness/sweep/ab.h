/* ab.h - two arms, compared in fresh pairs of processes, cell by cell, to a stored comparison with its verdicts.
 *
 * Every cell is rehearsed once (checked, the number of calls fixed, planner knowledge shared where both arms take it), then all
 * are screened, round after round in random order, then those that are not the same are confirmed by more pairs until their
 * intervals are narrow or the budget is spent. Controls, the base against itself, go through all of it beside them and can
 * veto the verdict. analyse/verdict.h has the rule, docs/method.md the reasons.
 */
#ifndef HARNESS_SWEEP_AB_H
#define HARNESS_SWEEP_AB_H

#include "analyse/verdict.h"
#include "store/store_comparison.h"
#include "sweep/arm.h"
#include "sweep/plan.h"

struct ab_request {
    struct arm *base, *fresh;
    struct plan_request axes; /* operators: for arms that name none themselves */
    struct axis new_lengths;       /* of the new arm, where selfcheck plants more work; empty: the same */
    struct verdict_rule rule;
    double budget_seconds;
    double timeout_seconds;
    uint64_t seed;     /* of orders and layouts; the inputs' is in axes.base */
    bool instructions; /* count them as well, and judge by them */
    int controls;      /* A/A cells; at least VERDICT_CONTROLS_LEAST, 0 for the harness's own checks */
    struct store *store;
    const char *machine, *fingerprint; /* keys */
    const char *settings;              /* JSON, kept with the comparison */
    const char *name;                  /* NULL: from the time */
    void (*progress)(void *context, double fraction, double gone_seconds, double left_seconds, const char *doing);
    void *context;
};

/* STATUS_OK when there is a verdict, whatever it is: comparison->exit_code. STATUS_INTERRUPTED keeps the pairs that are
 * finished. The caller frees the record's members and the cells. */
MUST_CHECK enum status ab_run(const struct ab_request *request, struct comparison_record *comparison,
                              struct comparison_cell **cells, size_t *count, struct error *error);

#endif
