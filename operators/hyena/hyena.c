/* hyena.c - the Hyena operator: order N interleaves N gates with N - 1 long convolutions, whose filters a small network
 * writes from positions. Here: options, price and plan; README.md has the equations.
 */
#include "hyena/hyena.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct seq_option options[HYENA_OPTION_COUNT] = {
    [HYENA_ORDER] =
        {
            .name = "order",
            .help = "gates; there is one long convolution less",
            .type = SEQ_INT,
            .value = 2,
            .low = 2,
            .high = 16,
        },
    [HYENA_FILTER_ORDER] =
        {
            .name = "filter_order",
            .help = "width of the filter network",
            .type = SEQ_INT,
            .value = 64,
            .low = 1,
            .high = 4096,
        },
    [HYENA_EMB_DIM] =
        {
            .name = "emb_dim",
            .help = "features of a position, an odd number: time, cosines, sines (published: 33)",
            .type = SEQ_INT,
            .value = 3,
            .low = 3,
            .high = 1025,
        },
    [HYENA_W] =
        {
            .name = "w",
            .help = "initial frequency of the filter network's sines (published: 14)",
            .type = SEQ_REAL,
            .value = 1.0,
            .low = 0.0,
            .high = 1000.0,
        },
    [HYENA_NUM_INNER_MLPS] =
        {
            .name = "num_inner_mlps",
            .help = "inner layers of the filter network",
            .type = SEQ_INT,
            .value = 2,
            .low = 0,
            .high = HYENA_MAX_INNER,
        },
    [HYENA_SHORT_FILTER_ORDER] =
        {
            .name = "short_filter_order",
            .help = "taps of the short filter behind the input projection",
            .type = SEQ_INT,
            .value = 3,
            .low = 1,
            .high = 1024,
        },
    [HYENA_FAST_DECAY_PCT] =
        {
            .name = "fast_decay_pct",
            .help = "part of l_max in which the last filter's window falls to target",
            .type = SEQ_REAL,
            .value = 0.3,
            .low = 1e-6,
            .high = 1e6,
        },
    [HYENA_SLOW_DECAY_PCT] =
        {
            .name = "slow_decay_pct",
            .help = "part of l_max in which the first filter's window falls to target",
            .type = SEQ_REAL,
            .value = 1.5,
            .low = 1e-6,
            .high = 1e6,
        },
    [HYENA_TARGET] =
        {
            .name = "target",
            .help = "what the decay windows fall to",
            .type = SEQ_REAL,
            .value = 0.01,
            .low = 1e-30,
            .high = 1.0,
        },
    [HYENA_SHIFT] =
        {
            .name = "shift",
            .help = "added to the decay windows, so that they do not force filters to zero",
            .type = SEQ_REAL,
            .value = 0.0,
            .low = -1e6,
            .high = 1e6,
        },
    [HYENA_L_MAX] =
        {
            .name = "l_max",
            .help = "longest sequence that the filters are made for; 0: the length itself",
            .type = SEQ_INT,
            .value = 0,
            .low = 0,
            .high = (double)LONGCONV_MAX_LENGTH,
        },
    [HYENA_GEMM] = LINEAR_OPTION,
    [HYENA_CONV] = LONGCONV_OPTION,
};

static enum seq_status check(const struct seq_problem *problem, struct seq_message *message)
{
    const struct hyena_shape shape = hyena_shape_get(problem);
    if (shape.E % 2 == 0)
        return mixer_refuse(message, "emb_dim=%lld is even: it is one time, and as many cosines as sines; use an odd number",
                      (long long)shape.E);
    if (shape.L > shape.l_max)
        return mixer_refuse(message, "length %lld is beyond the l_max=%lld that the filters are made for: raise l_max",
                      (long long)shape.L, (long long)shape.l_max);
    return mixer_check(problem, shape.N + 1, message);
}

/* ---------------------------------------------------------------- price */

static double parameter_floats(const struct hyena_shape *shape)
{
    const double D = (double)shape->D, W = (double)shape->W, streams = (double)(shape->N + 1) * D;
    const double projections = shape->core ? 0.0 : streams * (D + 1.0) + D * (D + 1.0);
    const double network = W * (double)(shape->E + 2) + (double)shape->I * W * (W + 1.0);
    const double positions = (double)shape->l_max * (double)(shape->E + 1);
    return projections + streams * (double)(shape->K + 1) + network + positions + (double)shape->filters * (W + 2.0);
}

/* Textbook counts: a real transform of n points takes 2.5 n log2 n; n = 2L here, whatever the padding. */
static double forward_flops(const struct hyena_shape *shape)
{
    const double D = (double)shape->D, N = (double)shape->N;
    const double projections = shape->core ? 0.0 : 2.0 * (N + 2.0) * D;
    const double short_filters = 2.0 * (double)shape->K * (N + 1.0);
    const double convolutions = (N - 1.0) * (10.0 * log2(2.0 * (double)shape->L) + 8.0);
    return (double)shape->B * (double)shape->L * D * (projections + short_filters + convolutions + N);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    const enum seq_status status = check(problem, message);
    if (status != SEQ_OK)
        return status;
    const struct hyena_shape shape = hyena_shape_get(problem);
    const struct mixer mixer = hyena_mixer_get(problem);
    const struct linear filter = hyena_filter_layer_get(problem);
    size_t bytes[SEQ_REGION_COUNT] = {0};
    hyena_region_sizes(&shape, &mixer, &filter, bytes);
    for (int i = 0; i < SEQ_REGION_COUNT; ++i)
        cost->region_bytes[i] = (double)bytes[i];
    cost->region_bytes[SEQ_PARAMETERS] = (double)sizeof(float) * parameter_floats(&shape);

    const double D = (double)shape.D, N = (double)shape.N, L = (double)shape.L;
    const double weights = shape.core ? 0.0 : (N + 2.0) * D * D;
    const double spectra = (N - 1.0) * D * (2.0 * L + 2.0);
    cost->flops = forward_flops(&shape);
    cost->bytes = (double)sizeof(float) * (2.0 * (double)shape.B * L * D + weights + spectra);
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
    made->shape = hyena_shape_get(problem);
    memcpy(made->options, problem->options, sizeof made->options);
    made->mixer = hyena_mixer_get(problem);
    made->layout = hyena_layout_get(&made->shape, &made->mixer);
    made->filter = hyena_filter_layer_get(problem);
    made->kernel = ISA_SELECT(hyena_kernel, problem->isa);
    made->panels = ISA_SELECT(panel_kernel, problem->isa);
    hyena_list_parameters(made);
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
    hyena_region_sizes(&made->shape, &made->mixer, &made->filter, bytes);
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
    .name = "hyena",
    .summary = "gates and long convolutions, with filters written by a network from positions",
    .source = "Poli et al. 2023, Hyena Hierarchy, arXiv 2302.10866",
    .colour = 6,
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_CORE,
    .options = options,
    .option_count = HYENA_OPTION_COUNT,
    .describe = describe,
    .plan = plan,
    .parameters = parameters,
    .fill_parameter = hyena_fill_parameter,
    .regions = regions,
    .prepare = hyena_prepare,
    .forward = hyena_forward,
    .reference = hyena_reference,
    .plan_export = longconv_plan_export,
    .plan_import = longconv_plan_import,
    .destroy = destroy,
    .method = method,
};
