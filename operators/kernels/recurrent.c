/* recurrent.c - packs the weights and drives the team; the arithmetic of a step is the kernel's. See recurrent.h.
 *
 * One parallel region spans the call. Chunk by chunk all its threads project the input of some steps, then those worth
 * using walk through them, so that the projected input is read soon after it was written and memory does not grow by
 * gates x L x D.
 */
#include "kernels/recurrent.h"

#include "kernels/linear.h"
#include "kernels/progress.h"
#include "kernels/recurrent_plan.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

/* A call as its threads see it. */
struct call {
    const struct seq_plan *plan;
    const struct seq_run *run;
    int64_t tokens;             /* of each sequence */
    struct recurrent_walk walk; /* through the first chunk, without what is each thread's own */
};

struct recurrent_weights recurrent_weights_get(enum seq_scope scope, const float *const *parameters)
{
    if (scope == SEQ_CORE)
        return (struct recurrent_weights){.weight_hh = parameters[0], .bias_hh = parameters[1]};
    return (struct recurrent_weights){
        .weight_ih = parameters[0], .weight_hh = parameters[1], .bias_ih = parameters[2], .bias_hh = parameters[3]};
}

/* ---------------------------------------------------------------- weights */

/* Column `lane` of gate g in one panel: the bias, then the weights of one hidden unit. */
static void pack_unit(float *column, int64_t stride, const float *weights, float bias, int64_t D)
{
    column[0] = bias;
    for (int64_t k = 0; k < D; ++k)
        column[(1 + k) * stride] = weights[k];
}

static void pack_panel(const struct seq_plan *plan, float *panel, const struct recurrent_weights *weights, int64_t first)
{
    const int64_t D = plan->D, lanes = plan->kernel->lanes, gates = plan->kernel->gates;
    const int64_t units = first + lanes <= D ? lanes : D - first;
    if (units < lanes)
        memset(panel, 0, recurrent_floats(recurrent_panel_floats(plan)));
    for (int64_t g = 0; g < gates; ++g)
        for (int64_t i = 0; i < units; ++i) {
            const int64_t row = g * D + first + i;
            pack_unit(panel + g * lanes + i, gates * lanes, weights->weight_hh + row * D, weights->bias_hh[row], D);
        }
}

enum seq_status recurrent_prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct recurrent_weights weights = recurrent_weights_get(plan->scope, run->parameters);
    float *const packed = run->prepared;
#pragma omp parallel for num_threads(plan->threads) schedule(static)
    for (int64_t p = 0; p < plan->panels; ++p)
        pack_panel(plan, packed + p * recurrent_panel_floats(plan), &weights, p * plan->kernel->lanes);
    if (plan->scope == SEQ_LAYER)
        linear_pack(&plan->linear, packed + recurrent_packed_floats(plan), weights.weight_ih, plan->D, weights.bias_ih,
                    plan->threads);
    return SEQ_OK;
}

/* ---------------------------------------------------------------- state */

/* The state before the first token: h is read where it lies, the memory is copied to where it can be updated. */
static void begin_state(const struct seq_plan *plan, const struct seq_run *run, struct recurrent_walk *walk)
{
    const struct scratch_layout layout = recurrent_scratch_layout(plan);
    unsigned char *const scratch = run->scratch;
    const int64_t B = plan->B, D = plan->D;
    walk->progress = (struct progress *)(void *)(scratch + layout.progress);
    walk->h_batch = D;
    walk->h = run->state_in;
    if (!run->state_in)
        walk->h = memset(scratch + layout.zeros, 0, recurrent_floats(B * D));
    if (plan->kernel->states == 1)
        return;
    walk->memory_batch = recurrent_memory_floats(plan);
    walk->memory = memset(scratch + layout.memory, 0, layout.bytes - layout.memory);
    const float *const memory_in = run->state_in ? (const float *)run->state_in + B * D : NULL;
    for (int64_t b = 0; memory_in && b < B; ++b)
        memcpy(walk->memory + b * walk->memory_batch, memory_in + b * D, recurrent_floats(D));
}

/* The state after the last token: h (B, D), then the memory (B, D). */
static void end_state(const struct seq_plan *plan, const struct seq_run *run, int64_t tokens, const float *memory)
{
    const int64_t B = plan->B, D = plan->D;
    float *const h_out = run->state_out;
    for (int64_t b = 0; b < B; ++b) {
        memcpy(h_out + b * D, run->output + (b * tokens + tokens - 1) * D, recurrent_floats(D));
        if (memory)
            memcpy(h_out + (B + b) * D, memory + b * recurrent_memory_floats(plan), recurrent_floats(D));
    }
}

