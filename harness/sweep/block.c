/* block.c - see block.h. */
#include "sweep/block.h"

#include "analyse/statistics.h"
#include "base/random.h"
#include "machine/clock.h"
#include "protocol.h"
#include "sweep/block_internal.h"
#include "sweep/knowledge.h"
#include "sweep/quiet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START_STREAM 0x7374u
#define ROUND_STREAM 0x726fu
#define LAYOUT_STREAM 0x6c61u
#define PHASE_SECONDS 0.01 /* of instrumented calls, once per cell */
#define PHASE_CALLS_MAX 50.0

static void say(const struct block *block, const struct planned_cell *cell)
{
    if (block->request->doing)
        block->request->doing(block->request->context, cell);
}

/* ---------------------------------------------------------------- failures */

/* The member is out of this sweep; its cell keeps the reason and what the worker said last. */
static enum status give_up(struct member *member, enum status status, const struct error *error)
{
    if (status == STATUS_INTERRUPTED)
        return status;
    plan_fail(member->cell, status, client_kind(member->client), client_tail(member->client), error);
    member->cell->timed_out = client_timed_out(member->client);
    client_end(member->client);
    member->client = NULL;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- start */

static enum status start_all(struct block *block, const int *order, struct error *error)
{
    for (size_t i = 0; i < block->count; ++i) {
        struct member *member = &block->members[order[i]];
        say(block, member->cell);
        const int64_t began = clock_wall_ns();
        const uint64_t seed = random_bits(block->request->order_seed, LAYOUT_STREAM, (uint64_t)order[i]) | 1u;
        const enum status status = block_start_member(member, block, seed, error);
        member->cell->setup_seconds = (double)(clock_wall_ns() - began) * 1e-9;
        if (status != STATUS_OK && member->client)
            TRY(give_up(member, status, error));
        else if (status != STATUS_OK && status != STATUS_FAILED)
            return status; /* no worker could be started, or the store failed: not this cell's fault */
        else if (status != STATUS_OK) {
            snprintf(member->cell->record.status, sizeof member->cell->record.status, "failed");
            snprintf(member->cell->record.reason, sizeof member->cell->record.reason, "%.511s", error->text);
        }
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- samples */

static double element(const json_t *reply, const char *key)
{
    const json_t *value = json_array_get(json_object_get(reply, key), 0);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static enum status take_sample(struct member *member, const struct block *block, struct error *error)
{
    json_t *reply = NULL, *request = block_handle_request(member, "sample");
    json_object_set_new(request, "count", json_integer(1));
    TRY(block_ask(member, block, request, &reply, error));
    const struct sample_record sample = {.wall_seconds = element(reply, "wall"),
                                         .cpu_seconds = element(reply, "cpu"),
                                         .calls = (int64_t)fmax(1.0, element(reply, "calls")),
                                         .faults = element(reply, "faults")};
    member->peak_bytes = protocol_real(reply, "peak_bytes", NAN);
    json_decref(reply);
    if (!(sample.wall_seconds > 0.0) || !isfinite(sample.wall_seconds))
        return error_set(error, STATUS_FAILED, "the worker reported a sample without a positive time");
    member->samples[member->sample_count++] = sample;
    member->cell->call_seconds = sample.wall_seconds;
    return STATUS_OK;
}

static enum status sample_round(struct block *block, const int *order, pid_t *last, struct error *error)
{
    for (size_t i = 0; i < block->count; ++i) {
        struct member *member = &block->members[order[i]];
        if (!member->client)
            continue;
        say(block, member->cell);
        if (*last && member->cell->record.cell.threads > 1)
            quiet_wait(*last);
        *last = client_pid(member->client);
        const enum status status = take_sample(member, block, error);
        if (status != STATUS_OK) {
            *last = 0;
            TRY(give_up(member, status, error));
        }
    }
    return STATUS_OK;
}

static enum status sample_all(struct block *block, int *order, struct error *error)
{
    /* The worker that was started last may still spin from its check. */
    const struct client *started = block->members[order[block->count - 1]].client;
    pid_t last = started ? client_pid(started) : 0;
    for (int round = 0; round < block->request->setting->samples; ++round) {
        random_permutation(block->request->order_seed, ROUND_STREAM + (uint64_t)round, (int)block->count, order);
        TRY(sample_round(block, order, &last, error));
    }
    return STATUS_OK;
}

static enum status take_phases(struct member *member, const struct block *block, struct error *error)
{
    struct cell_record *record = &member->cell->record;
    if (!member->client || record->phases)
        return STATUS_OK;
    const double calls = fmin(fmax(1.0, PHASE_SECONDS / fmax(member->cell->call_seconds, 1e-9)), PHASE_CALLS_MAX);
    json_t *reply = NULL, *request = block_handle_request(member, "phases");
    json_object_set_new(request, "calls", json_integer((json_int_t)calls));
    const enum status status = block_ask(member, block, request, &reply, error);
    if (status != STATUS_OK)
        return strcmp(client_kind(member->client), KIND_UNSUPPORTED) == 0 ? STATUS_OK : give_up(member, status, error);
    record->phases = json_dumps(json_object_get(reply, "phases"), JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    json_decref(reply);
    return STATUS_OK;
}

static enum status take_all_phases(struct block *block, struct error *error)
{
    for (size_t i = 0; i < block->count; ++i)
        TRY(take_phases(&block->members[i], block, error));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- one group that fits in memory */

static void end_members(struct block *block)
{
    for (size_t i = 0; i < block->count; ++i) {
        client_end(block->members[i].client);
        block->members[i].client = NULL;
    }
}

static enum status run_group(struct block *block, struct error *error)
{
    int *order = calloc(block->count + 1, sizeof *order);
    if (!order)
        return error_set(error, STATUS_SYSTEM, "out of memory for a block");
    random_permutation(block->request->order_seed, START_STREAM, (int)block->count, order);
    enum status status = start_all(block, order, error);
    if (status == STATUS_OK)
        status = sample_all(block, order, error);
    if (status == STATUS_OK)
        status = take_all_phases(block, error);
    end_members(block);
    free(order);
    return status;
}

/* Members from `first` on that fit in memory together; at least one. */
static size_t group_size(const struct block *block, size_t first)
{
    double together = 0.0;
    size_t size = 0;
    for (; first + size < block->count; ++size) {
        const double bytes = block->members[first + size].cell->record.bytes;
        together += (isfinite(bytes) ? bytes : 0.0) + 0x1p26; /* an external worker may not say */
        if (size > 0 && together > block->request->setting->memory_limit_bytes)
            break;
    }
    return size;
}

static enum status run_groups(struct block *block, struct error *error)
{
    for (size_t first = 0; first < block->count;) {
        const size_t size = group_size(block, first);
        struct block group = {.request = block->request, .members = block->members + first, .count = size};
        TRY(run_group(&group, error));
        block->split = block->split || size < block->count;
        first += size;
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- results */

static void summarise(const struct member *member, int index, struct process_record *process)
{
    double wall[64], cpu[64];
    const size_t count = member->sample_count < 64 ? member->sample_count : 64;
    for (size_t i = 0; i < count; ++i) {
        wall[i] = member->samples[i].wall_seconds;
        cpu[i] = member->samples[i].cpu_seconds;
    }
    *process = (struct process_record){
        .cell_index = index,
        .wall_quartile = statistics_quantile(wall, count, 0.25),
        .cpu_minimum = statistics_minimum(cpu, count),
        .plan_seconds = member->plan_seconds,
        .prepare_seconds = member->prepare_seconds,
        .peak_bytes = member->peak_bytes,
        .rss_bytes = member->peak_bytes - member->cell->null_peak_bytes, /* NaN where there was none */
        .samples = member->samples,
        .sample_count = member->sample_count,
    };
}

/* Cells go to the store and come back with their new summaries. */
static enum status store_block(struct block *block, struct block_record *record, struct error *error)
{
    struct cell_record *cells = calloc(block->count + 1, sizeof *cells);
    struct process_record *processes = calloc(block->count + 1, sizeof *processes);
    enum status status = cells && processes ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a block");
    for (size_t i = 0; i < block->count && status == STATUS_OK; ++i) {
        struct planned_cell *cell = block->members[i].cell;
        if (plan_cell_runs(cell) && block->members[i].sample_count > 0) {
            snprintf(cell->record.status, sizeof cell->record.status, "ok");
            summarise(&block->members[i], (int)i, &processes[record->process_count++]);
        }
        cells[i] = cell->record;
    }
    record->cells = cells;
    record->cell_count = block->count;
    record->processes = processes;
    if (status == STATUS_OK)
        status = store_add_block(block->request->store, record, error);
    for (size_t i = 0; i < block->count && status == STATUS_OK; ++i) {
        block->members[i].cell->record = cells[i];
        status = knowledge_save(block->request->store, block->request->machine, block->members[i].cell, error);
    }
    free(cells);
    free(processes);
    return status;
}

static void stamp(char out[32])
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static enum status measure(struct block *block, struct error *error)
{
    const struct block_request *request = block->request;
    const struct cell *any = &block->members[0].cell->record.cell;
    struct probe_record probes[PROBES_MAX];
    struct block_record record = {.sweep = request->sweep, .length = any->length, .threads = any->threads, .pass = request->pass,
                                  .probes = probes};
    stamp(record.started);
    const int64_t began = clock_wall_ns();
    TRY(probes_take(request->setting, any, request->probes, probes, &record.probe_count, error));
    TRY(probes_null_peak(request->setting, request->cells, request->count, error));
    TRY(run_groups(block, error));
    record.seconds = (double)(clock_wall_ns() - began) * 1e-9;
    record.split = block->split;
    return store_block(block, &record, error);
}

enum status block_run(const struct block_request *request, struct error *error)
{
    struct block block = {.request = request, .count = request->count};
    block.members = calloc(request->count + 1, sizeof *block.members);
    enum status status = block.members ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a block");
    for (size_t i = 0; i < request->count && status == STATUS_OK; ++i) {
        block.members[i] = (struct member){.cell = request->cells[i], .peak_bytes = NAN};
        block.members[i].samples = calloc((size_t)request->setting->samples, sizeof *block.members[i].samples);
        if (!block.members[i].samples)
            status = error_set(error, STATUS_SYSTEM, "out of memory for samples");
    }
    if (status == STATUS_OK)
        status = measure(&block, error);
    for (size_t i = 0; block.members && i < request->count; ++i) {
        free(block.members[i].samples);
        twin_free(&block.members[i].twin);
    }
    free(block.members);
    return status;
}
