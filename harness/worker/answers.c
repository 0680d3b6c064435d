/* answers.c - see answers.h. */
#include "worker/answers.h"

#include "machine/fingerprint.h"
#include "machine/probe.h"
#include "protocol.h"
#include "worker/count.h"
#include "worker/instance.h"
#include "worker/libraries.h"
#include "worker/problem.h"
#include "worker/verify.h"

#include <stdlib.h>

#define PROBES_MAX 64

enum status answer_hello(const json_t *request, json_t **reply, struct error *error)
{
    const int version = (int)protocol_real(request, "protocol", 0.0);
    if (version != PROTOCOL_VERSION)
        return error_set(error, STATUS_USAGE, "this worker speaks protocol %d, the request is of protocol %d",
                         PROTOCOL_VERSION, version);
    *reply = json_pack("{s:b, s:i, s:s, s:s, s:s*}", "ok", 1, "protocol", PROTOCOL_VERSION, "worker",
                       "seqscale " SEQSCALE_VERSION, "isa", isa_name(isa_best()), "cannot_count", count_obstacle());
    return STATUS_OK;
}

enum status answer_identify(const json_t *request, json_t **reply, struct error *error)
{
    const struct module *module = NULL;
    TRY(module_load(protocol_string(request, "module", ""), &module, error));
    *reply = module_identity(module);
    json_object_set_new(*reply, "libraries", libraries_loaded());
    json_object_set_new(*reply, "program", fingerprint_build());
    return STATUS_OK;
}

static json_t *regions_of_cost(const struct seq_cost *cost, int threads, double *total, double *workspace)
{
    json_t *regions = json_object();
    *total = *workspace = 0.0;
    for (int r = 0; r < SEQ_REGION_COUNT; ++r) {
        const double bytes = cost->region_bytes[r] * (r == SEQ_THREAD_SCRATCH ? threads : 1);
        json_object_set_new(regions, module_region_name((enum seq_region)r), json_real(bytes));
        *total += bytes;
        if (r == SEQ_ACTIVATIONS || r == SEQ_SCRATCH || r == SEQ_THREAD_SCRATCH)
            *workspace += bytes;
    }
    return regions;
}

static void add_price(json_t *reply, const struct seq_cost *cost)
{
    const struct {
        const char *name;
        double value;
    } prices[] = {
        {"flops", cost->flops},
        {"compulsory_bytes", cost->bytes},
        {"reread_bytes", cost->reread_bytes},
        {"reread_set_bytes", cost->reread_set_bytes},
        {"time_power", cost->time.power},
        {"time_log_power", cost->time.log_power},
        {"memory_power", cost->memory.power},
        {"memory_log_power", cost->memory.log_power},
    };
    for (size_t i = 0; i < ARRAY_LEN(prices); ++i)
        json_object_set_new(reply, prices[i].name, protocol_number(prices[i].value));
}

static enum status describe(const struct problem_request *request, json_t **reply, struct error *error)
{
    struct seq_cost cost;
    bool unsupported = false;
    char *options = module_format_options(request->module, request->options);
    const enum status status = instance_describe(request->module, &request->problem, &cost, &unsupported, error);
    if (status == STATUS_OK) {
        double total = 0.0, workspace = 0.0;
        json_t *regions = regions_of_cost(&cost, request->problem.threads, &total, &workspace);
        *reply = json_pack("{s:b, s:s, s:s, s:s, s:i, s:o, s:f, s:f, s:b}", "ok", 1, "options", options ? options : "", "isa",
                           isa_name((enum isa)request->problem.isa), "build", request->module->build, "colour",
                           request->module->table.colour, "regions", regions, "total_bytes", total, "workspace_bytes",
                           workspace, "causal", (cost.traits & SEQ_TRAIT_CAUSAL) != 0);
        add_price(*reply, &cost);
    } else if (unsupported) {
        *reply = protocol_refusal(KIND_UNSUPPORTED, error->text);
    }
    free(options);
    return *reply ? STATUS_OK : status;
}

enum status answer_describe(const json_t *request, json_t **reply, struct error *error)
{
    struct problem_request problem;
    enum status status = problem_read(request, &problem, error);
    if (status == STATUS_OK)
        status = describe(&problem, reply, error);
    problem_free(&problem);
    return status;
}

/* ---------------------------------------------------------------- probe, verify, eval */

enum status answer_probe(const json_t *request, json_t **reply, struct error *error)
{
    struct probe probes[PROBES_MAX];
    struct probe_request wanted = {.threads = (int)protocol_real(request, "threads", 1.0),
                                   .l1_bytes = (size_t)protocol_real(request, "l1_bytes", 0.0),
                                   .l2_bytes = (size_t)protocol_real(request, "l2_bytes", 0.0),
                                   .l3_bytes = (size_t)protocol_real(request, "l3_bytes", 0.0),
                                   .openblas_path = protocol_string(request, "openblas", NULL),
                                   .budget_seconds = protocol_real(request, "budget_seconds", 1.0),
                                   .full = json_is_true(json_object_get(request, "full"))};
    TRY(isa_choose(protocol_string(request, "isa", ""), &wanted.isa, error));
    const size_t count = probe_run(&wanted, probes, PROBES_MAX);
    json_t *list = json_array();
    for (size_t i = 0; i < count; ++i)
        json_array_append_new(list, json_pack("{s:s, s:i, s:o}", "kind", probes[i].kind, "threads", probes[i].threads, "value",
                                              protocol_number(probes[i].value)));
    *reply = json_pack("{s:b, s:o}", "ok", 1, "probes", list);
    return STATUS_OK;
}

enum status answer_verify(const json_t *request, json_t **reply, struct error *error)
{
    struct problem_request problem;
    enum status status = problem_read(request, &problem, error);
    if (status == STATUS_OK) {
        json_t *checks = json_array();
        verify_operator(problem.module, &problem.problem, checks);
        *reply = json_pack("{s:b, s:o}", "ok", 1, "checks", checks);
    }
    problem_free(&problem);
    return status;
}
