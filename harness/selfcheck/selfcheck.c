/* selfcheck.c - see selfcheck.h: which parts there are, and how their units are run, kept and reported. */
#include "selfcheck/selfcheck.h"

#include "base/interrupt.h"
#include "base/random.h"
#include "machine/clock.h"
#include "machine/fingerprint.h"
#include "selfcheck/load.h"
#include "selfcheck/part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FREE_OF_ASSUMPTIONS = 6 /* values from which the interval of a median is (statistics.h) */ };

#define SEED 1 /* the same trials on every machine: a share that is off can be repeated */

const char *const selfcheck_suite_names[SELFCHECK_SUITES] = {[SELFCHECK_MEASUREMENT] = "measurement",
                                                             [SELFCHECK_REGRESSION] = "regression"};

/* In the order in which they run and are printed. Part.h says how one is added. */
static const struct selfcheck_part *const parts[] = {
    &part_repeat_begin,
    &part_memory,
    &part_overhead,
    &part_growth_simulated,
    &part_crossovers_simulated,
    &part_growth_measured,
    &part_crossovers_measured,
    &part_growth_loaded,
    &part_crossovers_loaded,
    &part_repeat_end, /* as long after its beginning as can be */
    &part_verdicts_simulated,
    &part_histories_simulated,
    &part_counted,
    &part_same,
    &part_arithmetic_10,
    &part_arithmetic_5,
    &part_memory_10,
    &part_same_loaded,
    &part_arithmetic_10_loaded,
    &part_arithmetic_5_loaded,
    &part_memory_10_loaded,
};

static bool takes_part(const struct selfcheck_part *part, const struct selfcheck_request *request)
{
    const enum selfcheck_load unwanted = part->loaded ? SELFCHECK_LOAD_NONE : SELFCHECK_LOAD_ONLY;
    return part->suite == request->suite && request->load != unwanted;
}

static int units_of(const struct selfcheck_part *part, bool full)
{
    return full ? part->full_units : part->quick_units;
}

/* ---------------------------------------------------------------- what is finished */

/* Object part -> array of outcomes, each with its number and time. */
static enum status read_results(json_t **results, struct store *store, const char *run, struct error *error)
{
    struct selfcheck_unit *units = NULL;
    size_t count = 0;
    TRY(store_read_selfcheck_units(store, run, &units, &count, error));
    enum status status = STATUS_OK;
    *results = json_object();
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        json_t *outcome = json_loads(units[i].outcome, 0, NULL), *array = json_object_get(*results, units[i].part);
        if (!array)
            json_object_set_new(*results, units[i].part, array = json_array());
        json_object_set_new(outcome, "number", json_integer(units[i].number));
        json_object_set_new(outcome, "finished", json_string(units[i].finished));
        if (json_array_append_new(array, outcome) != 0)
            status = error_set(error, STATUS_SYSTEM, "unit %d of '%s' in the results database is no JSON object", units[i].number,
                               units[i].part);
    }
    store_free_selfcheck_units(units, count);
    if (status != STATUS_OK) {
        json_decref(*results);
        *results = NULL;
    }
    return status;
}

static bool is_finished(const json_t *results, const struct selfcheck_part *part, int number)
{
    size_t index;
    const json_t *unit;
    json_array_foreach(json_object_get(results, part->name), index, unit)
        if (json_integer_value(json_object_get(unit, "number")) == number)
            return true;
    return false;
}

/* ---------------------------------------------------------------- running */

struct runner {
    const struct selfcheck_record *run;
    const struct selfcheck_request *request;
    const json_t *results; /* what was finished before */
    struct load *load;     /* NULL: none runs */
    int64_t began_ns;
    double missing_seconds, done_seconds; /* by the parts' own guesses, for the progress line */
};

static double gone(const struct runner *runner)
{
    return (double)(clock_wall_ns() - runner->began_ns) * 1e-9;
}

static double guess(const struct runner *runner, const struct selfcheck_part *part)
{
    return runner->request->full ? part->full_seconds : part->quick_seconds;
}

static double missing_seconds(const struct runner *runner)
{
    double seconds = 0.0;
    for (size_t p = 0; p < ARRAY_LEN(parts); ++p)
        for (int u = 0; takes_part(parts[p], runner->request) && u < units_of(parts[p], runner->request->full); ++u)
            seconds += is_finished(runner->results, parts[p], u) ? 0.0 : guess(runner, parts[p]);
    return seconds;
}

static void tell(const struct runner *runner, const struct selfcheck_part *part, int number)
{
    const struct selfcheck_request *request = runner->request;
    if (!request->progress)
        return;
    char doing[96];
    snprintf(doing, sizeof doing, "%s %d of %d", part->name, number + 1, units_of(part, request->full));
    request->progress(request->context, runner->done_seconds / fmax(runner->missing_seconds, 1e-9), gone(runner),
                      runner->missing_seconds - runner->done_seconds, doing);
}

