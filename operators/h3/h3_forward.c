/* h3_forward.c - the timed call: its gates, FIR and long convolution, in the frame of kernels/mixer.h.
 *
 * With heads of one channel the shift SSM's answer to k is multiplied by v when both have just been projected, and the
 * convolution turns that, in place, into the result. With larger heads every channel of k meets every one of v in its head:
 * then k behind the shift SSM, v and q are kept, and the products are gathered channel by channel.
 */
#include "h3/h3.h"

#include <string.h>

struct call {
    const struct seq_plan *plan;
    const float *taps, *spectra;
};

static void enter(const void *context, const struct mixer_tile *tile)
{
    const struct call *const call = context;
    const struct h3_shape *const shape = &call->plan->shape;
    const struct panel_filter fir = {
        .taps = call->taps + tile->group * shape->M * MATRIX_GROUP,
        .count = shape->M,
    };
    call->plan->panels->filter(tile->kept[0], tile->streams[H3_STREAM_K], &fir,
                               shape->P == 1 ? tile->streams[H3_STREAM_V] : NULL, tile->rows);
}

static void convolve(const void *context, const struct mixer_group *group)
{
    const struct call *const call = context;
    const struct mixer *const mixer = &call->plan->mixer;
    float *const gated = mixer_kept(mixer, group->activations, H3_GATED, group->group, group->sequence);
    longconv_apply(call->plan->conv, gated, gated,
                   mixer_kept(mixer, group->activations, H3_GATE, group->group, group->sequence),
                   call->spectra + group->group * mixer->conv.filter_floats, group->scratch);
}

/* ---------------------------------------------------------------- heads of several channels */

/* One channel of a group: value t is at t * stride. */
struct line {
    float *values;
    int64_t stride;
};

static struct line line_get(const struct mixer *mixer, float *group, int64_t lane)
{
    if (mixer->conv.layout == LONGCONV_PANELS)
        return (struct line){.values = group + lane, .stride = MATRIX_GROUP};
    return (struct line){.values = group + lane * mixer->conv.row_stride, .stride = 1};
}

static struct line kept_line(const struct mixer *mixer, const struct mixer_group *group, enum h3_head_kept kept, int64_t channel)
{
    return line_get(mixer, mixer_kept(mixer, group->activations, kept, channel / MATRIX_GROUP, group->sequence),
                    channel % MATRIX_GROUP);
}

static void multiply_line(struct line y, struct line a, struct line b, int64_t L)
{
    for (int64_t t = 0; t < L; ++t)
        y.values[t * y.stride] = a.values[t * a.stride] * b.values[t * b.stride];
}

static void copy_line(struct line y, struct line a, int64_t L)
{
    for (int64_t t = 0; t < L; ++t)
        y.values[t * y.stride] = a.values[t * a.stride];
}

static void zero_line(struct line y, int64_t L)
{
    for (int64_t t = 0; t < L; ++t)
        y.values[t * y.stride] = 0.0f;
}

/* For every channel j * H + c of the group: shifted k_i times v_j to `gated`, q_i to `gate`; k_i, q_i and v_j being channels
 * c * P + i and c * P + j. */
static void gather(const struct call *call, const struct mixer_group *group, float *gated, float *gate, int64_t i)
{
    const struct h3_shape *const shape = &call->plan->shape;
    const struct mixer *const mixer = &call->plan->mixer;
    for (int64_t lane = 0; lane < MATRIX_GROUP; ++lane) {
        const int64_t channel = group->group * MATRIX_GROUP + lane, first = channel % shape->H * shape->P;
        const struct line product = line_get(mixer, gated, lane), factor = line_get(mixer, gate, lane);
        if (channel < shape->D) {
            multiply_line(product, kept_line(mixer, group, H3_SHIFTED, first + i),
                          kept_line(mixer, group, H3_V, first + channel / shape->H), shape->L);
            copy_line(factor, kept_line(mixer, group, H3_Q, first + i), shape->L);
        } else {
            zero_line(product, shape->L);
            zero_line(factor, shape->L);
        }
    }
}

/* The sum over i of q_i times the diagonal SSM's answer to k_i v_j. */
static void convolve_heads(const void *context, const struct mixer_group *group)
{
    const struct call *const call = context;
    const struct mixer *const mixer = &call->plan->mixer;
    const int64_t floats = mixer->conv.group_floats;
    float *const result = mixer_kept(mixer, group->activations, H3_RESULT, group->group, group->sequence);
    float *const gated = group->memory, *const gate = gated + floats;
    const float *const spectrum = call->spectra + group->group * mixer->conv.filter_floats;
    memset(group->memory, 0, 2 * (size_t)floats * sizeof *gated); /* room between channels too: it is added to nothing */
    for (int64_t i = 0; i < call->plan->shape.P; ++i) {
        gather(call, group, gated, gate, i);
        longconv_apply(call->plan->conv, i == 0 ? result : gated, gated, gate, spectrum, group->scratch);
        for (int64_t at = 0; i > 0 && at < floats; ++at)
            result[at] += gated[at];
    }
}

enum seq_status h3_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const float *const prepared = run->prepared;
    const struct call call = {
        .plan = plan,
        .taps = prepared + plan->layout.taps,
        .spectra = prepared + plan->layout.spectra,
    };
    const struct mixer_steps steps = {
        .enter = enter,
        .convolve = plan->shape.P == 1 ? convolve : convolve_heads,
        .context = &call,
    };
    mixer_forward(&plan->mixer, plan->conv, run, &steps);
    return SEQ_OK;
}
