/* h3.c - the H3 layer: q times a diagonal SSM of (a shift SSM of k) times v. Here: options, price and plan; README.md has
 * the equations.
 */
#include "h3/h3.h"

#include "kernels/linear.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define MAX_BYTES 4503599627370496.0 /* 2^52: sums of region sizes are then exact as double and as size_t */

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
};

__attribute__((format(printf, 2, 3))) static enum seq_status refuse(struct seq_message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return SEQ_UNSUPPORTED;
}

/* Sizes at which byte counts, OpenBLAS's 32-bit dimensions or FFTW's would overflow. */
static enum seq_status check_size(const struct seq_problem *problem, struct seq_message *message)
{
    const double tokens = (double)problem->B * (double)problem->L, D = (double)problem->D;
    if (problem->L > FFTCONV_MAX_LENGTH)
        return refuse(message, "length %lld is too large: at most %lld is supported", (long long)problem->L,
                      (long long)FFTCONV_MAX_LENGTH);
    if (!(tokens < (double)INT32_MAX - 1024.0) || !(D < (double)INT32_MAX) ||
        !((tokens + (double)fftconv_spectrum_floats(problem->L) + 4096.0) * D * D * 4.0 < MAX_BYTES))
        return refuse(message, "batch %lld, length %lld and width %lld together are too large: reduce one of them",
                      (long long)problem->B, (long long)problem->L, (long long)problem->D);
    return SEQ_OK;
}

static enum seq_status check(const struct seq_problem *problem, struct seq_message *message)
{
    const int64_t states = seq_option_int(problem, H3_D_STATE), head_dim = seq_option_int(problem, H3_HEAD_DIM);
    if (problem->mode != SEQ_FORWARD)
        return refuse(message, "%s mode is not supported: use mode forward",
                      problem->mode == SEQ_TRAIN ? "train" : "decode");
    if (states % 2 != 0)
        return refuse(message, "d_state=%lld is odd: states come as complex pairs; use an even number", (long long)states);
    if (problem->D % head_dim != 0)
        return refuse(message, "head_dim=%lld does not divide the width %lld: use a divisor of it", (long long)head_dim,
                      (long long)problem->D);
    return check_size(problem, message);
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
    size_t bytes[SEQ_REGION_COUNT] = {0};
    h3_region_sizes(&shape, bytes);
    for (int i = 0; i < SEQ_REGION_COUNT; ++i)
        cost->region_bytes[i] = (double)bytes[i];
    cost->region_bytes[SEQ_PARAMETERS] = (double)sizeof(float) * parameter_floats(&shape);

    const double D = (double)shape.D, tokens = (double)shape.B * (double)shape.L;
    const double weights = shape.core ? 0.0 : 4.0 * D * D;
    cost->flops = forward_flops(&shape);
    cost->bytes = (double)sizeof(float) * (2.0 * tokens * D + weights) + cost->region_bytes[SEQ_PREPARED];
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
    made->kernel = ISA_SELECT(h3_kernel, problem->isa);
    h3_list_parameters(made);
    const enum seq_status made_conv = fftconv_create(&made->conv, problem->L, problem->isa, arena, message);
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
    h3_region_sizes(&made->shape, bytes);
}

static void destroy(struct seq_plan *made)
{
    fftconv_destroy(made->conv);
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
    .plan_export = fftconv_plan_export,
    .plan_import = fftconv_plan_import,
    .destroy = destroy,
};
