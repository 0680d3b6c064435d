/* gemm_kernel.c - a panel of packed weights times rows of x, compiled once per instruction set.
 *
 * Method: a tile of rows x vectors sums lives in registers. For each input the weights are `vectors` loads, and each row's
 * value one broadcast that serves all of them. With AVX-512 8 rows x 3 vectors are 24 products on 11 loads; 12 x 2 would be
 * 14, and instructions are what a core that shares its front end with another runs out of.
 * x is read in place: the inputs of a group lie in one cache line, and the rows' lines are all in flight together. Rows are
 * shared out evenly among tiles, so that none is a small rest.
 */
#include "kernels/gemm.h"
#include "kernels/lanes.h"

#include <stdbool.h>
#include <string.h>

#if defined(__AVX512F__)
#define VECTORS 3
#define ROWS 8 /* 24 sums, 3 weights, 1 broadcast of 32 registers */
#define OTHER_WIDTHS
#define NARROWER_ROWS 12 /* x 2 */
#define WIDER_ROWS 6     /* x 4 */
#define MOST_VECTORS 4
#define MOST_ROWS 12
#elif defined(__AVX2__)
#define VECTORS 2
#define ROWS 6 /* 12 sums, 2 weights, 1 broadcast of 16 registers */
#else
#define VECTORS 4
#define ROWS 2 /* 8 sums, 4 weights, 1 broadcast, 1 product of 16 registers */
#endif
#ifndef OTHER_WIDTHS
#define MOST_VECTORS VECTORS
#define MOST_ROWS ROWS
#endif
#define SET_WAYS 8 /* rows whole pages apart compete for one set of the first-level cache: no more at once than it has ways */
#define LINE_FLOATS 16
#define SUM_GROUPS 4 /* 64 products to a sum, then sums of these: a third of the rounding error of 256 to a sum, for 2 to 5 % */
#define FINER_SUM_GROUPS 2 /* 32: leaves two thirds of the error of 64, for another 1 to 2 % */

/* Where vector v of a row of the panel lies. */
INLINE int64_t vector_offset(int v, int64_t group_stride)
{
    return v * LANES / MATRIX_GROUP * group_stride + v * LANES % MATRIX_GROUP;
}

/* The sums of a tile; what is beyond its rows and vectors is never there. */
struct sums {
    vector of[MOST_ROWS][MOST_VECTORS];
};

/* sums[r] += x[r] * weight for `count` inputs of one group. Two at a time; four are more code than decoded instructions
 * are kept of, and slower. */
INLINE void add_inputs(struct sums *sums, const float *x, int64_t stride, const float *weight, int64_t count, const int rows,
                       const int vectors)
{
#pragma GCC unroll 2
    for (int64_t i = 0; i < count; ++i) {
        vector w[MOST_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            w[v] = load(weight + (i * vectors + v) * LANES);
#pragma GCC unroll 12
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                sums->of[r][v] += x[r * stride + i] * w[v];
    }
}

/* Where a tile lies, and the cache lines that it prefetches at each group of inputs. */
struct tile {
    float *y;
    int64_t y_row, y_group; /* strides */
    const float *x;
    const float *next;
    int64_t lines;
};

/* To the second-level cache: from there a panel streams at the pace of the products. */
INLINE const float *prefetch(const float *next, int64_t lines)
{
    for (int64_t line = 0; line < lines; ++line)
        __builtin_prefetch(next + line * LINE_FLOATS, 0, 2);
    return next + lines * LINE_FLOATS;
}

INLINE void add_tile(struct sums *sums, const float *y, int64_t y_row, int64_t y_group, const int rows, const int vectors)
{
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums->of[r][v] += load(y + r * y_row + vector_offset(v, y_group));
}

/* total = sums, or += sums where it holds some already; sums begin again. */
INLINE void fold(struct sums *total, bool holds, struct sums *sums, const int rows, const int vectors)
{
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            total->of[r][v] = holds ? total->of[r][v] + sums->of[r][v] : sums->of[r][v];
            sums->of[r][v] = (vector){0};
        }
}

