/* selfcheck.h - the tool proved on this machine: parts, each made of units that are finished, stored and never repeated, and a
 * report in which every share has its interval and every target its verdict.
 *
 * What is measured goes into a database in memory, so the results of people are not mixed with it; what is kept of a unit
 * is its outcome.
 */
#ifndef HARNESS_SELFCHECK_SELFCHECK_H
#define HARNESS_SELFCHECK_SELFCHECK_H

#include "selfcheck/report.h"
#include "store/store_selfcheck.h"
#include "sweep/setting.h"

enum selfcheck_suite { SELFCHECK_MEASUREMENT = 0, SELFCHECK_REGRESSION, SELFCHECK_SUITES };

/* Whether the parts run that stand beside stress-ng: they too, or only they. */
enum selfcheck_load { SELFCHECK_LOAD_NONE = 0, SELFCHECK_LOAD_TOO, SELFCHECK_LOAD_ONLY };

extern const char *const selfcheck_suite_names[SELFCHECK_SUITES]; /* as stored */

struct selfcheck_request {
    struct store *store;
    const struct setting *setting;
    enum selfcheck_suite suite;
    bool full;
    enum selfcheck_load load;
    double for_seconds; /* no unit begins that would end later than that; INFINITY */
    void (*progress)(void *context, double fraction, double gone_seconds, double left_seconds, const char *doing);
    void *context;      /* progress may be NULL */
};

/* The command that goes on with a run. Returns `out`. */
const char *selfcheck_resume(const struct selfcheck_request *request, char out[REPORT_COMMAND]);

/* Begins a run of this machine and build in the store. */
MUST_CHECK enum status selfcheck_begin(struct selfcheck_record *run, const struct selfcheck_request *request,
                                       struct error *error);

/* Whether a stored run is of this machine and build, and so may be gone on with; else a sentence. */
MUST_CHECK enum status selfcheck_same_build(const struct selfcheck_record *run, const struct selfcheck_request *request,
                                            struct error *error);

/* Runs what is missing. STATUS_INTERRUPTED and a failed unit leave what was finished in the store. */
MUST_CHECK enum status selfcheck_run(const struct selfcheck_record *run, const struct selfcheck_request *request,
                                     struct error *error);

/* What the stored units say. Afterwards report_free, also on failure. */
MUST_CHECK enum status selfcheck_report(struct report *report, const struct selfcheck_record *run,
                                        const struct selfcheck_request *request, struct error *error);

#endif
