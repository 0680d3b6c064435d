/* conv_depthwise.c - a block of tokens of a depthwise convolution, compiled once per instruction set.
 *
 * Method: channels lie in the lanes of a vector. ROWS tokens at a time keep their sums in registers, so that a tap's weight
 * is loaded once for all of them. Channels are taken in tiles narrow enough that the tokens and weights of all taps stay in
 * cache from one group of tokens to the next.
 */
#include "conv/conv.h"
#include "kernels/lanes.h"

#define ROWS 8            /* independent sums: additions of latency 4, two per cycle */
#define TILE_FLOATS 65536 /* (256 KiB) inputs and weights of a tile of channels: a part of any L2 cache */

/* sums[r] += sum over j < taps of x[r + j] * weight[j], rows of width D, one vector of channels. */
INLINE void add_taps(vector *sums, const float *x, const float *weight, int64_t taps, int64_t D, const int rows)
{
    for (int64_t j = 0; j < taps; ++j) {
        const vector w = load(weight + j * D);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
            sums[r] += load(x + (j + r) * D) * w;
    }
}

/* Tokens t .. t + rows - 1, none of which looks back before the sequence. */
INLINE void convolve_inside(const struct conv_block *block, int64_t t, int64_t channel, const int rows)
{
    const int64_t D = block->shape->D, taps = block->shape->taps;
    vector sums[ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
        sums[r] = load(block->bias + channel);
    add_taps(sums, block->x + (t - (taps - 1)) * D + channel, block->weight + channel, taps, D, rows);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
        store(block->y + (t + r) * D + channel, sums[r]);
}

/* Token t < taps - 1: the first taps - 1 - t taps meet the history. */
static void convolve_start(const struct conv_block *block, int64_t t, int64_t channel)
{
    const int64_t D = block->shape->D, before = block->shape->taps - 1 - t;
    vector sum = load(block->bias + channel);
    if (block->history)
        add_taps(&sum, block->history + t * D + channel, block->weight + channel, before, D, 1);
    add_taps(&sum, block->x + channel, block->weight + before * D + channel, t + 1, D, 1);
    store(block->y + t * D + channel, sum);
}

/* Channels [from, to) of one group of tokens. A last, partial vector is moved back to overlap the one before: what both
 * compute is the same. */
INLINE void convolve_channels(const struct conv_block *block, int64_t t, int64_t from, int64_t to, const int rows)
{
    for (int64_t c = from; c < to; c += LANES) {
        const int64_t channel = c + LANES <= block->shape->D ? c : block->shape->D - LANES;
        if (t < block->shape->taps - 1)
            convolve_start(block, t, channel);
        else
            convolve_inside(block, t, channel, rows);
    }
}

static void convolve_tile(const struct conv_block *block, int64_t from, int64_t to)
{
    const int64_t end = block->first + block->count;
    int64_t t = block->first;
    for (; t < end && t < block->shape->taps - 1; ++t)
        convolve_channels(block, t, from, to, 1);
    for (; t + ROWS <= end; t += ROWS)
        convolve_channels(block, t, from, to, ROWS);
    for (; t < end; ++t)
        convolve_channels(block, t, from, to, 1);
}

/* Fewer channels than a vector has lanes. */
static void convolve_narrow(const struct conv_block *block)
{
    const int64_t D = block->shape->D, taps = block->shape->taps;
    for (int64_t t = block->first; t < block->first + block->count; ++t)
        for (int64_t c = 0; c < D; ++c) {
            float sum = block->bias[c];
            for (int64_t j = 0; j < taps; ++j) {
                const int64_t from = t - (taps - 1) + j;
                if (from >= 0)
                    sum += block->weight[j * D + c] * block->x[from * D + c];
                else if (block->history)
                    sum += block->weight[j * D + c] * block->history[(t + j) * D + c];
            }
            block->y[t * D + c] = sum;
        }
}

static void convolve_block(const struct conv_block *block)
{
    const int64_t D = block->shape->D, vectors = TILE_FLOATS / (2 * (block->shape->taps + ROWS) * LANES);
    const int64_t tile = (vectors > 1 ? vectors : 1) * LANES;
    if (D < LANES) {
        convolve_narrow(block);
        return;
    }
    for (int64_t from = 0; from < D; from += tile)
        convolve_tile(block, from, from + tile < D ? from + tile : D);
}

const struct conv_depthwise ISA_NAME(conv_depthwise) = {.block = convolve_block};
