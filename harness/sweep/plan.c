/* plan.c - see plan.h. */
#include "sweep/plan_internal.h"

#include "base/interrupt.h"
#include "present/units.h"
#include "protocol.h"
#include "sweep/twin.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRICE_SECONDS 30.0         /* describe is pure; an external worker may import large libraries first */
#define GUESSED_FLOPS 3e10         /* per thread and second, until something was measured: a third of a fast core */
#define GUESS_SLACK 0.3            /* a call may take this part of the guess: beyond the limit even then, it is skipped */
#define PROCESS_OVERHEAD 0x1p26    /* bytes of a worker beside its regions: libraries, tables */
#define SETUP_SECONDS 0.1          /* of a worker, until one was seen */

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; ++i) {
        cell_record_free(&plan->cells[i].record);
        free(plan->cells[i].module);
        free(plan->cells[i].plan_text);
    }
    free(plan->cells);
    free(plan->checked);
    json_decref(plan->libraries);
    text_free(&plan->notes);
    *plan = (struct plan){.count = 0};
}

/* ---------------------------------------------------------------- series */

static bool same_series(const struct cell *a, const struct cell *b)
{
    return cell_same_operator(a, b) && a->threads == b->threads;
}

/* Cells of one series share one mark: the full check at a small length is made once for them all. */
static enum status mark_series(struct plan *plan, struct error *error)
{
    plan->checked = calloc(plan->count + 1, sizeof *plan->checked);
    if (!plan->checked)
        return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a sweep");
    for (size_t i = 0; i < plan->count; ++i) {
        plan->cells[i].checked = &plan->checked[i];
        for (size_t other = 0; other < i; ++other)
            if (same_series(&plan->cells[other].record.cell, &plan->cells[i].record.cell))
                plan->cells[i].checked = plan->cells[other].checked;
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the cross product */

enum status plan_append(struct plan *plan, const struct cell *cell, const char *module, struct error *error)
{
    struct planned_cell *more = realloc(plan->cells, (plan->count + 1) * sizeof *more);
    if (!more)
        return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a sweep");
    plan->cells = more;
    struct planned_cell *planned = &plan->cells[plan->count++];
    *planned = (struct planned_cell){.setup_seconds = SETUP_SECONDS, .null_peak_bytes = NAN};
    cell_record_init(&planned->record);
    planned->record.cell = *cell;
    planned->record.number = (int)plan->count - 1;
    planned->module = module ? strdup(module) : NULL;
    return module && !planned->module ? error_set(error, STATUS_SYSTEM, "out of memory") : STATUS_OK;
}

static enum status cross_caches(struct plan *plan, const struct plan_request *request, struct cell cell, const char *module,
                                struct error *error)
{
    static const char *const words[] = {"warm", "cold"};
    const bool wanted[] = {request->cache_warm || !request->cache_cold, request->cache_cold};
    for (size_t i = 0; i < ARRAY_LEN(words); ++i) {
        snprintf(cell.cache, sizeof cell.cache, "%s", words[i]);
        if (wanted[i])
            TRY(plan_append(plan, &cell, module, error));
    }
    return STATUS_OK;
}

static enum status cross_sizes(struct plan *plan, const struct plan_request *request, struct cell cell, const char *module,
                               struct error *error)
{
    for (size_t b = 0; b < request->batches.count; ++b) {
        for (size_t w = 0; w < request->widths.count; ++w) {
            for (size_t l = 0; l < request->lengths.count; ++l) {
                cell.batch = request->batches.values[b];
                cell.width = request->widths.values[w];
                cell.length = request->lengths.values[l];
                TRY(cross_caches(plan, request, cell, module, error));
            }
        }
    }
    return STATUS_OK;
}

static enum status cross_operator(struct plan *plan, const struct setting *setting, const struct plan_request *request,
                                  const struct operator_choice *choice, const int *threads, int thread_counts,
                                  struct error *error)
{
    char *module = NULL;
    const enum status found = find_module(&setting->search, choice->name, &module, error);
    if (found == STATUS_USAGE && request->from_file && !strchr(choice->name, '/')) {
        text_format(&plan->notes, "%s is left out: %s\n", choice->name, error->text);
        return STATUS_OK;
    }
    TRY(found);
    enum status status = STATUS_OK;
    for (int i = 0; i < thread_counts && status == STATUS_OK; ++i) {
        struct cell cell = request->base;
        memcpy(cell.operator_name, choice->name, sizeof cell.operator_name);
        memcpy(cell.options, choice->options, sizeof cell.options);
        cell.threads = threads[i];
        status = cross_sizes(plan, request, cell, module, error);
    }
    free(module);
    return status;
}

static enum status thread_counts(const struct setting *setting, const struct plan_request *request, int *counts, int *count,
                                 struct error *error)
{
    if (request->threads.count == 0) {
        *count = topology_thread_counts(setting->topology, counts, AXIS_MAX);
        return STATUS_OK;
    }
    const int cpus = topology_cpus(setting->topology);
    *count = (int)request->threads.count;
    for (int i = 0; i < *count; ++i) {
        if (request->threads.values[i] > cpus)
            return error_set(error, STATUS_USAGE, "--threads: %lld threads are more than the %d CPUs allowed to this process",
                             (long long)request->threads.values[i], cpus);
        counts[i] = (int)request->threads.values[i];
    }
    return STATUS_OK;
}

static enum status cross(struct plan *plan, const struct setting *setting, const struct plan_request *request,
                         struct error *error)
{
    int counts[AXIS_MAX], count = 0;
    TRY(thread_counts(setting, request, counts, &count, error));
    for (size_t i = 0; i < request->operators.count; ++i)
        TRY(cross_operator(plan, setting, request, &request->operators.items[i], counts, count, error));
    if (plan->count == 0)
        return error_set(error, STATUS_USAGE, "no operator of this sweep is there: %s", text_get(&plan->notes));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- prices */

static void read_price(struct planned_cell *cell, const json_t *reply)
{
    struct cell_record *record = &cell->record;
    snprintf(record->cell.options, sizeof record->cell.options, "%s", protocol_string(reply, "options", record->cell.options));
    snprintf(record->build, sizeof record->build, "%s", protocol_string(reply, "build", ""));
    snprintf(record->isa, sizeof record->isa, "%s", protocol_string(reply, "isa", ""));
    record->colour = (int)protocol_real(reply, "colour", -1.0);
    record->flops = protocol_real(reply, "flops", NAN);
    record->compulsory_bytes = protocol_real(reply, "compulsory_bytes", NAN);
    record->reread_bytes = protocol_real(reply, "reread_bytes", NAN);
    record->reread_set_bytes = protocol_real(reply, "reread_set_bytes", NAN);
    record->time_power = protocol_real(reply, "time_power", NAN);
    record->time_log_power = protocol_real(reply, "time_log_power", NAN);
    record->memory_power = protocol_real(reply, "memory_power", NAN);
    record->memory_log_power = protocol_real(reply, "memory_log_power", NAN);
    record->bytes = protocol_real(reply, "total_bytes", NAN);
    record->workspace_bytes = protocol_real(reply, "workspace_bytes", NAN);
    const json_t *regions = json_object_get(reply, "regions");
    free(record->regions);
    record->regions = regions ? json_dumps(regions, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    const double flops = isfinite(record->flops) ? record->flops : 0.0;
    cell->call_seconds = flops / (GUESSED_FLOPS * record->cell.threads);
}

/* Too large or too slow before it runs. */
static void apply_limits(struct planned_cell *cell, const struct setting *setting, double call_limit_seconds)
{
    char need[UNITS_TEXT], have[UNITS_TEXT];
    if (cell->record.bytes + PROCESS_OVERHEAD > setting->memory_limit_bytes)
        plan_skip(cell, "needs %s of memory and 64 MiB for its worker, more than the limit of %s",
                  units_bytes(need, cell->record.bytes),
                  units_bytes(have, setting->memory_limit_bytes));
    else if (GUESS_SLACK * cell->call_seconds > call_limit_seconds)
        plan_skip(cell, "a call is expected to take about %s, more than the limit of %s",
                  units_seconds(need, GUESS_SLACK * cell->call_seconds), units_seconds(have, call_limit_seconds));
}

/* A worker for prices: kept while the cells need the same one, started again where a module took it down. */
struct pricer {
    struct client *client;
    char name[CELL_OPERATOR_MAX]; /* external operator it serves, "" our own worker */
    struct error broken;          /* why the worker of `name` does not start; "" it does */
    const char *deadly;           /* module that took its worker down, or hung: asked no more */
    struct error death;
};

/* An external program that is no worker fails for all of its cells, and is not started again for each. */
static enum status start_pricer(struct pricer *pricer, const struct setting *setting, const char *name, struct error *error)
{
    client_end(pricer->client);
    pricer->client = NULL;
    pricer->broken.text[0] = '\0';
    snprintf(pricer->name, sizeof pricer->name, "%s", name);
    const enum status status = setting_start_worker(setting, name[0] ? name : NULL, "none", 1, 0, &pricer->client, error);
    if (status == STATUS_FAILED && name[0])
        pricer->broken = *error;
    return status;
}

static enum status pricer_for(struct pricer *pricer, const struct setting *setting, const char *operator_name,
                              struct error *error)
{
    const char *name = find_is_external(operator_name) ? operator_name : "";
    const bool same = strcmp(pricer->name, name) == 0;
    if (same && pricer->broken.text[0]) {
        *error = pricer->broken;
        return STATUS_FAILED;
    }
    if (same && pricer->client && client_alive(pricer->client))
        return STATUS_OK;
    return start_pricer(pricer, setting, name, error);
}

static void keep_failure(struct planned_cell *cell, const struct client *client, const struct error *error)
{
    const bool unsupported = client && strcmp(client_kind(client), KIND_UNSUPPORTED) == 0;
    snprintf(cell->record.status, sizeof cell->record.status, "%s", unsupported ? "skipped" : "failed");
    snprintf(cell->record.reason, sizeof cell->record.reason, "%.500s", error->text);
}

/* Takes over the reply. */
static enum status accept_price(struct planned_cell *cell, const struct setting *setting, json_t *reply,
                                double call_limit_seconds, struct error *error)
{
    const bool cold = strcmp(cell->record.cell.cache, "cold") == 0;
    const enum status status =
        cell->module ? STATUS_OK : twin_complete_price(reply, setting, &cell->record.cell, error);
    if (status == STATUS_OK && cold && !cell->module && strcmp(protocol_string(reply, "cache", "warm"), "cold") != 0) {
        plan_skip(cell, "this worker does not say that it measures cold caches (\"cache\": \"cold\" in its reply to describe)");
    } else if (status == STATUS_OK) {
        read_price(cell, reply);
        apply_limits(cell, setting, call_limit_seconds);
    } else if (status == STATUS_USAGE) {
        plan_skip(cell, "%.500s", error->text);
    } else {
        keep_failure(cell, NULL, error);
    }
    json_decref(reply);
    return status == STATUS_INTERRUPTED ? status : STATUS_OK;
}

static enum status price_cell(struct pricer *pricer, const struct setting *setting, struct planned_cell *cell,
                              double call_limit_seconds, struct error *error)
{
    const struct cell *what = &cell->record.cell;
    if (pricer->deadly && cell->module && strcmp(pricer->deadly, cell->module) == 0) {
        keep_failure(cell, NULL, &pricer->death);
        return STATUS_OK;
    }
    const enum status started = pricer_for(pricer, setting, what->operator_name, error);
    if (started == STATUS_FAILED && find_is_external(what->operator_name)) {
        keep_failure(cell, NULL, error);
        return STATUS_OK;
    }
    TRY(started);
    json_t *reply = NULL;
    const enum status status =
        client_ask(pricer->client, setting_problem(setting, what, cell->module, "describe"), PRICE_SECONDS, &reply, error);
    if (status == STATUS_OK)
        return accept_price(cell, setting, reply, call_limit_seconds, error);
    const char *kind = client_kind(pricer->client);
    const bool refused = strcmp(kind, KIND_USAGE) == 0; /* a mistake in the command: nothing runs */
    if (status == STATUS_INTERRUPTED || refused)
        return status;
    keep_failure(cell, pricer->client, error);
    if (strcmp(kind, "died") == 0) {
        cell->record.stderr_tail = strdup(client_tail(pricer->client));
        pricer->deadly = cell->module;
        pricer->death = *error;
    }
    return STATUS_OK;
}

static void collect_libraries(struct plan *plan, struct client *client, const char *module)
{
    struct error ignored;
    json_t *reply = NULL;
    if (client_ask(client, json_pack("{s:s, s:s}", "do", "identify", "module", module), PRICE_SECONDS, &reply, &ignored) !=
        STATUS_OK)
        return; /* a module that cannot say is still measured */
    json_decref(plan->libraries);
    plan->libraries = json_incref(json_object_get(reply, "libraries"));
    json_decref(reply);
}

enum status plan_price(struct plan *plan, size_t first, const struct setting *setting, double call_limit_seconds,
                       struct error *error)
{
    struct pricer pricer = {.client = NULL};
    enum status status = STATUS_OK;
    for (size_t i = first; i < plan->count && status == STATUS_OK; ++i) {
        status = price_cell(&pricer, setting, &plan->cells[i], call_limit_seconds, error);
        const bool last_of_module = i + 1 == plan->count || plan->cells[i + 1].module == NULL ||
                                    !plan->cells[i].module || strcmp(plan->cells[i].module, plan->cells[i + 1].module) != 0;
        if (status == STATUS_OK && last_of_module && plan->cells[i].module && pricer.client && client_alive(pricer.client))
            collect_libraries(plan, pricer.client, plan->cells[i].module);
    }
    client_end(pricer.client);
    return status;
}

enum status plan_make(struct plan *plan, const struct setting *setting, const struct plan_request *request, struct error *error)
{
    *plan = (struct plan){.count = 0};
    enum status status = cross(plan, setting, request, error);
    if (status == STATUS_OK)
        status = plan_price(plan, 0, setting, request->call_limit_seconds, error);
    if (status == STATUS_OK)
        status = mark_series(plan, error);
    if (status != STATUS_OK)
        plan_free(plan);
    return status;
}

/* ---------------------------------------------------------------- stored plans */

static enum status adopt_cell(struct planned_cell *planned, const struct setting *setting, struct cell_record *record,
                              struct error *error)
{
    *planned = (struct planned_cell){.record = *record, .setup_seconds = SETUP_SECONDS, .null_peak_bytes = NAN};
    *record = (struct cell_record){.number = 0}; /* its strings have moved */
    if (text_starts(planned->record.reason, PLAN_BUDGET_REASON)) {
        snprintf(planned->record.status, sizeof planned->record.status, "planned");
        planned->record.reason[0] = '\0';
    }
    const double flops = isfinite(planned->record.flops) ? planned->record.flops : 0.0;
    planned->call_seconds = isfinite(planned->record.seconds) ? planned->record.seconds
                                                              : flops / (GUESSED_FLOPS * planned->record.cell.threads);
    if (!plan_cell_runs(planned))
        return STATUS_OK;
    return find_module(&setting->search, planned->record.cell.operator_name, &planned->module, error);
}

enum status plan_load(struct plan *plan, const struct setting *setting, struct store *store, const char *sweep,
                      struct error *error)
{
    *plan = (struct plan){.count = 0};
    struct cell_record *records = NULL;
    size_t count = 0;
    TRY(store_read_cells(store, sweep, NULL, &records, &count, error));
    plan->cells = calloc(count + 1, sizeof *plan->cells);
    enum status status = plan->cells ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        status = adopt_cell(&plan->cells[i], setting, &records[i], error);
        plan->count = i + 1;
    }
    cell_records_free(records, count);
    if (status == STATUS_OK)
        status = mark_series(plan, error);
    if (status != STATUS_OK)
        plan_free(plan);
    return status;
}
