/* study.c - see study.h: a sweep read, arranged into series, and handed from step to step. */
#include "present/study.h"

#include "present/study_parts.h"
#include "present/units.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const study_metric_names[STUDY_METRICS] = {
    [STUDY_TIME] = "time", [STUDY_MEMORY] = "memory", [STUDY_INSTRUCTIONS] = "instructions"};
const char *const study_metric_units[STUDY_METRICS] = {
    [STUDY_TIME] = "seconds", [STUDY_MEMORY] = "bytes", [STUDY_INSTRUCTIONS] = "instructions"};
const char *const study_metric_less[STUDY_METRICS] = {
    [STUDY_TIME] = "faster", [STUDY_MEMORY] = "smaller", [STUDY_INSTRUCTIONS] = "fewer"};

static const char *instructions_text(char *out, double count)
{
    snprintf(out, UNITS_TEXT, isfinite(count) ? "%.3g" : "-", count);
    return out;
}

const char *study_metric_text(char *out, enum study_metric metric, double value)
{
    static const char *(*const writers[STUDY_METRICS])(char *, double) = {
        [STUDY_TIME] = units_seconds, [STUDY_MEMORY] = units_bytes, [STUDY_INSTRUCTIONS] = instructions_text};
    return writers[metric](out, value);
}

const char *const study_crossover_verdicts[] = {[CROSSOVER_UNKNOWN] = "unknown",
                                                [CROSSOVER_CROSSES] = "crosses",
                                                [CROSSOVER_ALWAYS] = "always",
                                                [CROSSOVER_NEVER] = "never"};

const char *const study_context_verdicts[] = {[CONTEXT_UNKNOWN] = "unknown",
                                              [CONTEXT_MEASURED] = "measured",
                                              [CONTEXT_PREDICTED] = "predicted",
                                              [CONTEXT_AT_LEAST] = "at least",
                                              [CONTEXT_BELOW] = "below"};

void *study_array(size_t count, size_t size, struct error *error)
{
    void *array = calloc(count ? count : 1, size);
    if (!array)
        error_set(error, STATUS_SYSTEM, "out of memory for a study");
    return array;
}

/* ---------------------------------------------------------------- loading */

static double cache_field(const json_t *fields, const char *name)
{
    const json_t *value = json_object_get(json_object_get(fields, name), "value");
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Of the machine that the sweep ran on; unknown for imported ones. */
static enum status load_caches(struct study *study, struct store *store, struct error *error)
{
    static const char *const names[GROWTH_LEVELS_MAX] = {"cache_l1d_bytes", "cache_l2_bytes", "cache_l3_bytes"};
    char *text = NULL;
    for (int k = 0; k < GROWTH_LEVELS_MAX; ++k)
        study->cache_bytes[k] = NAN;
    if (!study->sweep.fingerprint[0])
        return STATUS_OK;
    TRY(store_get_fingerprint(store, study->sweep.fingerprint, &text, error));
    json_t *fingerprint = text ? json_loads(text, 0, NULL) : NULL;
    for (int k = 0; k < GROWTH_LEVELS_MAX; ++k)
        study->cache_bytes[k] = cache_field(json_object_get(fingerprint, "fields"), names[k]);
    json_decref(fingerprint);
    free(text);
    return STATUS_OK;
}

enum status study_load(struct study *study, struct store *store, const char *where, struct error *error)
{
    TRY(store_read_cells(store, study->sweep.id, where, &study->cells, &study->cell_count, error));
    TRY(store_read_study_processes(store, study->sweep.id, &study->processes, &study->process_count, error));
    TRY(load_caches(study, store, error));
    study->process_start = study_array(study->cell_count + 1, sizeof *study->process_start, error);
    if (!study->process_start)
        return STATUS_SYSTEM;
    size_t at = 0; /* processes of cells that the filter left out are passed over */
    for (size_t i = 0; i < study->cell_count; ++i) {
        while (at < study->process_count && study->processes[at].cell_number < study->cells[i].number)
            ++at;
        study->process_start[i] = at;
    }
    study->process_start[study->cell_count] = study->process_count;
    return STATUS_OK;
}

const struct study_process *study_processes_of(const struct study *study, const struct cell_record *cell, size_t *count)
{
    const size_t start = study->process_start[cell - study->cells];
    *count = 0;
    while (start + *count < study->process_count && study->processes[start + *count].cell_number == cell->number)
        ++*count;
    return study->processes + start;
}

/* ---------------------------------------------------------------- all steps */

enum status study_make(struct study *study, struct store *store, const struct sweep_record *sweep,
                       const struct study_request *request, struct error *error)
{
    *study = (struct study){.sweep = *sweep};
    TRY(study_load(study, store, request->where, error));
    TRY(study_collect_series(study, error));
    TRY(study_fit_growth(study, request, error));
    TRY(study_find_crossovers(study, error));
    TRY(study_fit_cores(study, error));
    TRY(study_find_contexts(study, request, error));
    return study_compare_equals(study, error);
}

enum status study_make_crossovers(struct study *study, struct store *store, const struct sweep_record *sweep,
                                  struct error *error)
{
    *study = (struct study){.sweep = *sweep};
    TRY(study_load(study, store, NULL, error));
    TRY(study_collect_series(study, error));
    return study_find_crossovers(study, error);
}

void study_free(struct study *study)
{
    for (int i = 0; study->series && i < study->series_count; ++i) {
        free(study->series[i].cells);
        for (int metric = 0; metric < STUDY_METRICS; ++metric) {
            free(study->series[i].points[metric]);
            free(study->series[i].sources[metric]);
        }
    }
    cell_records_free(study->cells, study->cell_count);
    free(study->processes);
    free(study->process_start);
    free(study->replicates);
    free(study->series);
    free(study->growth);
    free(study->crossovers);
    free(study->cores);
    free(study->contexts);
    free(study->equals);
    *study = (struct study){.series_count = 0};
}

bool study_is_censored(const struct cell_record *cell)
{
    return !cell_record_measured(cell) && strcmp(cell->status, "planned") != 0;
}

struct interval study_tokens_per_second(const struct cell_record *cell)
{
    const bool decode = strcmp(cell->cell.mode, "decode") == 0;
    const double tokens = (double)cell->cell.batch * (decode ? 1.0 : (double)cell->cell.length);
    return (struct interval){tokens / cell->seconds, tokens / cell->high, tokens / cell->low};
}
