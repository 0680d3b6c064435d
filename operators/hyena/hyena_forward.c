/* hyena_forward.c - the timed call: project, mix each channel along the sequence, project.
 *
 * Between the projections everything is channel-major: row c holds the B sequences of one channel. One task is one channel
 * of one sequence, start to end in two buffers of the thread's cache: every gate, short filter and skip is done by the pass
 * that fills or empties the transform's buffer anyway. The result replaces the stream v in its row.
 */
#include "hyena/hyena.h"

#include "kernels/linear.h"
#include "kernels/transpose.h"

#include <omp.h>

struct mixer {
    const struct seq_plan *plan;
    struct hyena_weights weights;
    const float *spectra;
    float *rows;    /* channel-major activations */
    int64_t stride; /* of rows */
};

/* Stream i (N: v) of channel d, sequence b. In scope core the input is all streams. */
static const float *stream_row(const struct mixer *mixer, int64_t i, int64_t d, int64_t b)
{
    const struct hyena_shape *const shape = &mixer->plan->shape;
    const int64_t row = shape->core ? d : i * shape->D + d;
    return mixer->rows + row * mixer->stride + b * shape->L;
}

/* First row of the results: they replace v, or in scope core, where v is all other streams too, follow the input. */
static float *result_rows(const struct mixer *mixer)
{
    const struct hyena_shape *const shape = &mixer->plan->shape;
    return mixer->rows + (shape->core ? 1 : shape->N) * shape->D * mixer->stride;
}

static struct hyena_taps stream_taps(const struct mixer *mixer, int64_t i, int64_t d)
{
    const struct hyena_shape *const shape = &mixer->plan->shape;
    const int64_t channel = i * shape->D + d;
    return (struct hyena_taps){
        .weight = mixer->weights.short_weight + channel * shape->K,
        .K = shape->K,
        .bias = mixer->weights.short_bias[channel],
        .input_bias = shape->core ? 0.0f : mixer->weights.in_bias[channel],
    };
}

/* Channel d of sequence b. v is in y to begin with; each order multiplies it by the next stream into x and convolves. */
static void mix_channel(const struct mixer *mixer, float *x, float *y, int64_t d, int64_t b)
{
    const struct seq_plan *const plan = mixer->plan;
    const int64_t L = plan->shape.L, N = plan->shape.N, D = plan->shape.D;
    const int64_t spectrum_floats = fftconv_spectrum_floats(L);
    struct hyena_taps taps = stream_taps(mixer, N, d);
    plan->kernel->filter(y, stream_row(mixer, N, d, b), &taps, L);
    const float *skipped = NULL; /* what the previous convolution was applied to */
    float skip = 0.0f;
    for (int64_t order = 0; order < N - 1; ++order) {
        const int64_t i = N - 1 - order;
        taps = stream_taps(mixer, i, d);
        plan->kernel->gate(x, y, skip, skipped, stream_row(mixer, i, d, b), &taps, L);
        fftconv_apply(plan->conv, y, x, mixer->spectra + (order * D + d) * spectrum_floats);
        skipped = x;
        skip = mixer->weights.skip[order * D + d];
    }
    taps = stream_taps(mixer, 0, d);
    plan->kernel->gate(result_rows(mixer) + d * mixer->stride + b * L, y, skip, skipped, stream_row(mixer, 0, d, b), &taps,
                       L);
}

static void mix(const struct mixer *mixer, const struct seq_run *run)
{
    const struct seq_plan *const plan = mixer->plan;
    const int64_t B = plan->shape.B;
#pragma omp parallel num_threads(run->threads)
    {
        float *const x = seq_thread_scratch(run, omp_get_thread_num());
        float *const y = x + fftconv_sequence_floats(plan->shape.L);
        fftconv_pad(plan->conv, x);
#pragma omp for schedule(static)
        for (int64_t task = 0; task < plan->shape.D * B; ++task) /* sequences inside: they share spectra */
            mix_channel(mixer, x, y, task / B, task % B);
    }
}

static void enter(const struct mixer *mixer, const struct seq_run *run)
{
    const struct hyena_shape *const shape = &mixer->plan->shape;
    const int64_t tokens = shape->B * shape->L;
    if (shape->core)
        transpose(mixer->rows, mixer->stride, run->input, shape->D, tokens, shape->D, run->threads);
    else
        linear_forward_to_channels(mixer->rows, mixer->stride, run->input, shape->D, mixer->weights.in_weight, tokens,
                                   shape->D, (shape->N + 1) * shape->D);
}

static void leave(const struct mixer *mixer, const struct seq_run *run)
{
    const struct hyena_shape *const shape = &mixer->plan->shape;
    const int64_t tokens = shape->B * shape->L;
    if (shape->core)
        transpose(run->output, shape->D, result_rows(mixer), mixer->stride, shape->D, tokens, run->threads);
    else
        linear_forward_from_channels(run->output, shape->D, result_rows(mixer), mixer->stride, mixer->weights.out_weight,
                                     shape->D, mixer->weights.out_bias, tokens, shape->D, shape->D);
}

enum seq_status hyena_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const char *const ends = plan->shape.core ? "transpose" : "projection";
    const struct mixer mixer = {
        .plan = plan,
        .weights = hyena_weights_get(&plan->shape, run->parameters),
        .spectra = run->prepared,
        .rows = run->activations,
        .stride = linear_channel_stride(plan->shape.B * plan->shape.L),
    };
    linear_set_threads(run->threads);
    seq_phase(run, ends);
    enter(&mixer, run);
    seq_phase(run, "convolution");
    mix(&mixer, run);
    seq_phase(run, ends);
    leave(&mixer, run);
    return SEQ_OK;
}
