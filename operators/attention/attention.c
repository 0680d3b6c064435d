/* attention.c - multi-head softmax self-attention, torch.nn.MultiheadAttention: options, price, plan, and the table. What
 * computes is in attention_project.c (projections, positions) and in one file per variant.
 */
#include "attention/attention.h"

#include <math.h>
#include <stdio.h>

#define MAX_WIDTH 65536      /* keeps 3 D, and every stride, far inside the 32-bit integers of a BLAS */
#define MAX_TOKENS INT32_MAX /* rows of a GEMM */
#define CHANNELS_PER_HEAD 64 /* of the default number of heads: the usual head width */

static const char *const positions[] = {
    [POSITION_NONE] = "none",
    [POSITION_SINUSOIDAL] = "sinusoidal",
    [POSITION_ROTARY] = "rotary",
    [POSITION_ALIBI] = "alibi",
    NULL,
};

static const char *const variants[] = {[VARIANT_TILED] = "tiled", [VARIANT_MATERIALISED] = "materialised", NULL};

static const struct seq_option options[ATTENTION_OPTIONS] = {
    [ATTENTION_HEADS] = {.name = "heads",
                         .help = "heads, a divisor of the width; 0: the largest divisor not above width / 64, at least 1",
                         .type = SEQ_INT,
                         .value = 0,
                         .low = 0,
                         .high = MAX_WIDTH},
    [ATTENTION_CAUSAL] = {.name = "causal",
                          .help = "1: a token sees itself and those before it; 0: all tokens",
                          .type = SEQ_FLAG,
                          .value = 1},
    [ATTENTION_POSITION] = {.name = "position",
                            .help = "how positions enter",
                            .type = SEQ_CHOICE,
                            .value = POSITION_NONE,
                            .choices = positions},
    [ATTENTION_VARIANT] = {.name = "variant",
                           .help = "tiled: online softmax, linear memory; materialised: all scores held",
                           .type = SEQ_CHOICE,
                           .value = VARIANT_TILED,
                           .choices = variants},
    [ATTENTION_GEMM] = LINEAR_OPTION,
};

static const struct {
    void (*bytes)(const struct attention_shape *shape, const struct attention_kernel *kernel,
                  double bytes[SEQ_REGION_COUNT]);
    enum seq_status (*forward)(const struct seq_plan *plan, const struct seq_run *run);
    double memory_power; /* claimed growth in L */
} methods[] = {
    [VARIANT_TILED] = {.bytes = attention_tiled_bytes, .forward = attention_tiled_forward, .memory_power = 1.0},
    [VARIANT_MATERIALISED] = {.bytes = attention_materialised_bytes,
                              .forward = attention_materialised_forward,
                              .memory_power = 2.0},
};

/* ---------------------------------------------------------------- the problem */

static int64_t default_heads(int64_t D)
{
    int64_t heads = D / CHANNELS_PER_HEAD;
    while (heads > 1 && D % heads != 0)
        --heads;
    return heads > 1 ? heads : 1;
}

static enum seq_status refuse(struct seq_message *message, const char *what, int64_t value, int64_t limit)
{
    snprintf(message->text, sizeof message->text, "%lld %s are more than the %lld that attention takes", (long long)value,
             what, (long long)limit);
    return SEQ_UNSUPPORTED;
}

static enum seq_status check_sizes(const struct seq_problem *problem, struct seq_message *message)
{
    if (problem->mode != SEQ_FORWARD) {
        snprintf(message->text, sizeof message->text, "attention has no %s mode; use mode forward",
                 problem->mode == SEQ_TRAIN ? "train" : "decode");
        return SEQ_UNSUPPORTED;
    }
    if (problem->D > MAX_WIDTH)
        return refuse(message, "channels", problem->D, MAX_WIDTH);
    if (problem->L > MAX_TOKENS / problem->B)
        return refuse(message, "tokens in a sequence", problem->L, MAX_TOKENS / problem->B);
    return SEQ_OK;
}

enum seq_status attention_shape_get(const struct seq_problem *problem, struct attention_shape *shape,
                                    struct seq_message *message)
{
    const enum seq_status status = check_sizes(problem, message);
    if (status != SEQ_OK)
        return status;
    const int64_t D = problem->D, wanted = seq_option_int(problem, ATTENTION_HEADS);
    const int64_t heads = wanted ? wanted : default_heads(D);
    *shape = (struct attention_shape){
        .B = problem->B,
        .L = problem->L,
        .D = D,
        .heads = heads,
        .width = D / heads,
        .causal = seq_option_int(problem, ATTENTION_CAUSAL) != 0,
        .position = (enum attention_position)seq_option_int(problem, ATTENTION_POSITION),
        .variant = (enum attention_variant)seq_option_int(problem, ATTENTION_VARIANT),
        .method = (enum linear_method)seq_option_int(problem, ATTENTION_GEMM),
        .scope = problem->scope,
        .isa = problem->isa,
        .threads = problem->threads,
    };
    if (D % heads != 0) {
        snprintf(message->text, sizeof message->text, "heads=%lld does not divide the width %lld", (long long)heads,
                 (long long)D);
        return SEQ_UNSUPPORTED;
    }
    if (shape->position == POSITION_ROTARY && shape->width % 2 != 0) {
        snprintf(message->text, sizeof message->text,
                 "position=rotary turns pairs of channels, and heads of width %lld have an odd number: choose other heads",
                 (long long)shape->width);
        return SEQ_UNSUPPORTED;
    }
    return SEQ_OK;
}

