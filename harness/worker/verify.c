/* verify.c - see verify.h: the table of checks, and those about values and memory. Each runs on problems small enough that
 * the reference computes every row. */
#include "worker/verify.h"

#include "machine/isa.h"
#include "worker/check.h"
#include "worker/verify_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One token, two, a prime, a power of two, a prime longer than the blocks of any operator; alone and in a batch. */
static const struct {
    int64_t B, L;
} shapes[] = {{1, 1}, {2, 2}, {2, 37}, {1, 64}, {3, 101}, {1, 601}};

/* ---------------------------------------------------------------- shared with the other files */

enum outcome verify_outcome(enum status status)
{
    return status == STATUS_OK ? OUTCOME_PASS : OUTCOME_FAIL;
}

enum outcome verify_skip(struct error *error, const char *why)
{
    snprintf(error->text, sizeof error->text, "%s", why);
    return OUTCOME_SKIP;
}

enum outcome verify_fail(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return OUTCOME_FAIL;
}

enum outcome verify_make(const struct verify *verify, const struct variation *variation, struct instance **instance,
                         struct error *error)
{
    struct instance_request request = {.module = verify->module,
                                       .problem = verify->problem,
                                       .seed = variation->seed ? variation->seed : 1,
                                       .blob = variation->blob,
                                       .blob_bytes = variation->blob_bytes};
    if (variation->B)
        request.problem.B = variation->B;
    if (variation->L)
        request.problem.L = request.problem.context = variation->L;
    if (variation->threads)
        request.problem.threads = variation->threads;
    if (variation->isa_plus_one)
        request.problem.isa = (enum seq_isa)(variation->isa_plus_one - 1);
    request.problem.mode = variation->mode;
    bool unsupported = false;
    enum status status = instance_create(instance, &request, &unsupported, error);
    if (unsupported)
        return OUTCOME_SKIP;
    if (status == STATUS_OK)
        status = instance_prepare(*instance, error);
    if (status != STATUS_OK) {
        instance_destroy(*instance);
        *instance = NULL;
    }
    return verify_outcome(status);
}

size_t verify_output_count(const struct instance *instance)
{
    return instance->regions[SEQ_OUTPUT].bytes / sizeof(float);
}

float *verify_output(struct instance *instance, struct error *error)
{
    instance_poison(instance);
    if (instance_call_checked(instance, error) != STATUS_OK || check_written(instance, error) != STATUS_OK)
        return NULL;
    float *copy = malloc(instance->regions[SEQ_OUTPUT].bytes);
    if (copy)
        memcpy(copy, instance->run.output, instance->regions[SEQ_OUTPUT].bytes);
    else
        (void)error_set(error, STATUS_SYSTEM, "out of memory while verifying");
    return copy;
}

int64_t verify_first_difference(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            return (int64_t)i;
    return -1;
}

double verify_largest_difference(const float *a, const float *b, size_t count)
{
    double largest = 0.0, worst = 0.0;
    for (size_t i = 0; i < count; ++i) {
        const double off = fabs((double)a[i] - (double)b[i]);
        largest = fmax(largest, fabs((double)a[i]));
        worst = off > worst || isnan(off) ? off : worst; /* a NaN stays */
    }
    return largest > 0.0 ? worst / largest : worst;
}

/* ---------------------------------------------------------------- describe, parameters */

