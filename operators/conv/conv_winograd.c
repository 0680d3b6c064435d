/* conv_winograd.c - dense convolution of three taps with two thirds of the products: minimal filtering, F(2, 3) (Winograd
 * 1980, Arithmetic Complexity of Computations; Lavin & Gray 2016, arXiv:1509.09308).
 *
 * Method: of the tokens a, b, c, d and the taps g0, g1, g2 two outputs take four products and not six:
 *
 *     y of c = (a - c) g0 + p + q        p = (b + c) (g0 + g1 + g2) / 2
 *     y of d = (d - b) g2 + p - q        q = (c - b) (g0 - g1 + g2) / 2
 *
 * each of them one over all channels (kernels/linear.h). The output of c never meets d, so causality is exact; larger tiles
 * would save more, but mix all of their tokens and round worse. Pairs are counted from the first token of a sequence and
 * shared out to the threads in blocks: the bits do not depend on how.
 */
#include "conv/conv.h"

#include <omp.h>

#define BLOCK_PAIRS 64 /* enough for reading the weights, few enough for the second-level cache at a width of 1024 */

/* A block of one sequence: tokens [2 * pair, 2 * pair + count), of which the last may be half a pair. */
struct block {
    const float *x;       /* (L, D): the sequence */
    const float *history; /* (2, D); NULL: zeros */
    float *y;             /* the block's first row */
    int64_t pair, count;
};

/* What a thread works in. */
struct work {
    struct conv_pairs pairs;
    float *p, *q;  /* (pairs, channels) */
    float *joined; /* (4, D): the two tokens before the sequence, and two of it */
};

/* ---------------------------------------------------------------- memory */

static int64_t most_pairs(const struct conv_shape *shape)
{
    const int64_t pairs = (shape->L + 1) / 2;
    return pairs < BLOCK_PAIRS ? pairs : BLOCK_PAIRS;
}

size_t conv_winograd_scratch_bytes(const struct conv_shape *shape)
{
    const int64_t pair = WINOGRAD_PRODUCTS * matrix_row_stride(shape->channels) + 2 * shape->channels;
    return (size_t)(most_pairs(shape) * pair + 4 * shape->D) * sizeof(float);
}

static struct work get_work(const struct conv_shape *shape, float *scratch)
{
    const int64_t pairs = most_pairs(shape);
    struct work work = {.pairs = {.stride = matrix_row_stride(shape->channels)}};
    for (int product = 0; product < WINOGRAD_PRODUCTS; ++product, scratch += pairs * work.pairs.stride)
        work.pairs.u[product] = scratch;
    work.p = scratch;
    work.q = work.p + pairs * shape->channels;
    work.joined = work.q + pairs * shape->channels;
    return work;
}

/* ---------------------------------------------------------------- weights */

size_t conv_winograd_prepared_bytes(const struct conv_shape *shape)
{
    return (size_t)(shape->groups * WINOGRAD_PRODUCTS * linear_packed_floats(&shape->linear)) * sizeof(float);
}

void conv_winograd_prepare(const struct conv_shape *shape, const struct seq_run *run)
{
    static const double taps[WINOGRAD_PRODUCTS][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    float *packed = run->prepared;
    for (int64_t channel = 0; channel < shape->D; channel += shape->channels)
        for (int product = 0; product < WINOGRAD_PRODUCTS; ++product) {
            const bool outer = product == 0 || product == WINOGRAD_PRODUCTS - 1; /* these write y, with the bias */
            linear_pack_mixed(&shape->linear, packed, run->parameters[CONV_WEIGHT] + channel * shape->channels * shape->taps,
                              taps[product], shape->taps, outer ? run->parameters[CONV_BIAS] + channel : NULL,
                              shape->threads);
            packed += linear_packed_floats(&shape->linear);
        }
}

/* ---------------------------------------------------------------- a block */

/* Tokens of a block's first pair, where that looks back before the sequence. */
static int64_t head_tokens(const struct block *block)
{
    return block->pair > 0 ? 0 : block->count < 2 ? block->count : 2;
}

/* What the products of one group of channels read. */
static void spread(const struct conv_shape *shape, const struct work *work, const struct block *block, int64_t channel)
{
    const int64_t D = shape->D, head = head_tokens(block);
    shape->winograd->spread(&work->pairs, 0, work->joined + channel, D, head, shape->channels);
    if (head < block->count)
        shape->winograd->spread(&work->pairs, head / 2, block->x + (2 * block->pair + head - 2) * D + channel, D,
                                block->count - head, shape->channels);
}

/* The four products of one group of channels, and the outputs from them. */
static void multiply(const struct conv_shape *shape, const struct work *work, const struct block *block, const float *packed,
                     int64_t channel)
{
    const int64_t pairs = (block->count + 1) / 2, whole = block->count / 2;
    float *const y = block->y + channel;
    const struct matrix to[WINOGRAD_PRODUCTS] = {matrix_rows(y, 2 * shape->D), matrix_rows(work->p, shape->channels),
                                                 matrix_rows(work->q, shape->channels),
                                                 matrix_rows(y + shape->D, 2 * shape->D)};
    for (int product = 0; product < WINOGRAD_PRODUCTS; ++product) {
        const int64_t rows = product == WINOGRAD_PRODUCTS - 1 ? whole : pairs;
        if (rows > 0)
            linear_rows(&shape->linear, to[product], matrix_rows_in(work->pairs.u[product], work->pairs.stride), packed, rows,
                        NULL);
        packed += linear_packed_floats(&shape->linear);
    }
    shape->winograd->gather(y, shape->D, work->p, work->q, block->count, shape->channels);
}

static void convolve_block(const struct conv_shape *shape, const struct seq_run *run, const struct work *work,
                           const struct block *block)
{
    const float *packed = run->prepared;
    if (head_tokens(block) > 0)
        conv_join_rows(shape, work->joined, block->history, block->x, head_tokens(block));
    for (int64_t channel = 0; channel < shape->D; channel += shape->channels) {
        spread(shape, work, block, channel);
        multiply(shape, work, block, packed, channel);
        packed += WINOGRAD_PRODUCTS * linear_packed_floats(&shape->linear);
    }
}

/* ---------------------------------------------------------------- the call */

void conv_winograd(const struct conv_shape *shape, const struct seq_run *run)
{
    const int64_t L = shape->L, D = shape->D, pairs = (L + 1) / 2;
    const int team = conv_dense_team(shape, L);
    const int64_t blocks = conv_choose_blocks(shape->B, pairs, BLOCK_PAIRS, team), all = shape->B * blocks;
#pragma omp parallel for num_threads(all < team ? (int)all : team) schedule(static)
    for (int64_t task = 0; task < all; ++task) {
        const int64_t b = task / blocks, i = task % blocks, from = pairs * i / blocks, to = pairs * (i + 1) / blocks;
        const struct work work = get_work(shape, seq_thread_scratch(run, omp_get_thread_num()));
        const struct block block = {
            .x = run->input + b * L * D,
            .history = run->state_in ? (const float *)run->state_in + b * 2 * D : NULL,
            .y = run->output + (b * L + 2 * from) * D,
            .pair = from,
            .count = (2 * to < L ? 2 * to : L) - 2 * from,
        };
        convolve_block(shape, run, &work, &block);
    }
}
