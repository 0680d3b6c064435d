/* instance.c - see instance.h. The steps follow the life of an instance in operator.h. */
#include "worker/instance.h"

#include "machine/clock.h"
#include "machine/memory.h"
#include "worker/arena.h"
#include "worker/fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_UNIT ((size_t)4096)

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* ---------------------------------------------------------------- hooks and their failures */

enum status instance_hook_failed(const struct module *module, const char *hook, enum seq_status status,
                                 const struct seq_message *message, struct error *error)
{
    const char *why = message->text[0] ? message->text : "it gave no reason";
    switch (status) {
    case SEQ_OK: return STATUS_OK;
    case SEQ_UNSUPPORTED: return error_set(error, STATUS_USAGE, "%s: %s", module->table.name, why);
    case SEQ_NO_MEMORY: return error_set(error, STATUS_SYSTEM, "%s ran out of memory in %s", module->table.name, hook);
    case SEQ_FAILED: break;
    }
    return error_set(error, STATUS_FAILED, "%s failed in %s: %s", module->table.name, hook, why);
}

static double harness_bytes(const struct seq_problem *problem)
{
    const double tokens = problem->mode == SEQ_DECODE ? 1.0 : (double)problem->L;
    return (double)problem->B * tokens * (double)problem->D * sizeof(float);
}

enum status instance_describe(const struct module *module, const struct seq_problem *problem, struct seq_cost *cost,
                              bool *unsupported, struct error *error)
{
    struct seq_message message = {.text = ""};
    *cost = (struct seq_cost){.size = sizeof *cost};
    *unsupported = false;
    const struct seq_operator *table = &module->table;
    if ((problem->mode == SEQ_TRAIN && !table->backward) || (problem->mode == SEQ_DECODE && !table->step)) {
        *unsupported = true;
        return error_set(error, STATUS_USAGE, "%s has no %s mode", table->name, problem->mode == SEQ_TRAIN ? "train" : "decode");
    }
    if (problem->scope == SEQ_CORE && !(table->capabilities & SEQ_CAP_CORE)) {
        *unsupported = true;
        return error_set(error, STATUS_USAGE, "%s has no scope core", table->name);
    }
    const enum seq_status status = table->describe(problem, cost, &message);
    *unsupported = status == SEQ_UNSUPPORTED;
    TRY(instance_hook_failed(module, "describe", status, &message, error));
    if (!isfinite(cost->flops) || !isfinite(cost->bytes + cost->reread_bytes + cost->reread_set_bytes))
        return error_set(error, STATUS_WRONG, "%s: describe gave FLOPs or bytes that are no finite numbers", table->name);
    cost->region_bytes[SEQ_INPUT] = cost->region_bytes[SEQ_OUTPUT] = harness_bytes(problem);
    if (problem->mode == SEQ_TRAIN)
        cost->region_bytes[SEQ_GRADIENTS] = 2.0 * harness_bytes(problem) + cost->region_bytes[SEQ_PARAMETERS];
    return STATUS_OK;
}

/* ---------------------------------------------------------------- creation, step by step */

static enum status copy_problem(struct instance *instance, const struct instance_request *request, struct error *error)
{
    const size_t count = request->module->table.option_count;
    instance->options = calloc(count + 1, sizeof *instance->options);
    if (!instance->options)
        return error_set(error, STATUS_SYSTEM, "out of memory for an instance");
    memcpy(instance->options, request->problem.options, count * sizeof *instance->options);
    instance->problem = request->problem;
    instance->problem.options = instance->options;
    return STATUS_OK;
}

static enum status make_plan(struct instance *instance, const struct instance_request *request, struct error *error)
{
    const struct seq_operator *table = &instance->module->table;
    struct seq_message message = {.text = ""};
    struct plan_arena arena;
    arena_init(&arena);
    const int64_t start = clock_wall_ns();
    if (request->blob && table->plan_import)
        (void)table->plan_import(request->blob, request->blob_bytes); /* a blob that cannot be used: planned without it */
    const enum seq_status status = table->plan(&instance->problem, &arena.face, &instance->plan, &message);
    instance->plan_seconds = (double)(clock_wall_ns() - start) * 1e-9;
    arena_free(arena.borrowed);
    instance->arena = arena.lasting;
    TRY(instance_hook_failed(instance->module, "plan", status, &message, error));
    if (!instance->plan)
        return error_set(error, STATUS_FAILED, "%s: plan succeeded without giving a plan", table->name);
    return STATUS_OK;
}