/* ---------------------------------------------------------------- price and memory */

static void region_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                         double bytes[SEQ_REGION_COUNT])
{
    bytes[SEQ_PREPARED] = (double)sizeof(float) * (double)attention_prepared_floats(shape);
    methods[shape->variant].bytes(shape, kernel, bytes);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    struct attention_shape shape;
    const enum seq_status status = attention_shape_get(problem, &shape, message);
    if (status != SEQ_OK)
        return status;
    const double tokens = (double)shape.B * (double)shape.L, D = (double)shape.D;
    const double projections = shape.scope == SEQ_LAYER ? 8.0 * tokens * D * D : 0.0;
    const double per_pair = shape.causal ? 2.0 : 4.0; /* scores and values, 2 each; half of them under the causal mask */
    region_bytes(&shape, ISA_SELECT(attention_kernel, problem->isa), cost->region_bytes);
    cost->region_bytes[SEQ_PARAMETERS] = shape.scope == SEQ_LAYER ? (double)sizeof(float) * 4.0 * D * (D + 1.0) : 0.0;
    cost->flops = projections + per_pair * tokens * (double)shape.L * D;
    cost->bytes = (double)sizeof(float) * 2.0 * tokens * D + cost->region_bytes[SEQ_PARAMETERS];
    cost->time = (struct seq_growth){.power = 2.0};
    cost->memory = (struct seq_growth){.power = methods[shape.variant].memory_power};
    cost->traits = shape.causal ? SEQ_TRAIT_CAUSAL : 0u;
    return SEQ_OK;
}

static void regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT])
{
    double exact[SEQ_REGION_COUNT] = {0.0};
    region_bytes(&plan->shape, plan->kernel, exact);
    for (int i = 0; i < SEQ_REGION_COUNT; ++i)
        bytes[i] = (size_t)exact[i];
}

/* ---------------------------------------------------------------- plan */

/* Names, shapes and initialisers of torch.nn.MultiheadAttention. */
static void fill_parameters(struct seq_plan *plan)
{
    const int64_t D = plan->shape.D;
    const double xavier = sqrt(6.0 / (double)(3 * D + D)), fan_in = 1.0 / sqrt((double)D);
    plan->parameters[IN_PROJ_WEIGHT] = (struct seq_parameter){
        .name = "in_proj_weight", .rank = 2, .shape = {3 * D, D}, .init = SEQ_INIT_UNIFORM, .a = -xavier, .b = xavier};
    plan->parameters[IN_PROJ_BIAS] =
        (struct seq_parameter){.name = "in_proj_bias", .rank = 1, .shape = {3 * D}, .init = SEQ_INIT_ZERO};
    plan->parameters[OUT_PROJ_WEIGHT] = (struct seq_parameter){
        .name = "out_proj.weight", .rank = 2, .shape = {D, D}, .init = SEQ_INIT_UNIFORM, .a = -fan_in, .b = fan_in};
    plan->parameters[OUT_PROJ_BIAS] =
        (struct seq_parameter){.name = "out_proj.bias", .rank = 1, .shape = {D}, .init = SEQ_INIT_ZERO};
    plan->parameter_count = plan->shape.scope == SEQ_LAYER ? ATTENTION_PARAMETERS : 0;
}

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    struct attention_shape shape;
    const enum seq_status status = attention_shape_get(problem, &shape, message);
    if (status != SEQ_OK)
        return status;
    struct seq_plan *const made = arena->allocate(arena, sizeof *made);
    if (!made)
        return SEQ_NO_MEMORY;
    made->shape = shape;
    made->kernel = ISA_SELECT(attention_kernel, problem->isa);
    fill_parameters(made);
    *plan_out = made;
    return SEQ_OK;
}

static const struct seq_parameter *parameters(const struct seq_plan *plan_in, size_t *count)
{
    *count = plan_in->parameter_count;
    return plan_in->parameters;
}

/* ---------------------------------------------------------------- calls */

static enum seq_status prepare(const struct seq_plan *plan_in, const struct seq_run *run)
{
    attention_prepare(plan_in, run);
    return SEQ_OK;
}

static enum seq_status forward(const struct seq_plan *plan_in, const struct seq_run *run)
{
    return methods[plan_in->shape.variant].forward(plan_in, run);
}

static size_t method(const struct seq_plan *plan_in, char *text, size_t capacity)
{
    const struct attention_shape *const shape = &plan_in->shape;
    const struct linear product = linear_create(shape->D, shape->D, shape->isa, shape->method);
    char words[64] = "";
    if (shape->scope == SEQ_LAYER)
        linear_describe(&product, words, sizeof words);
    return (size_t)snprintf(text, capacity, "%s%s%s, %lld heads of %lld", words, *words ? "; " : "",
                            variants[shape->variant], (long long)shape->heads, (long long)shape->width);
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "attention",
    .summary = "multi-head softmax self-attention: every token looks at every other",
    .source = "Vaswani et al. 2017, arXiv:1706.03762; Dao 2023, arXiv:2307.08691; torch.nn.MultiheadAttention",
    .colour = 3,
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_CORE,
    .options = options,
    .option_count = ATTENTION_OPTIONS,
    .describe = describe,
    .plan = plan,
    .parameters = parameters,
    .regions = regions,
    .prepare = prepare,
    .forward = forward,
    .reference = attention_reference,
    .method = method,
};
