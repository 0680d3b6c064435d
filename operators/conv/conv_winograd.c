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
#include <string.h>

#define BLOCK_PAIRS 64   /* enough for reading the weights, few enough for the second-level cache at a width of 1024 */
#define PAGE_FLOATS 1024 /* rows whole pages apart compete for one set of the first-level cache */

/* What a thread has for a block of pairs. */
struct work {
    struct conv_pairs pairs;
    float *joined; /* (4, D): two tokens before the sequence, two of it */
    float *p, *q;  /* (pairs, channels) */
};

/* A block of one sequence: tokens [2 * pair, 2 * pair + count), of which the last may be half a pair. */
struct block {
    const float *x; /* (L, D): the sequence */
    const float *history;
    float *y; /* the block's first row */
    int64_t pair, count;
};

/* ---------------------------------------------------------------- memory */

static int64_t row_stride(const struct conv_shape *shape)
{
    const int64_t whole = matrix_groups(shape->D) * MATRIX_GROUP;
    return whole % PAGE_FLOATS == 0 ? whole + MATRIX_GROUP : whole;
}

size_t conv_winograd_scratch_bytes(const struct conv_shape *shape)
{
    const int64_t pair = WINOGRAD_PRODUCTS * row_stride(shape) + 2 * shape->channels;
    return (size_t)(BLOCK_PAIRS * pair + 4 * shape->D) * sizeof(float);
}

static struct work get_work(const struct conv_shape *shape, float *scratch)
{
    struct work work = {.pairs = {.stride = row_stride(shape)}};
    for (int product = 0; product < WINOGRAD_PRODUCTS; ++product, scratch += BLOCK_PAIRS * work.pairs.stride)
        work.pairs.u[product] = scratch;
    work.p = scratch;
    work.q = work.p + BLOCK_PAIRS * shape->channels;
    work.joined = work.q + BLOCK_PAIRS * shape->channels;
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

/* What the products read. The first pair looks back before the sequence: on its history, or zeros. */
static void spread(const struct conv_shape *shape, const struct work *work, const struct block *block)
{
    const int64_t D = shape->D, head = block->pair > 0 ? 0 : block->count < 2 ? block->count : 2;
    if (head > 0) {
        if (block->history)
            memcpy(work->joined, block->history, (size_t)(2 * D) * sizeof(float));
        else
            memset(work->joined, 0, (size_t)(2 * D) * sizeof(float));
        memcpy(work->joined + 2 * D, block->x, (size_t)(head * D) * sizeof(float));
        shape->kernel->spread(&work->pairs, 0, work->joined, D, head);
    }
    shape->kernel->spread(&work->pairs, head / 2, block->x + (2 * block->pair + head - 2) * D, D, block->count - head);
}

/* The four products of one group of channels, and the outputs from them. */
static void multiply_group(const struct conv_shape *shape, const struct work *work, const struct block *block,
                           const float *packed, int64_t channel)
{
    const int64_t pairs = (block->count + 1) / 2, whole = block->count / 2, next = linear_packed_floats(&shape->linear);
    float *const y = block->y + channel;
    const struct matrix to[WINOGRAD_PRODUCTS] = {matrix_rows(y, 2 * shape->D), matrix_rows(work->p, shape->channels),
                                                 matrix_rows(work->q, shape->channels),
                                                 matrix_rows(y + shape->D, 2 * shape->D)};
    for (int product = 0; product < WINOGRAD_PRODUCTS; ++product)
        linear_rows(&shape->linear, to[product], matrix_rows_in(work->pairs.u[product] + channel, work->pairs.stride),
                    packed + product * next, product == WINOGRAD_PRODUCTS - 1 ? whole : pairs, NULL);
    shape->kernel->gather(y, shape->D, work->p, work->q, block->count, shape->channels);
}

static void convolve_block(const struct conv_shape *shape, const struct seq_run *run, const struct work *work,
                           const struct block *block)
{
    const float *packed = run->prepared;
    spread(shape, work, block);
    for (int64_t channel = 0; channel < shape->D; channel += shape->channels) {
        multiply_group(shape, work, block, packed, channel);
        packed += WINOGRAD_PRODUCTS * linear_packed_floats(&shape->linear);
    }
}

/* ---------------------------------------------------------------- calls */

/* Blocks of one sequence, all together a multiple of the threads where there are pairs enough. */
static int64_t choose_blocks(int64_t B, int64_t pairs, int threads)
{
    int64_t blocks = (pairs + BLOCK_PAIRS - 1) / BLOCK_PAIRS;
    for (int more = 0; more < threads && B * blocks % threads != 0 && blocks < pairs; ++more)
        ++blocks;
    return blocks;
}

void conv_winograd(const struct conv_shape *shape, const struct seq_run *run)
{
    const int team = conv_dense_team(shape, shape->L);
    const int64_t L = shape->L, D = shape->D, pairs = (L + 1) / 2, blocks = choose_blocks(shape->B, pairs, team);
    const int64_t all = shape->B * blocks;
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
