/* ring_kernel.c - the passes of the ring convolution and their order; see ring.h, ring_kernel.h, ring_ends.h and ring_radix.h.
 *
 * A pass is one level of the recursion for neighbouring blocks. Large blocks go depth first, one at a time; from BREADTH
 * vectors on, which lie in the L1 cache, all blocks of a level are passed over before the next level, in one call.
 */
#include "kernels/ring_kernel.h"

#include "kernels/ring_ends.h"
#include "kernels/ring_leaf.h"

#include <stddef.h>

#define AHEAD 2048 /* floats: a filter is fetched a block of 64 vectors before it is used, 8 KiB */

/* Passes fetch lines from `soon` on, which a later pass needs: see struct ahead. */
typedef void block_pass(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks);
typedef void real_pass(const struct real_end *end);
typedef void product_pass(float *block, const float *factors, const float *filter, const float *soon, int64_t blocks);

/* ---------------------------------------------------------------- complex passes, in place */

RING_INLINE void split_pass(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks,
                            const int radix)
{
    const int64_t step = columns * RING_VECTOR;
    for (int64_t b = 0; b < blocks; ++b, block += radix * step, factors += RING_FACTORS(radix))
        for (int64_t c = 0; c < step; c += RING_VECTOR)
            for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
                struct ring_complex x[8];
                soon = ring_fetch(soon, h, radix);
                ring_gather(x, block + c + h, step, radix);
                ring_twist(x, factors, radix);
                ring_split(x, factors, radix);
                ring_scatter(block + c + h, step, x, radix);
            }
}

RING_INLINE void join_pass(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks,
                           const int radix)
{
    const int64_t step = columns * RING_VECTOR;
    for (int64_t b = 0; b < blocks; ++b, block += radix * step, factors += RING_FACTORS(radix))
        for (int64_t c = 0; c < step; c += RING_VECTOR)
            for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
                struct ring_complex x[8];
                soon = ring_fetch(soon, h, radix);
                ring_gather(x, block + c + h, step, radix);
                ring_exchange(x, radix);
                ring_plain(x, radix);
                ring_untwist(x, factors + 2 * radix, radix);
                ring_exchange(x, radix);
                ring_scatter(block + c + h, step, x, radix);
            }
}

/* Last level of RING_CHANNELS: split into single values, multiply, join. */
RING_INLINE void multiply_pass(float *block, const float *factors, const float *filter, const float *soon, int64_t blocks,
                               const int radix)
{
    const int64_t floats = (int64_t)radix * RING_VECTOR;
    for (int64_t b = 0; b < blocks; ++b, block += floats, filter += floats, factors += RING_FACTORS(radix))
        for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
            struct ring_complex x[8], k[8];
            soon = ring_fetch(soon, h, 2 * radix); /* two passes in one */
            ring_gather(x, block + h, RING_VECTOR, radix);
            ring_twist(x, factors, radix);
            ring_split(x, factors, radix);
            ring_gather(k, filter + h, RING_VECTOR, radix);
            for (int64_t i = 0; i < floats; i += RING_WIDTH)
                __builtin_prefetch(filter + AHEAD + i);
#pragma GCC unroll 8
            for (int q = 0; q < radix; ++q) /* real and imaginary part exchanged */
                x[q] = (struct ring_complex){x[q].re * k[q].im + x[q].im * k[q].re,
                                             x[q].re * k[q].re - x[q].im * k[q].im};
            ring_plain(x, radix);
            ring_untwist(x, factors + 2 * radix, radix);
            ring_exchange(x, radix);
            ring_scatter(block + h, RING_VECTOR, x, radix);
        }
}

/* ---------------------------------------------------------------- by radix */

struct radix_passes {
    block_pass *split, *join;
    product_pass *multiply;
    real_pass *read, *write;
};

