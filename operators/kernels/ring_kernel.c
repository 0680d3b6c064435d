/* ring_kernel.c - the passes of the ring convolution and their order; see ring.h, ring_kernel.h and ring_radix.h.
 *
 * A pass is one level of the recursion for neighbouring blocks. Large blocks go depth first, one at a time; from BREADTH
 * vectors on, which lie in the L1 cache, all blocks of a level are passed over before the next level, in one call.
 */
#include "kernels/ring_kernel.h"

#include "kernels/ring_leaf.h"
#include "kernels/ring_radix.h"

#include <stdbool.h>
#include <string.h>

#define AHEAD 2048       /* floats: a filter is fetched a block of 64 vectors before it is used, 8 KiB */
#define COLUMNS_AHEAD 4 /* lines to be written are fetched before: stores in order would wait for each of them */

typedef void block_pass(float *block, const float *factors, int64_t columns, int64_t blocks);
typedef void product_pass(float *block, const float *factors, const float *filter, int64_t blocks);

/* The real ends of the computation: what lies beyond `floats` is zero when read and left alone when written. */
struct real_end {
    float *block;      /* complex vectors */
    const float *x;    /* read only */
    float *y;          /* write only */
    const float *gate; /* NULL: 1 */
    int64_t columns, floats;
    const float *factors;
};
typedef void real_pass(const struct real_end *end);

/* ---------------------------------------------------------------- complex passes, in place */

RING_INLINE void gather(struct ring_complex *x, const float *from, int64_t step, const int radix)
{
#pragma GCC unroll 8
    for (int q = 0; q < radix; ++q)
        x[q] = (struct ring_complex){ring_load(from + q * step), ring_load(from + q * step + RING_WIDTH)};
}

RING_INLINE void scatter(float *to, int64_t step, const struct ring_complex *x, const int radix)
{
#pragma GCC unroll 8
    for (int q = 0; q < radix; ++q) {
        ring_store(to + q * step, x[q].re);
        ring_store(to + q * step + RING_WIDTH, x[q].im);
    }
}

/* Real parts become imaginary parts and back: turns the transform into its inverse. */
RING_INLINE void exchange(struct ring_complex *x, const int radix)
{
#pragma GCC unroll 8
    for (int q = 0; q < radix; ++q)
        x[q] = (struct ring_complex){x[q].im, x[q].re};
}

RING_INLINE void split_pass(float *block, const float *factors, int64_t columns, int64_t blocks, const int radix)
{
    const int64_t step = columns * RING_VECTOR;
    for (int64_t b = 0; b < blocks; ++b, block += radix * step, factors += RING_FACTORS(radix))
        for (int64_t c = 0; c < step; c += RING_VECTOR)
            for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
                struct ring_complex x[8];
                gather(x, block + c + h, step, radix);
                ring_twist(x, factors, radix);
                ring_split(x, factors, radix);
                scatter(block + c + h, step, x, radix);
            }
}

RING_INLINE void join_pass(float *block, const float *factors, int64_t columns, int64_t blocks, const int radix)
{
    const int64_t step = columns * RING_VECTOR;
    for (int64_t b = 0; b < blocks; ++b, block += radix * step, factors += RING_FACTORS(radix))
        for (int64_t c = 0; c < step; c += RING_VECTOR)
            for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
                struct ring_complex x[8];
                gather(x, block + c + h, step, radix);
                exchange(x, radix);
                ring_plain(x, radix);
                ring_untwist(x, factors + 2 * radix, radix);
                exchange(x, radix);
                scatter(block + c + h, step, x, radix);
            }
}

/* Last level of RING_CHANNELS: split into single values, multiply, join. */
RING_INLINE void multiply_pass(float *block, const float *factors, const float *filter, int64_t blocks, const int radix)
{
    const int64_t floats = (int64_t)radix * RING_VECTOR;
    for (int64_t b = 0; b < blocks; ++b, block += floats, filter += floats, factors += RING_FACTORS(radix))
        for (int64_t h = 0; h < RING_WIDTH; h += RING_LANES) {
            struct ring_complex x[8], k[8];
            gather(x, block + h, RING_VECTOR, radix);
            ring_twist(x, factors, radix);
            ring_split(x, factors, radix);
            gather(k, filter + h, RING_VECTOR, radix);
            for (int64_t i = 0; i < floats; i += RING_WIDTH)
                __builtin_prefetch(filter + AHEAD + i);
#pragma GCC unroll 8
            for (int q = 0; q < radix; ++q) /* real and imaginary part exchanged */
                x[q] = (struct ring_complex){x[q].re * k[q].im + x[q].im * k[q].re,
                                             x[q].re * k[q].re - x[q].im * k[q].im};
            ring_plain(x, radix);
            ring_untwist(x, factors + 2 * radix, radix);
            exchange(x, radix);
            scatter(block + h, RING_VECTOR, x, radix);
        }
}

