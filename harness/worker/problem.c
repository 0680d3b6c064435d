/* problem.c - see problem.h. */
#include "worker/problem.h"

#include "machine/isa.h"
#include "protocol.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)ISA_GENERIC == (int)SEQ_ISA_GENERIC && (int)ISA_V3 == (int)SEQ_ISA_V3 && (int)ISA_V4 == (int)SEQ_ISA_V4,
              "the harness's names of instruction sets and the contract's agree");

/* `least` is also what an absent one is. */
static enum status read_count(const json_t *request, const char *key, int64_t least, int64_t *out, struct error *error)
{
    const json_t *value = json_object_get(request, key);
    *out = value ? json_integer_value(value) : least;
    if ((value && !json_is_integer(value)) || *out < least || *out > (int64_t)1 << 40)
        return error_set(error, STATUS_USAGE, "the request's '%s' is no whole number from %lld to 2^40", key, (long long)least);
    return STATUS_OK;
}

static enum status read_word(const json_t *request, const char *key, const char *const *words, int count, int *out,
                             struct error *error)
{
    const char *text = protocol_string(request, key, words[0]);
    for (int i = 0; i < count; ++i) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE, "the request's %s '%s' is unknown", key, text);
}

static enum status read_sizes(const json_t *request, struct seq_problem *problem, struct error *error)
{
    int64_t threads = 1;
    TRY(read_count(request, "batch", 1, &problem->B, error));
    TRY(read_count(request, "length", 1, &problem->L, error));
    TRY(read_count(request, "width", 1, &problem->D, error));
    TRY(read_count(request, "threads", 1, &threads, error));
    if (threads > 4096)
        return error_set(error, STATUS_USAGE, "%lld threads are more than the 4096 that are supported", (long long)threads);
    const double elements = (double)problem->B * (double)problem->L * (double)problem->D;
    if (elements > 0x1p44)
        return error_set(error, STATUS_USAGE, "an input of %.3g elements is more than can be addressed here", elements);
    problem->threads = (int)threads;
    problem->context = problem->L;
    return STATUS_OK;
}

static enum status read_policies(const json_t *request, struct seq_problem *problem, struct error *error)
{
    static const char *const modes[] = {[SEQ_FORWARD] = "forward", [SEQ_TRAIN] = "train", [SEQ_DECODE] = "decode"};
    static const char *const scopes[] = {[SEQ_LAYER] = "layer", [SEQ_CORE] = "core"};
    int mode = 0, scope = 0;
    enum isa isa = ISA_GENERIC;
    TRY(read_word(request, "mode", modes, SEQ_MODE_COUNT, &mode, error));
    TRY(read_word(request, "scope", scopes, SEQ_SCOPE_COUNT, &scope, error));
    TRY(isa_choose(protocol_string(request, "isa", ""), &isa, error));
    problem->mode = (enum seq_mode)mode;
    problem->scope = (enum seq_scope)scope;
    problem->isa = (enum seq_isa)isa;
    return STATUS_OK;
}

enum status problem_read(const json_t *request, struct problem_request *out, struct error *error)
{
    *out = (struct problem_request){.problem = {.size = sizeof out->problem}};
    TRY(module_load(protocol_string(request, "module", ""), &out->module, error));
    TRY(read_sizes(request, &out->problem, error));
    TRY(read_policies(request, &out->problem, error));
    TRY(read_count(request, "extra_steps", 0, &out->extra_steps, error));
    TRY(module_parse_options(out->module, protocol_string(request, "options", ""), &out->options, error));
    out->problem.options = out->options;
    return STATUS_OK;
}

void problem_free(struct problem_request *problem)
{
    free(problem->options);
    problem->options = NULL;
}
