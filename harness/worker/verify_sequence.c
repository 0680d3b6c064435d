/* verify_sequence.c - checks along the sequence: causality, carried state, one step at a time. */
#include "worker/check.h"
#include "worker/verify_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* FFT rounding spreads over all positions at about epsilon * log2(n) of the largest value: 1e-6 holds up to millions. */
#define ROUNDING_LEAK 2e-6

/* ---------------------------------------------------------------- causality */

static enum outcome compare_prefix(const struct instance *instance, const float *before, const float *after, int64_t cut,
                                   struct error *error)
{
    const int64_t L = instance->problem.L, D = instance->problem.D;
    double largest = 0.0;
    for (size_t i = 0; i < verify_output_count(instance); ++i)
        largest = fmax(largest, fabs((double)before[i]));
    const double allowed = instance->cost.traits & SEQ_TRAIT_ROUNDING_LEAKS ? ROUNDING_LEAK * largest : 0.0;
    for (int64_t b = 0; b < instance->problem.B; ++b) {
        for (int64_t i = 0; i < cut * D; ++i) {
            const double off = fabs((double)after[b * L * D + i] - (double)before[b * L * D + i]);
            if (!(off <= allowed))
                return verify_fail(error, "output %lld changed by %.2g when only inputs from %lld on changed: it is not causal",
                                   (long long)(i / D), off, (long long)cut);
        }
    }
    return OUTCOME_PASS;
}

static void disturb_from(struct instance *instance, int64_t cut)
{
    const int64_t L = instance->problem.L, D = instance->problem.D;
    float *input = (float *)(void *)instance->regions[SEQ_INPUT].data;
    for (int64_t b = 0; b < instance->problem.B; ++b)
        for (int64_t i = cut * D; i < L * D; ++i)
            input[b * L * D + i] = 1.5f - input[b * L * D + i];
}

static enum outcome causality_at(const struct verify *verify, int64_t L, int64_t cut, struct error *error)
{
    const struct variation variation = {.B = 2, .L = L};
    struct instance *instance = NULL;
    enum outcome outcome = verify_make(verify, &variation, &instance, error);
    if (outcome != OUTCOME_PASS)
        return outcome;
    if (!(instance->cost.traits & SEQ_TRAIT_CAUSAL)) {
        instance_destroy(instance);
        return verify_skip(error, "it does not claim to be causal with these options");
    }
    float *before = verify_output(instance, error);
    disturb_from(instance, cut);
    float *after = before ? verify_output(instance, error) : NULL;
    outcome = after ? compare_prefix(instance, before, after, cut, error) : OUTCOME_FAIL;
    free(before);
    free(after);
    instance_destroy(instance);
    return outcome;
}

enum outcome verify_causality(const struct verify *verify, struct error *error)
{
    static const int64_t cuts[][2] = {{101, 1}, {101, 50}, {101, 100}, {64, 32}, {259, 200}};
    if (verify->silent)
        return verify_skip(error, "it has no output");
    for (size_t i = 0; i < ARRAY_LEN(cuts); ++i) {
        const enum outcome outcome = causality_at(verify, cuts[i][0], cuts[i][1], error);
        if (outcome != OUTCOME_PASS)
            return outcome;
    }
    return OUTCOME_PASS;
}

/* ---------------------------------------------------------------- state: two halves make the whole */

struct halves {
    struct instance *whole, *first, *second;
};

static void copy_rows(const struct instance *to, const struct instance *from, int64_t from_row)
{
    const int64_t D = to->problem.D, L = to->problem.L, from_L = from->problem.L;
    float *input = (float *)(void *)to->regions[SEQ_INPUT].data;
    for (int64_t b = 0; b < to->problem.B; ++b)
        memcpy(input + b * L * D, from->run.input + (b * from_L + from_row) * D, (size_t)(L * D) * sizeof *input);
}