#define RADIX(R)                                                                                                        \
    static void split_##R(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks)       \
    {                                                                                                                   \
        split_pass(block, factors, soon, columns, blocks, R);                                                           \
    }                                                                                                                   \
    static void join_##R(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks)        \
    {                                                                                                                   \
        join_pass(block, factors, soon, columns, blocks, R);                                                            \
    }                                                                                                                   \
    static void multiply_##R(float *block, const float *factors, const float *filter, const float *soon, int64_t blocks)\
    {                                                                                                                   \
        multiply_pass(block, factors, filter, soon, blocks, R);                                                         \
    }                                                                                                                   \
    static void read_##R(const struct real_end *end)                                                                    \
    {                                                                                                                   \
        read_pass(end, R);                                                                                              \
    }                                                                                                                   \
    static void write_##R(const struct real_end *end)                                                                   \
    {                                                                                                                   \
        write_pass(end, R);                                                                                             \
    }

/* Children of 8 vectors: offsets are constants. */
static void split_64(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks)
{
    (void)columns;
    split_pass(block, factors, soon, 8, blocks, 8);
}

static void join_64(float *block, const float *factors, const float *soon, int64_t columns, int64_t blocks)
{
    (void)columns;
    join_pass(block, factors, soon, 8, blocks, 8);
}

RADIX(2)
RADIX(3)
RADIX(4)
RADIX(5)
RADIX(8)

#define PASSES(R) [R] = {split_##R, join_##R, multiply_##R, read_##R, write_##R}

static const struct radix_passes by_radix[] = {PASSES(2), PASSES(3), PASSES(4), PASSES(5), PASSES(8)};

/* ---------------------------------------------------------------- what is needed later */

/* Every pass fetches some of the filter and then of y, in the order in which they will be needed: memory works all the time,
 * and not while the product and the last pass wait for it. */
struct ahead {
    const float *at, *end;  /* what is left of the filter, then of y */
    const float *y, *y_end; /* empty once it has become the above */
};

/* Vectors of a scratch that leaves the L2 cache room for the filter, x and y, 24 bytes a value: 64K samples or 4K channels. */
#define AHEAD_MOST 4096

static struct ahead ahead_of(const struct ring *ring, const float *y, const float *filter)
{
    if (ring->vectors > AHEAD_MOST)
        return (struct ahead){0};
    return (struct ahead){filter, filter + ring->vectors * RING_VECTOR, y, y + ring->floats};
}

/* For a pass that fetches so many lines. Nothing left: lines that the pass itself reads, which costs less than to ask each time. */
static const float *take(struct ahead *ahead, int64_t lines, const float *block)
{
    if (ahead->at >= ahead->end) {
        ahead->at = ahead->y;
        ahead->end = ahead->y_end;
        ahead->y = ahead->y_end;
    }
    if (ahead->at >= ahead->end)
        return block;
    const float *const at = ahead->at;
    ahead->at += lines * RING_WIDTH;
    return at;
}

/* ---------------------------------------------------------------- the recursion */

static void split(const struct ring *ring, int level, int64_t index, float *block, int64_t blocks, struct ahead *ahead)
{
    const struct ring_level *const at = &ring->level[level];
    block_pass *const pass = at->radix == 8 && at->columns == 8 ? split_64 : by_radix[at->radix].split;
    const float *const soon = take(ahead, blocks * at->columns * RING_LINES(at->radix), block);
    pass(block, at->factors + index * RING_FACTORS(at->radix), soon, at->columns, blocks);
}

static void join(const struct ring *ring, int level, int64_t index, float *block, int64_t blocks, struct ahead *ahead)
{
    const struct ring_level *const at = &ring->level[level];
    block_pass *const pass = at->radix == 8 && at->columns == 8 ? join_64 : by_radix[at->radix].join;
    const float *const soon = take(ahead, blocks * at->columns * RING_LINES(at->radix), block);
    pass(block, at->factors + index * RING_FACTORS(at->radix), soon, at->columns, blocks);
}