static enum outcome check_price(const struct instance *instance, struct error *error)
{
    struct seq_cost again;
    bool unsupported = false;
    if (instance_describe(instance->module, &instance->problem, &again, &unsupported, error) != STATUS_OK)
        return OUTCOME_FAIL;
    if (memcmp(&again, &instance->cost, sizeof again) != 0)
        return verify_fail(error, "describe gave two different prices for the same problem");
    if (!(again.flops >= 0.0) || !(again.bytes >= 0.0) || !isfinite(again.flops) || !isfinite(again.bytes))
        return verify_fail(error, "describe gave FLOPs or bytes that are no finite, non-negative numbers");
    if (!(again.reread_bytes >= 0.0) || !(again.reread_set_bytes >= 0.0) ||
        (again.reread_bytes > 0.0) > (again.reread_set_bytes > 0.0))
        return verify_fail(error, "describe gave traffic that is read again, but no size of what is read");
    for (int r = 0; r < SEQ_REGION_COUNT; ++r) {
        const double bound = again.region_bytes[r] * (r == SEQ_THREAD_SCRATCH ? instance->problem.threads : 1);
        const double slack = r == SEQ_THREAD_SCRATCH ? 4096.0 * instance->problem.threads /* the stride is rounded up */
                             : r == SEQ_PARAMETERS || r == SEQ_GRADIENTS ? 64.0 * (double)(instance->parameter_count + 2)
                                                                          : 64.0;
        if (!(bound + slack >= (double)instance->regions[r].bytes))
            return verify_fail(error, "describe bounds region %s by %.0f bytes, but %zu are needed at batch %lld, length %lld",
                               module_region_name((enum seq_region)r), bound, instance->regions[r].bytes,
                               (long long)instance->problem.B, (long long)instance->problem.L);
    }
    return OUTCOME_PASS;
}

static enum outcome check_parameters(const struct instance *instance, struct error *error)
{
    for (size_t i = 0; i < instance->parameter_count; ++i) {
        for (size_t other = 0; other < i; ++other)
            if (strcmp(instance->parameters[i].name, instance->parameters[other].name) == 0)
                return verify_fail(error, "two parameters are named '%s'", instance->parameters[i].name);
        for (size_t k = 0; k < instance->parameter_elements[i]; ++k)
            if (!isfinite(instance->parameter_data[i][k]))
                return verify_fail(error, "parameter '%s' is initialised to a NaN or an infinity", instance->parameters[i].name);
    }
    return OUTCOME_PASS;
}

enum outcome verify_each_shape(const struct verify *verify, enum outcome (*check)(const struct instance *, struct error *),
                               struct error *error)
{
    size_t done = 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes); ++i) {
        struct instance *instance = NULL;
        const struct variation variation = {.B = shapes[i].B, .L = shapes[i].L};
        enum outcome outcome = verify_make(verify, &variation, &instance, error);
        if (outcome == OUTCOME_PASS) {
            outcome = check(instance, error);
            ++done;
        }
        instance_destroy(instance);
        if (outcome == OUTCOME_FAIL)
            return outcome;
    }
    return done ? OUTCOME_PASS : OUTCOME_SKIP;
}

static enum outcome verify_price(const struct verify *verify, struct error *error)
{
    return verify_each_shape(verify, check_price, error);
}

static enum outcome verify_parameters(const struct verify *verify, struct error *error)
{
    return verify_each_shape(verify, check_parameters, error);
}

/* ---------------------------------------------------------------- values */

static enum outcome check_against_reference(const struct verify *verify, const struct variation *variation, double *worst,
                                            struct error *error)
{
    struct instance *instance = NULL;
    enum outcome outcome = verify_make(verify, variation, &instance, error);
    if (outcome != OUTCOME_PASS)
        return outcome;
    struct check_result result;
    outcome = verify_outcome(check_instance(instance, 0, 1, NULL, &result, error));
    if (outcome == OUTCOME_FAIL)
        (void)error_prefix(error, STATUS_WRONG, "batch %lld, length %lld, %d thread%s, instruction set %s",
                           (long long)variation->B, (long long)variation->L, variation->threads,
                           variation->threads == 1 ? "" : "s", isa_name((enum isa)(variation->isa_plus_one - 1)));
    if (!verify->silent)
        *worst = fmax(*worst, result.error);
    instance_destroy(instance);
    return outcome;
}

/* Every shape at every instruction set up to the one asked for, on one, two and three threads: within the tolerance of the
 * same reference, so within twice that of each other. */
