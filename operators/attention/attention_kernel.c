/* attention_kernel.c - the arithmetic of attention, compiled once per instruction set.
 *
 * Method: strips of STRIP queries against blocks of keys: scores, softmax and values follow each other while the scores lie
 * in the L1 cache. Per query the running maximum and sum are kept; where a block raises the maximum by much, what was
 * summed before shrinks by 2^(old - new) (online softmax, in powers of two: queries are scaled by log2 e). Division by the sum
 * comes once, at the end. Under the causal mask neither product visits what none of its queries sees.
 */
#include "attention/attention.h"

#include "attention/attention_vectors.h"

#include <stdbool.h>
#include <string.h>

#define MOST_SUM 1e9f /* of 2^(score - max) over a block, max being that of the blocks before: far from overflow */

/* The parts of attention_tile.scratch. */
struct work {
    float *q;         /* (strips, width, STRIP), scaled by log2 e / sqrt(width) */
    float *out;       /* (strips, pairs, STRIP, 2 * LANES): channels by pairs of vectors */
    float *max, *sum; /* (strips, STRIP): of the scores so far; of 2^(score - max) so far */
    float *scores;    /* (key_block, STRIP) */
    float *last_keys; /* (TILE_KEYS, padded width): what L has beyond a multiple, completed with zeros */
};

/* Queries side by side. Few of them fill the last lane vectors: those at the front can be left out, as under the mask. */
struct strip {
    float *q, *out, *max, *sum;
    int64_t position; /* of lane 0, if it were used */
    int first;        /* lane vector in use */
};

