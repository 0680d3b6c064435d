/* attention_tiled.c - variant `tiled`: the online softmax of Milakov & Gimelshein 2018 (arXiv:1805.02867) in the loop order
 * of FlashAttention-2 (Dao 2023, arXiv:2307.08691, section 3.1): parallel over sequences, heads and tiles of queries, each
 * tile walking over blocks of keys. No more than row_unit x key_block scores exist per thread.
 *
 * Method: tokens are projected a chunk at a time into SCRATCH and from there, still in cache, sorted into the layouts that
 * the kernel reads forward: queries (B, L, D) where the result will lie, keys and values in panels per head.
 * Each tile is computed by one thread from the same operands in the same order: bits do not depend on the schedule.
 */
#include "attention/attention.h"

#include <omp.h>
#include <string.h>

#define CHUNK_TOKENS 1024  /* projected at once: a GEMM tall enough for its peak, a chunk that stays in the L3 cache */
#define TILE_UNITS 16      /* row units in a tile: below it, packing a tile's queries begins to show */
#define LEAST_UNITS 2      /* in a tile when there are few tiles for many threads */
#define TILES_PER_THREAD 4 /* causal tiles differ in work: with 4 each, the last one to end costs little */
#define TILE_FLOATS 32768  /* (128 KiB) queries of a tile, and keys of a block: both and the values stay in a 1 MiB L2 */
/* Keys in a block: 8 rows of scores are an eighth of a 32 KiB L1. 256 is 2-3 % faster at best, but then no sequence shorter
 * than 512 puts the rescaling between blocks to the test. */
#define MOST_KEYS 128

/* Sizes of the work, from the shape alone. */
struct tiling {
    int64_t tile_rows, tiles; /* queries in a tile; tiles of one head */
    int64_t key_block;
    int64_t chunk;                    /* tokens */
    int64_t key_panels, value_panels; /* of one head */
};

/* Where the parts of a call lie. */
struct places {
    float *mixed;  /* (B, L, D): queries, tile by tile replaced by results */
    float *keys;   /* (B, heads, key_panels, width, panel) */
    float *values; /* (B, heads, value_panels, L, panel) */
};

/* ---------------------------------------------------------------- sizes */

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

static int64_t divide_up(int64_t value, int64_t by)
{
    return (value + by - 1) / by;
}

static int64_t choose_tile_rows(const struct attention_shape *shape, int64_t unit)
{
    const int64_t heads = shape->B * shape->heads, enough = (int64_t)TILES_PER_THREAD * shape->threads;
    int64_t units = TILE_UNITS;
    while (units > 1 && units * unit * shape->width > TILE_FLOATS)
        units /= 2;
    while (units > LEAST_UNITS && heads * divide_up(shape->L, units * unit) < enough)
        units /= 2;
    return units * unit;
}

static struct tiling tiling_get(const struct attention_shape *shape, const struct attention_kernel *kernel)
{
    const int64_t panel = kernel->panel, rows = choose_tile_rows(shape, kernel->row_unit);
    const int64_t panels_in_cache = TILE_FLOATS / (shape->width * panel);
    const int64_t most_panels = at_most(MOST_KEYS / panel, divide_up(shape->L, panel));
    return (struct tiling){
        .tile_rows = rows,
        .tiles = divide_up(shape->L, rows),
        .key_block = panel * (panels_in_cache > 1 ? at_most(panels_in_cache, most_panels) : 1),
        .chunk = at_most(shape->B * shape->L, CHUNK_TOKENS),
        .key_panels = divide_up(shape->L, panel),
        .value_panels = divide_up(shape->width, panel),
    };
}

static int64_t head_key_floats(const struct attention_shape *shape, const struct tiling *tiling, int64_t panel)
{
    return tiling->key_panels * shape->width * panel;
}

static int64_t head_value_floats(const struct attention_shape *shape, const struct tiling *tiling, int64_t panel)
{
    return tiling->value_panels * shape->L * panel;
}

static int64_t mixed_floats(const struct attention_shape *shape)
{
    return shape->scope == SEQ_LAYER ? attention_aligned(shape->B * shape->L * shape->D) : 0;
}

static int64_t projected_floats(const struct attention_shape *shape, const struct tiling *tiling)
{
    return shape->scope == SEQ_LAYER ? attention_aligned(tiling->chunk * 3 * shape->D) : 0;
}

void attention_tiled_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                           double bytes[SEQ_REGION_COUNT])
{
    const struct tiling tiling = tiling_get(shape, kernel);
    const int64_t of_head =
        head_key_floats(shape, &tiling, kernel->panel) + head_value_floats(shape, &tiling, kernel->panel);
    const int64_t moved = attention_moves_input(shape) ? tiling.chunk * shape->D : 0;
    const double item = (double)sizeof(float);
    bytes[SEQ_ACTIVATIONS] = item * (double)(mixed_floats(shape) + shape->B * shape->heads * of_head);
    bytes[SEQ_SCRATCH] = item * (double)(projected_floats(shape, &tiling) + moved);
    bytes[SEQ_THREAD_SCRATCH] = item * (double)kernel->scratch(tiling.tile_rows, tiling.key_block, shape->width);
}