static enum status count_elements(const struct instance *instance, size_t index, size_t *elements, struct error *error)
{
    const struct seq_parameter *parameter = &instance->parameters[index];
    const char *name = parameter->name ? parameter->name : "";
    if (!name[0] || parameter->rank < 0 || parameter->rank > SEQ_MAX_RANK)
        return error_set(error, STATUS_WRONG, "%s: parameter %zu ('%s') has no name or a bad rank", instance->module->table.name,
                         index, name);
    if (parameter->kind == SEQ_ALIAS && parameter->alias_of >= index)
        return error_set(error, STATUS_WRONG, "%s: parameter '%s' is an alias of one that does not come before it",
                         instance->module->table.name, name);
    *elements = 1;
    for (int r = 0; r < parameter->rank; ++r) {
        if (parameter->shape[r] < 1 || parameter->shape[r] > (int64_t)1 << 40)
            return error_set(error, STATUS_WRONG, "%s: parameter '%s' has a bad shape", instance->module->table.name, name);
        *elements *= (size_t)parameter->shape[r];
    }
    return STATUS_OK;
}

/* Every tensor starts on a 64-byte line. */
static enum status layout_parameters(struct instance *instance, struct error *error)
{
    const struct seq_operator *table = &instance->module->table;
    if (table->parameters)
        instance->parameters = table->parameters(instance->plan, &instance->parameter_count);
    const size_t count = instance->parameter_count;
    instance->parameter_elements = calloc(count + 1, sizeof *instance->parameter_elements);
    instance->parameter_data = calloc(count + 1, sizeof *instance->parameter_data);
    instance->gradient_data = calloc(count + 1, sizeof *instance->gradient_data);
    if (!instance->parameter_elements || !instance->parameter_data || !instance->gradient_data)
        return error_set(error, STATUS_SYSTEM, "out of memory for the parameters of %s", table->name);
    for (size_t i = 0; i < count; ++i) {
        TRY(count_elements(instance, i, &instance->parameter_elements[i], error));
        const struct seq_parameter *parameter = &instance->parameters[i];
        const size_t *elements = instance->parameter_elements;
        if (parameter->kind == SEQ_ALIAS && elements[i] != elements[parameter->alias_of])
            return error_set(error, STATUS_WRONG, "%s: alias '%s' is of another size", table->name, parameter->name);
        if (parameter->kind != SEQ_ALIAS)
            instance->region_bytes[SEQ_PARAMETERS] += round_up(instance->parameter_elements[i] * sizeof(float), 64);
    }
    return STATUS_OK;
}

static void size_regions(struct instance *instance)
{
    const struct seq_operator *table = &instance->module->table;
    size_t own[SEQ_REGION_COUNT] = {0};
    if (table->regions)
        table->regions(instance->plan, own);
    const size_t data = (size_t)harness_bytes(&instance->problem);
    const bool train = instance->problem.mode == SEQ_TRAIN;
    const size_t parameters = instance->region_bytes[SEQ_PARAMETERS];
    memcpy(instance->region_bytes, own, sizeof own);
    instance->region_bytes[SEQ_INPUT] = instance->region_bytes[SEQ_OUTPUT] = data;
    instance->region_bytes[SEQ_PARAMETERS] = parameters;
    instance->region_bytes[SEQ_GRADIENTS] = train ? 2 * round_up(data, 64) + parameters : 0;
    if (!train)
        instance->region_bytes[SEQ_SAVED] = 0;
    instance->state_bytes = own[SEQ_STATE];
    if (instance->problem.mode != SEQ_DECODE)
        instance->region_bytes[SEQ_STATE] = 0;
    instance->run.thread_scratch_stride = round_up(own[SEQ_THREAD_SCRATCH], SCRATCH_UNIT);
    instance->region_bytes[SEQ_THREAD_SCRATCH] = instance->run.thread_scratch_stride * (size_t)instance->problem.threads;
}

/* Memory that is not there must be refused, not poisoned page by page until the system kills something. */
static enum status check_memory(const struct instance *instance, struct error *error)
{
    const double available = memory_available_bytes();
    double needed = 0.0;
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        needed += (double)instance->region_bytes[r];
    if (needed > available)
        return error_set(error, STATUS_SYSTEM, "%s needs %.3g GiB of memory here and %.3g GiB are available",
                         instance->module->table.name, needed / 0x1p30, available / 0x1p30);
    return STATUS_OK;
}

