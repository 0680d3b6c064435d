/* ab_pair.c - two processes, one of each arm, alive at the same time and asked in turn: ABBA ... Same seeds, inputs, layout, number
 * of calls; who is started first and who is asked first is random, and balanced over the pairs. See ab_internal.h.
 */
#include "sweep/ab_internal.h"

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

#define START_STREAM 0x6162u
#define TURN_STREAM 0x7475u
#define LAYOUT_STREAM 0x6c61u
#define ROUNDS 10 /* samples of a process: fewer cost more pairs than they save, more cost more time (docs/method.md) */

/* Two members with a block of their own each: block_start_member takes the setting from the block. */
struct couple {
    struct block_request requests[2];
    struct block blocks[2];
    struct member members[2];
    double wall[2][ROUNDS], cpu[2][ROUNDS];
};

static void couple_init(struct couple *couple, const struct ab *ab, const struct ab_cell *cell, uint64_t pair_seed)
{
    memset(couple, 0, sizeof *couple);
    for (int arm = 0; arm < 2; ++arm) {
        couple->requests[arm] = (struct block_request){.setting = &cell->arms[arm]->setting,
                                                       .store = ab->request->store,
                                                       .machine = ab->request->machine,
                                                       .reference_dir = ab->reference_dir[0] ? ab->reference_dir : NULL,
                                                       .order_seed = pair_seed,
                                                       .timeout_seconds = ab->request->timeout_seconds};
        couple->blocks[arm] = (struct block){.request = &couple->requests[arm]};
        couple->members[arm] = (struct member){.cell = cell->planned[arm], .peak_bytes = NAN};
    }
}

static void couple_end(struct couple *couple)
{
    for (int arm = 0; arm < 2; ++arm) {
        client_end(couple->members[arm].client);
        couple->members[arm].client = NULL;
        twin_free(&couple->members[arm].twin);
    }
}

/* ---------------------------------------------------------------- failures */