/* ---------------------------------------------------------------- sizes */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t round_up(int64_t value, int64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static int64_t padded_width(int64_t width)
{
    return round_up(width, MATRIX_GROUP);
}

/* Channels of a strip's sums, which come in pairs of vectors. */
static int64_t out_width(int64_t width)
{
    return round_up(padded_width(width), 2 * LANES);
}

static int64_t scratch(int64_t tile_rows, int64_t key_block, int64_t width)
{
    const int64_t rows = round_up(tile_rows, STRIP), padded = padded_width(width);
    return rows * (padded + out_width(width)) + 2 * attention_aligned(rows) + key_block * STRIP + TILE_KEYS * padded;
}

static struct work work_get(const struct attention_tile *tile)
{
    const int64_t rows = round_up(tile->count, STRIP), padded = padded_width(tile->width);
    struct work work = {.out = tile->scratch};
    work.q = work.out + rows * out_width(tile->width);
    work.scores = work.q + rows * padded;
    work.max = work.scores + tile->key_block * STRIP;
    work.sum = work.max + attention_aligned(rows);
    work.last_keys = work.sum + attention_aligned(rows);
    return work;
}

static struct strip strip_get(const struct attention_tile *tile, const struct work *work, int64_t row)
{
    const int64_t count = least(STRIP, tile->count - row), vectors = round_up(count, LANES) / LANES;
    const int first = (int)(STRIP_VECTORS - vectors);
    return (struct strip){
        .q = work->q + row * padded_width(tile->width),
        .out = work->out + row * out_width(tile->width),
        .max = work->max + row,
        .sum = work->sum + row,
        .position = tile->first + row - first * LANES,
        .first = first,
    };
}

/* ---------------------------------------------------------------- rows of scores */

#define SCORE_ROWS(name, first)                                                                                \
    static __attribute__((noinline)) void name(float *scores, struct matrix_in keys, const float *q, int64_t width, \
                                               int64_t count)                                                  \
    {                                                                                                          \
        for (int64_t k = 0; k < count; k += TILE_KEYS)                                                         \
            score_tile(scores + k * STRIP, matrix_from_row_in(keys, k), q, width, first);                      \
    }
SCORE_ROWS(score_rows_0, 0)
SCORE_ROWS(score_rows_1, 1)
#if STRIP_VECTORS == 3
SCORE_ROWS(score_rows_2, 2)
#endif

/* Keys [0, count), a multiple of TILE_KEYS, by the first lane vector. */
static void (*const score_rows[STRIP_VECTORS])(float *scores, struct matrix_in keys, const float *q, int64_t width,
                                               int64_t count) = {
    score_rows_0,
    score_rows_1,
#if STRIP_VECTORS == 3
    score_rows_2,
#endif
};

/* The first lane vector of which a query sees key j. */
static int first_seeing(const struct attention_tile *tile, const struct strip *strip, int64_t j)
{
    const int64_t beyond = tile->causal ? j - strip->position : 0;
    return (int)most(strip->first, beyond / LANES);
}

/* Scores of keys [j, j + keys). */
static void score_block(const struct attention_tile *tile, const struct work *work, const struct strip *strip, int64_t j,
                        int64_t keys)
{
    const int64_t whole = least(keys, (tile->L - j) / TILE_KEYS * TILE_KEYS);
    const struct matrix_in last = matrix_rows_in(work->last_keys, padded_width(tile->width));
    for (int64_t k = 0, end = 0; k < keys; k = end) {
        const int first = first_seeing(tile, strip, j + k);
        for (end = k + TILE_KEYS; end < whole && first_seeing(tile, strip, j + end) == first;)
            end += TILE_KEYS;
        const struct matrix_in rows = k < whole ? matrix_from_row_in(tile->keys, j + k) : last;
        score_rows[first](work->scores + k * STRIP, rows, strip->q, tile->width, end - k);
    }
}

/* Scores of keys [j, j + keys) become 2^(score - max), 0 where masked; factors: by what everything before shrinks. */
static void soften(const struct attention_tile *tile, const struct work *work, const struct strip *strip, int64_t j,
                   int64_t keys, float *factors)
{
    for (int v = strip->first; v < STRIP_VECTORS; ++v) {
        float *const column = work->scores + v * LANES;
        const int64_t position = strip->position + v * LANES;
        const int64_t seen = tile->causal ? most(0, least(keys, position + LANES - j)) : keys;
        if (tile->slope != 0.0f)
            fall_with_distance(column, position, j, seen, tile->slope);
        if (tile->causal)
            mask_column(column, position, j, position + 1 - j, seen);
        const vector before = load(strip->max + v * LANES), max = column_max(column, seen, before);
        const vector factor = power_of_two(before - max);
        store(factors + v * LANES, factor);
        store(strip->max + v * LANES, max);
        store(strip->sum + v * LANES, load(strip->sum + v * LANES) * factor + column_exp(column, seen, max));
        /* Rows of a value tile reach into the next lane vector, which sees more; and scores that are held are all there. */
        for (int64_t k = seen; k < keys; ++k)
            store(column + k * STRIP, (vector){0});
    }
}

static __attribute__((noinline)) void soft_rows(float *scores, float *sum, const float *max, struct matrix_in keys,
                                                const float *q, int64_t width, int64_t count)
{
    for (int64_t k = 0; k < count; k += TILE_KEYS)
        soft_tile(scores + k * STRIP, sum, max, matrix_from_row_in(keys, k), q, width);
}

/* Whether soften_by_old_max() may try a block: there is an old maximum, and all queries see all of the keys. */
static bool seen_by_all(const struct attention_tile *tile, const struct strip *strip, int64_t j, int64_t keys)
{
    return j > 0 && strip->first == 0 && tile->slope == 0.0f && keys % TILE_KEYS == 0 &&
           !(tile->causal && j + keys > strip->position + 1);
}

/* score_block() and soften() in one: most blocks do not raise the maximum by much, and 2^(score - max) by the old one is as
 * exact as by the new. False where a sum says that it did rise, or is NaN; then the block is to be done again. */
static bool soften_by_old_max(const struct attention_tile *tile, const struct work *work, const struct strip *strip,
                              int64_t j, int64_t keys)
{
    float sum[STRIP] = {0.0f};
    soft_rows(work->scores, sum, strip->max, matrix_from_row_in(tile->keys, j), strip->q, tile->width, keys);
    for (int r = 0; r < STRIP; ++r)
        if (!(sum[r] <= MOST_SUM))
            return false;
    for (int r = 0; r < STRIP; ++r)
        strip->sum[r] += sum[r];
    return true;
}

/* ---------------------------------------------------------------- values */

#define VALUE_ROWS(name, vectors)                                                                                        \
    static __attribute__((noinline)) void name(float *out, const float *probabilities, const float *values,             \
                                               int64_t row_stride, int64_t apart, int64_t keys, const float *factors)   \
    {                                                                                                                    \
        value_tile(out, probabilities, values, row_stride, apart, keys, factors, vectors);                              \
    }
VALUE_ROWS(value_rows_1, 1)
VALUE_ROWS(value_rows_2, 2)

static const float *channel(struct matrix_in m, int64_t row, int64_t c)
{
    return m.data + row * m.row_stride + c / MATRIX_GROUP * m.group_stride + c % MATRIX_GROUP;
}

/* out = out * factors + probabilities values, for keys [j, j + keys); without factors what was in out does not count. */
static void value_block(const struct attention_tile *tile, const struct work *work, const struct strip *strip, int64_t j,
                        int64_t keys, const float *factors)
{
    const int64_t padded = padded_width(tile->width);
    for (int64_t c = 0; c < padded; c += 2 * LANES) {
        const float *const values = channel(tile->values, j, c);
        const int64_t apart = c + LANES < padded ? channel(tile->values, j, c + LANES) - values : 0;
        for (int64_t r = strip->first * LANES / TILE_ROWS * TILE_ROWS; r < STRIP; r += TILE_ROWS) {
            const int64_t seen = tile->causal ? least(keys, strip->position + r + TILE_ROWS - j) : keys;
            if (seen <= 0)
                continue;
            (apart ? value_rows_2 : value_rows_1)(strip->out + c * STRIP + 2 * r * LANES, work->scores + r, values,
                                                  tile->values.row_stride, apart, seen, factors ? factors + r : NULL);
        }
    }
}

/* ---------------------------------------------------------------- a tile */

/* LANES queries, of which `count` exist, into the lanes of (width, STRIP); what does not exist repeats the last one. */
static void load_lanes(float *to, struct matrix_in q, int64_t count, int64_t width, float scale)
{
    const float *rows[LANES];
    for (int64_t r = 0; r < LANES; ++r)
        rows[r] = q.data + least(r, count - 1) * q.row_stride;
    for (int64_t left = width, at = 0; left > 0; left -= MATRIX_GROUP, at += q.group_stride) {
        const int64_t depth = least(left, MATRIX_GROUP);
        int64_t c = 0;
        for (; c + 4 <= depth; c += 4, to += 4 * STRIP)
            transpose_four(to, rows, at + c, scale);
        for (; c < depth; ++c, to += STRIP)
            for (int64_t r = 0; r < LANES; ++r)
                to[r] = rows[r][at + c] * scale;
    }
}

static void load_strip(const struct attention_tile *tile, const struct work *work, int64_t row)
{
    const struct strip strip = strip_get(tile, work, row);
    const float scale = (float)(1.4426950408889634 / sqrt((double)tile->width));
    for (int v = strip.first; v < STRIP_VECTORS; ++v) {
        const int64_t at = row + (v - strip.first) * LANES;
        load_lanes(strip.q + v * LANES, matrix_from_row_in(tile->q, at), least(LANES, tile->count - at), tile->width,
                   scale);
        store(strip.max + v * LANES, splat(-INFINITY));
        store(strip.sum + v * LANES, (vector){0});
    }
}

static void load_last_keys(const struct attention_tile *tile, const struct work *work)
{
    const int64_t padded = padded_width(tile->width), first = tile->L / TILE_KEYS * TILE_KEYS;
    memset(work->last_keys, 0, (size_t)(TILE_KEYS * padded) * sizeof *work->last_keys);
    for (int64_t r = first; r < tile->L; ++r)
        for (int64_t c = 0; c < tile->width; ++c)
            work->last_keys[(r - first) * padded + c] = *channel(tile->keys, r, c);
}

/* The strip from query `row` of the tile on against keys [j, j + key_block), of which the mask may leave fewer, or none. */
static void visit(const struct attention_tile *tile, const struct work *work, int64_t row, int64_t j)
{
    const struct strip strip = strip_get(tile, work, row);
    const int64_t end = tile->causal ? least(tile->L, strip.position + STRIP) : tile->L;
    const int64_t keys = least(end - j, tile->key_block);
    if (keys <= 0)
        return;
    float factors[STRIP];
    for (int r = 0; r < STRIP; ++r)
        factors[r] = 1.0f;
    if (!seen_by_all(tile, &strip, j, keys) || !soften_by_old_max(tile, work, &strip, j, keys)) {
        score_block(tile, work, &strip, j, keys);
        soften(tile, work, &strip, j, keys, factors);
    }
    value_block(tile, work, &strip, j, keys, j > 0 ? factors : NULL);
}

/* Query `row` of the tile, from lane `lane` of its strip. */
static void store_row(const struct attention_tile *tile, const struct strip *strip, int64_t row, int64_t lane, float factor)
{
    const float *from = strip->out + lane * 2 * LANES;
    float *to = tile->out.data + row * tile->out.row_stride;
    for (int64_t c = 0; c < tile->width; c += LANES) {
        const int64_t count = least(LANES, tile->width - c);
        if (count == LANES)
            store(to, load(from) * factor);
        for (int64_t i = 0; count < LANES && i < count; ++i)
            to[i] = from[i] * factor;
        from += (c / LANES % 2 ? 2 * STRIP - 1 : 1) * LANES; /* the other vector of the pair, or the next pair */
        to += (c + LANES) % MATRIX_GROUP ? LANES : tile->out.group_stride - (MATRIX_GROUP - LANES);
    }
}

static void store_strip(const struct attention_tile *tile, const struct work *work, int64_t row)
{
    const struct strip strip = strip_get(tile, work, row);
    for (int v = strip.first; v < STRIP_VECTORS; ++v)
        store(strip.sum + v * LANES, 1.0f / load(strip.sum + v * LANES));
    for (int64_t r = 0; r < least(STRIP, tile->count - row); ++r)
        store_row(tile, &strip, row + r, strip.first * LANES + r, strip.sum[strip.first * LANES + r]);
}

/* Rows [from, to) of the scores times a factor a lane. */
static void scale_rows(float *scores, int64_t from, int64_t to, const float *factors)
{
    for (int64_t k = from; k < to; ++k)
        for (int64_t i = 0; i < STRIP; i += LANES)
            store(scores + k * STRIP + i, load(scores + k * STRIP + i) * load(factors + i));
}

/* Keys from `key` on get no weight from any query of the strip. */
static void hold_zeros(const struct attention_tile *tile, int64_t key)
{
    float *const to = tile->held + key * STRIP, *const end = tile->held + tile->L * STRIP;
    if (tile->held_streams)
        stream_zeros(to, end);
    else
        memset(to, 0, (size_t)(end - to) * sizeof *to);
}

/* One strip whose scores all lie in tile->held, and become probabilities there. */
static void hold(const struct attention_tile *tile)
{
    struct work work = work_get(tile);
    work.scores = tile->held;
    const struct strip strip = strip_get(tile, &work, 0);
    const int64_t keys = tile->causal ? least(tile->L, strip.position + STRIP) : tile->L;
    float factors[STRIP] = {0}, ones[STRIP];
    if (keys > tile->L / TILE_KEYS * TILE_KEYS)
        load_last_keys(tile, &work);
    load_strip(tile, &work, 0);
    score_block(tile, &work, &strip, 0, keys);
    soften(tile, &work, &strip, 0, keys, factors);
    for (int64_t r = 0; r < STRIP; ++r) {
        factors[r] = 1.0f / strip.sum[r];
        strip.sum[r] = ones[r] = 1.0f;
    }
    for (int64_t j = 0; j < keys; j += tile->key_block) {
        const int64_t count = least(tile->key_block, keys - j);
        scale_rows(tile->held, j, j + count, factors);
        work.scores = tile->held + j * STRIP;
        value_block(tile, &work, &strip, j, count, j > 0 ? ones : NULL);
    }
    hold_zeros(tile, keys);
    store_strip(tile, &work, 0);
}

static void tile(const struct attention_tile *tile)
{
    const struct work work = work_get(tile);
    const int64_t keys = tile->causal ? tile->first + tile->count : tile->L;
    if (keys > tile->L / TILE_KEYS * TILE_KEYS)
        load_last_keys(tile, &work);
    for (int64_t row = 0; row < tile->count; row += STRIP)
        load_strip(tile, &work, row);
    for (int64_t j = 0; j < keys; j += tile->key_block)
        for (int64_t row = 0; row < tile->count; row += STRIP)
            visit(tile, &work, row, j);
    for (int64_t row = 0; row < tile->count; row += STRIP)
        store_strip(tile, &work, row);
}

const struct attention_kernel ISA_NAME(attention_kernel) = {
    .strip = STRIP,
    .scratch = scratch,
    .tile = tile,
    .hold = hold,
};