/* Groups of inputs to a sum; a short product, too, is a sum of two. */
INLINE int64_t sum_groups(const struct gemm_strip *strip)
{
    const int64_t half = (strip->taps * (strip->inputs / MATRIX_GROUP) + 1) / 2;
    const int64_t most = strip->finer ? FINER_SUM_GROUPS : SUM_GROUPS;
    return half < most ? half : most;
}

INLINE void multiply(const struct gemm_strip *strip, const struct tile *tile, const int rows, const int vectors)
{
    struct sums sums, total;
    __asm__("" : "=m"(total)); /* gcc does not see that it is written before it is read */
    bool holds = false;
    float *const y = tile->y;
    const int64_t stride = strip->x.row_stride, y_row = tile->y_row, y_group = tile->y_group, columns = vectors * LANES;
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums.of[r][v] = strip->start ? load(strip->start + v * LANES) : (vector){0};
    const float *weight = strip->weight, *next = tile->next;
    const int64_t most = sum_groups(strip);
    for (int64_t tap = 0, room = most; tap < strip->taps; ++tap) {
        const float *group = tile->x + tap * stride;
        int64_t left = strip->inputs;
        for (; left >= MATRIX_GROUP; left -= MATRIX_GROUP) {
            if (room-- == 0) {
                fold(&total, holds, &sums, rows, vectors);
                holds = true;
                room = most - 1;
            }
            next = prefetch(next, tile->lines);
            add_inputs(&sums, group, stride, weight, MATRIX_GROUP, rows, vectors);
            group += strip->x.group_stride;
            weight += MATRIX_GROUP * columns;
        }
        add_inputs(&sums, group, stride, weight, left, rows, vectors);
        weight += left * columns;
    }
    if (holds)
        fold(&sums, true, &total, rows, vectors);
    /* What y holds joins last: a sum of sums loses less to rounding than one long sum. */
    if (!strip->start)
        add_tile(&sums, y, y_row, y_group, rows, vectors);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            store(y + r * y_row + vector_offset(v, y_group), sums.of[r][v]);
}

#define TILE(name, rows, vectors)                                                               \
    static void name##_##rows(const struct gemm_strip *strip, const struct tile *tile) \
    {                                                                                           \
        multiply(strip, tile, rows, vectors);                                                   \
    }
TILE(regular, 1, VECTORS)
TILE(regular, 2, VECTORS)
#if ROWS > 2
TILE(regular, 3, VECTORS)
TILE(regular, 4, VECTORS)
TILE(regular, 5, VECTORS)
TILE(regular, 6, VECTORS)
#endif
#if ROWS > 6
TILE(regular, 7, VECTORS)
TILE(regular, 8, VECTORS)
#endif
#ifdef OTHER_WIDTHS
TILE(narrower, 1, VECTORS - 1)
TILE(narrower, 2, VECTORS - 1)
TILE(narrower, 3, VECTORS - 1)
TILE(narrower, 4, VECTORS - 1)
TILE(narrower, 5, VECTORS - 1)
TILE(narrower, 6, VECTORS - 1)
TILE(narrower, 7, VECTORS - 1)
TILE(narrower, 8, VECTORS - 1)
TILE(narrower, 9, VECTORS - 1)
TILE(narrower, 10, VECTORS - 1)
TILE(narrower, 11, VECTORS - 1)
TILE(narrower, 12, VECTORS - 1)
TILE(wider, 1, VECTORS + 1)
TILE(wider, 2, VECTORS + 1)
TILE(wider, 3, VECTORS + 1)
TILE(wider, 4, VECTORS + 1)
TILE(wider, 5, VECTORS + 1)
TILE(wider, 6, VECTORS + 1)
#endif

