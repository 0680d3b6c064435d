/* attention_kernel.c - the arithmetic of attention, compiled once per instruction set.
 *
 * Method: ROWS queries at a time against a block of keys: scores, softmax and values follow each other while the scores
 * lie in the L1 cache. Both products are the same one, ROWS scalars times a panel of VECTORS vectors with the sums in
 * registers. Per query the running maximum and sum are kept; whenever a block raises the maximum, what was summed before
 * shrinks by exp(old - new) (online softmax). Division by the sum comes once, at the end.
 */
#include "attention/attention.h"

#include "kernels/vecmath.h"

#include <math.h>
#include <string.h>

/* ROWS x VECTORS sums, VECTORS operands and one broadcast fit the vector registers: 16, or 32 with AVX-512. */
#if defined(__AVX512F__)
#define LANES 16
#define ROWS 8
#elif defined(__AVX2__)
#define LANES 8
#define ROWS 6
#else
#define LANES 4
#define ROWS 4
#endif
#define VECTORS 2
#define PANEL ((int64_t)VECTORS * LANES)

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t lane_mask __attribute__((vector_size(LANES * sizeof(float))));
/* A vector at any address. A type of its own, because gcc 12 takes a memcpy of a vector through the stack in long loops. */
typedef float vector_anywhere __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

/* The parts of attention_tile.scratch. */
struct work {
    float *q;      /* (rows, width), scaled by 1 / sqrt(width) */
    float *out;    /* (rows, padded width) */
    float *scores; /* (ROWS, key_block) */
    float *max;    /* (rows): of the scores so far */
    float *sum;    /* (rows): of exp(score - max) so far */
};

/* ---------------------------------------------------------------- sizes */

static int64_t round_up(int64_t value, int64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static int64_t scratch(int64_t tile_rows, int64_t key_block, int64_t width)
{
    const int64_t rows = round_up(tile_rows, ROWS);
    return attention_aligned(rows * width) + rows * round_up(width, PANEL) + ROWS * key_block + 2 * attention_aligned(rows);
}

static struct work work_get(const struct attention_tile *tile)
{
    const int64_t rows = round_up(tile->count, ROWS);
    struct work work = {.out = tile->scratch};
    work.scores = work.out + rows * round_up(tile->width, PANEL);
    work.q = work.scores + ROWS * tile->key_block;
    work.max = work.q + attention_aligned(rows * tile->width);
    work.sum = work.max + attention_aligned(rows);
    return work;
}

/* ---------------------------------------------------------------- vectors */

static inline vector load(const float *from)
{
    return *(const vector_anywhere *)from;
}

static inline void store(float *to, vector v)
{
    *(vector_anywhere *)to = v;
}

static inline vector larger(vector a, vector b)
{
    const lane_mask first = a > b;
    return (vector)((first & (lane_mask)a) | (~first & (lane_mask)b));
}

/* c (ROWS, PANEL) = c * factors + a (ROWS, depth) b (depth, PANEL); without factors what was in c does not count. */
static __attribute__((noinline)) void product(float *c, int64_t c_stride, const float *a, int64_t a_stride, const float *b,
                                              int64_t depth, const float *factors)
{
    vector sums[ROWS][VECTORS];
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 2
        for (int64_t v = 0; v < VECTORS; ++v)
            sums[r][v] = factors ? load(c + r * c_stride + v * LANES) * factors[r] : (vector){0};
    for (int64_t k = 0; k < depth; ++k) {
        const vector left = load(b + k * PANEL), right = load(b + k * PANEL + LANES);
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; ++r) {
            const float scalar = a[r * a_stride + k];
            sums[r][0] += left * scalar;
            sums[r][1] += right * scalar;
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 2
        for (int64_t v = 0; v < VECTORS; ++v)
            store(c + r * c_stride + v * LANES, sums[r][v]);
}

/* ---------------------------------------------------------------- rows of scores */

static void fill(float *row, int64_t from, int64_t to, float value)
{
    for (int64_t j = from; j < to; ++j)
        row[j] = value;
}

/* `distance` = position of the query - position of the row's first key. */
static void subtract_distance(float *row, int64_t count, int64_t distance, float slope)
{
    const int32_t from = (int32_t)distance, end = (int32_t)count;
    for (int32_t j = 0; j < end; ++j)
        row[j] -= slope * fabsf((float)(from - j));
}

static float row_max(const float *row, int64_t count)
{
    vector most = {0};
    most -= INFINITY;
    int64_t j = 0;
    for (; j + LANES <= count; j += LANES)
        most = larger(load(row + j), most);
    float max = -INFINITY;
    for (int i = 0; i < LANES; ++i)
        max = most[i] > max ? most[i] : max;
    for (; j < count; ++j)
        max = row[j] > max ? row[j] : max;
    return max;
}

static float row_sum(const float *row, int64_t count)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; ++j)
        sum += row[j];
    return sum;
}

