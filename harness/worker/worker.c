/* worker.c - see worker.h. One small function per word of the protocol, in a table. */
#include "worker/worker.h"

#include "machine/memory.h"
#include "protocol.h"
#include "worker/answers.h"
#include "worker/check.h"
#include "worker/count.h"
#include "worker/eval.h"
#include "worker/instance.h"
#include "worker/judge.h"
#include "worker/libraries.h"
#include "worker/problem.h"
#include "worker/sample.h"

#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCES_MAX 64
#define SAMPLES_MAX 10000
#define WORKER_MMAP_THRESHOLD (32 << 20) /* bytes; the most that glibc takes */
#define BLOB_MAX ((size_t)16 << 20)

struct worker_state {
    struct {
        struct sampling sampling; /* its instance is NULL where the slot is free */
        struct check_result call; /* of the call that its check will judge; call_seconds 0: none was made yet */
        uint64_t seed;
    } slots[INSTANCES_MAX]; /* handle = index + 1 */
};

struct worker_state *worker_create(void)
{
    return calloc(1, sizeof(struct worker_state));
}

void worker_destroy(struct worker_state *state)
{
    for (size_t i = 0; state && i < INSTANCES_MAX; ++i)
        instance_destroy(state->slots[i].sampling.instance);
    free(state);
}