/* ---------------------------------------------------------------- the call */

/* This thread's share of W_ih x + b_ih for steps [t, t + steps) of all sequences, into ACTIVATIONS. */
static void project(const struct call *call, int64_t t, int64_t steps, int thread, int threads)
{
    const struct seq_plan *const plan = call->plan;
    const struct seq_run *const run = call->run;
    const int64_t D = plan->D, outputs = plan->linear.outputs;
    const bool whole = steps == call->tokens; /* then the rows of all sequences follow each other */
    const int64_t count = whole ? 1 : plan->B, rows = whole ? plan->B * steps : steps;
    const struct linear_team team = {
        .threads = threads,
        .scratch = (float *)run->thread_scratch + recurrent_sums_floats(plan),
        .scratch_stride = (int64_t)(run->thread_scratch_stride / sizeof(float)),
    };
    const float *const packed = (const float *)run->prepared + recurrent_packed_floats(plan);
    for (int64_t i = 0; i < count; ++i)
        linear_share(&plan->linear, matrix_rows((float *)run->activations + i * rows * outputs, outputs),
                     matrix_rows_in(run->input + (i * call->tokens + t) * D, D), packed, rows, team, thread);
}

/* This thread's panels through steps [t, t + steps), whose input parts are ready. */
static void walk_chunk(const struct call *call, int64_t t, int64_t steps, int thread, int team)
{
    const struct seq_plan *const plan = call->plan;
    struct recurrent_walk walk = call->walk;
    walk.steps = steps;
    walk.thread = thread;
    walk.team = team;
    walk.first = plan->panels * thread / team;
    walk.last = plan->panels * (thread + 1) / team;
    walk.ahead = team > 1 ? plan->ahead : 0;
    walk.sums = seq_thread_scratch(call->run, thread);
    walk.out += t * plan->D;
    if (t > 0) {
        walk.h = walk.out - plan->D;
        walk.h_batch = walk.out_batch;
    }
    if (plan->scope == SEQ_CORE)
        walk.x += t * plan->D;
    else
        walk.x_batch = steps * walk.x_step;
    plan->kernel->walk(&walk);
}

/* What each thread of the region does. OpenMP may give fewer threads than asked for: the work is divided among those. */
static void run_thread(const struct call *call, int thread, int threads)
{
    const struct seq_plan *const plan = call->plan;
    const int team = plan->team < threads ? plan->team : threads;
    for (int64_t t = 0, steps; t < call->tokens; t += steps) {
        steps = plan->chunk < call->tokens - t ? plan->chunk : call->tokens - t;
        if (thread == 0)
            progress_reset(call->walk.progress, team);
        if (plan->scope == SEQ_LAYER) {
            if (thread == 0)
                seq_phase(call->run, "projection");
            project(call, t, steps, thread, threads);
        }
#pragma omp barrier
        if (thread == 0)
            seq_phase(call->run, "recurrence");
        if (thread < team)
            walk_chunk(call, t, steps, thread, team);
#pragma omp barrier
    }
}

/* Input and output are (B, tokens, D). In scope core the input itself is the input part of every gate. */
static void run_tokens(const struct seq_plan *plan, const struct seq_run *run, int64_t tokens)
{
    const int64_t D = plan->D;
    struct call call = {.plan = plan, .run = run, .tokens = tokens};
    call.walk = (struct recurrent_walk){
        .packed = run->prepared,
        .B = plan->B,
        .D = D,
        .x = run->input,
        .x_batch = tokens * D,
        .x_step = D,
        .out = run->output,
        .out_batch = tokens * D,
    };
    if (plan->scope == SEQ_LAYER) {
        call.walk.x = run->activations;
        call.walk.x_step = plan->linear.outputs;
        call.walk.x_gate = D;
    }
    begin_state(plan, run, &call.walk);
#pragma omp parallel num_threads(plan->threads)
    run_thread(&call, omp_get_thread_num(), omp_get_num_threads());
    if (run->state_out)
        end_state(plan, run, tokens, call.walk.memory);
}

enum seq_status recurrent_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    run_tokens(plan, run, plan->L);
    return SEQ_OK;
}

enum seq_status recurrent_advance(const struct seq_plan *plan, const struct seq_run *run)
{
    run_tokens(plan, run, 1);
    return SEQ_OK;
}