/* row = exp(row - max); the sum of it. */
static float row_exp(float *row, int64_t count, float max)
{
    for (int64_t j = 0; j < count; ++j)
        row[j] = vec_exp(row[j] - max);
    return row_sum(row, count);
}

static void softmax_row(float *scores, int64_t valid, int64_t L, int64_t position, float slope)
{
    const int64_t whole = round_up(valid, LANES), count = whole < L ? whole : L; /* whole vectors where there is room */
    fill(scores, valid, count, -INFINITY);
    if (slope != 0.0f)
        subtract_distance(scores, valid, position, slope);
    const float factor = 1.0f / row_exp(scores, count, row_max(scores, count));
    for (int64_t j = 0; j < count; ++j)
        scores[j] *= factor;
    fill(scores, count, L, 0.0f);
}

/* ---------------------------------------------------------------- a tile */

static void load_queries(const struct attention_tile *tile, const struct work *work)
{
    const float scale = (float)(1.0 / sqrt((double)tile->width));
    const int64_t rows = round_up(tile->count, ROWS), width = tile->width;
    for (int64_t r = 0; r < tile->count; ++r)
        for (int64_t c = 0; c < width; ++c)
            work->q[r * width + c] = tile->rows[r * tile->stride + c] * scale;
    fill(work->q, tile->count * width, rows * width, 0.0f);
    fill(work->out, 0, rows * round_up(width, PANEL), 0.0f);
    fill(work->max, 0, rows, -INFINITY);
    fill(work->sum, 0, rows, 0.0f);
}

/* Scores of query r and `keys` keys from key j on become exp(score - max); factor: by what everything before shrinks. */
static void soften(const struct attention_tile *tile, const struct work *work, float *scores, int64_t r, int64_t j,
                   int64_t keys, float *factor)
{
    const int64_t position = tile->first + r, seen = tile->causal ? position - j + 1 : keys;
    const int64_t valid = seen < 0 ? 0 : seen < keys ? seen : keys, count = round_up(keys, LANES);
    fill(scores, valid, count, -INFINITY);
    if (tile->slope != 0.0f)
        subtract_distance(scores, valid, position - j, tile->slope);
    const float before = work->max[r], block = row_max(scores, count), max = block > before ? block : before;
    *factor = vec_exp(before - max);
    work->max[r] = max;
    work->sum[r] = work->sum[r] * *factor + row_exp(scores, count, max);
}

/* Queries [r, r + ROWS) of the tile against keys [j, j + key_block), of which the mask may leave fewer, or none. */
static void visit(const struct attention_tile *tile, const struct work *work, int64_t r, int64_t j)
{
    const int64_t width = tile->width, padded = round_up(width, PANEL), last = tile->first + r + ROWS;
    const int64_t end = tile->causal && last < tile->L ? last : tile->L;
    const int64_t keys = end - j < tile->key_block ? end - j : tile->key_block;
    if (keys <= 0)
        return;
    for (int64_t k = 0; k < keys; k += PANEL)
        product(work->scores + k, tile->key_block, work->q + r * width, width, tile->keys + (j + k) * width, width, NULL);
    float factors[ROWS];
    for (int i = 0; i < ROWS; ++i)
        soften(tile, work, work->scores + i * tile->key_block, r + i, j, keys, &factors[i]);
    for (int64_t c = 0; c < padded; c += PANEL)
        product(work->out + r * padded + c, padded, work->scores, tile->key_block, tile->values + c * tile->L + j * PANEL,
                keys, factors);
}

static void store_results(const struct attention_tile *tile, const struct work *work)
{
    const int64_t padded = round_up(tile->width, PANEL);
    for (int64_t r = 0; r < tile->count; ++r) {
        const float factor = 1.0f / work->sum[r];
        for (int64_t c = 0; c < tile->width; ++c)
            tile->rows[r * tile->stride + c] = work->out[r * padded + c] * factor;
    }
}

static void tile(const struct attention_tile *tile)
{
    const struct work work = work_get(tile);
    const int64_t keys = tile->causal ? tile->first + tile->count : tile->L;
    load_queries(tile, &work);
    for (int64_t j = 0; j < keys; j += tile->key_block)
        for (int64_t r = 0; r < tile->count; r += ROWS)
            visit(tile, &work, r, j);
    store_results(tile, &work);
}

const struct attention_kernel ISA_NAME(attention_kernel) = {
    .row_unit = ROWS,
    .panel = PANEL,
    .scratch = scratch,
    .tile = tile,
    .softmax_row = softmax_row,
};