static enum outcome verify_reference(const struct verify *verify, struct error *error)
{
    double worst = 0.0;
    size_t compared = 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes); ++i) {
        for (int isa = 0; isa <= (int)verify->problem.isa; ++isa) {
            for (int threads = 1; threads <= 3; ++threads) {
                const struct variation variation = {
                    .B = shapes[i].B, .L = shapes[i].L, .threads = threads, .isa_plus_one = isa + 1, .seed = i + 1};
                const enum outcome outcome = check_against_reference(verify, &variation, &worst, error);
                if (outcome == OUTCOME_FAIL)
                    return outcome;
                compared += outcome == OUTCOME_PASS;
            }
        }
    }
    if (compared == 0)
        return OUTCOME_SKIP; /* the operator's own sentence says why */
    if (verify->silent)
        return verify_skip(error, "it has no output");
    snprintf(error->text, sizeof error->text, "%zu problems, largest error %.2g of the largest value", compared, worst);
    return OUTCOME_PASS;
}

/* ---------------------------------------------------------------- memory and repeatability */

static enum outcome check_read_only(const struct instance *instance, struct error *error)
{
    static const enum seq_region read_only[] = {SEQ_INPUT, SEQ_PARAMETERS, SEQ_PREPARED};
    uint64_t before[ARRAY_LEN(read_only)];
    for (size_t i = 0; i < ARRAY_LEN(read_only); ++i)
        before[i] = region_hash(&instance->regions[read_only[i]]);
    if (instance_call_checked(instance, error) != STATUS_OK)
        return OUTCOME_FAIL;
    for (size_t i = 0; i < ARRAY_LEN(read_only); ++i)
        if (region_hash(&instance->regions[read_only[i]]) != before[i])
            return verify_fail(error, "forward changed its %s region, which it may only read", module_region_name(read_only[i]));
    return verify_outcome(check_red_zones(instance, error));
}

static enum outcome verify_read_only(const struct verify *verify, struct error *error)
{
    return verify_each_shape(verify, check_read_only, error);
}

static enum outcome same_bits(const float *first, const float *second, size_t count, const char *what, struct error *error)
{
    if (!first || !second)
        return OUTCOME_FAIL; /* the sentence is there already */
    const int64_t at = verify_first_difference(first, second, count);
    return at < 0 ? OUTCOME_PASS : verify_fail(error, "%s differ in their bits, first at element %lld", what, (long long)at);
}

static enum outcome verify_repeatable(const struct verify *verify, struct error *error)
{
    const struct variation variation = {.B = 2, .L = 101};
    struct instance *instance = NULL;
    if (verify->silent)
        return verify_skip(error, "it has no output");
    enum outcome outcome = verify_make(verify, &variation, &instance, error);
    if (outcome != OUTCOME_PASS)
        return outcome;
    float *first = verify_output(instance, error), *second = first ? verify_output(instance, error) : NULL;
    outcome = same_bits(first, second, verify_output_count(instance), "two calls of one instance", error);
    free(first);
    free(second);
    instance_destroy(instance);
    return outcome;
}

/* An operator keeps no region pointer between calls: the plan of one instance is called with the memory of another. */
static enum outcome call_with_other_memory(struct instance *owner, struct instance *other, struct error *error)
{
    float *mine = verify_output(owner, error);
    instance_poison(owner);
    instance_poison(other);
    const struct seq_plan *own_plan = owner->plan;
    const struct seq_message message = {.text = ""};
    const enum seq_status called = owner->module->table.forward(own_plan, &other->run);
    if (!mine || instance_hook_failed(owner->module, "forward", called, &message, error) != STATUS_OK ||
        check_written(other, error) != STATUS_OK) {
        free(mine);
        return OUTCOME_FAIL;
    }
    const enum outcome outcome = same_bits(mine, other->run.output, verify_output_count(owner),
                                           "one call with its own memory and one with other memory", error);
    free(mine);
    return outcome;
}

