/* hyena_filter.c - everything that depends on the weights alone: the long filters and their spectra.
 *
 * Two passes. The filter network runs over chunks of positions, as GEMMs, and writes each filter along its own row. Then
 * each row gets its decay window and is transformed. The rows are those of the spectra, each a little longer than twice the
 * filter, so that the filters need no memory of their own.
 *
 * The sine layers are in double: each multiplies an error of its input by about freq, and at the published freq = 14 the
 * rounding of float32 would be 2e-5 of the layer's output after three of them. The last layer is linear and in float.
 */
#include "hyena/hyena.h"

#include "kernels/linear.h"

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

/* Positions [first, first + rows) through the sine layers; returns the last one's values (rows, W), a part of `memory`. */
static const float *run_layers(const struct seq_plan *plan, const struct hyena_weights *weights, double *memory,
                               int64_t first, int64_t rows)
{
    const struct hyena_shape *const shape = &plan->shape;
    const struct hyena_network_layout layout = hyena_network_layout_get(shape);
    double *x = memory + layout.x, *y = memory + layout.y;
    double *const weight = memory + layout.weight, *const bias = memory + layout.bias;
    widen(x, weights->z + first * shape->E, rows * shape->E);
    for (int64_t i = 0; i <= shape->I; ++i) {
        const struct hyena_layer *const layer = &weights->layers[i];
        widen(weight, layer->weight, shape->W * layer->inputs);
        widen(bias, layer->bias, shape->W);
        linear_forward_double(y, x, weight, bias, rows, layer->inputs, shape->W);
        plan->kernel->sine(y, layer->freq, rows, shape->W);
        double *const behind = y;
        y = x;
        x = behind;
    }
    narrow((float *)(void *)y, x, rows * shape->W);
    return (const float *)(void *)y;
}

/* Positions [first, first + rows) of all filters, each along its row of `filters`. */
static void write_filters(const struct seq_plan *plan, const struct hyena_weights *weights, float *filters, double *memory,
                          int64_t first, int64_t rows)
{
    const struct hyena_shape *const shape = &plan->shape;
    const float *const hidden = run_layers(plan, weights, memory, first, rows);
    linear_forward_to_channels(filters + first, fftconv_spectrum_floats(shape->L), hidden, shape->W, weights->filter_weight,
                               rows, shape->W, shape->filters);
}

static void transform_filter(const struct seq_plan *plan, const struct hyena_weights *weights, float *row, float *sequence,
                             int64_t filter)
{
    const struct hyena_window window = {
        .delta = weights->deltas[filter],
        .shift = plan->shape.shift,
        .scale = (float)fftconv_scale(plan->conv),
    };
    plan->kernel->window(sequence, row, weights->t, &window, plan->shape.L);
    fftconv_transform(plan->conv, row, sequence);
}

enum seq_status hyena_prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct hyena_shape *const shape = &plan->shape;
    const struct hyena_weights weights = hyena_weights_get(shape, run->parameters);
    const int64_t stride = fftconv_spectrum_floats(shape->L);
    float *const filters = run->prepared;
    linear_set_threads(run->threads);

    seq_phase(run, "filter network");
#pragma omp parallel for num_threads(run->threads) schedule(static)
    for (int64_t first = 0; first < shape->L; first += HYENA_FILTER_ROWS) {
        const int64_t left = shape->L - first;
        write_filters(plan, &weights, filters, seq_thread_scratch(run, omp_get_thread_num()), first,
                      left < HYENA_FILTER_ROWS ? left : HYENA_FILTER_ROWS);
    }

    seq_phase(run, "filter spectrum");
#pragma omp parallel num_threads(run->threads)
    {
        float *const sequence = seq_thread_scratch(run, omp_get_thread_num());
        fftconv_pad(plan->conv, sequence);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < shape->filters; ++i)
            transform_filter(plan, &weights, filters + i * stride, sequence, i);
    }
    return SEQ_OK;
}
