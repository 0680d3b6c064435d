/* conv_dense.c - a block of tokens of a dense or grouped convolution.
 *
 * Method: one GEMM of OpenBLAS per tap and group, added onto results preset with the bias. A tap is the input shifted by
 * whole rows, so its GEMM reads the input where it lies; nothing is copied (no im2col). Tokens for which a tap reaches back
 * before the sequence take that tap from the history, if there is one.
 */
#include "conv/conv.h"

#include <cblas.h>
#include <string.h>

/* y += x W for `rows` tokens and one group; x and y are rows of width D. */
static void add_product(const struct conv_shape *shape, float *y, const float *x, const float *weight, int64_t rows)
{
    const blasint channels = (blasint)shape->channels, D = (blasint)shape->D;
    if (rows > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, channels, channels, 1.0f, x, D, weight,
                    channels, 1.0f, y, D);
}

static void add_tap(const struct conv_block *block, int64_t j, int64_t group)
{
    const struct conv_shape *const shape = block->shape;
    const int64_t D = shape->D, channels = shape->channels, channel = group * channels;
    const float *const weight = block->weight + (j * D + channel) * channels;
    const int64_t back = shape->taps - 1 - j, end = block->first + block->count;
    /* Tokens before `inside` look back before the sequence. */
    const int64_t inside = back < block->first ? block->first : back < end ? back : end;
    if (block->history)
        add_product(shape, block->y + block->first * D + channel, block->history + (block->first + j) * D + channel, weight,
                    inside - block->first);
    if (inside < end)
        add_product(shape, block->y + inside * D + channel, block->x + (inside - back) * D + channel, weight, end - inside);
}

void conv_dense_block(const struct conv_block *block)
{
    const struct conv_shape *const shape = block->shape;
    for (int64_t t = block->first; t < block->first + block->count; ++t)
        memcpy(block->y + t * shape->D, block->bias, (size_t)shape->D * sizeof *block->y);
    for (int64_t j = 0; j < shape->taps; ++j)
        for (int64_t group = 0; group < shape->groups; ++group)
            add_tap(block, j, group);
}
