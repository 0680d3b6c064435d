/* mixer.c - sizes, memory and packed projections of the frame in mixer.h. */
#include "kernels/mixer.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_BYTES 4503599627370496.0 /* 2^52: sums of region sizes are then exact as double and as size_t */

/* A chunk of the input, and one block of channels of all streams, are to lie in a second-level cache of 1 MiB together. */
#define CHUNK_FLOATS ((int64_t)96 * 1024) /* of input */
#define CHUNK_MOST 512                    /* tokens: more would only make the streams' buffers larger */
#define CHUNK_LEAST 64                    /* tokens: each chunk reads all weights once, from memory if they are large */
#define CHUNK_UNIT 16                     /* tokens: blocks of transpositions and filters come out whole */
#define BLOCK_GROUPS 4                    /* groups of channels of a stream that are projected at once */

static int64_t round_up(int64_t count, int64_t unit)
{
    return (count + unit - 1) / unit * unit;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Tokens of a chunk: few enough for the cache, and, where there are few chunks, as many chunks as threads can share evenly. */
static int64_t chunk_tokens(const struct mixer *mixer)
{
    const int64_t fitting = larger(CHUNK_LEAST, smaller(CHUNK_MOST, CHUNK_FLOATS / mixer->D));
    const int64_t most = round_up(larger(fitting, mixer->history), CHUNK_UNIT);
    const int64_t fewest = (mixer->L + most - 1) / most;
    int64_t chunks = fewest;
    while (chunks < fewest + mixer->threads && mixer->B * chunks % mixer->threads != 0)
        ++chunks;
    return round_up((mixer->L + chunks - 1) / chunks, CHUNK_UNIT);
}

struct mixer mixer_create(struct mixer asked, enum seq_isa isa, enum linear_method gemm, enum longconv_method conv)
{
    struct mixer mixer = asked;
    const int64_t block = BLOCK_GROUPS * MATRIX_GROUP;
    mixer.conv = longconv_shape_get(mixer.L, isa, conv);
    mixer.groups = matrix_groups(mixer.D);
    mixer.blocks = (mixer.groups + BLOCK_GROUPS - 1) / BLOCK_GROUPS;
    mixer.chunk = chunk_tokens(&mixer);
    mixer.in = linear_create(mixer.D, smaller(block, mixer.D), isa, gemm);
    mixer.in_last = linear_create(mixer.D, mixer.D - (mixer.blocks - 1) * block, isa, gemm);
    mixer.out = linear_create(mixer.D, mixer.D, isa, gemm);
    return mixer;
}

/* ---------------------------------------------------------------- refusals */

enum seq_status mixer_refuse(struct seq_message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return SEQ_UNSUPPORTED;
}

enum seq_status mixer_check(const struct seq_problem *problem, int64_t streams, struct seq_message *message)
{
    const double tokens = (double)problem->B * (double)problem->L;
    const double channels = (double)streams * (double)problem->D;
    if (problem->mode != SEQ_FORWARD)
        return mixer_refuse(message, "%s mode is not supported: use mode forward",
                            problem->mode == SEQ_TRAIN ? "train" : "decode");
    if (problem->L > LONGCONV_MAX_LENGTH)
        return mixer_refuse(message, "length %lld is too large: at most %lld is supported", (long long)problem->L,
                            (long long)LONGCONV_MAX_LENGTH);
    if (!(tokens < (double)INT32_MAX - 1024.0) || !(channels < (double)INT32_MAX) ||
        !((4.0 * tokens + 4096.0) * channels * (double)problem->D * 4.0 < MAX_BYTES))
        return mixer_refuse(message, "batch %lld, length %lld and width %lld together are too large: reduce one of them",
                            (long long)problem->B, (long long)problem->L, (long long)problem->D);
    return SEQ_OK;
}

/* ---------------------------------------------------------------- memory */

/* Whole cache lines. */
static int64_t packed_floats(const struct linear *linear)
{
    return round_up(linear_packed_floats(linear), MATRIX_GROUP);
}

static int64_t stream_packed_floats(const struct mixer *mixer)
{
    return (mixer->blocks - 1) * packed_floats(&mixer->in) + packed_floats(&mixer->in_last);
}

int64_t mixer_packed_offset(const struct mixer *mixer, int64_t stream, int64_t block)
{
    return stream * stream_packed_floats(mixer) + block * packed_floats(&mixer->in);
}

int64_t mixer_packed_floats(const struct mixer *mixer)
{
    return mixer->core ? 0 : mixer_packed_offset(mixer, mixer->streams, 0) + packed_floats(&mixer->out);
}

struct mixer_layout mixer_layout_get(const struct mixer *mixer)
{
    const int64_t chunk = mixer->chunk, rows = mixer->history + chunk, block = smaller(BLOCK_GROUPS, mixer->groups);
    const bool rows_kept = mixer->conv.layout == LONGCONV_ROWS;
    struct mixer_layout layout = {.panel_floats = rows * MATRIX_GROUP, .block_groups = BLOCK_GROUPS};
    layout.stream_floats = (mixer->core ? 1 : block) * layout.panel_floats;
    layout.history = (mixer->core ? 1 : mixer->streams) * layout.stream_floats;
    layout.kept = layout.history + mixer->filtered * mixer->groups * mixer->history * MATRIX_GROUP;
    layout.enter = layout.kept + (rows_kept ? mixer->entered * chunk * MATRIX_GROUP : 0);
    layout.enter_scratch = layout.enter + mixer->enter_floats;
    layout.leave_scratch = rows_kept ? mixer->groups * chunk * MATRIX_GROUP : 0;
    const int64_t enter_end = layout.enter_scratch + (mixer->core ? 0 : linear_scratch_floats(&mixer->in, rows));
    const int64_t leave_end = layout.leave_scratch + (mixer->core ? 0 : linear_scratch_floats(&mixer->out, chunk));
    layout.floats = larger(larger(enter_end, leave_end), mixer->convolve_floats + mixer->conv.scratch_floats);
    return layout;
}

void mixer_region_sizes(const struct mixer *mixer, int64_t own, size_t bytes[SEQ_REGION_COUNT])
{
    const int64_t kept = larger(mixer->kept * mixer->groups * mixer->B, mixer->filter_groups);
    bytes[SEQ_PREPARED] = (size_t)(mixer_packed_floats(mixer) + own) * sizeof(float);
    bytes[SEQ_ACTIVATIONS] = (size_t)(kept * mixer->conv.group_floats) * sizeof(float);
    bytes[SEQ_THREAD_SCRATCH] = (size_t)mixer_layout_get(mixer).floats * sizeof(float);
}

size_t mixer_method(const struct mixer *mixer, const struct longconv *conv, char *text, size_t capacity)
{
    char convolution[128], product[64];
    longconv_describe(conv, convolution, sizeof convolution);
    if (mixer->core)
        return (size_t)snprintf(text, capacity, "conv %s", convolution);
    linear_describe(&mixer->out, product, sizeof product);
    return (size_t)snprintf(text, capacity, "%s; conv %s", product, convolution);
}

/* ---------------------------------------------------------------- packed projections */

void mixer_pack_stream(const struct mixer *mixer, const struct seq_run *run, int64_t stream, const float *weight,
                       const float *bias)
{
    float *const packed = run->prepared;
    for (int64_t block = 0; block < mixer->blocks; ++block) {
        const int64_t first = block * BLOCK_GROUPS * MATRIX_GROUP;
        linear_pack(block < mixer->blocks - 1 ? &mixer->in : &mixer->in_last,
                    packed + mixer_packed_offset(mixer, stream, block), weight + first * mixer->D, mixer->D, bias + first,
                    run->threads);
    }
}

void mixer_pack_output(const struct mixer *mixer, const struct seq_run *run, const float *weight, const float *bias)
{
    float *const packed = run->prepared;
    linear_pack(&mixer->out, packed + mixer_packed_offset(mixer, mixer->streams, 0), weight, mixer->D, bias, run->threads);
}
