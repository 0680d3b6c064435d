/* hyena_shape.c - sizes, tensors and their initial values, as the authors' constructors have them. */
#include "hyena/hyena.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct hyena_shape hyena_shape_get(const struct seq_problem *problem)
{
    const int64_t l_max = seq_option_int(problem, HYENA_L_MAX);
    const int64_t N = seq_option_int(problem, HYENA_ORDER);
    return (struct hyena_shape){
        .B = problem->B,
        .L = problem->L,
        .D = problem->D,
        .N = N,
        .K = seq_option_int(problem, HYENA_SHORT_FILTER_ORDER),
        .E = seq_option_int(problem, HYENA_EMB_DIM),
        .W = seq_option_int(problem, HYENA_FILTER_ORDER),
        .I = seq_option_int(problem, HYENA_NUM_INNER_MLPS),
        .l_max = l_max ? l_max : problem->L,
        .filters = (N - 1) * problem->D,
        .core = problem->scope == SEQ_CORE,
        .shift = (float)problem->options[HYENA_SHIFT],
    };
}

/* All streams are filtered, and kept are w, which becomes the result, and x_0 .. x_{N-2}. */
struct mixer hyena_mixer_get(const struct seq_problem *problem)
{
    const struct hyena_shape shape = hyena_shape_get(problem);
    const struct mixer asked = {
        .B = shape.B,
        .L = shape.L,
        .D = shape.D,
        .core = shape.core,
        .streams = shape.N + 1,
        .filtered = shape.N + 1,
        .history = shape.K - 1,
        .kept = shape.N,
        .entered = shape.N,
        .filter_groups = (shape.N - 1) * matrix_groups(shape.D),
        .enter_floats = (int64_t)HYENA_PIECE_ROWS * MATRIX_GROUP,
        .threads = problem->threads,
    };
    return mixer_create(asked, problem->isa, (enum linear_method)seq_option_int(problem, HYENA_GEMM),
                        (enum longconv_method)seq_option_int(problem, HYENA_CONV));
}

struct hyena_layout hyena_layout_get(const struct hyena_shape *shape, const struct mixer *mixer)
{
    struct hyena_layout layout = {.taps = mixer_packed_floats(mixer), .taps_floats = (shape->K + 1) * MATRIX_GROUP};
    layout.spectra = layout.taps + (shape->N + 1) * mixer->groups * layout.taps_floats;
    layout.end = layout.spectra + mixer->filter_groups * mixer->conv.filter_floats;
    return layout;
}

