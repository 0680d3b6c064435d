/* h3_shape.c - sizes, tensors and their initial values, as the authors' constructors have them. */
#include "h3/h3.h"

#include "kernels/linear.h"

#include <math.h>
#include <string.h>

#define LINE_FLOATS 16

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

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t whole(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

struct h3_scratch_layout h3_scratch_layout_get(const struct h3_shape *shape)
{
    const size_t blocks = whole((size_t)shape->L, H3_FIR_BLOCK);
    const size_t history = whole((size_t)(shape->M - 1) + blocks, LINE_FLOATS);
    const size_t modes = (size_t)(shape->M / 2) * sizeof(struct h3_mode) / sizeof(float);
    struct h3_scratch_layout layout = {.sequence = 0, .shifted_stride = blocks};
    layout.spectrum = (size_t)fftconv_sequence_floats(shape->L);
    layout.history = layout.modes = layout.spectrum + (size_t)fftconv_spectrum_floats(shape->L);
    layout.shifted = layout.history + history;
    layout.sum = layout.shifted + (size_t)shape->P * blocks;
    layout.floats = larger(layout.sum + (shape->P > 1 ? (size_t)shape->L : 0), layout.modes + modes);
    return layout;
}

void h3_region_sizes(const struct h3_shape *shape, size_t bytes[SEQ_REGION_COUNT])
{
    const size_t rows = (shape->core ? 2 : 3) * (size_t)shape->D; /* core: the input and the result */
    bytes[SEQ_PREPARED] = (size_t)(h3_taps_offset(shape) + shape->D * shape->M) * sizeof(float);
    bytes[SEQ_ACTIVATIONS] = rows * (size_t)linear_channel_stride(shape->B * shape->L) * sizeof(float);
    bytes[SEQ_THREAD_SCRATCH] = h3_scratch_layout_get(shape).floats * sizeof(float);
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
