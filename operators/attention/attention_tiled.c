/* attention_tiled.c - variant `tiled`: the online softmax of Milakov & Gimelshein 2018 (arXiv:1805.02867) in the loop order
 * of FlashAttention-2 (Dao 2023, arXiv:2307.08691, section 3.1): parallel over sequences, heads and tiles of queries, each
 * tile walking over blocks of keys. No more than strip x KEY_BLOCK scores exist per thread.
 *
 * Each tile is computed by one thread from the same operands in the same order: bits do not depend on the schedule.
 */
#include "attention/attention.h"

#include <omp.h>

#define TILE_STRIPS 4 /* in a tile: keys and values of a block come from beyond the L2 cache once for this many strips */
#define TILES_PER_THREAD 4 /* causal tiles differ in work: with 4 each, the last one to end costs little */
#define TILE_FLOATS 65536  /* (256 KiB) queries and results of a tile stay in a 1 MiB L2 beside the block's keys */
/* Keys in a block. The scores of a strip, 24 KiB with AVX-512 and less else, stay in a 32 KiB L1. Twice as many are no
 * faster, and then no sequence shorter than 512 would put the rescaling between blocks to the test. */
#define KEY_BLOCK 128

/* Queries of a tile, and tiles of one head. */
struct tiling {
    int64_t rows, tiles;
};

static int64_t divide_up(int64_t value, int64_t by)
{
    return (value + by - 1) / by;
}

static struct tiling tiling_get(const struct attention_shape *shape, const struct attention_kernel *kernel)
{
    const int64_t heads = shape->B * shape->heads, enough = (int64_t)TILES_PER_THREAD * shape->threads;
    int64_t strips = TILE_STRIPS;
    while (strips > 1 && 2 * strips * kernel->strip * shape->width > TILE_FLOATS)
        strips /= 2;
    while (strips > 1 && heads * divide_up(shape->L, strips * kernel->strip) < enough)
        strips /= 2;
    return (struct tiling){.rows = strips * kernel->strip, .tiles = divide_up(shape->L, strips * kernel->strip)};
}

void attention_tiled_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                           double bytes[SEQ_REGION_COUNT])
{
    const double item = (double)sizeof(float);
    const int64_t tile = kernel->scratch(tiling_get(shape, kernel).rows, KEY_BLOCK, shape->width);
    const int64_t linear = attention_linear_scratch_floats(shape);
    bytes[SEQ_ACTIVATIONS] = item * (double)attention_operand_floats(shape);
    bytes[SEQ_SCRATCH] = item * (double)attention_moved_floats(shape);
    bytes[SEQ_THREAD_SCRATCH] = item * (double)(tile > linear ? tile : linear);
}

/* Task 0 .. B * heads * tiles - 1: head by head, so that keys and values of few heads are in the caches at once. Under the
 * causal mask the last tile of a head has the most keys, so it comes first, and the lightest of all end the call. */
static void run_task(const struct seq_plan *plan, const struct seq_run *run, const struct attention_operands *operands,
                     int64_t task)
{
    const struct attention_shape *const shape = &plan->shape;
    const struct tiling tiling = tiling_get(shape, plan->kernel);
    const int64_t first = (tiling.tiles - 1 - task % tiling.tiles) * tiling.rows;
    struct attention_tile tile = attention_tile_get(shape, operands, task / tiling.tiles, first, tiling.rows);
    tile.key_block = KEY_BLOCK;
    tile.scratch = seq_thread_scratch(run, omp_get_thread_num());
    plan->kernel->tile(&tile);
}

enum seq_status attention_tiled_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct attention_shape *const shape = &plan->shape;
    seq_phase(run, shape->scope == SEQ_LAYER ? "projection" : "attention");
    const struct attention_operands operands = attention_project(plan, run);
    const int64_t tasks = shape->B * shape->heads * tiling_get(shape, plan->kernel).tiles;
    seq_phase(run, "attention");
#pragma omp parallel for num_threads(shape->threads) schedule(dynamic)
    for (int64_t task = 0; task < tasks; ++task)
        run_task(plan, run, &operands, task);
    if (shape->scope == SEQ_LAYER) {
        seq_phase(run, "projection");
        attention_project_out(plan, run, &operands);
    }
    return SEQ_OK;
}