static enum status allocate_regions(struct instance *instance, const struct instance_request *request, struct error *error)
{
    const int threads = instance->problem.threads;
    const unsigned shift = request->shift;
    const bool small = request->small_pages;
    TRY(check_memory(instance, error));
    for (int r = 0; r < SEQ_REGION_COUNT; ++r) {
        /* Each region gets another offset, so that equal-sized arrays do not alias at 4 KiB. */
        const unsigned offset = shift * 7u + (unsigned)r * 11u;
        if (region_allocate(&instance->regions[r], instance->region_bytes[r], offset, threads, small, error) != STATUS_OK)
            return error_prefix(error, STATUS_SYSTEM, "%s, region %s", instance->module->table.name,
                                module_region_name((enum seq_region)r));
    }
    if (instance->problem.mode == SEQ_DECODE)
        TRY(region_allocate(&instance->state_out, instance->region_bytes[SEQ_STATE], shift * 7u + 5u, threads, small, error));
    return STATUS_OK;
}

static void point_parameters(struct instance *instance)
{
    unsigned char *at = instance->regions[SEQ_PARAMETERS].data;
    unsigned char *gradient = instance->regions[SEQ_GRADIENTS].data;
    if (gradient)
        gradient += 2 * round_up(instance->region_bytes[SEQ_INPUT], 64);
    for (size_t i = 0; i < instance->parameter_count; ++i) {
        const struct seq_parameter *parameter = &instance->parameters[i];
        if (parameter->kind == SEQ_ALIAS) {
            instance->parameter_data[i] = instance->parameter_data[parameter->alias_of];
            continue;
        }
        const size_t bytes = round_up(instance->parameter_elements[i] * sizeof(float), 64);
        instance->parameter_data[i] = (float *)(void *)at;
        at += bytes;
        if (gradient && parameter->kind == SEQ_TRAINABLE) {
            instance->gradient_data[i] = (float *)(void *)gradient;
            gradient += bytes;
        }
    }
}

static void point_run(struct instance *instance)
{
    struct region *regions = instance->regions;
    struct seq_run *run = &instance->run;
    run->size = sizeof *run;
    run->input = (const float *)(void *)regions[SEQ_INPUT].data;
    run->output = (float *)(void *)regions[SEQ_OUTPUT].data;
    run->parameters = (const float *const *)instance->parameter_data;
    run->prepared = regions[SEQ_PREPARED].data;
    run->activations = regions[SEQ_ACTIVATIONS].data;
    run->saved = regions[SEQ_SAVED].data;
    run->scratch = regions[SEQ_SCRATCH].data;
    run->thread_scratch = regions[SEQ_THREAD_SCRATCH].data;
    run->threads = instance->problem.threads;
    if (instance->problem.mode == SEQ_TRAIN) {
        unsigned char *gradients = regions[SEQ_GRADIENTS].data;
        run->grad_output = (const float *)(void *)gradients;
        run->grad_input = (float *)(void *)(gradients + round_up(instance->region_bytes[SEQ_INPUT], 64));
        run->grad_parameters = instance->gradient_data;
    }
    if (instance->problem.mode == SEQ_DECODE) {
        run->state_in = regions[SEQ_STATE].data;
        run->state_out = instance->state_out.data;
    }
}

static enum status fill(struct instance *instance, uint64_t seed, struct error *error)
{
    const struct seq_operator *table = &instance->module->table;
    fill_input((float *)(void *)instance->regions[SEQ_INPUT].data, instance->region_bytes[SEQ_INPUT] / sizeof(float), seed);
    if (instance->run.grad_output) /* any upstream gradient will do; another stream than the input's */
        fill_input((float *)(void *)instance->regions[SEQ_GRADIENTS].data, instance->region_bytes[SEQ_INPUT] / sizeof(float),
                   seed + 1);
    for (size_t i = 0; i < instance->parameter_count; ++i) {
        const struct seq_parameter *parameter = &instance->parameters[i];
        if (parameter->kind == SEQ_ALIAS)
            continue;
        if (parameter->init != SEQ_INIT_COMPUTED) {
            fill_parameter(instance->parameter_data[i], instance->parameter_elements[i], parameter, seed, i);
            continue;
        }
        struct seq_message message = {.text = "the hook fill_parameter is missing"};
        const enum seq_status status =
            table->fill_parameter ? table->fill_parameter(instance->plan, i, instance->parameter_data[i]) : SEQ_FAILED;
        TRY(instance_hook_failed(instance->module, "fill_parameter", status, &message, error));
    }
    return STATUS_OK;
}

