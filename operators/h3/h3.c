/* h3.c - the H3 layer: q times a diagonal SSM of (a shift SSM of k) times v. Here: options, price and plan; README.md has
 * the equations.
 */
#include "h3/h3.h"

#include <math.h>
#include <stdio.h>

static const char *const discretisations[] = {[H3_BILINEAR] = "bilinear", [H3_ZOH] = "zoh", NULL};

static const struct seq_option options[H3_OPTION_COUNT] = {
    [H3_D_STATE] =
        {
            .name = "d_state",
            .help = "taps of the shift SSM and real states of a diagonal one, an even number",
            .type = SEQ_INT,
            .value = 64,
            .low = 2,
            .high = 4096,
        },
    [H3_HEAD_DIM] =
        {
            .name = "head_dim",
            .help = "channels that share a diagonal SSM, a divisor of the width; the work grows with it",
            .type = SEQ_INT,
            .value = 1,
            .low = 1,
            .high = 1024,
        },
    [H3_DISC] =
        {
            .name = "disc",
            .help = "discretisation of the diagonal SSM",
            .type = SEQ_CHOICE,
            .value = H3_BILINEAR,
            .choices = discretisations,
        },
    [H3_GEMM] = LINEAR_OPTION,
    [H3_CONV] = LONGCONV_OPTION,
};

static enum seq_status check(const struct seq_problem *problem, struct seq_message *message)
{
    const int64_t states = seq_option_int(problem, H3_D_STATE), head_dim = seq_option_int(problem, H3_HEAD_DIM);
    if (states % 2 != 0)
        return mixer_refuse(message, "d_state=%lld is odd: states come as complex pairs; use an even number", (long long)states);
    if (problem->D % head_dim != 0)
        return mixer_refuse(message, "head_dim=%lld does not divide the width %lld: use a divisor of it", (long long)head_dim,
                      (long long)problem->D);
    return mixer_check(problem, 4, message);
}

/* ---------------------------------------------------------------- price */

static double parameter_floats(const struct h3_shape *shape)
{
    const double D = (double)shape->D, H = (double)shape->H, M = (double)shape->M;
    const double projections = shape->core ? 0.0 : 4.0 * D * (D + 1.0);
    return projections + D * (2.0 * M + 1.0) + H * (3.0 * M + 2.0);
}

/* Textbook counts: a real transform of n points takes 2.5 n log2 n; n = 2L here, whatever the padding. */
static double forward_flops(const struct h3_shape *shape)
{
    const double D = (double)shape->D, P = (double)shape->P;
    const double projections = shape->core ? 0.0 : 8.0 * D;
    const double convolutions = P * (10.0 * log2(2.0 * (double)shape->L) + 8.0);
    const double gates = 1.0 + 2.0 * P;
    return (double)shape->B * (double)shape->L * D * (projections + 2.0 * (double)shape->M + convolutions + gates);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    const enum seq_status status = check(problem, message);
    if (status != SEQ_OK)
        return status;
    const struct h3_shape shape = h3_shape_get(problem);
    const struct mixer mixer = h3_mixer_get(problem);
    size_t bytes[SEQ_REGION_COUNT] = {0};
    h3_region_sizes(&shape, &mixer, bytes);
    for (int i = 0; i < SEQ_REGION_COUNT; ++i)
        cost->region_bytes[i] = (double)bytes[i];
    cost->region_bytes[SEQ_PARAMETERS] = (double)sizeof(float) * parameter_floats(&shape);

    const double D = (double)shape.D, L = (double)shape.L;
    const double weights = shape.core ? 0.0 : 4.0 * D * D;
    const double filters = (double)shape.H * (2.0 * L + 2.0) + D * (double)shape.M;
    cost->flops = forward_flops(&shape);
    cost->bytes = (double)sizeof(float) * (2.0 * (double)shape.B * L * D + weights + filters);
    cost->time = (struct seq_growth){.power = 1.0, .log_power = 1.0};
    cost->memory = (struct seq_growth){.power = 1.0};
    cost->traits = SEQ_TRAIT_CAUSAL | SEQ_TRAIT_ROUNDING_LEAKS;
    return SEQ_OK;
}

/* ---------------------------------------------------------------- plan */

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    const enum seq_status status = check(problem, message);
    if (status != SEQ_OK)
        return status;
    struct seq_plan *const made = arena->allocate(arena, sizeof *made);
    if (!made) {
        snprintf(message->text, sizeof message->text, "no memory for a plan of %zu bytes", sizeof *made);
        return SEQ_NO_MEMORY;
    }
    made->shape = h3_shape_get(problem);
    made->mixer = h3_mixer_get(problem);
    made->layout = h3_layout_get(&made->shape, &made->mixer);
    made->kernel = ISA_SELECT(h3_kernel, problem->isa);
    made->panels = ISA_SELECT(panel_kernel, problem->isa);
    h3_list_parameters(made);
    const enum seq_status made_conv = longconv_create(&made->conv, &made->mixer.conv, arena, message);
    if (made_conv == SEQ_OK)
        *plan_out = made;
    return made_conv;
}

static const struct seq_parameter *parameters(const struct seq_plan *made, size_t *count)
{
    *count = made->parameter_count;
    return made->parameters;
}

static void regions(const struct seq_plan *made, size_t bytes[SEQ_REGION_COUNT])
{
    h3_region_sizes(&made->shape, &made->mixer, bytes);
}

static size_t method(const struct seq_plan *made, char *text, size_t capacity)
{
    return mixer_method(&made->mixer, made->conv, text, capacity);
}

static void destroy(struct seq_plan *made)
{
    longconv_destroy(made->conv);
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "h3",
    .summary = "two state-space models, a shift and a diagonal one, between multiplicative gates",
    .source = "Fu et al. 2022, Hungry Hungry Hippos, arXiv 2212.14052",
    .colour = 5,
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_CORE,
    .options = options,
    .option_count = H3_OPTION_COUNT,
    .describe = describe,
    .plan = plan,
    .parameters = parameters,
    .fill_parameter = h3_fill_parameter,
    .regions = regions,
    .prepare = h3_prepare,
    .forward = h3_forward,
    .reference = h3_reference,
    .plan_export = longconv_plan_export,
    .plan_import = longconv_plan_import,
    .destroy = destroy,
    .method = method,
};
