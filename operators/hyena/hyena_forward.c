/* hyena_forward.c - the timed call: its gates and long convolutions, in the frame of kernels/mixer.h.
 *
 * Kept from the projections are w = v x_{N-1}, which the first convolution takes, and the gates x_0 .. x_{N-2}, all behind
 * their short filters. Each convolution turns w, in place, into what the next one takes: its result times the next gate. The
 * skips are part of the long filters.
 */
#include "hyena/hyena.h"

struct call {
    const struct seq_plan *plan;
    const float *taps; /* (N+1, groups) */
    const float *spectra;
};

static struct panel_filter short_filter(const struct call *call, int64_t stream, int64_t group)
{
    const struct seq_plan *const plan = call->plan;
    const float *const bias = call->taps + (stream * plan->mixer.groups + group) * plan->layout.taps_floats;
    return (struct panel_filter){.bias = bias, .taps = bias + MATRIX_GROUP, .count = plan->shape.K};
}

/* w = f(v) f(x_{N-1}), and the other gates f(x_i). */
static void enter(const void *context, const struct mixer_tile *tile)
{
    const struct call *const call = context;
    const struct panel_kernel *const panels = call->plan->panels;
    const int64_t N = call->plan->shape.N;
    const struct panel_filter of_v = short_filter(call, N, tile->group), of_gate = short_filter(call, N - 1, tile->group);
    for (int64_t t = 0; t < tile->rows; t += HYENA_PIECE_ROWS) {
        const int64_t rows = tile->rows - t < HYENA_PIECE_ROWS ? tile->rows - t : HYENA_PIECE_ROWS, at = t * MATRIX_GROUP;
        panels->filter(tile->memory, tile->streams[N] + at, &of_v, NULL, rows);
        panels->filter(tile->kept[0] + at, tile->streams[N - 1] + at, &of_gate, tile->memory, rows);
    }
    for (int64_t i = 0; i < N - 1; ++i) {
        const struct panel_filter filter = short_filter(call, i, tile->group);
        panels->filter(tile->kept[1 + i], tile->streams[i], &filter, NULL, tile->rows);
    }
}

static void convolve(const void *context, const struct mixer_group *group)
{
    const struct call *const call = context;
    const struct seq_plan *const plan = call->plan;
    const struct mixer *const mixer = &plan->mixer;
    float *const w = mixer_kept(mixer, group->activations, 0, group->group, group->sequence);
    for (int64_t order = 0; order < plan->shape.N - 1; ++order) {
        const int64_t gate = plan->shape.N - 2 - order;
        longconv_apply(plan->conv, w, w, mixer_kept(mixer, group->activations, 1 + gate, group->group, group->sequence),
                       call->spectra + (order * mixer->groups + group->group) * mixer->conv.filter_floats, group->scratch);
    }
}

enum seq_status hyena_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const float *const prepared = run->prepared;
    const struct call call = {
        .plan = plan,
        .taps = prepared + plan->layout.taps,
        .spectra = prepared + plan->layout.spectra,
    };
    const struct mixer_steps steps = {.enter = enter, .convolve = convolve, .context = &call};
    mixer_forward(&plan->mixer, plan->conv, run, &steps);
    return SEQ_OK;
}
