/* block.c - see block.h. */
#include "sweep/block.h"

#include "base/random.h"
#include "machine/clock.h"
#include "protocol.h"
#include "sweep/block_internal.h"
#include "sweep/disturbance.h"
#include "sweep/quiet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START_STREAM 0x7374u
#define ROUND_STREAM 0x726fu
#define LAYOUT_STREAM 0x6c61u
#define PHASE_SECONDS 0.005 /* of instrumented calls, once per cell */
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

/* What only some workers say; an external one's silence stays unknown. `asked_seconds` is what the request took. */
static void keep_circumstances(struct member *member, const json_t *reply, double asked_seconds, struct spent *spent)
{
    const struct sample_record *sample = &member->samples[member->sample_count - 1];
    const json_t *steady = json_object_get(reply, "steady");
    const double timed = sample->wall_seconds * (double)sample->calls, before = member->warmup_seconds;
    member->warmup_seconds = protocol_real(reply, "warmup_seconds", NAN);
    member->run_delay_seconds = (member->sample_count > 1 ? member->run_delay_seconds : 0.0) + element(reply, "run_delay");
    member->clock_share = fmax(member->clock_share, protocol_real(reply, "clock_share", NAN));
    member->unsteady = json_is_boolean(steady) ? (json_is_true(steady) ? 0.0 : 1.0) : NAN;
    /* One that says nothing of its warm-up has spent on it what it did not spend on samples. */
    const double told = member->warmup_seconds - (isnan(before) ? 0.0 : before);
    const double warmup = isnan(told) ? fmax(0.0, asked_seconds - timed) : told;
    spent_add(spent, SPENT_SAMPLES, timed);
    spent_add(spent, SPENT_WARMUP, warmup);
    spent_add(spent, SPENT_ASKING, fmax(0.0, asked_seconds - timed - warmup));
}

static enum status take_sample(struct member *member, const struct block *block, struct error *error)
{
    json_t *reply = NULL, *request = block_handle_request(member, "sample");
    json_object_set_new(request, "count", json_integer(1));
    json_object_set_new(request, "settle_seconds", json_real(SETTING_SETTLE_SECONDS));
    const int64_t began = clock_wall_ns();
    const enum status answered = block_ask(member, block, request, &reply, error);
    if (answered != STATUS_OK && client_timed_out(member->client)) /* a warm-up call and a timed one */
        member->cell->record.limit_seconds = block->request->timeout_seconds / 2.0;
    TRY(answered);
    const struct sample_record sample = {.wall_seconds = element(reply, "wall"),
                                         .cpu_seconds = element(reply, "cpu"),
                                         .calls = (int64_t)fmax(1.0, element(reply, "calls")),
                                         .faults = element(reply, "faults")};
    const bool positive = sample.wall_seconds > 0.0 && isfinite(sample.wall_seconds);
    member->peak_bytes = protocol_real(reply, "peak_bytes", NAN);
    if (positive) {
        member->samples[member->sample_count++] = sample;
        member->cell->call_seconds = sample.wall_seconds;
        keep_circumstances(member, reply, (double)(clock_wall_ns() - began) * 1e-9, block->request->spent);
    }
    json_decref(reply);
    return positive ? STATUS_OK
                    : error_set(error, STATUS_FAILED, "the worker reported a sample without a positive time");
}

static void wait_for_team(pid_t pid, int threads)
{
    if (pid && threads > 1)
        quiet_wait(pid);
}

static enum status sample_round(struct block *block, int round, const int *order, pid_t *last, struct error *error)
{
    for (size_t i = 0; i < block->count; ++i) {
        struct member *member = &block->members[order[i]];
        if (!member->client || round >= plan_samples(member->cell, block->request->setting->samples))
            continue;
        say(block, member->cell);
        const int64_t began = clock_wall_ns();
        wait_for_team(*last, member->cell->record.cell.threads);
        spent_since(block->request->spent, SPENT_QUIET, began);
        *last = client_pid(member->client);
        const enum status status = take_sample(member, block, error);
        if (status != STATUS_OK) {
            *last = 0;
            TRY(give_up(member, status, error));
        }
    }
    return STATUS_OK;
}

/* Samples of the member that takes the most. */
static int rounds_of(const struct block *block)
{
    int most = 0;
    for (size_t i = 0; i < block->count; ++i) {
        const int samples = plan_samples(block->members[i].cell, block->request->setting->samples);
        most = samples > most ? samples : most;
    }
    return most;
}

static enum status sample_rounds(struct block *block, int *order, pid_t *last, struct error *error)
{
    for (int round = 0; round < rounds_of(block); ++round) {
        random_permutation(block->request->order_seed, ROUND_STREAM + (uint64_t)round, (int)block->count, order);
        TRY(sample_round(block, round, order, last, error));
    }
    return STATUS_OK;
}

