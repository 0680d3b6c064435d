/* mixer_forward.c - the three loops of mixer.h. */
#include "kernels/mixer.h"

#include <omp.h>
#include <string.h>

#define LANES MATRIX_GROUP

/* One thread of the team. */
struct worker {
    const struct mixer *mixer;
    const struct longconv *conv;
    const struct seq_run *run;
    const struct mixer_steps *steps;
    struct mixer_layout layout;
    float *memory; /* its scratch */
    int thread, threads;
};

/* Some tokens of one sequence. */
struct chunk {
    int64_t sequence, first, rows;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Where thread `thread` begins among `count` tasks in order; thread + 1 gives its end. */
static int64_t share_begin(const struct worker *worker, int64_t count, int thread)
{
    return count * thread / worker->threads;
}

static int64_t chunk_count(const struct mixer *mixer)
{
    return mixer->B * ((mixer->L + mixer->chunk - 1) / mixer->chunk);
}

static struct chunk chunk_get(const struct mixer *mixer, int64_t index)
{
    const int64_t each = (mixer->L + mixer->chunk - 1) / mixer->chunk, first = index % each * mixer->chunk;
    return (struct chunk){.sequence = index / each, .first = first, .rows = smaller(mixer->chunk, mixer->L - first)};
}

static int64_t lanes_of(const struct mixer *mixer, int64_t group)
{
    return smaller(LANES, mixer->D - group * LANES);
}

static float *kept_group(const struct worker *worker, int64_t i, int64_t group, int64_t sequence)
{
    return mixer_kept(worker->mixer, worker->run->activations, i, group, sequence);
}

static void zero_rows(float *panel, int64_t rows)
{
    memset(panel, 0, (size_t)(rows * LANES) * sizeof *panel);
}

/* ---------------------------------------------------------------- streams */

/* First row of a stream's panel in the buffers: `history` rows before the chunk. In scope core there is one for all. */
static float *stream_panel(const struct worker *worker, int64_t stream, int64_t group_in_block)
{
    const int64_t block = worker->mixer->core ? 0 : stream * worker->layout.stream_floats;
    return worker->memory + block + (worker->mixer->core ? 0 : group_in_block) * worker->layout.panel_floats;
}

/* Rows [first, first + rows) of a block of a stream, to `y`. */
static void project(const struct worker *worker, struct matrix y, int64_t stream, int64_t block, int64_t sequence,
                    int64_t first, int64_t rows)
{
    const struct mixer *const mixer = worker->mixer;
    const float *const packed = worker->run->prepared;
    const float *const x = worker->run->input + (sequence * mixer->L + first) * mixer->D;
    linear_rows(block < mixer->blocks - 1 ? &mixer->in : &mixer->in_last, y, matrix_rows_in(x, mixer->D),
                packed + mixer_packed_offset(mixer, stream, block), rows, worker->memory + worker->layout.enter_scratch);
}

/* Puts the tokens before the chunk in front of it: from the chunk before, where this thread had it. Returns how many tokens
 * of them remain to be projected. */
static int64_t recall(const struct worker *worker, int64_t stream, int64_t group_in_block, int64_t group, int64_t first,
                      bool carried)
{
    const struct mixer *const mixer = worker->mixer;
    float *const panel = stream_panel(worker, stream, group_in_block);
    const int64_t history = mixer->history, before = carried ? 0 : smaller(history, first);
    if (carried)
        memcpy(panel, worker->memory + worker->layout.history + (stream * mixer->groups + group) * history * LANES,
               (size_t)(history * LANES) * sizeof *panel);
    else
        zero_rows(panel, history - before);
    return before;
}

static void remember(const struct worker *worker, int64_t stream, int64_t group_in_block, int64_t group, int64_t rows)
{
    const int64_t history = worker->mixer->history;
    memcpy(worker->memory + worker->layout.history + (stream * worker->mixer->groups + group) * history * LANES,
           stream_panel(worker, stream, group_in_block) + rows * LANES, (size_t)(history * LANES) * sizeof(float));
}

/* One block of a stream that `enter` reads. */
static void project_stream(const struct worker *worker, int64_t stream, int64_t block, const struct chunk *chunk, bool carried)
{
    const struct mixer *const mixer = worker->mixer;
    const int64_t first_group = block * worker->layout.block_groups;
    const int64_t groups = smaller(worker->layout.block_groups, mixer->groups - first_group);
    const bool filtered = stream < mixer->filtered && mixer->history > 0;
    int64_t before = 0;
    for (int64_t g = 0; filtered && g < groups; ++g)
        before = recall(worker, stream, g, first_group + g, chunk->first, carried);
    const struct matrix y = {.data = stream_panel(worker, stream, 0) + (mixer->history - before) * LANES,
                             .row_stride = LANES,
                             .group_stride = worker->layout.panel_floats};
    project(worker, y, stream, block, chunk->sequence, chunk->first - before, before + chunk->rows);
    for (int64_t g = 0; filtered && g < groups; ++g)
        remember(worker, stream, g, first_group + g, chunk->rows);
}

/* One block of a plain stream: into its kept place, or into its buffer where the convolution wants rows. */
static void project_plain(const struct worker *worker, int64_t stream, int64_t kept, int64_t block, const struct chunk *chunk)
{
    const struct mixer *const mixer = worker->mixer;
    const int64_t first_group = block * worker->layout.block_groups;
    const int64_t groups = smaller(worker->layout.block_groups, mixer->groups - first_group);
    struct matrix y = {.row_stride = LANES};
    if (mixer->conv.layout == LONGCONV_PANELS) {
        y.data = kept_group(worker, kept, first_group, chunk->sequence) + chunk->first * LANES;
        y.group_stride = mixer->B * mixer->conv.group_floats;
    } else {
        y.data = stream_panel(worker, stream, 0);
        y.group_stride = worker->layout.panel_floats;
    }
    project(worker, y, stream, block, chunk->sequence, chunk->first, chunk->rows);
    for (int64_t g = 0; g < groups; ++g)
        longconv_put(worker->conv, kept_group(worker, kept, first_group + g, chunk->sequence), chunk->first,
                     stream_panel(worker, stream, g), chunk->rows);
}

/* Scope core: a group of the input itself, with the tokens before the chunk. */
static void copy_input(const struct worker *worker, int64_t group, const struct chunk *chunk)
{
    const struct mixer *const mixer = worker->mixer;
    const int64_t lanes = lanes_of(mixer, group), before = smaller(mixer->history, chunk->first);
    const float *x = worker->run->input + (chunk->sequence * mixer->L + chunk->first - before) * mixer->D + group * LANES;
    float *panel = stream_panel(worker, 0, 0);
    zero_rows(panel, mixer->history - before);
    panel += (mixer->history - before) * LANES;
    for (int64_t t = 0; t < before + chunk->rows; ++t, x += mixer->D, panel += LANES) {
        memcpy(panel, x, (size_t)lanes * sizeof *panel);
        memset(panel + lanes, 0, (size_t)(LANES - lanes) * sizeof *panel);
    }
}

static void copy_plain(const struct worker *worker, int64_t kept, int64_t group, const struct chunk *chunk)
{
    const float *const panel = stream_panel(worker, 0, 0) + worker->mixer->history * LANES;
    float *const place = kept_group(worker, kept, group, chunk->sequence);
    if (worker->mixer->conv.layout == LONGCONV_PANELS)
        memcpy(place + chunk->first * LANES, panel, (size_t)(chunk->rows * LANES) * sizeof *panel);
    else
        longconv_put(worker->conv, place, chunk->first, panel, chunk->rows);
}

/* ---------------------------------------------------------------- the loops */

static void enter_group(const struct worker *worker, int64_t group_in_block, int64_t group, const struct chunk *chunk)
{
    const struct mixer *const mixer = worker->mixer;
    struct mixer_tile tile = {.group = group, .rows = chunk->rows, .memory = worker->memory + worker->layout.enter};
    for (int64_t s = 0; s < mixer->streams - mixer->plain; ++s)
        tile.streams[s] = stream_panel(worker, s, group_in_block) + mixer->history * LANES;
    for (int64_t i = 0; i < mixer->entered; ++i)
        tile.kept[i] = longconv_panel(worker->conv, kept_group(worker, i, group, chunk->sequence), chunk->first,
                                      worker->memory + worker->layout.kept + i * mixer->chunk * LANES);
    worker->steps->enter(worker->steps->context, &tile);
    for (int64_t i = 0; i < mixer->entered; ++i)
        longconv_put(worker->conv, kept_group(worker, i, group, chunk->sequence), chunk->first, tile.kept[i], chunk->rows);
}

static void enter_core(const struct worker *worker, const struct chunk *chunk)
{
    const struct mixer *const mixer = worker->mixer;
    for (int64_t group = 0; group < mixer->groups; ++group) {
        copy_input(worker, group, chunk);
        enter_group(worker, 0, group, chunk);
        for (int64_t p = 0; p < mixer->plain; ++p)
            copy_plain(worker, mixer->entered + p, group, chunk);
    }
}

static void enter_layer(const struct worker *worker, const struct chunk *chunk, bool carried)
{
    const struct mixer *const mixer = worker->mixer;
    const int64_t read = mixer->streams - mixer->plain;
    for (int64_t block = 0; block < mixer->blocks; ++block) {
        const int64_t first = block * worker->layout.block_groups;
        for (int64_t s = 0; s < read; ++s)
            project_stream(worker, s, block, chunk, carried);
        for (int64_t group = first; group < smaller(first + worker->layout.block_groups, mixer->groups); ++group)
            enter_group(worker, group - first, group, chunk);
        for (int64_t p = 0; p < mixer->plain; ++p)
            project_plain(worker, read + p, mixer->entered + p, block, chunk);
    }
}

static void enter_chunks(const struct worker *worker)
{
    const int64_t count = chunk_count(worker->mixer), begin = share_begin(worker, count, worker->thread);
    for (int64_t i = begin; i < share_begin(worker, count, worker->thread + 1); ++i) {
        const struct chunk chunk = chunk_get(worker->mixer, i);
        if (worker->mixer->core)
            enter_core(worker, &chunk);
        else
            enter_layer(worker, &chunk, i > begin && chunk.first > 0);
    }
}

static void convolve_groups(const struct worker *worker)
{
    const struct mixer *const mixer = worker->mixer;
    const int64_t count = mixer->groups * mixer->B;
    for (int64_t i = share_begin(worker, count, worker->thread); i < share_begin(worker, count, worker->thread + 1); ++i) {
        const struct mixer_group group = {
            .group = i / mixer->B,
            .sequence = i % mixer->B,
            .activations = worker->run->activations,
            .scratch = worker->memory,
            .memory = worker->memory + mixer->conv.scratch_floats,
        };
        worker->steps->convolve(worker->steps->context, &group);
    }
}

static void copy_result(const struct worker *worker, const struct chunk *chunk)
{
    const struct mixer *const mixer = worker->mixer;
    for (int64_t group = 0; group < mixer->groups; ++group) {
        const float *panel = longconv_get(worker->conv, kept_group(worker, mixer->result, group, chunk->sequence),
                                          chunk->first, worker->memory, chunk->rows);
        float *y = worker->run->output + (chunk->sequence * mixer->L + chunk->first) * mixer->D + group * LANES;
        for (int64_t t = 0; t < chunk->rows; ++t, y += mixer->D, panel += LANES)
            memcpy(y, panel, (size_t)lanes_of(mixer, group) * sizeof *y);
    }
}

static void project_result(const struct worker *worker, const struct chunk *chunk)
{
    const struct mixer *const mixer = worker->mixer;
    const float *const packed = worker->run->prepared;
    float *const y = worker->run->output + (chunk->sequence * mixer->L + chunk->first) * mixer->D;
    struct matrix_in x = {.row_stride = LANES, .group_stride = mixer->B * mixer->conv.group_floats};
    for (int64_t group = 0; group < mixer->groups; ++group) {
        const float *const panel = longconv_get(worker->conv, kept_group(worker, mixer->result, group, chunk->sequence),
                                                chunk->first, worker->memory + group * mixer->chunk * LANES, chunk->rows);
        x.data = group == 0 ? panel : x.data;
    }
    if (mixer->conv.layout == LONGCONV_ROWS)
        x.group_stride = mixer->chunk * LANES;
    linear_rows(&mixer->out, matrix_rows(y, mixer->D), x, packed + mixer_packed_offset(mixer, mixer->streams, 0), chunk->rows,
                worker->memory + worker->layout.leave_scratch);
}

static void leave_chunks(const struct worker *worker)
{
    const int64_t count = chunk_count(worker->mixer);
    for (int64_t i = share_begin(worker, count, worker->thread); i < share_begin(worker, count, worker->thread + 1); ++i) {
        const struct chunk chunk = chunk_get(worker->mixer, i);
        if (worker->mixer->core)
            copy_result(worker, &chunk);
        else
            project_result(worker, &chunk);
    }
}

/* Marks the phase when all threads have come here. */
static void next_phase(const struct worker *worker, const char *name)
{
#pragma omp barrier
    if (worker->thread == 0)
        seq_phase(worker->run, name);
}

void mixer_forward(const struct mixer *mixer, const struct longconv *conv, const struct seq_run *run,
                   const struct mixer_steps *steps)
{
    const char *const ends = mixer->core ? "copy" : "projection";
    seq_phase(run, ends);
#pragma omp parallel num_threads(run->threads)
    {
        const int thread = omp_get_thread_num();
        const struct worker worker = {
            .mixer = mixer,
            .conv = conv,
            .run = run,
            .steps = steps,
            .layout = mixer_layout_get(mixer),
            .memory = seq_thread_scratch(run, thread),
            .thread = thread,
            .threads = omp_get_num_threads(),
        };
        enter_chunks(&worker);
        next_phase(&worker, "convolution");
        convolve_groups(&worker);
        next_phase(&worker, ends);
        leave_chunks(&worker);
    }
}

void mixer_prepare_filters(const struct mixer *mixer, const struct longconv *conv, const struct seq_run *run, float *spectra)
{
    const float *const filters = run->activations;
#pragma omp parallel for num_threads(run->threads) schedule(static)
    for (int64_t i = 0; i < mixer->filter_groups; ++i)
        longconv_prepare(conv, spectra + i * mixer->conv.filter_floats, filters + i * mixer->conv.group_floats,
                         seq_thread_scratch(run, omp_get_thread_num()));
}
