/* h3_forward.c - the timed call: project q, k and v, mix each head along the sequence, project.
 *
 * Between the projections everything is channel-major: row c holds the B sequences of one channel. One task is one head of
 * one sequence, start to end in buffers of the thread's cache: biases, gates and skips are done by the passes that fill or
 * empty the transform's buffer anyway. Results replace v in its rows.
 */
#include "h3/h3.h"

#include "kernels/linear.h"
#include "kernels/transpose.h"

#include <omp.h>
#include <string.h>

struct mixer {
    const struct seq_plan *plan;
    struct h3_weights weights;
    const float *spectra, *taps;
    float *rows;    /* channel-major activations */
    int64_t stride; /* of rows */
    struct h3_scratch_layout layout;
};

enum stream { Q = 0, K, V };

static float *stream_rows(const struct mixer *mixer, enum stream stream)
{
    return mixer->rows + (mixer->plan->shape.core ? 0 : (int64_t)stream * mixer->plan->shape.D * mixer->stride);
}

/* First row of the results: they replace v, or in scope core, where v is q and k too, follow the input. */
static float *result_rows(const struct mixer *mixer)
{
    return mixer->rows + (mixer->plan->shape.core ? 1 : V) * mixer->plan->shape.D * mixer->stride;
}

static float bias_of(const float *bias, int64_t channel)
{
    return bias ? bias[channel] : 0.0f;
}

/* k of one channel behind the shift SSM. */
static void shift_channel(const struct mixer *mixer, float *shifted, float *memory, int64_t channel, int64_t offset)
{
    const struct seq_plan *const plan = mixer->plan;
    const struct h3_shape *const shape = &plan->shape;
    const size_t before = (size_t)(shape->M - 1);
    float *const history = memory + before;
    memset(memory, 0, before * sizeof *memory);
    plan->kernel->add(history, stream_rows(mixer, K) + channel * mixer->stride + offset,
                      bias_of(mixer->weights.k_bias, channel), shape->L);
    memset(history + shape->L, 0, (mixer->layout.shifted_stride - (size_t)shape->L) * sizeof *history);
    plan->kernel->fir(shifted, history, mixer->taps + channel * shape->M, shape->M, shape->L);
}

/* Result j of a head: the sum over i of q_i times the diagonal SSM's answer to shifted k_i times v_j. v_j is last read
 * before the result, which may lie in its place, is written. */
static void mix_result(const struct mixer *mixer, float *memory, int64_t head, int64_t j, int64_t offset)
{
    const struct seq_plan *const plan = mixer->plan;
    const struct h3_shape *const shape = &plan->shape;
    const int64_t first = head * shape->P;
    float *const x = memory + mixer->layout.sequence, *const y = memory + mixer->layout.spectrum;
    float *const sum = memory + mixer->layout.sum;
    const float *const v = stream_rows(mixer, V) + (first + j) * mixer->stride + offset;
    for (int64_t i = 0; i < shape->P; ++i) {
        const float *const shifted = memory + mixer->layout.shifted + (size_t)i * mixer->layout.shifted_stride;
        const bool last = i == shape->P - 1;
        plan->kernel->product(x, shifted, v, bias_of(mixer->weights.v_bias, first + j), shape->L);
        fftconv_apply(plan->conv, y, x, mixer->spectra + head * fftconv_spectrum_floats(shape->L));
        plan->kernel->gate(last ? result_rows(mixer) + (first + j) * mixer->stride + offset : sum, y,
                           mixer->weights.skip[head], x, stream_rows(mixer, Q) + (first + i) * mixer->stride + offset,
                           bias_of(mixer->weights.q_bias, first + i), i > 0 ? sum : NULL, shape->L);
    }
}

static void mix_head(const struct mixer *mixer, float *memory, int64_t head, int64_t b)
{
    const struct h3_shape *const shape = &mixer->plan->shape;
    for (int64_t i = 0; i < shape->P; ++i)
        shift_channel(mixer, memory + mixer->layout.shifted + (size_t)i * mixer->layout.shifted_stride,
                      memory + mixer->layout.history, head * shape->P + i, b * shape->L);
    for (int64_t j = 0; j < shape->P; ++j)
        mix_result(mixer, memory, head, j, b * shape->L);
}

static void mix(const struct mixer *mixer, const struct seq_run *run)
{
    const struct h3_shape *const shape = &mixer->plan->shape;
#pragma omp parallel num_threads(run->threads)
    {
        float *const memory = seq_thread_scratch(run, omp_get_thread_num());
        fftconv_pad(mixer->plan->conv, memory + mixer->layout.sequence);
#pragma omp for schedule(static)
        for (int64_t task = 0; task < shape->H * shape->B; ++task) /* sequences inside: they share spectra */
            mix_head(mixer, memory, task / shape->B, task % shape->B);
    }
}

static void enter(const struct mixer *mixer, const struct seq_run *run)
{
    const struct h3_shape *const shape = &mixer->plan->shape;
    const int64_t tokens = shape->B * shape->L, D = shape->D;
    if (shape->core) {
        transpose(mixer->rows, mixer->stride, run->input, D, tokens, D, run->threads);
        return;
    }
    const float *const weights[] = {
        [Q] = mixer->weights.q_weight, [K] = mixer->weights.k_weight, [V] = mixer->weights.v_weight};
    for (enum stream s = Q; s <= V; ++s)
        linear_forward_to_channels(stream_rows(mixer, s), mixer->stride, run->input, D, weights[s], tokens, D, D);
}

/* The output projection, and the layer's output, count the channels of all heads' j = 0 first, then those of j = 1 and so
 * on: channel j * H + c where the rows here have c * P + j. */
static void leave(const struct mixer *mixer, const struct seq_run *run)
{
    const struct h3_shape *const shape = &mixer->plan->shape;
    const int64_t tokens = shape->B * shape->L, H = shape->H, P = shape->P, D = shape->D;
    for (int64_t j = 0; j < P; ++j) {
        const float *const rows = result_rows(mixer) + j * mixer->stride;
        if (shape->core)
            transpose(run->output + j * H, D, rows, P * mixer->stride, H, tokens, run->threads);
        else
            linear_forward_from_channels(run->output, D, rows, P * mixer->stride, mixer->weights.output_weight + j * H, D,
                                         j == 0 ? mixer->weights.output_bias : NULL, tokens, H, D);
    }
}

enum seq_status h3_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct h3_shape *const shape = &plan->shape;
    const char *const ends = shape->core ? "transpose" : "projection";
    const float *const prepared = run->prepared;
    const struct mixer mixer = {
        .plan = plan,
        .weights = h3_weights_get(shape, run->parameters),
        .spectra = prepared,
        .taps = prepared + h3_taps_offset(shape),
        .rows = run->activations,
        .stride = linear_channel_stride(shape->B * shape->L),
        .layout = h3_scratch_layout_get(shape),
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
