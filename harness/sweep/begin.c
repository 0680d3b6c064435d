/* begin.c - see begin.h. */
#include "sweep/begin.h"

#include <stdio.h>
#include <stdlib.h>

static enum status store_fingerprint(struct store *store, const struct setting *setting, const struct plan *plan,
                                     struct sweep_record *sweep, char machine[FINGERPRINT_KEY], struct error *error)
{
    json_t *fingerprint = fingerprint_collect(setting->topology);
    if (!fingerprint)
        return error_set(error, STATUS_SYSTEM, "out of memory for the fingerprint");
    fingerprint_set(fingerprint, "libraries", "build", plan->libraries ? json_incref(plan->libraries) : json_null());
    fingerprint_set(fingerprint, "instruction_set", "build", json_string(isa_name(setting->isa)));
    fingerprint_set(fingerprint, "denormals", "build", json_string("flushed to zero"));
    fingerprint_key(fingerprint, NULL, sweep->fingerprint);
    fingerprint_key(fingerprint, "machine", machine);
    char *text = json_dumps(fingerprint, JSON_COMPACT | JSON_SORT_KEYS);
    const enum status status = text ? store_add_fingerprint(store, sweep->fingerprint, text, error)
                                    : error_set(error, STATUS_SYSTEM, "out of memory for the fingerprint");
    free(text);
    json_decref(fingerprint);
    return status;
}

enum status begin_cells(struct store *store, struct plan *plan, size_t first, const char *sweep, struct error *error)
{
    const size_t count = plan->count - first;
    struct cell_record *records = calloc(count + 1, sizeof *records);
    if (!records)
        return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a sweep");
    for (size_t i = 0; i < count; ++i) {
        records[i] = plan->cells[first + i].record;
        snprintf(records[i].sweep, sizeof records[i].sweep, "%s", sweep);
    }
    const enum status status = store_add_cells(store, records, count, error);
    for (size_t i = 0; i < count; ++i)
        plan->cells[first + i].record = records[i];
    free(records);
    return status;
}

enum status begin_sweep(struct store *store, const struct setting *setting, struct plan *plan, struct sweep_record *sweep,
                        char machine[FINGERPRINT_KEY], struct error *error)
{
    TRY(store_fingerprint(store, setting, plan, sweep, machine, error));
    snprintf(sweep->status, sizeof sweep->status, "running");
    sweep->seed = setting->seed;
    TRY(store_add_sweep(store, sweep, error));
    return begin_cells(store, plan, 0, sweep->id, error);
}
