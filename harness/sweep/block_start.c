/* block_start.c - see block_internal.h. A process comes this far, or its cell keeps the reason: started, prepared, and its
 * output checked, by itself where it is ours, and by us where it is an external worker that stands beside one of ours.
 */
#include "sweep/block_internal.h"

#include "machine/clock.h"
#include "protocol.h"
#include "sweep/knowledge.h"
#include "sweep/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_ROWS 16

/* ---------------------------------------------------------------- requests */

enum status block_ask(struct member *member, const struct block *block, json_t *request, json_t **reply, struct error *error)
{
    return client_ask(member->client, request, block->request->timeout_seconds, reply, error);
}

json_t *block_handle_request(const struct member *member, const char *word)
{
    return json_pack("{s:s, s:i}", "do", word, "handle", member->handle);
}

/* ---------------------------------------------------------------- prepare */

static enum status prepare(struct member *member, const struct block *block, struct error *error)
{
    struct planned_cell *cell = member->cell;
    json_t *reply = NULL, *request = setting_problem(block->request->setting, &cell->record.cell, cell->module, "prepare");
    json_object_set_new(request, "shift", json_integer((json_int_t)(block->request->order_seed % 64)));
    if (cell->plan_text)
        json_object_set_new(request, "plan", json_string(cell->plan_text));
    char *tensors = member->twin.module ? twin_tensors(&member->twin) : NULL;
    if (tensors)
        json_object_set_new(request, "tensors", json_string(tensors));
    free(tensors);
    const int64_t began = clock_wall_ns();
    TRY(block_ask(member, block, request, &reply, error));
    member->handle = (int)protocol_real(reply, "handle", 0.0);
    const double asked = (double)(clock_wall_ns() - began) * 1e-9;
    const double touch = fmin(asked, fmax(0.0, protocol_real(reply, "touch_seconds", 0.0)));
    spent_add(block->request->spent, SPENT_TOUCH, touch);
    spent_add(block->request->spent, SPENT_PREPARE, -touch); /* whose clock includes it */
    member->plan_seconds = protocol_real(reply, "plan_seconds", NAN);
    member->prepare_seconds = protocol_real(reply, "prepare_seconds", NAN);
    cell->record.bytes = protocol_real(reply, "total_bytes", cell->record.bytes);
    cell->record.workspace_bytes = protocol_real(reply, "workspace_bytes", cell->record.workspace_bytes);
    snprintf(cell->record.method, sizeof cell->record.method, "%s", protocol_string(reply, "method", ""));
    knowledge_keep(cell, protocol_string(reply, "plan", NULL));
    const json_t *regions = json_object_get(reply, "regions");
    if (json_is_object(regions)) {
        free(cell->record.regions);
        cell->record.regions = json_dumps(regions, JSON_COMPACT | JSON_REAL_PRECISION(15));
    }
    json_decref(reply);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- check */

static struct twin_limits twin_limits(const struct block *block)
{
    return (struct twin_limits){.folder = block->request->reference_dir,
                                .timeout_seconds = block->request->timeout_seconds,
                                .rows = CHECK_ROWS};
}

/* An external worker is asked again, and not only when the sweep is planned: a stored plan does not keep what it said. */
static enum status meet_twin(struct member *member, const struct block *block, struct error *error)
{
    const struct setting *setting = block->request->setting;
    const struct cell *what = &member->cell->record.cell;
    const struct twin_limits limits = twin_limits(block);
    json_t *reply = NULL;
    if (member->cell->module)
        return STATUS_OK;
    TRY(block_ask(member, block, setting_problem(setting, what, NULL, "describe"), &reply, error));
    const enum status status = twin_find(&member->twin, setting, what, reply, error);
    json_decref(reply);
    TRY(status);
    return member->twin.module ? twin_make_tensors(&member->twin, setting, &limits, error) : STATUS_OK;
}

static enum status check_twin(struct member *member, const struct block *block, struct error *error)
{
    struct cell_record *record = &member->cell->record;
    const struct twin_limits limits = twin_limits(block);
    double off = NAN;
    TRY(twin_check(&off, &record->check_tolerance, &member->twin, block->request->setting, &limits, member->client,
                   member->handle, error));
    record->check_error = fmax(record->check_error, off);
    return STATUS_OK;
}

/* The first call, which is also what a long cell is warmed up by. One that gives no answer in time bounds the cell's time from
 * below. */
static enum status call_once(struct member *member, const struct block *block, struct error *error)
{
    json_t *reply = NULL;
    const enum status status = block_ask(member, block, block_handle_request(member, "call"), &reply, error);
    if (status != STATUS_OK && client_timed_out(member->client))
        member->cell->record.limit_seconds = block->request->timeout_seconds;
    spent_add(block->request->spent, SPENT_WARMUP, protocol_real(reply, "call_seconds", 0.0));
    json_decref(reply);
    return status;
}

static enum status check(struct member *member, const struct block *block, struct error *error)
{
    struct planned_cell *cell = member->cell;
    if (member->twin.module)
        return check_twin(member, block, error);
    if (cell->module)
        TRY(call_once(member, block, error));
    json_t *reply = NULL, *request = block_handle_request(member, "check");
    char *path = reference_path(block->request->reference_dir, &cell->record.cell, cell->record.build);
    json_object_set_new(request, "rows", json_integer(CHECK_ROWS));
    json_object_set_new(request, "full", json_boolean(!*cell->checked));
    if (path)
        json_object_set_new(request, "reference", json_string(path));
    free(path);
    const enum status status = block_ask(member, block, request, &reply, error);
    if (status != STATUS_OK && !cell->module && strcmp(client_kind(member->client), KIND_UNSUPPORTED) == 0)
        return STATUS_OK; /* an external worker that cannot be checked is measured, and shown as unchecked */
    TRY(status);
    cell->record.check_error = fmax(cell->record.check_error, protocol_real(reply, "error", NAN));
    cell->record.check_tolerance = protocol_real(reply, "tolerance", NAN);
    *cell->checked = true;
    json_decref(reply);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- start */

enum status block_start_member(struct member *member, const struct block *block, uint64_t layout_seed, struct error *error)
{
    struct planned_cell *cell = member->cell;
    const struct cell *what = &cell->record.cell;
    struct spent *spent = block->request->spent;
    TRY(knowledge_load(block->request->store, block->request->machine, cell, error));
    int64_t now = clock_wall_ns();
    TRY(setting_start_worker(block->request->setting, what->operator_name, what->bind, what->threads, layout_seed,
                             &member->client, error));
    now = spent_since(spent, SPENT_START, now);
    TRY(meet_twin(member, block, error));
    ballast_yield(block->request->ballast, cell->record.bytes);
    TRY(prepare(member, block, error));
    now = spent_since(spent, SPENT_PREPARE, now);
    const double called = spent ? spent->seconds[SPENT_WARMUP] : 0.0;
    TRY(check(member, block, error));
    spent_since(spent, SPENT_CHECK, now);
    spent_add(spent, SPENT_CHECK, spent ? called - spent->seconds[SPENT_WARMUP] : 0.0); /* the call is counted once */
    return STATUS_OK;
}
