/* hyena_filter.c - everything that depends on the weights alone: packed projections, taps of the short filters, and the long
 * filters and their spectra.
 *
 * Two passes over the long filters. The filter network runs over chunks of positions, as matrix products; its last layer
 * writes the filters, 16 of them side by side, which get their decay windows, and at position 0 their skips, while they are in
 * the cache. Then each group of filters is prepared for its convolution. In between they lie in the memory of the activations.
 *
 * The sine layers are in double: each multiplies an error of its input by about freq, and at the published freq = 14 the
 * rounding of float32 would be 2e-5 of the layer's output after three of them. The last layer is linear and in float.
 */
#include "hyena/hyena.h"

#include <omp.h>

static void widen(double *to, const float *from, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] = from[i];
}

static void narrow(float *to, const double *from, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] = (float)from[i];
}

/* Sine layer i as write_layer() has packed it. */
static struct hyena_sines layer_get(const struct seq_plan *plan, const double *packed, int64_t i)
{
    const struct hyena_shape *const shape = &plan->shape;
    const int64_t units = hyena_network_get(shape, &plan->filter).units, inputs = i == 0 ? shape->E : shape->W;
    const double *const weight = packed + (i == 0 ? 0 : shape->E + 2 + (i - 1) * (shape->W + 2)) * units;
    return (struct hyena_sines){
        .weight = weight,
        .bias = weight + inputs * units,
        .freq = weight + (inputs + 1) * units,
        .inputs = inputs,
        .units = units,
    };
}

/* Positions [first, first + rows) through the sine layers; returns the last one's values (rows, units), a part of `memory`. */
static const float *run_layers(const struct seq_plan *plan, const struct hyena_weights *weights, const double *packed,
                               double *memory, int64_t first, int64_t rows)
{
    const struct hyena_shape *const shape = &plan->shape;
    const struct hyena_network_layout layout = hyena_network_layout_get(shape, &plan->mixer, &plan->filter);
    const int64_t units = hyena_network_get(shape, &plan->filter).units;
    double *x = memory + layout.x, *y = memory + layout.y;
    widen(x, weights->z + first * shape->E, rows * shape->E);
    for (int64_t i = 0; i <= shape->I; ++i) {
        const struct hyena_sines layer = layer_get(plan, packed, i);
        plan->kernel->sines(y, x, i == 0 ? shape->E : units, &layer, rows);
        double *const behind = y;
        y = x;
        x = behind;
    }
    narrow((float *)(void *)y, x, rows * units);
    return (const float *)(void *)y;
}

/* Positions [first, first + rows) of 16 filters of an order: window and skip. */
static void finish_group(const struct seq_plan *plan, const struct hyena_weights *weights, float *panel, int64_t order,
                         int64_t group, int64_t first, int64_t rows)
{
    const int64_t left = plan->shape.D - group * MATRIX_GROUP, filter = order * plan->shape.D + group * MATRIX_GROUP;
    const struct hyena_window window = {
        .deltas = weights->deltas + filter,
        .lanes = left < MATRIX_GROUP ? left : MATRIX_GROUP,
        .shift = plan->shape.shift,
    };
    plan->kernel->window(panel, weights->t + first, &window, rows);
    for (int64_t c = 0; first == 0 && c < window.lanes; ++c)
        panel[c] += weights->skip[filter + c];
}

static float *last_layer(const struct seq_plan *plan, const struct seq_run *run, int64_t order)
{
    const struct hyena_network network = hyena_network_get(&plan->shape, &plan->filter);
    double *const sines = run->scratch;
    return (float *)(void *)(sines + network.doubles) + order * network.floats;
}

/* Positions [first, first + rows) of all filters of an order, from the network's `hidden` values (rows, units). */
static void write_filters(const struct seq_plan *plan, const struct hyena_weights *weights, const struct seq_run *run,
                          double *memory, const float *hidden, int64_t order, int64_t first, int64_t rows)
{
    const struct mixer *const mixer = &plan->mixer;
    const struct hyena_network_layout layout = hyena_network_layout_get(&plan->shape, mixer, &plan->filter);
    float *const groups = (float *)run->activations + order * mixer->groups * mixer->conv.group_floats;
    float *const buffer = (float *)(void *)(memory + layout.filters);
    const bool in_place = mixer->conv.layout == LONGCONV_PANELS;
    const struct matrix panels = {
        .data = longconv_panel(plan->conv, groups, first, buffer),
        .row_stride = MATRIX_GROUP,
        .group_stride = in_place ? mixer->conv.group_floats : HYENA_FILTER_ROWS * MATRIX_GROUP,
    };
    const struct hyena_network network = hyena_network_get(&plan->shape, &plan->filter);
    linear_rows(&plan->filter, panels, matrix_rows_in(hidden, network.units), last_layer(plan, run, order), rows,
                (float *)(void *)(memory + layout.scratch));
    for (int64_t g = 0; g < mixer->groups; ++g) {
        float *const panel = panels.data + g * panels.group_stride;
        finish_group(plan, weights, panel, order, g, first, rows);
        longconv_put(plan->conv, groups + g * mixer->conv.group_floats, first, panel, rows);
    }
}

