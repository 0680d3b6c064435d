/* h3_shape.c - sizes, tensors and their initial values, as the authors' constructors have them. */
#include "h3/h3.h"

#include <math.h>
#include <string.h>

struct h3_shape h3_shape_get(const struct seq_problem *problem)
{
    const int64_t P = seq_option_int(problem, H3_HEAD_DIM);
    return (struct h3_shape){
        .B = problem->B,
        .L = problem->L,
        .D = problem->D,
        .H = problem->D / P,
        .P = P,
        .M = seq_option_int(problem, H3_D_STATE),
        .disc = (enum h3_disc)seq_option_int(problem, H3_DISC),
        .core = problem->scope == SEQ_CORE,
    };
}

/* Streams are k, which the shift SSM filters, v and q. With heads of one channel, kept are the product of the first two, which
 * becomes the result, and q; else all three, since each channel of a head meets each other, and the result. */
struct mixer h3_mixer_get(const struct seq_problem *problem)
{
    const struct h3_shape shape = h3_shape_get(problem);
    struct mixer asked = {
        .B = shape.B,
        .L = shape.L,
        .D = shape.D,
        .core = shape.core,
        .streams = H3_STREAM_COUNT,
        .filtered = 1,
        .plain = 1,
        .history = shape.M - 1,
        .kept = H3_KEPT_COUNT,
        .entered = 1,
        .result = H3_GATED,
        .filter_groups = matrix_groups(shape.D),
        .threads = problem->threads,
    };
    const enum longconv_method conv = (enum longconv_method)seq_option_int(problem, H3_CONV);
    if (shape.P > 1) {
        asked.plain = 2;
        asked.kept = H3_HEAD_KEPT_COUNT;
        asked.result = H3_RESULT;
        asked.convolve_floats = 2 * longconv_shape_get(shape.L, problem->isa, conv).group_floats;
    }
    return mixer_create(asked, problem->isa, (enum linear_method)seq_option_int(problem, H3_GEMM), conv);
}

struct h3_layout h3_layout_get(const struct h3_shape *shape, const struct mixer *mixer)
{
    struct h3_layout layout = {.taps = mixer_packed_floats(mixer)};
    layout.spectra = layout.taps + mixer->groups * shape->M * MATRIX_GROUP;
    layout.end = layout.spectra + mixer->filter_groups * mixer->conv.filter_floats;
    return layout;
}

/* The right factor stays in a second-level cache: 64 steps of 32 modes are 256 KiB. */
struct h3_response_layout h3_response_layout_get(const struct h3_shape *shape)
{
    const int64_t modes = shape->M / 2, state = modes * 2 * MATRIX_GROUP, fitting = 2048 / modes / 4 * 4;
    struct h3_response_layout layout = {.steps = fitting < 4 ? 4 : fitting > 64 ? 64 : fitting};
    layout.step = layout.power + state;
    layout.left = layout.step + state;
    layout.right = layout.left + H3_LEFT * state / 2;
    layout.values = layout.right + layout.steps * state / 2;
    layout.doubles = layout.values + H3_LEFT * layout.steps * MATRIX_GROUP / 2;
    return layout;
}

void h3_region_sizes(const struct h3_shape *shape, const struct mixer *mixer, size_t bytes[SEQ_REGION_COUNT])
{
    const size_t response = (size_t)h3_response_layout_get(shape).doubles * sizeof(double);
    mixer_region_sizes(mixer, h3_layout_get(shape, mixer).end - mixer_packed_floats(mixer), bytes);
    if (bytes[SEQ_THREAD_SCRATCH] < response)
        bytes[SEQ_THREAD_SCRATCH] = response;
}

/* ---------------------------------------------------------------- tensors */

/* In the order of h3_list_parameters(). */
struct h3_weights h3_weights_get(const struct h3_shape *shape, const float *const *parameters)
{
    const float *const *next = parameters;
    struct h3_weights weights = {.q_weight = NULL};
    if (!shape->core) {
        weights.q_weight = *next++;
        weights.q_bias = *next++;
        weights.k_weight = *next++;
        weights.k_bias = *next++;
        weights.v_weight = *next++;
        weights.v_bias = *next++;
        weights.output_weight = *next++;
        weights.output_bias = *next++;
    }
    weights.shift_skip = *next++;
    weights.shift_B = *next++;
    weights.shift_C = *next++;
    weights.skip = *next++;
    weights.C = *next++;
    weights.log_dt = *next++;
    weights.B = *next++;
    weights.inv_A_real = *next++;
    weights.A_imag = *next++;
    return weights;
}