static enum outcome verify_instances(const struct verify *verify, struct error *error)
{
    if (verify->silent)
        return verify_skip(error, "it has no output");
    const struct variation same = {.B = 2, .L = 37}, unlike = {.B = 1, .L = 64};
    struct instance *one = NULL, *two = NULL, *between = NULL;
    enum outcome outcome = verify_make(verify, &same, &one, error);
    if (outcome == OUTCOME_PASS)
        (void)verify_make(verify, &unlike, &between, error); /* another problem in the same process */
    if (outcome == OUTCOME_PASS)
        outcome = verify_make(verify, &same, &two, error);
    if (outcome == OUTCOME_PASS)
        outcome = call_with_other_memory(one, two, error);
    instance_destroy(between);
    instance_destroy(two);
    instance_destroy(one);
    return outcome;
}

static enum outcome compare_replanned(const struct verify *verify, struct instance *first, const void *blob, size_t bytes,
                                      struct error *error)
{
    const struct variation again = {.B = 2, .L = 101, .blob = blob, .blob_bytes = bytes};
    struct instance *second = NULL;
    enum outcome outcome = verify_make(verify, &again, &second, error);
    if (outcome == OUTCOME_PASS) {
        float *a = verify_output(first, error), *b = a ? verify_output(second, error) : NULL;
        outcome = same_bits(a, b, verify_output_count(first), "a plan and its re-plan from exported knowledge", error);
        free(a);
        free(b);
    }
    instance_destroy(second);
    return outcome;
}

static enum outcome verify_plan_blob(const struct verify *verify, struct error *error)
{
    const struct seq_operator *table = &verify->module->table;
    if (!table->plan_export || !table->plan_import || verify->silent)
        return verify_skip(error, "it exports no planner knowledge");
    if (table->plan_import("rubbish", 7) == SEQ_OK)
        return verify_fail(error, "plan_import accepted seven bytes of rubbish");
    const struct variation variation = {.B = 2, .L = 101};
    struct instance *first = NULL;
    enum outcome outcome = verify_make(verify, &variation, &first, error);
    if (outcome != OUTCOME_PASS)
        return outcome;
    const size_t bytes = table->plan_export(first->plan, NULL, 0);
    void *blob = bytes ? malloc(bytes) : NULL;
    if (blob && table->plan_export(first->plan, blob, bytes) == bytes)
        outcome = compare_replanned(verify, first, blob, bytes, error);
    else
        outcome = bytes ? verify_fail(error, "plan_export names one size and writes another")
                        : verify_skip(error, "it has no planner knowledge for this problem");
    free(blob);
    instance_destroy(first);
    return outcome;
}

/* ---------------------------------------------------------------- the table */

static const struct {
    const char *name;
    enum outcome (*check)(const struct verify *, struct error *);
} checks_table[] = {
    {"price", verify_price},         {"parameters", verify_parameters}, {"method", verify_method},
    {"reference", verify_reference}, {"memory", verify_read_only},      {"repeatable", verify_repeatable},
    {"instances", verify_instances}, {"plan blob", verify_plan_blob},   {"causality", verify_causality},
    {"state", verify_state},         {"step", verify_step},             {"gradient", verify_gradient},
};

void verify_operator(const struct module *module, const struct seq_problem *problem, json_t *checks)
{
    struct verify verify = {.module = module,
                            .problem = *problem,
                            .silent = (module->table.capabilities & SEQ_CAP_NO_OUTPUT) != 0};
    for (size_t i = 0; i < ARRAY_LEN(checks_table); ++i) {
        struct error detail = {.text = ""};
        const enum outcome outcome = checks_table[i].check(&verify, &detail);
        json_t *ok = outcome == OUTCOME_SKIP ? json_null() : json_boolean(outcome == OUTCOME_PASS);
        json_array_append_new(checks, json_pack("{s:s, s:o, s:s}", "name", checks_table[i].name, "ok", ok, "detail", detail.text));
    }
}
