/* attention_materialised.c - variant `materialised`: the textbook way. All B x heads x L x L scores are held, and end as
 * probabilities: memory that grows as L^2.
 *
 * Method: strips of queries, each by one thread, so that bits do not depend on the schedule. A strip's scores for all keys
 * are written, then turned into probabilities in place, then multiplied with the values, by the products of `tiled`. Strip
 * by strip, because then the three passes find them in the L2 cache up to some thousand keys. Under the causal mask the
 * products leave out the keys behind a strip's last query; they are written as zeros, so that the matrix held is complete.
 */
#include "attention/attention.h"

#include <omp.h>

#define KEY_BLOCK 128 /* probabilities that are scaled and multiplied while they are in the L1 cache */
/* Floats (32 MiB) of all scores above which zeros do not pass through the caches: what was written one call ago has left them
 * then. Measured: 1 to 4 points of the peak lost with 1 to 16 MiB, 6 to 8 won with 48 and 64. */
#define STREAMED_FLOATS 8388608.0

static int64_t strips_of(const struct attention_shape *shape, const struct attention_kernel *kernel)
{
    return (shape->L + kernel->strip - 1) / kernel->strip;
}

/* Of a strip: (L rounded up to 16, strip). */
static int64_t held_floats(const struct attention_shape *shape, const struct attention_kernel *kernel)
{
    return attention_aligned(shape->L) * kernel->strip;
}

static double score_floats(const struct attention_shape *shape, const struct attention_kernel *kernel)
{
    const double strips = (double)shape->B * (double)shape->heads * (double)strips_of(shape, kernel);
    return strips * (double)held_floats(shape, kernel);
}

void attention_materialised_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                                  double bytes[SEQ_REGION_COUNT])
{
    const double item = (double)sizeof(float);
    const int64_t strip = kernel->scratch(kernel->strip, KEY_BLOCK, shape->width);
    const int64_t linear = attention_linear_scratch_floats(shape);
    bytes[SEQ_ACTIVATIONS] = item * (score_floats(shape, kernel) + (double)attention_operand_floats(shape));
    bytes[SEQ_SCRATCH] = item * (double)attention_moved_floats(shape);
    bytes[SEQ_THREAD_SCRATCH] = item * (double)(strip > linear ? strip : linear);
}

/* Head by head; strips of its last queries, which see the most keys, come first. */
static void run_task(const struct seq_plan *plan, const struct seq_run *run, const struct attention_operands *operands,
                     int64_t task)
{
    const struct attention_shape *const shape = &plan->shape;
    const struct attention_kernel *const kernel = plan->kernel;
    const int64_t strips = strips_of(shape, kernel), head = task / strips, strip = strips - 1 - task % strips;
    float *const scores = (float *)run->activations + attention_operand_floats(shape);
    struct attention_tile tile = attention_tile_get(shape, operands, head, strip * kernel->strip, kernel->strip);
    tile.key_block = KEY_BLOCK;
    tile.scratch = seq_thread_scratch(run, omp_get_thread_num());
    tile.held = scores + (head * strips + strip) * held_floats(shape, kernel);
    tile.held_streams = score_floats(shape, kernel) > STREAMED_FLOATS;
    kernel->hold(&tile);
}

enum seq_status attention_materialised_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct attention_shape *const shape = &plan->shape;
    seq_phase(run, shape->scope == SEQ_LAYER ? "projection" : "attention");
    const struct attention_operands operands = attention_project(plan, run);
    const int64_t tasks = shape->B * shape->heads * strips_of(shape, plan->kernel);
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