static enum status find_slot(const struct worker_state *state, const json_t *request, size_t *slot, struct error *error)
{
    const json_int_t handle = json_integer_value(json_object_get(request, "handle"));
    if (handle < 1 || handle > INSTANCES_MAX || !state->slots[handle - 1].sampling.instance)
        return error_set(error, STATUS_USAGE, "the request names handle %lld, which is not in use", (long long)handle);
    *slot = (size_t)handle - 1;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- prepare */

static json_t *regions_of_instance(const struct instance *instance)
{
    json_t *regions = json_object();
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        json_object_set_new(regions, module_region_name((enum seq_region)r), json_integer((json_int_t)instance->regions[r].bytes));
    return regions;
}

/* The planner's knowledge as base64, or null. */
static json_t *export_plan(const struct instance *instance)
{
    const struct seq_operator *table = &instance->module->table;
    const size_t bytes = table->plan_export ? table->plan_export(instance->plan, NULL, 0) : 0;
    void *blob = bytes && bytes <= BLOB_MAX ? malloc(bytes) : NULL;
    json_t *result = json_null();
    if (blob && table->plan_export(instance->plan, blob, bytes) == bytes) {
        char *text = protocol_encode(blob, bytes);
        result = text ? json_string(text) : result;
        free(text);
    }
    free(blob);
    return result;
}

/* Valgrind's time is nobody's. Nor must its digits decide how much memory a reply takes: what is allocated in a call that is
 * counted would lie elsewhere. */
static json_t *seconds_of(double seconds)
{
    return protocol_number(count_obstacle() ? seconds : NAN);
}

static json_t *prepared_reply(const struct instance *instance, size_t slot)
{
    char method[MODULE_METHOD_MAX];
    module_method(instance->module, instance->plan, method);
    return json_pack("{s:b, s:i, s:o, s:o, s:o, s:o, s:f, s:f, s:o, s:o, s:s}", "ok", 1, "handle", (int)slot + 1, "plan_seconds",
                     seconds_of(instance->plan_seconds), "touch_seconds", seconds_of(instance->touch_seconds),
                     "prepare_seconds", seconds_of(instance->prepare_seconds), "regions", regions_of_instance(instance),
                     "total_bytes", instance_total_bytes(instance), "workspace_bytes", instance_workspace_bytes(instance), "plan",
                     export_plan(instance), "libraries", libraries_loaded(), "method", method);
}

static enum status create_instance(const json_t *request, const struct problem_request *problem, struct instance **instance,
                                   bool *unsupported, struct error *error)
{
    size_t blob_bytes = 0;
    void *blob = protocol_decode(protocol_string(request, "plan", ""), &blob_bytes);
    const struct instance_request wanted = {
        .module = problem->module,
        .problem = problem->problem,
        .seed = (uint64_t)protocol_real(request, "seed", 1.0),
        .prepare_inside = strcmp(protocol_string(request, "prepare", "outside"), "inside") == 0,
        .small_pages = strcmp(protocol_string(request, "huge_pages", "on"), "off") == 0,
        .extra_steps = (uint64_t)problem->extra_steps,
        .shift = (unsigned)protocol_real(request, "shift", 0.0),
        .blob = blob_bytes ? blob : NULL,
        .blob_bytes = blob_bytes,
    };
    enum status status = libraries_check_openmp(error);
    if (status == STATUS_OK)
        status = instance_create(instance, &wanted, unsupported, error);
    free(blob);
    return status;
}

static size_t free_slot(const struct worker_state *state)
{
    size_t slot = 0;
    while (slot < INSTANCES_MAX && state->slots[slot].sampling.instance)
        ++slot;
    return slot;
}

static enum status answer_prepare(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    const size_t slot = free_slot(state);
    if (slot == INSTANCES_MAX)
        return error_set(error, STATUS_USAGE, "a worker holds at most %d instances; release one first", INSTANCES_MAX);
    struct problem_request problem;
    struct instance *instance = NULL;
    bool unsupported = false;
    enum status status = problem_read(request, &problem, error);
    if (status == STATUS_OK)
        status = create_instance(request, &problem, &instance, &unsupported, error);
    problem_free(&problem);
    if (status == STATUS_OK)
        status = instance_prepare(instance, error);
    if (status != STATUS_OK) {
        instance_destroy(instance);
        if (unsupported)
            *reply = protocol_refusal(KIND_UNSUPPORTED, error->text);
        return unsupported ? STATUS_OK : status;
    }
    const bool cold = strcmp(protocol_string(request, "cache", "warm"), "cold") == 0;
    state->slots[slot].sampling = (struct sampling){.instance = instance, .cold = cold};
    state->slots[slot].call = (struct check_result){.error = NAN};
    state->slots[slot].seed = (uint64_t)protocol_real(request, "seed", 1.0);
    *reply = prepared_reply(instance, slot);
    return STATUS_OK;
}

static enum status answer_release(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    size_t slot = 0;
    TRY(find_slot(state, request, &slot, error));
    instance_destroy(state->slots[slot].sampling.instance);
    state->slots[slot].sampling.instance = NULL;
    *reply = json_pack("{s:b}", "ok", 1);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- check */

#define SMALL_LENGTH 65 /* odd, longer than one vector and than the usual kernels, cheap to check in full */

/* The same operator, options and width in full at a small length: what 16 rows of a long sequence would not show. */
static enum status check_small(const struct instance *instance, uint64_t seed, struct check_result *result, struct error *error)
{
    if (instance->problem.L <= SMALL_LENGTH || instance->problem.mode == SEQ_DECODE)
        return STATUS_OK;
    struct instance_request request = {.module = instance->module, .problem = instance->problem, .seed = seed};
    request.problem.L = request.problem.context = SMALL_LENGTH;
    request.problem.B = instance->problem.B < 2 ? instance->problem.B : 2;
    struct instance *small = NULL;
    bool unsupported = false;
    enum status status = instance_create(&small, &request, &unsupported, error);
    if (status == STATUS_OK)
        status = instance_prepare(small, error);
    if (status == STATUS_OK)
        status = check_instance(small, 0, seed, NULL, result, error);
    instance_destroy(small);
    if (status != STATUS_OK && !unsupported)
        return error_prefix(error, status, "at length %d", SMALL_LENGTH);
    return STATUS_OK;
}

/* Bytes of each region really written since it was poisoned. Every line is read for it, so it is told to those who ask. */
static json_t *touched_bytes(const struct instance *instance)
{
    json_t *touched = json_object();
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        json_object_set_new(touched, module_region_name((enum seq_region)r),
                            json_integer((json_int_t)region_touched_bytes(&instance->regions[r])));
    return touched;
}

/* The call that `check` will judge, by itself: a limit that it exceeds is one of the operator, not of its reference. */
static enum status answer_call(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    size_t slot = 0;
    TRY(find_slot(state, request, &slot, error));
    struct check_result *call = &state->slots[slot].call;
    TRY(check_call(state->slots[slot].sampling.instance, call, error));
    *reply = json_pack("{s:b, s:f}", "ok", 1, "call_seconds", call->call_seconds);
    return STATUS_OK;
}

static enum status answer_check(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    size_t slot = 0;
    TRY(find_slot(state, request, &slot, error));
    struct instance *instance = state->slots[slot].sampling.instance;
    struct check_result small = {.error = NAN}, result = state->slots[slot].call;
    if (!(result.call_seconds > 0.0))
        TRY(check_call(instance, &result, error));
    state->slots[slot].call.call_seconds = 0.0; /* a second check makes its own */
    if (json_is_true(json_object_get(request, "full")))
        TRY(check_small(instance, state->slots[slot].seed, &small, error));
    const bool all = instance->problem.B * instance->problem.L <= SMALL_LENGTH;
    const size_t rows = all ? 0 : (size_t)protocol_real(request, "rows", 16.0);
    const char *reference = protocol_string(request, "reference", NULL);
    TRY(check_called(instance, rows, state->slots[slot].seed, reference, &result, error));
    state->slots[slot].sampling.call_seconds = result.call_seconds; /* a long call is not made again to warm up */
    memory_reset_peak(); /* the reference's own memory is not the operator's */
    *reply = json_pack("{s:b, s:o, s:f, s:i}", "ok", 1, "error", protocol_number(fmax(result.error, small.error)), "tolerance",
                       CHECK_TOLERANCE, "rows", (int)(result.rows + small.rows));
    if (json_is_true(json_object_get(request, "touched")))
        json_object_set_new(*reply, "touched", touched_bytes(instance));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- sample, phases */

static json_t *samples_reply(const struct sampling *sampling, const struct sample *samples, size_t count)
{
    json_t *wall = json_array(), *cpu = json_array(), *calls = json_array(), *faults = json_array(), *delay = json_array();
    for (size_t i = 0; i < count; ++i) {
        json_array_append_new(wall, json_real(samples[i].wall_seconds));
        json_array_append_new(cpu, json_real(samples[i].cpu_seconds));
        json_array_append_new(calls, json_integer(samples[i].calls));
        json_array_append_new(faults, protocol_number(samples[i].faults));
        json_array_append_new(delay, protocol_number(samples[i].run_delay_seconds));
    }
    const enum steady steady = sample_steady(sampling);
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f}", "ok", 1, "wall", wall, "cpu", cpu, "calls", calls,
                     "faults", faults, "run_delay", delay, "peak_bytes", protocol_number(memory_peak_bytes(0)), "steady",
                     steady == STEADY_UNKNOWN ? json_null() : json_boolean(steady == STEADY_YES), "warmup_seconds",
                     sampling->warmup_seconds, "clock_share", sampling->clock_share);
}

static enum status answer_sample(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    size_t slot = 0;
    TRY(find_slot(state, request, &slot, error));
    const struct sample_policy policy = {.settle_seconds = protocol_real(request, "settle_seconds", 0.0),
                                         .warmup_seconds = protocol_real(request, "warmup_seconds", 3e-3),
                                         .minimum_seconds = protocol_real(request, "minimum_seconds", 3e-3),
                                         .long_call_seconds = protocol_real(request, "long_call_seconds", 50e-3),
                                         .calls = (int64_t)fmin(fmax(protocol_real(request, "calls", 0.0), 0.0), 1e9)};
    const double wanted = protocol_real(request, "count", 1.0);
    const size_t count = wanted >= 1.0 && wanted <= SAMPLES_MAX ? (size_t)wanted : 1;
    struct sample *samples = calloc(count, sizeof *samples);
    if (!samples)
        return error_set(error, STATUS_SYSTEM, "out of memory for samples");
    struct sampling *sampling = &state->slots[slot].sampling;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i)
        status = sample_take(sampling, &policy, &samples[i], error);
    if (status == STATUS_OK)
        *reply = samples_reply(sampling, samples, count);
    free(samples);
    return status;
}

