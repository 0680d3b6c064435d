/* gemm_kernel.c - a panel of packed weights times rows of x, compiled once per instruction set.
 *
 * Method: a tile of rows x COLUMNS sums lives in registers. For each input the weights are VECTORS loads, and each row's
 * value one broadcast that serves all of them; with AVX-512 12 rows x 2 vectors are 24 products on 14 loads, well below the
 * two loads that a cycle of two products allows. 14 rows would fit the vector registers but not the addresses' registers.
 * x is read in place: the inputs of a group lie in one cache line, and the rows' lines are all in flight together. Rows are
 * shared out evenly among tiles, so that none is a small rest.
 */
#include "kernels/gemm.h"

#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#define VECTORS 2
#define ROWS 12 /* 24 sums, 2 weights, 1 broadcast of 32 registers */
#elif defined(__AVX2__)
#define LANES 8
#define VECTORS 2
#define ROWS 6 /* 12 sums, 2 weights, 1 broadcast of 16 registers */
#else
#define LANES 4
#define VECTORS 4
#define ROWS 2 /* 8 sums, 4 weights, 1 broadcast, 1 product of 16 registers */
#endif
#define COLUMNS (LANES * VECTORS)
#define PAGE_FLOATS 1024 /* rows whole pages apart compete for one set of the first-level cache */
#define SET_WAYS 8       /* of which no more are taken at once than the set has ways */
#define LINE_FLOATS 16
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
/* A vector at any address. */
typedef float vector_anywhere __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

INLINE vector load(const float *from)
{
    return *(const vector_anywhere *)from;
}

/* Where vector v of a row of the panel lies. */
INLINE int64_t vector_offset(int v, int64_t group_stride)
{
    return v * LANES / MATRIX_GROUP * group_stride + v * LANES % MATRIX_GROUP;
}

/* sums[r] += x[r] * weight for `count` inputs of one group. Two at a time; four are more code than decoded instructions
 * are kept of, and slower. */
INLINE void add_inputs(vector (*sums)[VECTORS], const float *x, int64_t stride, const float *weight, int64_t count,
                       const int rows)
{
#pragma GCC unroll 2
    for (int64_t i = 0; i < count; ++i) {
        vector w[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v)
            w[v] = load(weight + i * COLUMNS + v * LANES);
#pragma GCC unroll 12
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; ++v)
                sums[r][v] += x[r * stride + i] * w[v];
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

INLINE void add_tile(vector (*sums)[VECTORS], const float *y, int64_t y_row, int64_t y_group, const int rows)
{
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v)
            sums[r][v] += load(y + r * y_row + vector_offset(v, y_group));
}

INLINE void multiply(const struct gemm_strip *strip, const struct tile *tile, const int rows)
{
    vector sums[ROWS][VECTORS];
    float *const y = tile->y;
    const int64_t stride = strip->x.row_stride, y_row = tile->y_row, y_group = tile->y_group;
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v)
            sums[r][v] = strip->start ? load(strip->start + v * LANES) : (vector){0};
    const float *weight = strip->weight, *next = tile->next;
    for (int64_t tap = 0; tap < strip->taps; ++tap) {
        const float *group = tile->x + tap * stride;
        int64_t left = strip->inputs;
        for (; left >= MATRIX_GROUP; left -= MATRIX_GROUP) {
            next = prefetch(next, tile->lines);
            add_inputs(sums, group, stride, weight, MATRIX_GROUP, rows);
            group += strip->x.group_stride;
            weight += MATRIX_GROUP * COLUMNS;
        }
        add_inputs(sums, group, stride, weight, left, rows);
        weight += left * COLUMNS;
    }
    /* What y holds joins last: a sum of block sums loses less to rounding than one long sum. */
    if (!strip->start)
        add_tile(sums, y, y_row, y_group, rows);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v)
            *(vector_anywhere *)(y + r * y_row + vector_offset(v, y_group)) = sums[r][v];
}

#define TILE(rows)                                                                     \
    static void tile_##rows(const struct gemm_strip *strip, const struct tile *tile) \
    {                                                                                  \
        multiply(strip, tile, rows);                                                   \
    }
TILE(1)
TILE(2)
#if ROWS > 2
TILE(3)
TILE(4)
TILE(5)
TILE(6)
#endif
#if ROWS > 6
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
#endif

/* By their rows. */
static void (*const tiles[ROWS + 1])(const struct gemm_strip *strip, const struct tile *tile) = {
    NULL,   tile_1, tile_2,
#if ROWS > 2
    tile_3, tile_4, tile_5, tile_6,
#endif
#if ROWS > 6
    tile_7, tile_8, tile_9, tile_10, tile_11, tile_12,
#endif
};

/* A panel of which y has only some columns goes through a whole one beside it. */
static void tile_partial(const struct gemm_strip *strip, struct tile tile, int64_t rows)
{
    float whole[ROWS * COLUMNS];
    float *const y = tile.y;
    const size_t bytes = (size_t)strip->width * sizeof *y;
    for (int64_t r = 0; r < rows; ++r)
        memcpy(whole + r * COLUMNS, y + r * tile.y_row, bytes);
    tile.y = whole;
    tile.y_row = COLUMNS;
    tile.y_group = MATRIX_GROUP;
    tiles[rows](strip, &tile);
    for (int64_t r = 0; r < rows; ++r)
        memcpy(y + r * strip->y.row_stride, whole + r * COLUMNS, bytes);
}

static void strip_rows(const struct gemm_strip *strip)
{
    const int64_t most = strip->x.row_stride % PAGE_FLOATS == 0 && ROWS > SET_WAYS ? SET_WAYS : ROWS;
    const int64_t count = (strip->rows + most - 1) / most;
    const int64_t lines = strip->next ? (COLUMNS + count - 1) / count : 0; /* a group's weights are COLUMNS lines */
    const int64_t step = lines * strip->taps * (strip->inputs / MATRIX_GROUP) * LINE_FLOATS;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t first = strip->rows * i / count, rows = strip->rows * (i + 1) / count - first;
        const struct tile tile = {.y = strip->y.data + first * strip->y.row_stride,
                                  .y_row = strip->y.row_stride,
                                  .y_group = strip->y.group_stride,
                                  .x = strip->x.data + first * strip->x.row_stride,
                                  .next = strip->next + i * step,
                                  .lines = lines};
        if (strip->width < COLUMNS)
            tile_partial(strip, tile, rows);
        else
            tiles[rows](strip, &tile);
    }
}

const struct gemm_kernel ISA_NAME(gemm_kernel) = {.columns = COLUMNS, .rows = ROWS, .strip = strip_rows};
