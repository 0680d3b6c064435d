/* conv.c - causal convolution over the sequence, torch.nn.Conv1d padded on the left: options, price, plan, state, and the
 * depthwise loop over blocks of tokens. How a block is computed is in conv_depthwise.c, all of the dense convolution in
 * conv_dense.c or, where three taps are fewer products so, conv_winograd.c.
 *
 * An output is computed by one thread in a fixed order, so bits do not depend on the schedule. One step of decoding is a
 * sequence of length 1 whose history is the state.
 */
#include "conv/conv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_WIDTH 65536  /* keeps every stride inside the 32-bit integers of a BLAS, every weight count far below 2^63 */
#define MAX_TAPS 4096    /* beyond, a convolution by FFT is the better operator */
/* From where on winograd is faster: fewer channels of a group are bound by what surrounds the products, fewer tokens of a
 * thread by reading the weights, of which there is a third more. */
#define WINOGRAD_CHANNELS 48
#define WINOGRAD_TOKENS 16
#define BLOCK_TOKENS 256 /* many times the tokens that are seen twice at a border, few enough to share out evenly */

struct seq_plan {
    struct conv_shape shape;
    const struct conv_depthwise *depthwise; /* NULL: dense or grouped */
    struct seq_parameter parameters[CONV_PARAMETERS];
};

static const char *const method_words[] = {[CONV_AUTO] = "auto", [CONV_WINOGRAD] = "winograd", [CONV_DIRECT] = "direct", NULL};

static const struct seq_option options[CONV_OPTIONS] = {
    [CONV_KERNEL] = {.name = "kernel",
                     .help = "taps: tokens that an output sees, itself included",
                     .type = SEQ_INT,
                     .value = 3,
                     .low = 1,
                     .high = MAX_TAPS},
    [CONV_GROUPS] = {.name = "groups",
                     .help = "groups of channels that mix among themselves, a divisor of the width; 1: dense; 0: depthwise",
                     .type = SEQ_INT,
                     .value = 1,
                     .low = 0,
                     .high = MAX_WIDTH},
    [CONV_METHOD] = {.name = "method",
                     .help = "three taps, dense: winograd makes two outputs by four products, direct by six; auto: the faster",
                     .type = SEQ_CHOICE,
                     .value = CONV_AUTO,
                     .choices = method_words},
    [CONV_GEMM] = LINEAR_OPTION,
};

/* ---------------------------------------------------------------- the problem */

/* Whether the problem is one that method winograd is defined for. */
static bool can_winograd(const struct seq_problem *problem, const struct conv_shape *shape)
{
    return shape->taps == 3 && shape->channels > 1 && problem->mode == SEQ_FORWARD;
}

static bool takes_winograd(const struct seq_problem *problem, const struct conv_shape *shape)
{
    const int64_t method = seq_option_int(problem, CONV_METHOD);
    const bool faster = shape->channels >= WINOGRAD_CHANNELS && shape->B * shape->L >= WINOGRAD_TOKENS * shape->threads;
    return method == CONV_WINOGRAD || (method == CONV_AUTO && faster && can_winograd(problem, shape));
}

enum seq_status conv_shape_get(const struct seq_problem *problem, struct conv_shape *shape, struct seq_message *message)
{
    const int64_t D = problem->D, wanted = seq_option_int(problem, CONV_GROUPS), groups = wanted ? wanted : D;
    if (problem->mode == SEQ_TRAIN) {
        snprintf(message->text, sizeof message->text, "conv has no train mode; use mode forward or decode");
        return SEQ_UNSUPPORTED;
    }
    if (D > MAX_WIDTH) {
        snprintf(message->text, sizeof message->text, "%lld channels are more than the %d that conv takes", (long long)D,
                 MAX_WIDTH);
        return SEQ_UNSUPPORTED;
    }
    if (D % groups != 0) {
        snprintf(message->text, sizeof message->text, "groups=%lld does not divide the width %lld", (long long)groups,
                 (long long)D);
        return SEQ_UNSUPPORTED;
    }
    *shape = (struct conv_shape){
        .B = problem->B,
        .L = problem->L,
        .D = D,
        .taps = seq_option_int(problem, CONV_KERNEL),
        .groups = groups,
        .channels = D / groups,
        .threads = problem->threads,
        .linear = linear_create(D / groups, D / groups, problem->isa, (enum linear_method)seq_option_int(problem, CONV_GEMM)),
    };
    if (seq_option_int(problem, CONV_METHOD) == CONV_WINOGRAD && !can_winograd(problem, shape)) {
        snprintf(message->text, sizeof message->text,
                 "method=winograd is for kernel=3, groups of two channels or more and mode forward; "
                 "leave it auto, or say direct");
        return SEQ_UNSUPPORTED;
    }
    if (takes_winograd(problem, shape))
        shape->winograd = ISA_SELECT(conv_winograd_kernel, problem->isa);
    else
        shape->linear.taps = shape->taps;
    return SEQ_OK;
}