static enum status answer_phases(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    size_t slot = 0, count = 0;
    struct phase_time times[PHASES_MAX];
    TRY(find_slot(state, request, &slot, error));
    const double wanted = protocol_real(request, "calls", 1.0);
    const int64_t calls = wanted >= 1.0 && wanted <= 1e6 ? (int64_t)wanted : 1;
    TRY(sample_phases(state->slots[slot].sampling.instance, calls, times, &count, error));
    json_t *phases = json_object();
    for (size_t i = 0; i < count; ++i)
        json_object_set_new(phases, times[i].name, json_real(times[i].seconds));
    *reply = json_pack("{s:b, s:o}", "ok", 1, "phases", phases);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- count */

static enum status answer_count(struct worker_state *state, const json_t *request, json_t **reply, struct error *error)
{
    size_t slot = 0;
    if (count_obstacle()) {
        *reply = protocol_refusal(KIND_UNSUPPORTED, count_obstacle());
        return STATUS_OK;
    }
    TRY(find_slot(state, request, &slot, error));
    TRY(count_instructions(state->slots[slot].sampling.instance, error));
    *reply = json_pack("{s:b}", "ok", 1);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the loop */

json_t *worker_answer(struct worker_state *state, const json_t *request)
{
    static const struct {
        const char *word;
        enum status (*of_request)(const json_t *, json_t **, struct error *);
        enum status (*of_instance)(struct worker_state *, const json_t *, json_t **, struct error *);
    } words[] = {
        {.word = "hello", .of_request = answer_hello},       {.word = "identify", .of_request = answer_identify},
        {.word = "describe", .of_request = answer_describe}, {.word = "probe", .of_request = answer_probe},
        {.word = "verify", .of_request = answer_verify},     {.word = "eval", .of_request = eval_file},
        {.word = "save", .of_request = judge_save},          {.word = "compare", .of_request = judge_compare},
        {.word = "prepare", .of_instance = answer_prepare},  {.word = "call", .of_instance = answer_call},
        {.word = "check", .of_instance = answer_check},
        {.word = "sample", .of_instance = answer_sample},    {.word = "phases", .of_instance = answer_phases},
        {.word = "release", .of_instance = answer_release},  {.word = "count", .of_instance = answer_count},
    };
    const char *word = protocol_string(request, "do", "");
    for (size_t i = 0; i < ARRAY_LEN(words); ++i) {
        if (strcmp(words[i].word, word) != 0)
            continue;
        json_t *reply = NULL;
        struct error error = {.text = ""};
        const enum status status = words[i].of_request ? words[i].of_request(request, &reply, &error)
                                                       : words[i].of_instance(state, request, &reply, &error);
        if (status == STATUS_OK && !reply)
            return protocol_refusal(KIND_FAILED, "the answer holds a number that is not finite or a text that is no UTF-8");
        return status == STATUS_OK ? reply : protocol_refusal_of(status, &error);
    }
    return protocol_refusal(KIND_UNSUPPORTED, "this worker does not know that request");
}

static enum status serve(struct worker_state *state, struct protocol_reader *reader, struct error *error)
{
    for (;;) {
        json_t *request = NULL;
        bool closed = false;
        TRY(protocol_receive(reader, &request, &closed, error));
        if (closed)
            return STATUS_OK;
        if (!request)
            continue;
        const bool end = strcmp(protocol_string(request, "do", ""), "end") == 0;
        json_t *reply = end ? json_pack("{s:b}", "ok", 1) : worker_answer(state, request);
        json_decref(request);
        const enum status status = protocol_send(PROTOCOL_REPLY_FD, reply, error);
        json_decref(reply);
        if (status != STATUS_OK || end)
            return status;
    }
}

/* glibc hands large blocks out as mappings of their own, up to a size that it changes as it goes: the same call would fault pages
 * in one process and reuse them in the next. Held at their largest, what is freed stays with the process. */
static void pin_allocator(void)
{
    mallopt(M_MMAP_THRESHOLD, WORKER_MMAP_THRESHOLD);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

/* A stack and heap that begin somewhere else in each process, so that their effect on speed is variance and not bias. */
static void *shift_heap(void)
{
    const char *text = getenv("SEQSCALE_LAYOUT");
    const unsigned long seed = text ? strtoul(text, NULL, 10) : 0;
    return seed ? malloc(seed % 4096 * 16 + 16) : NULL;
}

int worker_main(void)
{
    struct protocol_reader reader = {.fd = PROTOCOL_REQUEST_FD};
    struct error error = {.text = ""};
    signal(SIGPIPE, SIG_IGN);
    pin_allocator();
    void *shift = shift_heap();
    struct worker_state *state = worker_create();
    enum status status = STATUS_SYSTEM;
    if (state)
        status = serve(state, &reader, &error);
    worker_destroy(state);
    protocol_reader_free(&reader);
    free(shift);
    return (int)status;
}