static enum status run_unit(struct runner *runner, const struct selfcheck_part *part, int number, struct error *error)
{
    json_t *outcome = NULL;
    const struct unit_request unit = {.part = part,
                                      .setting = runner->request->setting,
                                      .store = runner->request->store,
                                      .seed = random_bits(runner->run->seed, 0, (uint64_t)number),
                                      .number = number,
                                      .full = runner->request->full};
    struct selfcheck_unit record = {.number = number};
    snprintf(record.part, sizeof record.part, "%s", part->name);
    tell(runner, part, number);
    TRY(part->run(&outcome, &unit, error));
    record.outcome = json_dumps(outcome, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(outcome);
    const enum status status = record.outcome
                                   ? store_add_selfcheck_unit(runner->request->store, runner->run->id, &record, error)
                                   : error_set(error, STATUS_SYSTEM, "out of memory for a unit of selfcheck");
    free(record.outcome);
    runner->done_seconds += guess(runner, part);
    return status;
}

static enum status set_load(struct runner *runner, const struct selfcheck_part *part, struct error *error)
{
    if (part->loaded && !runner->load)
        return load_start(&runner->load, runner->request->setting->topology, error);
    if (!part->loaded) {
        load_stop(runner->load);
        runner->load = NULL;
    }
    return STATUS_OK;
}

static enum status run_part(struct runner *runner, const struct selfcheck_part *part, struct error *error)
{
    for (int u = 0; u < units_of(part, runner->request->full); ++u) {
        if (is_finished(runner->results, part, u))
            continue;
        if (gone(runner) + guess(runner, part) > runner->request->for_seconds)
            return STATUS_OK;
        if (interrupt_requested())
            return error_set(error, STATUS_INTERRUPTED, "interrupted");
        TRY(set_load(runner, part, error));
        TRY(run_unit(runner, part, u, error));
    }
    return STATUS_OK;
}

enum status selfcheck_run(const struct selfcheck_record *run, const struct selfcheck_request *request, struct error *error)
{
    json_t *results = NULL;
    TRY(read_results(&results, request->store, run->id, error));
    struct runner runner = {.run = run, .request = request, .results = results, .began_ns = clock_wall_ns()};
    runner.missing_seconds = missing_seconds(&runner);
    enum status status = STATUS_OK;
    for (size_t p = 0; p < ARRAY_LEN(parts) && status == STATUS_OK; ++p)
        if (takes_part(parts[p], request))
            status = run_part(&runner, parts[p], error);
    load_stop(runner.load);
    json_decref(results);
    return status;
}

/* ---------------------------------------------------------------- beginning */

static enum status fingerprint(char key[FINGERPRINT_KEY], char **text, const struct selfcheck_request *request,
                               struct error *error)
{
    json_t *fields = fingerprint_collect(request->setting->topology);
    fingerprint_key(fields, NULL, key);
    *text = fields ? json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(fields);
    return *text ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the fingerprint");
}

enum status selfcheck_begin(struct selfcheck_record *run, const struct selfcheck_request *request, struct error *error)
{
    char *text = NULL;
    *run = (struct selfcheck_record){.seed = SEED};
    snprintf(run->suite, sizeof run->suite, "%s", selfcheck_suite_names[request->suite]);
    snprintf(run->extent, sizeof run->extent, "%s", request->full ? "full" : "quick");
    TRY(fingerprint(run->fingerprint, &text, request, error));
    enum status status = store_add_fingerprint(request->store, run->fingerprint, text, error);
    free(text);
    return status == STATUS_OK ? store_add_selfcheck(request->store, run, error) : status;
}

enum status selfcheck_same_build(const struct selfcheck_record *run, const struct selfcheck_request *request,
                                 struct error *error)
{
    char key[FINGERPRINT_KEY], *text = NULL;
    TRY(fingerprint(key, &text, request, error));
    free(text);
    return strcmp(key, run->fingerprint) == 0
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "the selfcheck of %s was begun by another build or on another machine; start a new "
                           "one without --resume", run->created);
}

const char *selfcheck_resume(const struct selfcheck_request *request, char out[REPORT_COMMAND])
{
    static const char *const loads[] = {
        [SELFCHECK_LOAD_NONE] = "", [SELFCHECK_LOAD_TOO] = " --load", [SELFCHECK_LOAD_ONLY] = " --load=only"};
    snprintf(out, REPORT_COMMAND, "seqscale selfcheck%s%s --resume",
             request->suite == SELFCHECK_REGRESSION ? " --regression" : "", loads[request->load]);
    return out;
}

/* ---------------------------------------------------------------- reporting */