/* Parameters are the same in all three: an operator that carries a state has none that depend on the length. */
static enum outcome run_halves(const struct halves *halves, void *state, struct error *error)
{
    const int64_t cut = halves->first->problem.L;
    copy_rows(halves->first, halves->whole, 0);
    copy_rows(halves->second, halves->whole, cut);
    halves->first->run.state_out = state;
    halves->second->run.state_in = state;
    halves->second->run.position = cut;
    if (instance_call_checked(halves->first, error) != STATUS_OK || instance_call_checked(halves->second, error) != STATUS_OK)
        return OUTCOME_FAIL;
    const int64_t D = halves->whole->problem.D, L = halves->whole->problem.L;
    for (int64_t b = 0; b < halves->whole->problem.B; ++b) {
        const float *want = halves->whole->run.output + (b * L + cut) * D;
        const float *got = halves->second->run.output + b * (L - cut) * D;
        const double off = verify_largest_difference(want, got, (size_t)((L - cut) * D));
        if (!(off <= CHECK_TOLERANCE))
            return verify_fail(error, "a sequence in two parts with a carried state differs from the whole by %.2g", off);
    }
    return OUTCOME_PASS;
}

enum outcome verify_state(const struct verify *verify, struct error *error)
{
    if (!(verify->module->table.capabilities & SEQ_CAP_STATE) || verify->silent)
        return verify_skip(error, "it carries no state through forward");
    const struct variation whole = {.B = 2, .L = 37}, first = {.B = 2, .L = 15}, second = {.B = 2, .L = 22};
    struct halves halves = {NULL, NULL, NULL};
    enum outcome outcome = verify_make(verify, &whole, &halves.whole, error);
    if (outcome == OUTCOME_PASS)
        outcome = verify_make(verify, &first, &halves.first, error);
    if (outcome == OUTCOME_PASS)
        outcome = verify_make(verify, &second, &halves.second, error);
    void *state = outcome == OUTCOME_PASS ? malloc(halves.whole->state_bytes + 1) : NULL;
    if (state && instance_call_checked(halves.whole, error) == STATUS_OK)
        outcome = run_halves(&halves, state, error);
    else if (outcome == OUTCOME_PASS)
        outcome = OUTCOME_FAIL;
    free(state);
    instance_destroy(halves.whole);
    instance_destroy(halves.first);
    instance_destroy(halves.second);
    return outcome;
}

/* ---------------------------------------------------------------- step: token by token makes the whole */

static enum outcome compare_steps(const struct instance *whole, struct instance *step, struct error *error)
{
    const int64_t B = whole->problem.B, L = whole->problem.L, D = whole->problem.D;
    float *token = (float *)(void *)step->regions[SEQ_INPUT].data;
    void *states[2] = {step->regions[SEQ_STATE].data, step->state_out.data};
    struct seq_run run = step->run;
    double largest = 0.0, worst = 0.0;
    run.state_in = NULL;
    for (int64_t t = 0; t < L; ++t) {
        for (int64_t b = 0; b < B; ++b)
            memcpy(token + b * D, whole->run.input + (b * L + t) * D, (size_t)D * sizeof *token);
        run.position = t;
        run.state_out = states[t % 2];
        const struct seq_message message = {.text = ""};
        const enum seq_status called = step->module->table.step(step->plan, &run);
        if (instance_hook_failed(step->module, "step", called, &message, error) != STATUS_OK)
            return OUTCOME_FAIL;
        for (int64_t i = 0; i < B * D; ++i) {
            const double want = (double)whole->run.output[(i / D * L + t) * D + i % D];
            const double off = fabs((double)run.output[i] - want);
            largest = fmax(largest, fabs(want));
            worst = off > worst || isnan(off) ? off : worst; /* a NaN stays */
        }
        run.state_in = run.state_out;
    }
    if (!(worst <= CHECK_TOLERANCE * largest))
        return verify_fail(error, "token by token differs from the whole sequence by %.2g of the largest value", worst / largest);
    return verify_outcome(check_red_zones(step, error));
}

enum outcome verify_step(const struct verify *verify, struct error *error)
{
    if (!verify->module->table.step || verify->silent)
        return verify_skip(error, "it has no step");
    const struct variation sequence = {.B = 2, .L = 37}, decode = {.B = 2, .L = 37, .mode = SEQ_DECODE};
    struct instance *whole = NULL, *step = NULL;
    enum outcome outcome = verify_make(verify, &sequence, &whole, error);
    if (outcome == OUTCOME_PASS)
        outcome = verify_make(verify, &decode, &step, error);
    if (outcome == OUTCOME_PASS)
        outcome = instance_call_checked(whole, error) == STATUS_OK ? compare_steps(whole, step, error) : OUTCOME_FAIL;
    instance_destroy(whole);
    instance_destroy(step);
    return outcome;
}