/* ---------------------------------------------------------------- real ends */

RING_INLINE int64_t clamp(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

RING_INLINE ring_vector read_part(const float *from, int64_t count)
{
    if (count >= RING_LANES)
        return ring_load(from);
    float part[RING_LANES] = {0};
    if (count > 0)
        memcpy(part, from, (size_t)count * sizeof *part);
    return ring_load(part);
}

RING_INLINE void write_part(float *to, ring_vector v, int64_t count)
{
    if (count >= RING_LANES) {
        ring_store(to, v);
        return;
    }
    float part[RING_LANES];
    ring_store(part, v);
    if (count > 0)
        memcpy(to, part, (size_t)count * sizeof *part);
}

/* Floats from `from` to `to` of each part; `whole`: all of them exist. */
RING_INLINE void read_columns(const struct real_end *end, int64_t from, int64_t to, const bool whole, const int radix)
{
    const int64_t part = end->columns * RING_WIDTH;
    const float *const w = end->factors;
    for (int64_t c = from; c < to; c += RING_LANES) {
        struct ring_complex x[8];
        for (int q = 0; q < radix; ++q) {
            const float *const written = end->block + (c / RING_WIDTH + COLUMNS_AHEAD) * RING_VECTOR + q * 2 * part;
            __builtin_prefetch(written, 1);
            __builtin_prefetch(written + RING_WIDTH, 1);
        }
#pragma GCC unroll 8
        for (int q = 0; q < radix; ++q) {
            const float *const source = end->x + q * part + c;
            const ring_vector v = whole ? ring_load(source) : read_part(source, end->floats - q * part - c);
            const int64_t k = RING_TANGENTS(radix) ? q - 1 : 2 * q - 1;
            x[q].re = RING_TANGENTS(radix) || q == 0 ? v : v * w[k - 1];
            x[q].im = q == 0 ? (ring_vector){0} : v * w[k];
        }
        ring_split(x, w, radix);
        scatter(end->block + c / RING_WIDTH * RING_VECTOR + c % RING_WIDTH, 2 * part, x, radix);
    }
}

RING_INLINE void write_columns(const struct real_end *end, int64_t from, int64_t to, const bool whole, const bool gated,
                               const int radix)
{
    const int64_t part = end->columns * RING_WIDTH;
    const float *const w = end->factors + 2 * radix;
    for (int64_t c = from; c < to; c += RING_LANES) {
        struct ring_complex x[8];
        gather(x, end->block + c / RING_WIDTH * RING_VECTOR + c % RING_WIDTH, 2 * part, radix);
        exchange(x, radix);
        ring_plain(x, radix);
        for (int q = 0; q < radix; ++q)
            __builtin_prefetch(end->y + q * part + c + COLUMNS_AHEAD * RING_WIDTH, 1);
#pragma GCC unroll 8
        for (int q = 0; q < radix; ++q) {
            const int64_t at = q * part + c, count = whole ? RING_LANES : end->floats - at;
            ring_vector v = q == 0 ? x[0].im : x[q].im * w[2 * q - 2] + x[q].re * w[2 * q - 1];
            if (gated)
                v *= whole ? ring_load(end->gate + at) : read_part(end->gate + at, count);
            write_part(end->y + at, v, count);
        }
    }
}

/* The last of the radix parts is the one that ends early; whole vectors of it come first. */
RING_INLINE int64_t whole_floats(const struct real_end *end, const int radix)
{
    const int64_t part = end->columns * RING_WIDTH;
    return clamp(end->floats - (radix - 1) * part, part) / RING_WIDTH * RING_WIDTH;
}

RING_INLINE void read_pass(const struct real_end *end, const int radix)
{
    const int64_t whole = whole_floats(end, radix);
    read_columns(end, 0, whole, true, radix);
    read_columns(end, whole, end->columns * RING_WIDTH, false, radix);
}

RING_INLINE void write_pass(const struct real_end *end, const int radix)
{
    const int64_t whole = whole_floats(end, radix);
    if (end->gate)
        write_columns(end, 0, whole, true, true, radix);
    else
        write_columns(end, 0, whole, true, false, radix);
    write_columns(end, whole, end->columns * RING_WIDTH, false, end->gate != NULL, radix);
}

/* ---------------------------------------------------------------- by radix */

struct radix_passes {
    block_pass *split, *join;
    product_pass *multiply;
    real_pass *read, *write;
};

#define RADIX(R)                                                                                                        \
    static void split_##R(float *block, const float *factors, int64_t columns, int64_t blocks)                          \
    {                                                                                                                   \
        split_pass(block, factors, columns, blocks, R);                                                                 \
    }                                                                                                                   \
    static void join_##R(float *block, const float *factors, int64_t columns, int64_t blocks)                           \
    {                                                                                                                   \
        join_pass(block, factors, columns, blocks, R);                                                                  \
    }                                                                                                                   \
    static void multiply_##R(float *block, const float *factors, const float *filter, int64_t blocks)                   \
    {                                                                                                                   \
        multiply_pass(block, factors, filter, blocks, R);                                                               \
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
static void split_64(float *block, const float *factors, int64_t columns, int64_t blocks)
{
    (void)columns;
    split_pass(block, factors, 8, blocks, 8);
}

static void join_64(float *block, const float *factors, int64_t columns, int64_t blocks)
{
    (void)columns;
    join_pass(block, factors, 8, blocks, 8);
}

RADIX(2)
RADIX(3)
RADIX(4)
RADIX(5)
RADIX(8)

#define PASSES(R) [R] = {split_##R, join_##R, multiply_##R, read_##R, write_##R}

static const struct radix_passes by_radix[] = {PASSES(2), PASSES(3), PASSES(4), PASSES(5), PASSES(8)};

/* ---------------------------------------------------------------- the recursion */

static void split(const struct ring *ring, int level, int64_t index, float *block, int64_t blocks)
{
    const struct ring_level *const at = &ring->level[level];
    block_pass *const pass = at->radix == 8 && at->columns == 8 ? split_64 : by_radix[at->radix].split;
    pass(block, at->factors + index * RING_FACTORS(at->radix), at->columns, blocks);
}

static void join(const struct ring *ring, int level, int64_t index, float *block, int64_t blocks)
{
    const struct ring_level *const at = &ring->level[level];
    block_pass *const pass = at->radix == 8 && at->columns == 8 ? join_64 : by_radix[at->radix].join;
    pass(block, at->factors + index * RING_FACTORS(at->radix), at->columns, blocks);
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
                          const float *filter)
{
    if (level == ring->levels) {
        leaves(ring, index, block, blocks, NULL, filter);
        return;
    }
    const int64_t radix = ring->level[level].radix;
    if (level == ring->levels - 1 && ring->mode == RING_CHANNELS) {
        by_radix[radix].multiply(block, ring->level[level].factors + index * RING_FACTORS(radix), filter, blocks);
        return;
    }
    split(ring, level, index, block, blocks);
    breadth_first(ring, level + 1, index * radix, block, blocks * radix, filter);
    join(ring, level, index, block, blocks);
}

/* One block. `filter`: the spectrum's part for it. */
static void depth_first(const struct ring *ring, int level, int64_t index, float *block, const float *filter)
{
    if (level >= ring->breadth) {
        breadth_first(ring, level, index, block, 1, filter);
        return;
    }
    const int64_t radix = ring->level[level].radix, floats = ring->level[level].columns * RING_VECTOR;
    split(ring, level, index, block, 1);
    for (int64_t j = 0; j < radix; ++j)
        depth_first(ring, level + 1, index * radix + j, block + j * floats, filter + j * floats);
    join(ring, level, index, block, 1);
}

static struct real_end real_end(const struct ring *ring, float *block)
{
    const struct ring_level *const top = &ring->level[0];
    return (struct real_end){.block = block, .columns = top->columns, .floats = ring->floats, .factors = top->factors};
}

static void transform(const struct ring *ring, float *spectrum, const float *x)
{
    struct real_end end = real_end(ring, spectrum);
    end.x = x;
    by_radix[ring->level[0].radix].read(&end);
    int64_t blocks = ring->level[0].radix;
    for (int level = 1; level < ring->levels; ++level) {
        split(ring, level, 0, spectrum, blocks);
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
    end.x = x, end.y = y, end.gate = gate;
    by_radix[radix].read(&end);
    if (ring->breadth == 0)
        breadth_first(ring, 1, 0, scratch, radix, filter);
    for (int64_t j = 0; j < radix && ring->breadth > 0; ++j)
        depth_first(ring, 1, j, scratch + j * floats, filter + j * floats);
    by_radix[radix].write(&end);
}

const struct ring_kernel ISA_NAME(ring_kernel) = {.transform = transform, .convolve = convolve};