static const char *field(const json_t *fields, const char *name, const char *absent)
{
    const char *value = json_string_value(json_object_get(json_object_get(fields, name), "value"));
    return value ? value : absent;
}

/* Machine, build and commit, as the fingerprint has them. */
static enum status name_machine(struct report *report, const struct selfcheck_record *run,
                                const struct selfcheck_request *request, struct error *error)
{
    char *text = NULL;
    TRY(store_get_fingerprint(request->store, run->fingerprint, &text, error));
    json_t *root = json_loads(text, 0, NULL);
    const json_t *fields = json_object_get(root, "fields");
    const json_t *dirty = json_object_get(json_object_get(fields, "git_dirty"), "value");
    snprintf(report->machine, sizeof report->machine, "%s, %d CPUs, %s", field(fields, "cpu_model", "unknown processor"),
             topology_cpus(request->setting->topology), field(fields, "hypervisor", "no hypervisor known"));
    snprintf(report->version, sizeof report->version, "seqscale %s, commit %.12s%s, %s build", SEQSCALE_VERSION,
             field(fields, "git_commit", "unknown"), json_is_true(dirty) ? " with changes" : "",
             field(fields, "build_type", "unknown"));
    json_decref(root);
    free(text);
    return STATUS_OK;
}

static void report_part(struct report *report, const struct selfcheck_part *part, const struct selfcheck_request *request,
                        const json_t *results)
{
    const json_t *units = json_object_get(results, part->name);
    size_t index;
    const json_t *unit;
    report->units_wanted += takes_part(part, request) ? units_of(part, request->full) : 0;
    if (json_array_size(units) == 0)
        return;
    report->units += takes_part(part, request) ? (int)json_array_size(units) : 0;
    json_array_foreach(units, index, unit) {
        const char *finished = json_string_value(json_object_get(unit, "finished"));
        if (strcmp(finished, report->finished) > 0)
            snprintf(report->finished, sizeof report->finished, "%s", finished);
        const char *grade = json_string_value(json_object_get(unit, "grade"));
        if (grade && grade[0] >= 'A' && grade[0] < 'A' + REPORT_GRADES)
            ++report->grades[part->loaded][grade[0] - 'A'];
    }
    part->report(report, part, &(struct part_results){.units = units, .all = results, .full = request->full});
}

enum status selfcheck_report(struct report *report, const struct selfcheck_record *run,
                             const struct selfcheck_request *request, struct error *error)
{
    json_t *results = NULL;
    *report = (struct report){.count = 0};
    snprintf(report->created, sizeof report->created, "%s", run->created);
    snprintf(report->suite, sizeof report->suite, "%s", run->suite);
    snprintf(report->extent, sizeof report->extent, "%s", run->extent);
    selfcheck_resume(request, report->resume);
    TRY(name_machine(report, run, request, error));
    TRY(read_results(&results, request->store, run->id, error));
    for (size_t p = 0; p < ARRAY_LEN(parts); ++p)
        if (parts[p]->suite == request->suite)
            report_part(report, parts[p], request, results);
    json_decref(results);
    return report->failed ? error_set(error, STATUS_SYSTEM, "out of memory for the report") : STATUS_OK;
}

/* ---------------------------------------------------------------- part.h */

static bool is_for_checking(const char *operator_name)
{
    return strcmp(operator_name, "null") == 0 || strcmp(operator_name, "skeleton") == 0 ||
           strcmp(operator_name, "synthetic") == 0;
}

enum status part_operators(const struct unit_request *unit, char ***names, size_t *count, struct error *error)
{
    size_t installed = 0;
    *count = 0;
    TRY(find_all(&unit->setting->search, names, &installed, error));
    for (size_t i = 0; i < installed; ++i) {
        if (is_for_checking((*names)[i]))
            free((*names)[i]);
        else
            (*names)[(*count)++] = (*names)[i];
    }
    return STATUS_OK;
}

int64_t part_sum(const json_t *units, const char *member)
{
    int64_t sum = 0;
    size_t index;
    const json_t *unit;
    json_array_foreach(units, index, unit) {
        const json_t *value = json_object_get(unit, member);
        sum += json_is_true(value) ? 1 : json_integer_value(value);
    }
    return sum;
}

struct interval part_median(const json_t *units, const char *member)
{
    double *values = calloc(json_array_size(units) + 1, sizeof *values);
    size_t count = 0, index;
    const json_t *unit;
    if (values)
        json_array_foreach(units, index, unit) {
            const json_t *value = json_object_get(unit, member);
            if (json_is_number(value))
                values[count++] = json_number_value(value);
        }
    struct interval median = values ? statistics_median_interval(values, count) : (struct interval){NAN, NAN, NAN};
    if (count < FREE_OF_ASSUMPTIONS) /* errors are not lognormal, and some are 0 */
        median.low = median.high = NAN;
    free(values);
    return median;
}