static int64_t weight_count(const struct conv_shape *shape)
{
    return shape->taps * shape->D * shape->channels;
}

static size_t prepared_bytes(const struct conv_shape *shape)
{
    if (shape->channels == 1)
        return (size_t)weight_count(shape) * sizeof(float);
    return shape->winograd ? conv_winograd_prepared_bytes(shape) : conv_dense_prepared_bytes(shape);
}

static size_t scratch_bytes(const struct conv_shape *shape)
{
    if (shape->channels == 1)
        return 0;
    return shape->winograd ? conv_winograd_scratch_bytes(shape) : conv_dense_scratch_bytes(shape);
}

static size_t state_bytes(const struct conv_shape *shape)
{
    return (size_t)(shape->B * (shape->taps - 1) * shape->D) * sizeof(float);
}

/* ---------------------------------------------------------------- price and memory */

/* Winograd: four products and eight additions for two tokens. */
static double flop_count(const struct conv_shape *shape, double tokens)
{
    const double D = (double)shape->D;
    return shape->winograd ? tokens * D * (4.0 * (double)shape->channels + 4.0) : 2.0 * tokens * (double)weight_count(shape);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    struct conv_shape shape;
    const enum seq_status status = conv_shape_get(problem, &shape, message);
    if (status != SEQ_OK)
        return status;
    const bool decode = problem->mode == SEQ_DECODE;
    const double tokens = (double)shape.B * (decode ? 1.0 : (double)shape.L), item = (double)sizeof(float);
    cost->flops = flop_count(&shape, tokens);
    cost->region_bytes[SEQ_PARAMETERS] = item * (double)(weight_count(&shape) + shape.D);
    cost->region_bytes[SEQ_PREPARED] = (double)prepared_bytes(&shape);
    cost->region_bytes[SEQ_THREAD_SCRATCH] = (double)scratch_bytes(&shape);
    cost->region_bytes[SEQ_STATE] = (double)state_bytes(&shape);
    cost->bytes = item * 2.0 * tokens * (double)shape.D + cost->region_bytes[SEQ_PARAMETERS];
    if (decode)
        cost->bytes += 2.0 * cost->region_bytes[SEQ_STATE]; /* in and out */
    cost->time = cost->memory = (struct seq_growth){.power = decode ? 0.0 : 1.0};
    cost->traits = SEQ_TRAIT_CAUSAL;
    return SEQ_OK;
}

static void regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT])
{
    bytes[SEQ_PREPARED] = prepared_bytes(&plan->shape);
    bytes[SEQ_THREAD_SCRATCH] = scratch_bytes(&plan->shape);
    bytes[SEQ_STATE] = state_bytes(&plan->shape);
}

/* ---------------------------------------------------------------- plan */

/* Names, shapes and initialisers of torch.nn.Conv1d. */
static void fill_parameters(struct seq_plan *plan)
{
    const struct conv_shape *const shape = &plan->shape;
    const double bound = 1.0 / sqrt((double)(shape->channels * shape->taps));
    plan->parameters[CONV_WEIGHT] = (struct seq_parameter){.name = "weight",
                                                           .rank = 3,
                                                           .shape = {shape->D, shape->channels, shape->taps},
                                                           .init = SEQ_INIT_UNIFORM,
                                                           .a = -bound,
                                                           .b = bound};
    plan->parameters[CONV_BIAS] = (struct seq_parameter){
        .name = "bias", .rank = 1, .shape = {shape->D}, .init = SEQ_INIT_UNIFORM, .a = -bound, .b = bound};
}

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    struct conv_shape shape;
    const enum seq_status status = conv_shape_get(problem, &shape, message);
    if (status != SEQ_OK)
        return status;
    struct seq_plan *const made = arena->allocate(arena, sizeof *made);
    if (!made)
        return SEQ_NO_MEMORY;
    made->shape = shape;
    made->depthwise = shape.channels == 1 ? ISA_SELECT(conv_depthwise, problem->isa) : NULL;
    fill_parameters(made);
    *plan_out = made;
    return SEQ_OK;
}

static const struct seq_parameter *parameters(const struct seq_plan *plan_in, size_t *count)
{
    *count = CONV_PARAMETERS;
    return plan_in->parameters;
}

