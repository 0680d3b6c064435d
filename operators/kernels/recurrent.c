/* recurrent.c - packs the weights and walks the sequence; the arithmetic of a step is the kernel's. See recurrent.h. */
#include "kernels/recurrent.h"

#include "kernels/linear.h"
#include "kernels/progress.h"
#include "kernels/recurrent_plan.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

/* A run of steps whose input parts are ready. */
struct span {
    const float *packed;
    const float *x; /* x[b * x_batch + t * x_step + g * x_gate + j] */
    int64_t x_batch, x_step, x_gate;
    const float *h; /* before the first step */
    int64_t h_batch;
    float *out; /* out[b * out_batch + t * D + j] */
    int64_t out_batch;
    float *memory;
    int64_t steps;
    struct progress *progress;
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
#pragma omp parallel for num_threads(plan->team) schedule(static)
    for (int64_t p = 0; p < plan->panels; ++p)
        pack_panel(plan, packed + p * recurrent_panel_floats(plan), &weights, p * plan->kernel->lanes);
    return SEQ_OK;
}

/* ---------------------------------------------------------------- the call */

/* One thread's panels through all steps of a span. */
static void run_panels(const struct seq_plan *plan, const struct span *span, int thread, int team)
{
    struct recurrent_step step = {
        .packed = span->packed,
        .B = plan->B,
        .D = plan->D,
        .first = plan->panels * thread / team,
        .last = plan->panels * (thread + 1) / team,
        .x = span->x,
        .x_batch = span->x_batch,
        .x_gate = span->x_gate,
        .h = span->h,
        .h_batch = span->h_batch,
        .out = span->out,
        .out_batch = span->out_batch,
        .memory = span->memory,
        .memory_batch = recurrent_memory_floats(plan),
    };
    for (int64_t t = 0; t < span->steps; ++t) {
        if (team > 1 && t > 0)
            progress_wait_all(span->progress, team, t);
        plan->kernel->step(&step);
        if (team > 1)
            progress_publish(&span->progress[thread], t + 1);
        step.x += span->x_step;
        step.h = step.out;
        step.h_batch = step.out_batch;
        step.out += plan->D;
    }
}

static void run_span(const struct seq_plan *plan, const struct span *span)
{
    if (plan->team == 1) {
        run_panels(plan, span, 0, 1);
        return;
    }
    progress_reset(span->progress, plan->team);
#pragma omp parallel num_threads(plan->team) /* OpenMP may give fewer: the panels are divided among those it gives */
    run_panels(plan, span, omp_get_thread_num(), omp_get_num_threads());
}

/* Projects steps [t, t + span->steps) of the input into ACTIVATIONS and points the span at the input parts. In scope core
 * the input itself is the input part of every gate. */
static void project(const struct seq_plan *plan, const struct seq_run *run, int64_t tokens, int64_t t, struct span *span)
{
    const int64_t D = plan->D, rows = plan->kernel->gates * D;
    const float *const input = run->input + t * D;
    if (plan->scope == SEQ_CORE) {
        span->x = input;
        span->x_batch = tokens * D;
        span->x_step = D;
        span->x_gate = 0;
        return;
    }
    seq_phase(run, "projection");
    const struct recurrent_weights weights = recurrent_weights_get(plan->scope, run->parameters);
    float *const x = run->activations;
    const bool whole = span->steps == tokens; /* then the rows of all sequences follow each other: one GEMM */
    const int64_t count = whole ? 1 : plan->B, size = whole ? plan->B * tokens : span->steps;
    for (int64_t i = 0; i < count; ++i)
        linear_forward(x + i * size * rows, rows, input + i * tokens * D, D, weights.weight_ih, weights.bias_ih, size, D,
                       rows);
    span->x = x;
    span->x_batch = span->steps * rows;
    span->x_step = rows;
    span->x_gate = D;
}

/* The state before the first token: h is read where it lies, the memory is copied to where it can be updated. */
static void begin_state(const struct seq_plan *plan, const struct seq_run *run, struct span *span)
{
    const struct scratch_layout layout = recurrent_scratch_layout(plan);
    unsigned char *const scratch = run->scratch;
    const int64_t B = plan->B, D = plan->D;
    span->progress = (struct progress *)(void *)(scratch + layout.progress);
    span->h_batch = D;
    span->h = run->state_in;
    if (!run->state_in)
        span->h = memset(scratch + layout.zeros, 0, recurrent_floats(B * D));
    if (plan->kernel->states == 1)
        return;
    span->memory = memset(scratch + layout.memory, 0, layout.bytes - layout.memory);
    const float *const memory_in = run->state_in ? (const float *)run->state_in + B * D : NULL;
    for (int64_t b = 0; memory_in && b < B; ++b)
        memcpy(span->memory + b * recurrent_memory_floats(plan), memory_in + b * D, recurrent_floats(D));
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

/* Input and output are (B, tokens, D). */
static void run_tokens(const struct seq_plan *plan, const struct seq_run *run, int64_t tokens)
{
    struct span span = {.packed = run->prepared, .out = run->output, .out_batch = tokens * plan->D};
    linear_set_threads(plan->threads);
    begin_state(plan, run, &span);
    for (int64_t t = 0; t < tokens; t += span.steps) {
        span.steps = plan->chunk < tokens - t ? plan->chunk : tokens - t;
        project(plan, run, tokens, t, &span);
        seq_phase(run, "recurrence");
        run_span(plan, &span);
        span.out += span.steps * plan->D;
        span.h = span.out - plan->D;
        span.h_batch = span.out_batch;
    }
    if (run->state_out)
        end_state(plan, run, tokens, span.memory);
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