static struct places places_get(const struct seq_plan *plan, const struct seq_run *run, const struct tiling *tiling)
{
    const struct attention_shape *const shape = &plan->shape;
    float *const keys = (float *)run->activations + mixed_floats(shape);
    return (struct places){
        .mixed = shape->scope == SEQ_LAYER ? run->activations : run->output,
        .keys = keys,
        .values = keys + shape->B * shape->heads * head_key_floats(shape, tiling, plan->kernel->panel),
    };
}

/* ---------------------------------------------------------------- packing */

/* Key t of one head becomes a column of its panel; the last one also clears the columns beyond L. */
static void pack_key(float *head_keys, const float *key, int64_t t, int64_t L, int64_t width, int64_t panel)
{
    float *const rows = head_keys + t / panel * width * panel;
    const int64_t column = t % panel;
    for (int64_t c = 0; c < width; ++c)
        rows[c * panel + column] = key[c];
    for (int64_t c = 0; t == L - 1 && c < width; ++c)
        for (int64_t beyond = column + 1; beyond < panel; ++beyond)
            rows[c * panel + beyond] = 0.0f;
}

/* Value t of one head becomes row t of each panel. */
static void pack_value(float *head_values, const float *value, int64_t t, int64_t L, int64_t width, int64_t panel)
{
    for (int64_t c = 0; c < width; c += panel) {
        float *const row = head_values + (c / panel * L + t) * panel;
        const int64_t count = at_most(panel, width - c);
        memcpy(row, value + c, (size_t)count * sizeof *row);
        memset(row + count, 0, (size_t)(panel - count) * sizeof *row);
    }
}

/* `token` = b * L + t is row `r` of the tokens. */
static void pack_token(const struct seq_plan *plan, const struct tiling *tiling, const struct places *places,
                       const struct attention_tokens *tokens, int64_t token, int64_t r)
{
    const struct attention_shape *const shape = &plan->shape;
    const int64_t b = token / shape->L, t = token % shape->L, panel = plan->kernel->panel, width = shape->width;
    memcpy(places->mixed + token * shape->D, tokens->q + r * tokens->stride, (size_t)shape->D * sizeof(float));
    for (int64_t h = 0; h < shape->heads; ++h) {
        const int64_t head = b * shape->heads + h, from = r * tokens->stride + h * width;
        pack_key(places->keys + head * head_key_floats(shape, tiling, panel), tokens->k + from, t, shape->L, width, panel);
        pack_value(places->values + head * head_value_floats(shape, tiling, panel), tokens->v + from, t, shape->L, width,
                   panel);
    }
}

static void project_and_pack(const struct seq_plan *plan, const struct seq_run *run, const struct tiling *tiling,
                             const struct places *places)
{
    const struct attention_shape *const shape = &plan->shape;
    const int64_t all = shape->B * shape->L;
    float *const scratch = run->scratch;
    const struct attention_space space = {.projected = scratch, .moved = scratch + projected_floats(shape, tiling)};
    for (int64_t first = 0; first < all; first += tiling->chunk) {
        const int64_t count = at_most(tiling->chunk, all - first);
        const struct attention_tokens tokens = attention_project(plan, run, first, count, &space);
#pragma omp parallel for num_threads(shape->threads) schedule(static)
        for (int64_t r = 0; r < count; ++r)
            pack_token(plan, tiling, places, &tokens, first + r, r);
    }
}

/* ---------------------------------------------------------------- tiles */

/* Task 0 .. B * heads * tiles - 1. Under the causal mask the last tile has the most keys, so it comes first. */
static void run_task(const struct seq_plan *plan, const struct seq_run *run, const struct tiling *tiling,
                     const struct places *places, int64_t task)
{
    const struct attention_shape *const shape = &plan->shape;
    const int64_t heads = shape->B * shape->heads, panel = plan->kernel->panel;
    const int64_t head = task % heads, b = head / shape->heads, h = head % shape->heads;
    const int64_t first = (tiling->tiles - 1 - task / heads) * tiling->tile_rows;
    const struct attention_tile tile = {
        .rows = places->mixed + (b * shape->L + first) * shape->D + h * shape->width,
        .stride = shape->D,
        .count = at_most(tiling->tile_rows, shape->L - first),
        .first = first,
        .keys = places->keys + head * head_key_floats(shape, tiling, panel),
        .values = places->values + head * head_value_floats(shape, tiling, panel),
        .L = shape->L,
        .width = shape->width,
        .key_block = tiling->key_block,
        .causal = shape->causal,
        .slope = (float)attention_slope(shape, h),
        .scratch = seq_thread_scratch(run, omp_get_thread_num()),
    };
    plan->kernel->tile(&tile);
}

enum seq_status attention_tiled_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct attention_shape *const shape = &plan->shape;
    const struct tiling tiling = tiling_get(shape, plan->kernel);
    const struct places places = places_get(plan, run, &tiling);
    const int64_t tasks = shape->B * shape->heads * tiling.tiles;
    seq_phase(run, shape->scope == SEQ_LAYER ? "projection" : "attention");
    project_and_pack(plan, run, &tiling, &places);
    seq_phase(run, "attention");
#pragma omp parallel for num_threads(shape->threads) schedule(dynamic)
    for (int64_t task = 0; task < tasks; ++task)
        run_task(plan, run, &tiling, &places, task);
    if (shape->scope == SEQ_LAYER) {
        seq_phase(run, "projection");
        attention_project_out(plan, run, places.mixed);
    }
    return SEQ_OK;
}