/* 16 vectors at a time, from block `index` of RING_SAMPLES' last level on: writes a spectrum, or if NULL reads a filter. */
static void leaves(const struct ring *ring, int64_t index, float *block, int64_t blocks, float *spectrum,
                   const float *filter)
{
    const float *r = ring->lane_factors + index / RING_WIDTH * 2 * RING_VECTOR;
    for (int64_t at = 0; at < blocks * RING_VECTOR; at += RING_LEAF, r += 2 * RING_VECTOR) {
        float t[RING_LEAF] __attribute__((aligned(64)));
        for (int i = 0; i < RING_LEAF && filter; i += RING_WIDTH)
            __builtin_prefetch(filter + at + AHEAD + i);
        ring_transpose(t, block + at);
        ring_transpose(t + RING_WIDTH, block + at + RING_WIDTH);
        for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
            const struct ring_powers powers = ring_get_powers(r + h);
            if (spectrum)
                ring_leaf_transform(spectrum + at + h, t + h, &powers);
            else
                ring_leaf_convolve(t + h, filter + at + h, &powers);
        }
        if (spectrum)
            continue;
        ring_transpose(block + at, t);
        ring_transpose(block + at + RING_WIDTH, t + RING_WIDTH);
    }
}

/* Level `level` and all below, for `blocks` blocks from `index` on. */
static void breadth_first(const struct ring *ring, int level, int64_t index, float *block, int64_t blocks,
                          const float *filter, struct ahead *ahead)
{
    if (level == ring->levels) {
        leaves(ring, index, block, blocks, NULL, filter);
        return;
    }
    const int64_t radix = ring->level[level].radix;
    if (level == ring->levels - 1 && ring->mode == RING_CHANNELS) {
        const float *const factors = ring->level[level].factors + index * RING_FACTORS(radix);
        by_radix[radix].multiply(block, factors, filter, take(ahead, blocks * RING_LINES(2 * radix), block), blocks);
        return;
    }
    split(ring, level, index, block, blocks, ahead);
    breadth_first(ring, level + 1, index * radix, block, blocks * radix, filter, ahead);
    join(ring, level, index, block, blocks, ahead);
}

/* One block. `filter`: the spectrum's part for it. */
static void depth_first(const struct ring *ring, int level, int64_t index, float *block, const float *filter,
                        struct ahead *ahead)
{
    if (level >= ring->breadth) {
        breadth_first(ring, level, index, block, 1, filter, ahead);
        return;
    }
    const int64_t radix = ring->level[level].radix, floats = ring->level[level].columns * RING_VECTOR;
    split(ring, level, index, block, 1, ahead);
    for (int64_t j = 0; j < radix; ++j)
        depth_first(ring, level + 1, index * radix + j, block + j * floats, filter + j * floats, ahead);
    join(ring, level, index, block, 1, ahead);
}

static struct real_end real_end(const struct ring *ring, float *block)
{
    const struct ring_level *const top = &ring->level[0];
    return (struct real_end){.block = block, .columns = top->columns, .floats = ring->floats, .factors = top->factors};
}

static void transform(const struct ring *ring, float *spectrum, const float *x)
{
    struct real_end end = real_end(ring, spectrum);
    struct ahead none = {0};
    end.x = x, end.soon = spectrum;
    by_radix[ring->level[0].radix].read(&end);
    int64_t blocks = ring->level[0].radix;
    for (int level = 1; level < ring->levels; ++level) {
        split(ring, level, 0, spectrum, blocks, &none);
        blocks *= ring->level[level].radix;
    }
    if (ring->mode == RING_SAMPLES)
        leaves(ring, 0, spectrum, blocks, spectrum, NULL);
}

static void convolve(const struct ring *ring, float *y, const float *x, const float *gate, const float *filter,
                     float *scratch)
{
    const int64_t radix = ring->level[0].radix, floats = ring->level[0].columns * RING_VECTOR;
    struct real_end end = real_end(ring, scratch);
    struct ahead ahead = ahead_of(ring, y, filter);
    end.x = x, end.y = y, end.gate = gate, end.soon = take(&ahead, ring->level[0].columns * RING_LINES(radix), scratch);
    by_radix[radix].read(&end);
    if (ring->breadth == 0)
        breadth_first(ring, 1, 0, scratch, radix, filter, &ahead);
    for (int64_t j = 0; j < radix && ring->breadth > 0; ++j)
        depth_first(ring, 1, j, scratch + j * floats, filter + j * floats, &ahead);
    end.soon = take(&ahead, ring->level[0].columns * RING_LINES(radix), scratch);
    by_radix[radix].write(&end);
}

const struct ring_kernel ISA_NAME(ring_kernel) = {.transform = transform, .convolve = convolve};