/* The state before the token that decode times: `L - 1` tokens seen, by steps over fresh input. */
static enum status fill_state(struct instance *instance, struct error *error)
{
    if (instance->problem.mode != SEQ_DECODE)
        return STATUS_OK;
    struct seq_run run = instance->run;
    void *states[2] = {instance->regions[SEQ_STATE].data, instance->state_out.data};
    run.state_in = NULL;
    for (int64_t t = 0; t + 1 < instance->problem.L; ++t) {
        run.position = t;
        run.state_out = states[t % 2];
        struct seq_message message = {.text = ""};
        TRY(instance_hook_failed(instance->module, "step", instance->module->table.step(instance->plan, &run), &message, error));
        run.state_in = run.state_out;
    }
    instance->run.position = instance->problem.L - 1;
    instance->run.state_in = run.state_in;
    instance->run.state_out = run.state_in == states[0] ? states[1] : states[0];
    return STATUS_OK;
}

static enum status build(struct instance *instance, const struct instance_request *request, struct error *error)
{
    TRY(copy_problem(instance, request, error));
    instance_flush_denormals(instance->problem.threads);
    TRY(make_plan(instance, request, error));
    TRY(layout_parameters(instance, error));
    size_regions(instance);
    const int64_t start = clock_wall_ns();
    TRY(allocate_regions(instance, request, error));
    instance->touch_seconds = (double)(clock_wall_ns() - start) * 1e-9;
    point_parameters(instance);
    point_run(instance);
    return fill(instance, request->seed, error);
}

enum status instance_create(struct instance **out, const struct instance_request *request, bool *unsupported,
                            struct error *error)
{
    *out = NULL;
    struct seq_cost cost;
    TRY(instance_describe(request->module, &request->problem, &cost, unsupported, error));
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return error_set(error, STATUS_SYSTEM, "out of memory for an instance");
    instance->module = request->module;
    instance->cost = cost;
    instance->prepare_inside = request->prepare_inside || request->problem.mode == SEQ_TRAIN;
    instance->extra_steps = request->extra_steps;
    const enum status status = build(instance, request, error);
    if (status != STATUS_OK) {
        instance_destroy(instance);
        return status;
    }
    *out = instance;
    return STATUS_OK;
}

void instance_destroy(struct instance *instance)
{
    if (!instance)
        return;
    if (instance->plan && instance->module->table.destroy)
        instance->module->table.destroy(instance->plan);
    arena_free(instance->arena);
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        region_free(&instance->regions[r]);
    region_free(&instance->state_out);
    free(instance->parameter_elements);
    free(instance->parameter_data);
    free(instance->gradient_data);
    free(instance->options);
    free(instance);
}

/* ---------------------------------------------------------------- calls */

enum status instance_prepare(struct instance *instance, struct error *error)
{
    const struct seq_operator *table = &instance->module->table;
    struct seq_message message = {.text = ""};
    const int64_t start = clock_wall_ns();
    const enum seq_status status = table->prepare ? table->prepare(instance->plan, &instance->run) : SEQ_OK;
    instance->prepare_seconds = (double)(clock_wall_ns() - start) * 1e-9;
    TRY(instance_hook_failed(instance->module, "prepare", status, &message, error));
    return fill_state(instance, error);
}

void instance_poison(struct instance *instance)
{
    static const enum seq_region written[] = {SEQ_OUTPUT, SEQ_ACTIVATIONS, SEQ_SAVED, SEQ_SCRATCH, SEQ_THREAD_SCRATCH};
    for (size_t i = 0; i < ARRAY_LEN(written); ++i)
        region_poison(&instance->regions[written[i]], instance->problem.threads);
}

double instance_total_bytes(const struct instance *instance)
{
    double total = (double)instance->state_out.bytes;
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        total += (double)instance->regions[r].bytes;
    return total;
}

double instance_workspace_bytes(const struct instance *instance)
{
    return (double)(instance->regions[SEQ_ACTIVATIONS].bytes + instance->regions[SEQ_SCRATCH].bytes +
                    instance->regions[SEQ_THREAD_SCRATCH].bytes);
}