/* Depthwise, weight (D, 1, taps) becomes (taps, D): vectors of channels. */
static enum seq_status prepare(const struct seq_plan *plan_in, const struct seq_run *run)
{
    const struct conv_shape *const shape = &plan_in->shape;
    const float *const weight = run->parameters[CONV_WEIGHT];
    float *const packed = run->prepared;
    if (shape->winograd) {
        conv_winograd_prepare(shape, run);
        return SEQ_OK;
    }
    if (!plan_in->depthwise) {
        conv_dense_prepare(shape, run);
        return SEQ_OK;
    }
    for (int64_t channel = 0; channel < shape->D; ++channel)
        for (int64_t j = 0; j < shape->taps; ++j)
            packed[j * shape->D + channel] = weight[channel * shape->taps + j];
    return SEQ_OK;
}

/* ---------------------------------------------------------------- calls */

int64_t conv_choose_blocks(int64_t B, int64_t count, int64_t most, int threads)
{
    int64_t blocks = (count + most - 1) / most;
    for (int more = 0; more < threads && B * blocks % threads != 0 && blocks < count; ++more)
        ++blocks;
    return blocks;
}

static int team_size(const struct conv_shape *shape, int64_t blocks)
{
    return blocks < shape->threads ? (int)blocks : shape->threads;
}

/* The last taps - 1 of the history and the `tokens` tokens. state_out may be state_in: rows only move to the front. */
static void save_state(const struct conv_shape *shape, const struct seq_run *run, int64_t tokens)
{
    const int64_t rows = shape->taps - 1, D = shape->D;
    for (int64_t b = 0; b < shape->B; ++b) {
        const float *const history = run->state_in ? (const float *)run->state_in + b * rows * D : NULL;
        float *const out = (float *)run->state_out + b * rows * D;
        for (int64_t r = 0; r < rows; ++r) {
            const int64_t t = tokens - rows + r;
            if (t >= 0)
                memcpy(out + r * D, run->input + (b * tokens + t) * D, (size_t)D * sizeof *out);
            else if (history)
                memcpy(out + r * D, history + (rows + t) * D, (size_t)D * sizeof *out);
            else
                memset(out + r * D, 0, (size_t)D * sizeof *out);
        }
    }
}

static void convolve_depthwise(const struct seq_plan *plan_in, const struct seq_run *run, int64_t tokens)
{
    struct conv_shape shape = plan_in->shape;
    shape.L = tokens;
    const int64_t blocks = conv_choose_blocks(shape.B, tokens, BLOCK_TOKENS, shape.threads), all = shape.B * blocks;
    const int64_t history = (shape.taps - 1) * shape.D;
#pragma omp parallel for num_threads(team_size(&shape, all)) schedule(static)
    for (int64_t task = 0; task < all; ++task) {
        const int64_t b = task / blocks, i = task % blocks;
        const struct conv_block block = {
            .shape = &shape,
            .x = run->input + b * tokens * shape.D,
            .history = run->state_in ? (const float *)run->state_in + b * history : NULL,
            .weight = run->prepared,
            .bias = run->parameters[CONV_BIAS],
            .y = run->output + b * tokens * shape.D,
            .first = tokens * i / blocks,
            .count = tokens * (i + 1) / blocks - tokens * i / blocks,
        };
        plan_in->depthwise->block(&block);
    }
}

static void convolve(const struct seq_plan *plan_in, const struct seq_run *run, int64_t tokens)
{
    seq_phase(run, "convolution");
    if (plan_in->depthwise)
        convolve_depthwise(plan_in, run, tokens);
    else if (plan_in->shape.winograd) /* mode forward: all L tokens */
        conv_winograd(&plan_in->shape, run);
    else
        conv_dense(&plan_in->shape, run, tokens);
    if (run->state_out)
        save_state(&plan_in->shape, run, tokens);
}

static enum seq_status forward(const struct seq_plan *plan_in, const struct seq_run *run)
{
    convolve(plan_in, run, plan_in->shape.L);
    return SEQ_OK;
}

static enum seq_status step(const struct seq_plan *plan_in, const struct seq_run *run)
{
    convolve(plan_in, run, 1);
    return SEQ_OK;
}

static size_t method(const struct seq_plan *plan_in, char *text, size_t capacity)
{
    if (plan_in->depthwise)
        return (size_t)snprintf(text, capacity, "depthwise, channels in lanes");
    char products[64];
    linear_describe(&plan_in->shape.linear, products, sizeof products);
    return (size_t)snprintf(text, capacity, "%s%s", plan_in->shape.winograd ? "winograd F(2, 3), " : "", products);
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "conv",
    .summary = "causal convolution of a few taps, dense or depthwise: a short, fixed view of the past",
    .source = "Bai, Kolter & Koltun 2018, arXiv:1803.01271; torch.nn.Conv1d",
    .colour = 4,
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_CORE | SEQ_CAP_STATE,
    .options = options,
    .option_count = CONV_OPTIONS,
    .describe = describe,
    .plan = plan,
    .parameters = parameters,
    .regions = regions,
    .prepare = prepare,
    .forward = forward,
    .step = step,
    .reference = conv_reference,
    .method = method,
};
