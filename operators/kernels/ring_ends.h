/* ring_ends.h - where the vectors of the ring convolution meet memory, for ring_kernel.c alone.
 *
 * A column of a pass: the same place of each of the blocks that it splits or joins. And the two passes with a real end: the
 * first, which reads x, and the last, which writes y.
 */
#ifndef KERNELS_RING_ENDS_H
#define KERNELS_RING_ENDS_H

#include "kernels/ring_radix.h"

#include <stdbool.h>
#include <string.h>

#define COLUMNS_AHEAD 4 /* lines to be written are fetched before: stores in order would wait for each of them */

/* ---------------------------------------------------------------- a column */

RING_INLINE void ring_gather(struct ring_complex *x, const float *from, int64_t step, const int radix)
{
#pragma GCC unroll 8
    for (int q = 0; q < radix; ++q)
        x[q] = (struct ring_complex){ring_load(from + q * step), ring_load(from + q * step + RING_WIDTH)};
}

RING_INLINE void ring_scatter(float *to, int64_t step, const struct ring_complex *x, const int radix)
{
#pragma GCC unroll 8
    for (int q = 0; q < radix; ++q) {
        ring_store(to + q * step, x[q].re);
        ring_store(to + q * step + RING_WIDTH, x[q].im);
    }
}

/* Lines that a column of a pass fetches: one for two vectors. */
#define RING_LINES(radix) ((radix) / 2)

/* Fetches them, once for all lanes, into the L2 cache: what lies there is needed later than the L1 cache keeps it. */
RING_INLINE const float *ring_fetch(const float *soon, int64_t lane, const int radix)
{
    if (lane > 0)
        return soon;
#pragma GCC unroll 8
    for (int i = 0; i < RING_LINES(radix); ++i)
        __builtin_prefetch(soon + i * RING_WIDTH, 0, 2);
    return soon + RING_LINES(radix) * RING_WIDTH;
}

/* Real parts become imaginary parts and back: turns the transform into its inverse. */
RING_INLINE void ring_exchange(struct ring_complex *x, const int radix)
{
#pragma GCC unroll 8
    for (int q = 0; q < radix; ++q)
        x[q] = (struct ring_complex){x[q].im, x[q].re};
}

/* ---------------------------------------------------------------- real ends */

/* The real ends of the computation: what lies beyond `floats` is zero when read and left alone when written. */
struct real_end {
    float *block;      /* complex vectors */
    const float *x;    /* read only */
    float *y;          /* write only */
    const float *gate; /* NULL: 1 */
    int64_t columns, floats;
    const float *factors;
    const float *soon; /* fetched meanwhile */
};

RING_INLINE int64_t ring_clamp(int64_t value, int64_t most)
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
    const float *const w = end->factors, *soon = end->soon + from * RING_LINES(radix);
    for (int64_t c = from; c < to; c += RING_LANES) {
        struct ring_complex x[8];
        soon = ring_fetch(soon, c % RING_WIDTH, radix);
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
        ring_scatter(end->block + c / RING_WIDTH * RING_VECTOR + c % RING_WIDTH, 2 * part, x, radix);
    }
}

RING_INLINE void write_columns(const struct real_end *end, int64_t from, int64_t to, const bool whole, const bool gated,
                               const int radix)
{
    const int64_t part = end->columns * RING_WIDTH;
    const float *const w = end->factors + 2 * radix, *soon = end->soon + from * RING_LINES(radix);
    for (int64_t c = from; c < to; c += RING_LANES) {
        struct ring_complex x[8];
        soon = ring_fetch(soon, c % RING_WIDTH, radix);
        ring_gather(x, end->block + c / RING_WIDTH * RING_VECTOR + c % RING_WIDTH, 2 * part, radix);
        ring_exchange(x, radix);
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
    return ring_clamp(end->floats - (radix - 1) * part, part) / RING_WIDTH * RING_WIDTH;
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

#endif