/* Of one order: W inputs, D outputs. */
struct linear hyena_filter_layer_get(const struct seq_problem *problem)
{
    return linear_create(seq_option_int(problem, HYENA_FILTER_ORDER), problem->D, problem->isa,
                         (enum linear_method)seq_option_int(problem, HYENA_GEMM));
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct hyena_network hyena_network_get(const struct hyena_shape *shape, const struct linear *filter)
{
    const int64_t units = (shape->W + HYENA_UNITS - 1) / HYENA_UNITS * HYENA_UNITS;
    return (struct hyena_network){
        .units = units,
        .doubles = (shape->E + 2 + shape->I * (shape->W + 2)) * units,
        .floats = (linear_packed_floats(filter) + MATRIX_GROUP - 1) / MATRIX_GROUP * MATRIX_GROUP,
    };
}

struct hyena_network_layout hyena_network_layout_get(const struct hyena_shape *shape, const struct mixer *mixer,
                                                     const struct linear *filter)
{
    const int64_t rows = HYENA_FILTER_ROWS, room = larger((shape->E + 7) / 8 * 8, hyena_network_get(shape, filter).units);
    const int64_t panels = mixer->conv.layout == LONGCONV_ROWS ? mixer->groups * rows * MATRIX_GROUP : 0;
    struct hyena_network_layout layout = {.x = 0, .y = rows * room, .filters = 2 * rows * room};
    layout.scratch = layout.filters + panels / 2;
    layout.doubles = layout.scratch + (linear_scratch_floats(filter, rows) + 1) / 2;
    return layout;
}

void hyena_region_sizes(const struct hyena_shape *shape, const struct mixer *mixer, const struct linear *filter,
                        size_t bytes[SEQ_REGION_COUNT])
{
    const size_t thread = (size_t)hyena_network_layout_get(shape, mixer, filter).doubles * sizeof(double);
    const struct hyena_network network = hyena_network_get(shape, filter);
    mixer_region_sizes(mixer, hyena_layout_get(shape, mixer).end - mixer_packed_floats(mixer), bytes);
    bytes[SEQ_SCRATCH] = (size_t)network.doubles * sizeof(double) + (size_t)((shape->N - 1) * network.floats) * sizeof(float);
    if (bytes[SEQ_THREAD_SCRATCH] < thread)
        bytes[SEQ_THREAD_SCRATCH] = thread;
}

/* ---------------------------------------------------------------- tensors */

/* In the order of hyena_list_parameters(). */
struct hyena_weights hyena_weights_get(const struct hyena_shape *shape, const float *const *parameters)
{
    const float *const *next = parameters;
    struct hyena_weights weights = {.in_weight = NULL};
    if (!shape->core) {
        weights.in_weight = *next++;
        weights.in_bias = *next++;
        weights.out_weight = *next++;
        weights.out_bias = *next++;
    }
    weights.short_weight = *next++;
    weights.short_bias = *next++;
    weights.skip = *next++;
    weights.z = *next++;
    weights.t = *next++;
    for (int64_t i = 0; i <= shape->I; ++i, next += 3)
        weights.layers[i] = (struct hyena_layer){
            .weight = next[0],
            .bias = next[1],
            .freq = next[2],
            .inputs = i == 0 ? shape->E : shape->W,
        };
    weights.filter_weight = *next++;
    weights.deltas = *next++;
    return weights;
}

/* Appends a copy of `parameter` under a printed name; returns its index. */
__attribute__((format(printf, 3, 4))) static size_t add(struct seq_plan *plan, struct seq_parameter parameter,
                                                        const char *format, ...)
{
    const size_t index = plan->parameter_count++;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(plan->names[index], sizeof plan->names[index], format, arguments);
    va_end(arguments);
    parameter.name = plan->names[index];
    plan->parameters[index] = parameter;
    return index;
}

/* A tensor of torch.nn.Linear or Conv1d as their constructors fill it: uniform in +- 1/sqrt(fan_in). */
static struct seq_parameter uniform(int64_t fan_in, int rank, int64_t a, int64_t b, int64_t c)
{
    const double bound = 1.0 / sqrt((double)fan_in);
    return (struct seq_parameter){.rank = rank, .shape = {a, b, c}, .init = SEQ_INIT_UNIFORM, .a = -bound, .b = bound};
}

static void list_projections(struct seq_plan *plan)
{
    const int64_t D = plan->shape.D, streams = (plan->shape.N + 1) * D;
    add(plan, uniform(D, 2, streams, D, 0), "in_proj.weight");
    add(plan, uniform(D, 1, streams, 0, 0), "in_proj.bias");
    add(plan, uniform(D, 2, D, D, 0), "out_proj.weight");
    add(plan, uniform(D, 1, D, 0, 0), "out_proj.bias");
}

/* nn.Sequential: Linear and Sin in turn, all Sins one object with one trainable tensor. */
static void list_network(struct seq_plan *plan)
{
    const struct hyena_shape *const shape = &plan->shape;
    const struct seq_parameter freq = {
        .rank = 2, .shape = {1, shape->W}, .init = SEQ_INIT_CONSTANT, .a = plan->options[HYENA_W]};
    size_t shared = 0;
    for (int64_t i = 0; i <= shape->I; ++i) {
        const int64_t inputs = i == 0 ? shape->E : shape->W;
        struct seq_parameter sine = freq;
        if (i > 0) {
            sine.kind = SEQ_ALIAS;
            sine.alias_of = shared;
        }
        add(plan, uniform(inputs, 2, shape->W, inputs, 0), "filter_fn.implicit_filter.%d.weight", (int)(2 * i));
        add(plan, uniform(inputs, 1, shape->W, 0, 0), "filter_fn.implicit_filter.%d.bias", (int)(2 * i));
        const size_t index = add(plan, sine, "filter_fn.implicit_filter.%d.freq", (int)(2 * i + 1));
        shared = i == 0 ? index : shared;
    }
    add(plan, uniform(shape->W, 2, shape->filters, shape->W, 0), "filter_fn.implicit_filter.%d.weight",
        (int)(2 * shape->I + 2));
}

void hyena_list_parameters(struct seq_plan *plan)
{
    const struct hyena_shape *const shape = &plan->shape;
    const int64_t streams = (shape->N + 1) * shape->D;
    const struct seq_parameter skip = {.rank = 1, .shape = {shape->filters}, .init = SEQ_INIT_NORMAL, .b = 1.0};
    const struct seq_parameter z = {.rank = 3, .shape = {1, shape->l_max, shape->E}, .init = SEQ_INIT_COMPUTED};
    const struct seq_parameter t = {
        .rank = 3, .shape = {1, shape->l_max, 1}, .kind = SEQ_BUFFER, .init = SEQ_INIT_COMPUTED};
    const struct seq_parameter deltas = {
        .rank = 3, .shape = {1, 1, shape->filters}, .kind = SEQ_BUFFER, .init = SEQ_INIT_COMPUTED};
    if (!shape->core)
        list_projections(plan);
    add(plan, uniform(shape->K, 3, streams, 1, shape->K), "short_filter.weight");
    add(plan, uniform(shape->K, 1, streams, 0, 0), "short_filter.bias");
    add(plan, skip, "filter_fn.bias");
    add(plan, z, "filter_fn.pos_emb.z");
    add(plan, t, "filter_fn.pos_emb.t");
    list_network(plan);
    add(plan, deltas, "filter_fn.modulation.deltas");
}

/* ---------------------------------------------------------------- computed values */

/* Value i of `count` from `first` to `last`, as torch.linspace has them: a single value is `first`. */
static double linspace(double first, double last, int64_t count, int64_t i)
{
    return count > 1 ? first + (last - first) * (double)i / (double)(count - 1) : first;
}

/* Row of position t: t / (l_max - 1), then cosines, then negated sines of (E - 1) / 2 frequencies. */
static void fill_position(float *row, const struct hyena_shape *shape, int64_t t)
{
    const double two_pi = 6.283185307179586476925;
    const int64_t bands = (shape->E - 1) / 2;
    row[0] = (float)linspace(0.0, 1.0, shape->l_max, t);
    for (int64_t j = 0; j < bands; ++j) {
        const double frequency = linspace(1e-4, (double)(bands - 1), bands, j);
        const double phase = two_pi * (double)t / (double)shape->l_max * frequency;
        row[1 + j] = (float)cos(phase);
        row[1 + bands + j] = (float)-sin(phase);
    }
}

/* Decay rates: the first filter's window falls to `target` within slow_decay_pct of l_max, the last one's within
 * fast_decay_pct. */
static void fill_deltas(float *values, const struct seq_plan *plan)
{
    const double log_target = log(plan->options[HYENA_TARGET]);
    const double slow = log_target / plan->options[HYENA_SLOW_DECAY_PCT];
    const double fast = log_target / plan->options[HYENA_FAST_DECAY_PCT];
    for (int64_t i = 0; i < plan->shape.filters; ++i)
        values[i] = (float)linspace(slow, fast, plan->shape.filters, i);
}

enum seq_status hyena_fill_parameter(const struct seq_plan *plan, size_t index, float *values)
{
    const struct hyena_shape *const shape = &plan->shape;
    const char *const name = plan->names[index];
    if (strcmp(name, "filter_fn.pos_emb.z") == 0) {
        for (int64_t t = 0; t < shape->l_max; ++t)
            fill_position(values + t * shape->E, shape, t);
    } else if (strcmp(name, "filter_fn.pos_emb.t") == 0) {
        for (int64_t t = 0; t < shape->l_max; ++t)
            values[t] = (float)linspace(0.0, 1.0, shape->l_max, t);
    } else if (strcmp(name, "filter_fn.modulation.deltas") == 0) {
        fill_deltas(values, plan);
    } else {
        return SEQ_FAILED;
    }
    return SEQ_OK;
}