static void append(struct seq_plan *plan, const struct seq_parameter *parameters, size_t count)
{
    memcpy(plan->parameters + plan->parameter_count, parameters, count * sizeof *parameters);
    plan->parameter_count += count;
}

/* torch.nn.Linear: weight and bias uniform in +- 1/sqrt(inputs). */
static void append_linear(struct seq_plan *plan, const char *weight, const char *bias)
{
    const int64_t D = plan->shape.D;
    const double bound = 1.0 / sqrt((double)D);
    const struct seq_parameter linear[] = {
        {.name = weight, .rank = 2, .shape = {D, D}, .init = SEQ_INIT_UNIFORM, .a = -bound, .b = bound},
        {.name = bias, .rank = 1, .shape = {D}, .init = SEQ_INIT_UNIFORM, .a = -bound, .b = bound},
    };
    append(plan, linear, 2);
}

static void append_shift(struct seq_plan *plan)
{
    const int64_t D = plan->shape.D, M = plan->shape.M;
    const double bound = 1.0 / sqrt((double)M);
    const struct seq_parameter shift[] = {
        {.name = "ssm_k_D", .rank = 1, .shape = {D}, .init = SEQ_INIT_NORMAL, .b = 1.0},
        {.name = "ssm_k_kernel.kernel.B", .rank = 2, .shape = {D, M}, .init = SEQ_INIT_COMPUTED},
        {.name = "ssm_k_kernel.kernel.C", .rank = 3, .shape = {1, D, M}, .init = SEQ_INIT_UNIFORM, .a = -bound, .b = bound},
    };
    append(plan, shift, 3);
}

/* Complex tensors are pairs of reals; a complex normal of variance 1 has 1/2 in each. */
static void append_diagonal(struct seq_plan *plan)
{
    const int64_t H = plan->shape.H, modes = plan->shape.M / 2;
    const struct seq_parameter diagonal[] = {
        {.name = "D", .rank = 1, .shape = {H}, .init = SEQ_INIT_NORMAL, .b = 1.0},
        {.name = "kernel.kernel.C", .rank = 4, .shape = {1, H, modes, 2}, .init = SEQ_INIT_NORMAL, .b = sqrt(0.5)},
        {.name = "kernel.kernel.log_dt", .rank = 1, .shape = {H}, .init = SEQ_INIT_LOG_UNIFORM, .a = 1e-3, .b = 1e-1},
        {.name = "kernel.kernel.B", .rank = 3, .shape = {H, modes, 2}, .init = SEQ_INIT_COMPUTED},
        {.name = "kernel.kernel.inv_A_real", .rank = 2, .shape = {H, modes}, .init = SEQ_INIT_CONSTANT, .a = log(0.5)},
        {.name = "kernel.kernel.A_imag", .rank = 2, .shape = {H, modes}, .init = SEQ_INIT_COMPUTED},
    };
    append(plan, diagonal, 6);
}

void h3_list_parameters(struct seq_plan *plan)
{
    if (!plan->shape.core) {
        append_linear(plan, "q_proj.weight", "q_proj.bias");
        append_linear(plan, "k_proj.weight", "k_proj.bias");
        append_linear(plan, "v_proj.weight", "v_proj.bias");
        append_linear(plan, "output_linear.weight", "output_linear.bias");
    }
    append_shift(plan);
    append_diagonal(plan);
}

/* ---------------------------------------------------------------- computed values */

/* All rows alike: value(0), value(1), ... */
static void fill_rows(float *values, int64_t rows, int64_t width, double (*value)(int64_t i))
{
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < width; ++i)
            values[r * width + i] = (float)value(i);
}

/* The first state takes the input. */
static double shift_B(int64_t m)
{
    return m == 0 ? 1.0 : 0.0;
}

/* Complex 1, as pairs. */
static double diagonal_B(int64_t i)
{
    return i % 2 == 0 ? 1.0 : 0.0;
}

/* S4D-Lin: frequencies pi n. */
static double diagonal_A(int64_t n)
{
    return 3.14159265358979323846 * (double)n;
}

enum seq_status h3_fill_parameter(const struct seq_plan *plan, size_t index, float *values)
{
    const struct h3_shape *const shape = &plan->shape;
    const char *const name = plan->parameters[index].name;
    if (strcmp(name, "ssm_k_kernel.kernel.B") == 0)
        fill_rows(values, shape->D, shape->M, shift_B);
    else if (strcmp(name, "kernel.kernel.B") == 0)
        fill_rows(values, shape->H, shape->M, diagonal_B);
    else if (strcmp(name, "kernel.kernel.A_imag") == 0)
        fill_rows(values, shape->H, shape->M / 2, diagonal_A);
    else
        return SEQ_FAILED;
    return SEQ_OK;
}