static void run_network(const struct seq_plan *plan, const struct hyena_weights *weights, const struct seq_run *run)
{
    const struct hyena_shape *const shape = &plan->shape;
#pragma omp parallel for num_threads(run->threads) schedule(static)
    for (int64_t first = 0; first < shape->L; first += HYENA_FILTER_ROWS) {
        const int64_t left = shape->L - first, rows = left < HYENA_FILTER_ROWS ? left : HYENA_FILTER_ROWS;
        double *const memory = seq_thread_scratch(run, omp_get_thread_num());
        const float *const hidden = run_layers(plan, weights, run->scratch, memory, first, rows);
        for (int64_t order = 0; order < shape->N - 1; ++order)
            write_filters(plan, weights, run, memory, hidden, order, first, rows);
    }
}

/* ---------------------------------------------------------------- weights */

/* A stream's short filters, 16 side by side, the newest token's taps first; zeros where there is no channel. */
static void write_taps(const struct seq_plan *plan, const struct hyena_weights *weights, float *taps, int64_t stream)
{
    const int64_t K = plan->shape.K, D = plan->shape.D;
    for (int64_t c = 0; c < plan->mixer.groups * MATRIX_GROUP; ++c) {
        float *const to = taps + c / MATRIX_GROUP * plan->layout.taps_floats + c % MATRIX_GROUP;
        const int64_t channel = stream * D + c;
        to[0] = c < D ? weights->short_bias[channel] : 0.0f;
        for (int64_t m = 0; m < K; ++m)
            to[(1 + m) * MATRIX_GROUP] = c < D ? weights->short_weight[channel * K + K - 1 - m] : 0.0f;
    }
}

/* Layer i of the network in double, transposed, zeros beyond its W units. */
static void write_layer(const struct seq_plan *plan, const struct hyena_weights *weights, double *packed, int64_t i)
{
    const struct hyena_sines layer = layer_get(plan, packed, i);
    const struct hyena_layer *const from = &weights->layers[i];
    double *to = packed + (layer.weight - packed);
    for (int64_t row = 0; row < layer.inputs + 2; ++row)
        for (int64_t unit = 0; unit < layer.units; ++unit)
            *to++ = unit >= plan->shape.W     ? 0.0
                    : row < layer.inputs      ? (double)from->weight[unit * layer.inputs + row]
                    : row == layer.inputs     ? (double)from->bias[unit]
                                              : (double)from->freq[unit];
}

static void pack(const struct seq_plan *plan, const struct hyena_weights *weights, const struct seq_run *run)
{
    const struct hyena_shape *const shape = &plan->shape;
    const int64_t D = shape->D;
    float *const taps = (float *)run->prepared + plan->layout.taps;
    for (int64_t stream = 0; stream <= shape->N; ++stream) {
        write_taps(plan, weights, taps + stream * plan->mixer.groups * plan->layout.taps_floats, stream);
        if (!shape->core)
            mixer_pack_stream(&plan->mixer, run, stream, weights->in_weight + stream * D * D, weights->in_bias + stream * D);
    }
    if (!shape->core)
        mixer_pack_output(&plan->mixer, run, weights->out_weight, weights->out_bias);
    for (int64_t i = 0; i <= shape->I; ++i)
        write_layer(plan, weights, run->scratch, i);
    for (int64_t order = 0; order < shape->N - 1; ++order)
        linear_pack(&plan->filter, last_layer(plan, run, order), weights->filter_weight + order * D * shape->W, shape->W, NULL,
                    run->threads);
}

enum seq_status hyena_prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct hyena_weights weights = hyena_weights_get(&plan->shape, run->parameters);
    seq_phase(run, "weights");
    pack(plan, &weights, run);
    seq_phase(run, "filter network");
    run_network(plan, &weights, run);
    seq_phase(run, "filter spectrum");
    mixer_prepare_filters(&plan->mixer, plan->conv, run, (float *)run->prepared + plan->layout.spectra);
    return SEQ_OK;
}