/* The cell ends here; what is the machine's or the user's fault ends the run. */
static enum status give_up(struct ab_cell *cell, const struct couple *couple, int arm, enum status status,
                           struct error *error)
{
    static const char *const sides[] = {"base", "new"};
    const struct client *client = couple->members[arm].client;
    if (status == STATUS_INTERRUPTED || (!client && status != STATUS_FAILED))
        return status;
    const bool unsupported = client && strcmp(client_kind(client), KIND_UNSUPPORTED) == 0;
    snprintf(cell->record.verdict, sizeof cell->record.verdict, "%s",
             status == STATUS_WRONG ? "WRONG"
             : unsupported          ? "SKIPPED"
                                    : "FAILED");
    snprintf(cell->record.reason, sizeof cell->record.reason, "%s: %.500s", sides[arm], error->text);
    cell->runs = false;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- start */

static enum status start(struct couple *couple, struct ab_cell *cell, int arm, uint64_t layout_seed, struct error *error)
{
    const enum status status = block_start_member(&couple->members[arm], &couple->blocks[arm], layout_seed, error);
    return status == STATUS_OK ? status : give_up(cell, couple, arm, status, error);
}

static enum status start_both(struct couple *couple, struct ab_cell *cell, int first, uint64_t layout_seed,
                              struct error *error)
{
    TRY(start(couple, cell, first, layout_seed, error));
    return cell->runs ? start(couple, cell, 1 - first, layout_seed, error) : STATUS_OK;
}

/* ---------------------------------------------------------------- samples */

static double first_of(const json_t *reply, const char *key)
{
    const json_t *value = json_array_get(json_object_get(reply, key), 0);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* `calls` 0: as many as the worker finds right; *calls is what it made. */
static enum status take_sample(struct couple *couple, int arm, int64_t *calls, double *wall, double *cpu,
                               struct error *error)
{
    struct member *member = &couple->members[arm];
    json_t *reply = NULL, *request = block_handle_request(member, "sample");
    json_object_set_new(request, "count", json_integer(1));
    if (*calls > 0)
        json_object_set_new(request, "calls", json_integer((json_int_t)*calls));
    TRY(block_ask(member, &couple->blocks[arm], request, &reply, error));
    *wall = first_of(reply, "wall");
    *cpu = first_of(reply, "cpu");
    *calls = (int64_t)fmax(1.0, first_of(reply, "calls"));
    json_decref(reply);
    if (!(*wall > 0.0) || !isfinite(*wall))
        return error_set(error, STATUS_FAILED, "the worker reported a sample without a positive time");
    return STATUS_OK;
}

/* One sample of each arm for each round, in the order AB BA BA AB ..., begun by `first`. */
static enum status sample_rounds(struct couple *couple, struct ab_cell *cell, int first, struct error *error)
{
    const bool team = cell->record.cell.threads > 1;
    for (int turn = 0; turn < 2 * ROUNDS && cell->runs; ++turn) {
        const int round = turn / 2, leader = (((round + 1) / 2) & 1) ? 1 - first : first;
        const int arm = turn % 2 ? 1 - leader : leader;
        int64_t calls = cell->calls;
        if (team) /* threads spin for a while after a region, and the other arm's samples would pay for it */
            quiet_wait(client_pid(couple->members[1 - arm].client));
        const enum status status =
            take_sample(couple, arm, &calls, &couple->wall[arm][round], &couple->cpu[arm][round], error);
        if (status != STATUS_OK)
            TRY(give_up(cell, couple, arm, status, error));
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- rehearsal */

static void note_process(struct ab_cell *cell, int arm)
{
    const struct cell_record *record = &cell->planned[arm]->record;
    char *method = arm == AB_BASE ? cell->record.base_method : cell->record.new_method;
    snprintf(method, sizeof cell->record.base_method, "%s", record->method);
    *(arm == AB_BASE ? &cell->record.base_bytes : &cell->record.new_bytes) = record->bytes;
}

static void copy_knowledge(struct planned_cell *to, const char *text)
{
    free(to->plan_text);
    to->plan_text = text ? strdup(text) : NULL;
    to->plan_stored = true; /* it is another build's: not kept as this one's */
    to->plan_borrowed = false;
}

/* Planners that measure (FFTW's) choose anew each time, which would look like a difference: where the new arm takes the base's
 * knowledge and comes to the same method, both run with that. */
static enum status share_knowledge(struct ab *ab, struct ab_cell *cell, struct error *error)
{
    struct planned_cell *base = cell->planned[AB_BASE], *fresh = cell->planned[AB_NEW];
    const bool alike = strcmp(base->record.method, fresh->record.method) == 0;
    if (base == fresh || base->record.cell.length != fresh->record.cell.length || !alike || !base->plan_text ||
        !fresh->module || !base->module || (fresh->plan_text && strcmp(base->plan_text, fresh->plan_text) == 0))
        return STATUS_OK;
    char method[sizeof fresh->record.method], *own = fresh->plan_text ? strdup(fresh->plan_text) : NULL;
    memcpy(method, fresh->record.method, sizeof method);
    struct couple trial;
    couple_init(&trial, ab, cell, 1);
    copy_knowledge(fresh, base->plan_text);
    const enum status status = block_start_member(&trial.members[AB_NEW], &trial.blocks[AB_NEW], 1, error);
    if (status != STATUS_OK || strcmp(method, fresh->record.method) != 0) {
        copy_knowledge(fresh, own);
        memcpy(fresh->record.method, method, sizeof method);
    }
    couple_end(&trial);
    free(own);
    return status == STATUS_INTERRUPTED ? status : STATUS_OK;
}

static enum status rehearse(struct ab *ab, struct couple *couple, struct ab_cell *cell, struct error *error)
{
    TRY(start_both(couple, cell, AB_BASE, 1, error));
    if (!cell->runs)
        return STATUS_OK;
    const int64_t began = clock_wall_ns();
    int64_t calls = 0;
    const enum status status = take_sample(couple, AB_BASE, &calls, &couple->wall[0][0], &couple->cpu[0][0], error);
    if (status != STATUS_OK)
        return give_up(cell, couple, AB_BASE, status, error);
    cell->calls = calls;
    cell->pair_seconds = 2.0 * ROUNDS * (double)(clock_wall_ns() - began) * 1e-9;
    snprintf(cell->record.clock, sizeof cell->record.clock, "%s",
             cell->record.cell.threads == 1 && couple->cpu[0][0] > 0.0 ? "cpu" : "wall");
    for (int arm = 0; arm < 2; ++arm) {
        note_process(cell, arm);
        TRY(knowledge_save(ab->request->store, ab->request->machine, cell->planned[arm], error));
    }
    return STATUS_OK;
}

enum status ab_rehearse(struct ab *ab, struct ab_cell *cell, struct error *error)
{
    struct couple couple;
    couple_init(&couple, ab, cell, 1);
    const int64_t began = clock_wall_ns();
    enum status status = rehearse(ab, &couple, cell, error);
    couple_end(&couple);
    cell->pair_seconds += (double)(clock_wall_ns() - began) * 1e-9;
    return status == STATUS_OK && cell->runs ? share_knowledge(ab, cell, error) : status;
}

/* ---------------------------------------------------------------- a pair */

static void keep_pair(struct ab_cell *cell, const struct couple *couple, struct comparison_pair *pair)
{
    double wall[2], cpu[2];
    const size_t at = cell->pairs;
    for (int arm = 0; arm < 2; ++arm) {
        wall[arm] = statistics_quantile(couple->wall[arm], ROUNDS, 0.25);
        cpu[arm] = statistics_quantile(couple->cpu[arm], ROUNDS, 0.25);
        cell->seconds[arm][at] = ab_clock(cell) == AB_CPU ? cpu[arm] : wall[arm];
    }
    pair->base_wall = wall[AB_BASE];
    pair->new_wall = wall[AB_NEW];
    pair->base_cpu = cpu[AB_BASE];
    pair->new_cpu = cpu[AB_NEW];
    cell->log_ratios[AB_WALL][at] = log(wall[AB_NEW] / wall[AB_BASE]);
    cell->log_ratios[AB_CPU][at] = cpu[AB_BASE] > 0.0 && cpu[AB_NEW] > 0.0 ? log(cpu[AB_NEW] / cpu[AB_BASE]) : NAN;
    cell->pairs = at + 1;
}

/* Who begins: random for the even ones, the other one after it. Confirming turns the screen's order round. */
static int begins(const struct ab *ab, const struct ab_cell *cell, unsigned stream, size_t pair)
{
    const uint64_t bits = random_bits(ab->request->seed, stream + ((uint64_t)cell->record.number << 16), pair / 2);
    return (int)((bits ^ pair) & 1u);
}

enum status ab_take_pair(struct ab *ab, struct ab_cell *cell, int stage, struct error *error)
{
    struct couple couple;
    const size_t number = cell->pairs, screen = ab->request->rule.screen;
    const uint64_t seed = random_bits(ab->request->seed, LAYOUT_STREAM + ((uint64_t)cell->record.number << 16), number);
    const int first =
        stage > 1 ? 1 - begins(ab, cell, START_STREAM, number - screen) : begins(ab, cell, START_STREAM, number);
    couple_init(&couple, ab, cell, seed);
    const int64_t began = clock_wall_ns();
    enum status status = start_both(&couple, cell, first, seed | 1u, error);
    if (status == STATUS_OK && cell->runs)
        status = sample_rounds(&couple, cell, begins(ab, cell, TURN_STREAM, number / 2), error);
    couple_end(&couple);
    cell->pair_seconds = (double)(clock_wall_ns() - began) * 1e-9;
    TRY(status);
    struct comparison_pair pair = {.number = (int)number, .stage = stage, .new_first = first == AB_NEW};
    if (cell->runs) {
        keep_pair(cell, &couple, &pair);
        cell->record.stage = stage;
        ab_estimate(ab, cell);
    }
    return store_add_comparison_pairs(ab->request->store, &cell->record, &pair, cell->runs ? 1 : 0, error);
}