typedef void tile_multiply(const struct gemm_strip *strip, const struct tile *tile);

/* By their rows. */
static tile_multiply *const regular_tiles[ROWS + 1] = {
    NULL,      regular_1, regular_2,
#if ROWS > 2
    regular_3, regular_4, regular_5, regular_6,
#endif
#if ROWS > 6
    regular_7, regular_8,
#endif
};
#ifdef OTHER_WIDTHS
static tile_multiply *const narrower_tiles[NARROWER_ROWS + 1] = {
    NULL,       narrower_1, narrower_2, narrower_3,  narrower_4,  narrower_5, narrower_6,
    narrower_7, narrower_8, narrower_9, narrower_10, narrower_11, narrower_12};
static tile_multiply *const wider_tiles[WIDER_ROWS + 1] = {NULL, wider_1, wider_2, wider_3, wider_4, wider_5, wider_6};
#endif

/* A panel of which y has only some columns goes through a whole one beside it. */
static void tile_partial(const struct gemm_strip *strip, struct tile tile, int64_t rows, tile_multiply *multiply_tile,
                         int64_t columns)
{
    float whole[MOST_ROWS * MOST_VECTORS * LANES];
    float *const y = tile.y;
    const size_t bytes = (size_t)strip->width * sizeof *y;
    for (int64_t r = 0; r < rows; ++r)
        memcpy(whole + r * columns, y + r * tile.y_row, bytes);
    tile.y = whole;
    tile.y_row = columns;
    tile.y_group = MATRIX_GROUP;
    multiply_tile(strip, &tile);
    for (int64_t r = 0; r < rows; ++r)
        memcpy(y + r * strip->y.row_stride, whole + r * columns, bytes);
}

INLINE void strip_rows(const struct gemm_strip *strip, tile_multiply *const *tiles, const int64_t full, const int64_t columns)
{
    const int64_t most = strip->x.row_stride % MATRIX_PAGE_FLOATS == 0 && full > SET_WAYS ? SET_WAYS : full;
    const int64_t count = (strip->rows + most - 1) / most;
    const int64_t lines = strip->next ? (columns + count - 1) / count : 0; /* a group's weights are `columns` lines */
    const int64_t step = lines * strip->taps * (strip->inputs / MATRIX_GROUP) * LINE_FLOATS;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t first = strip->rows * i / count, rows = strip->rows * (i + 1) / count - first;
        const struct tile tile = {.y = strip->y.data + first * strip->y.row_stride,
                                  .y_row = strip->y.row_stride,
                                  .y_group = strip->y.group_stride,
                                  .x = strip->x.data + first * strip->x.row_stride,
                                  .next = strip->next + i * step,
                                  .lines = lines};
        if (strip->width < columns)
            tile_partial(strip, tile, rows, tiles[rows], columns);
        else
            tiles[rows](strip, &tile);
    }
}

static void regular_strip(const struct gemm_strip *strip)
{
    strip_rows(strip, regular_tiles, ROWS, VECTORS * LANES);
}

#ifdef OTHER_WIDTHS
static void narrower_strip(const struct gemm_strip *strip)
{
    strip_rows(strip, narrower_tiles, NARROWER_ROWS, (VECTORS - 1) * LANES);
}

static void wider_strip(const struct gemm_strip *strip)
{
    strip_rows(strip, wider_tiles, WIDER_ROWS, (VECTORS + 1) * LANES);
}
#endif

const struct gemm_kernel ISA_NAME(gemm_kernel) = {
    .regular = {.columns = VECTORS * LANES, .rows = ROWS, .strip = regular_strip},
#ifdef OTHER_WIDTHS
    .narrower = {.columns = (VECTORS - 1) * LANES, .rows = NARROWER_ROWS, .strip = narrower_strip},
    .wider = {.columns = (VECTORS + 1) * LANES, .rows = WIDER_ROWS, .strip = wider_strip},
#endif
};