/* Between two calibrations of the block's CPUs. */
static enum status sample_all(struct block *block, int *order, struct error *error)
{
    struct disturbance disturbance;
    struct spent *spent = block->request->spent;
    const struct cell *any = &block->members[0].cell->record.cell;
    int *cpus = calloc((size_t)topology_cpus(block->request->setting->topology) + 1, sizeof *cpus), count = 0;
    enum status status = cpus ? setting_place(block->request->setting, any->bind, any->threads, cpus, &count, error)
                              : error_set(error, STATUS_SYSTEM, "out of memory for a list of CPUs");
    if (status == STATUS_OK) {
        /* A team that still spins, from its check or its last sample, would slow the calibration. */
        const struct client *started = block->members[order[block->count - 1]].client;
        pid_t last = started ? client_pid(started) : 0;
        int64_t began = clock_wall_ns();
        wait_for_team(last, any->threads);
        disturbance_begin(&disturbance, cpus, count);
        spent_since(spent, SPENT_SPIN, began);
        status = sample_rounds(block, order, &last, error);
        began = clock_wall_ns();
        wait_for_team(last, any->threads);
        double unknown = NAN;
        const struct grade_evidence happened =
            disturbance_end(&disturbance, block->request->outcome ? &block->request->outcome->fastest_ns : &unknown);
        spent_since(spent, SPENT_SPIN, began);
        for (size_t i = 0; i < block->count; ++i)
            block_observe_member(&block->members[i], block, &happened);
    }
    free(cpus);
    return status;
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

/* 0 where nothing is known: an external worker may not say. */
static double known_bytes(const struct member *member)
{
    const double bytes = member->cell->record.bytes;
    return isfinite(bytes) ? bytes : 0.0;
}

/* What the members had, which is free now. One that failed may never have had it. */
static void take_ballast(const struct block *block)
{
    const int64_t began = clock_wall_ns();
    double bytes = 0.0;
    for (size_t i = 0; i < block->count; ++i)
        if (plan_cell_runs(block->members[i].cell))
            bytes += known_bytes(&block->members[i]);
    ballast_take(block->request->ballast, bytes);
    spent_since(block->request->spent, SPENT_TOUCH, began);
}

static enum status run_group(struct block *block, struct error *error)
{
    int *order = calloc(block->count + 1, sizeof *order);
    if (!order)
        return error_set(error, STATUS_SYSTEM, "out of memory for a block");
    random_permutation(block->request->order_seed, START_STREAM, (int)block->count, order);
    struct spent *spent = block->request->spent;
    enum status status = start_all(block, order, error);
    if (status == STATUS_OK)
        status = sample_all(block, order, error);
    int64_t now = clock_wall_ns();
    if (status == STATUS_OK)
        status = take_all_phases(block, error);
    now = spent_since(spent, SPENT_PHASES, now);
    end_members(block);
    spent_since(spent, SPENT_END, now);
    if (status == STATUS_OK)
        take_ballast(block);
    free(order);
    return status;
}

/* Members from `first` on that fit in memory together; at least one. */
static size_t group_size(const struct block *block, size_t first)
{
    double together = 0.0;
    size_t size = 0;
    for (; first + size < block->count; ++size) {
        together += known_bytes(&block->members[first + size]) + 0x1p26;
        if (size > 0 && together > block->request->setting->memory_limit_bytes)
            break;
    }
    return size;
}

static enum status run_groups(struct block *block, struct error *error)
{
    for (size_t first = 0; first < block->count;) {
        const size_t size = group_size(block, first);
        struct block group = {.request = block->request,
                              .members = block->members + first,
                              .count = size,
                              .parallel_gain = block->parallel_gain};
        TRY(run_group(&group, error));
        block->split = block->split || size < block->count;
        first += size;
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the whole */

static void stamp(char out[32])
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Probes come every few seconds; between two of them the last gain holds. */
static void keep_gain(struct block *block, const struct probe_record *probes, size_t count)
{
    struct block_outcome *outcome = block->request->outcome;
    block->parallel_gain = outcome ? outcome->parallel_gain : NAN;
    for (size_t i = 0; i < count; ++i)
        if (strcmp(probes[i].kind, "parallel_gain") == 0 && isfinite(probes[i].value))
            block->parallel_gain = probes[i].value;
    if (outcome)
        outcome->parallel_gain = block->parallel_gain;
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
    ballast_yield(request->ballast, request->probes == PROBES_NONE ? 0.0 : PROBES_BYTES);
    TRY(probes_take(request->setting, any, request->probes, probes, &record.probe_count, error));
    ballast_take(request->ballast, 0.0);
    int64_t now = spent_since(request->spent, SPENT_PROBES, began);
    keep_gain(block, probes, record.probe_count);
    TRY(probes_null_peak(request->setting, request->cells, request->count, error));
    spent_since(request->spent, SPENT_NULL, now);
    TRY(run_groups(block, error));
    record.seconds = (double)(clock_wall_ns() - began) * 1e-9;
    record.split = block->split;
    now = clock_wall_ns();
    TRY(block_store(block, &record, error));
    spent_since(request->spent, SPENT_STORE, now);
    if (request->outcome)
        request->outcome->disturbed = record.disturbed[0] != '\0';
    return STATUS_OK;
}

enum status block_run(const struct block_request *request, struct error *error)
{
    struct block block = {.request = request, .count = request->count};
    block.members = calloc(request->count + 1, sizeof *block.members);
    enum status status = block.members ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a block");
    for (size_t i = 0; i < request->count && status == STATUS_OK; ++i) {
        block.members[i] = (struct member){.cell = request->cells[i], .peak_bytes = NAN, .warmup_seconds = NAN,
                                           .run_delay_seconds = NAN, .clock_share = NAN, .unsteady = NAN};
        const int samples = plan_samples(request->cells[i], request->setting->samples);
        block.members[i].observed = grade_nothing_observed();
        block.members[i].samples = calloc((size_t)samples, sizeof *block.members[i].samples);
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
