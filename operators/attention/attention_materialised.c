/* attention_materialised.c - variant `materialised`: the textbook way. All B x heads x L x L scores are written, turned
 * into probabilities in place, and multiplied with the values: three passes over memory that grows as L^2.
 *
 * Method: blocks of queries, each one GEMM of OpenBLAS by one thread, so that bits do not depend on the schedule. Under the
 * causal mask a block's GEMMs leave out the keys behind its last query; softmax writes them as zeros, so that the matrix
 * held is complete.
 */
#include "attention/attention.h"

#include <cblas.h>
#include <math.h>

#define BLOCK_ROWS 256 /* queries of one GEMM: enough to reuse packed keys, and a causal staircase close to the diagonal */
#define LEAST_ROWS 16
#define BLOCKS_PER_THREAD 4

struct places {
    struct attention_tokens tokens; /* all of them */
    float *mixed;                   /* (B, L, D) */
    float *scores;                  /* (B, heads, L, L) */
    int64_t block_rows, blocks;     /* queries of a block; blocks of one head */
};

/* ---------------------------------------------------------------- sizes */

/* In scope layer the moved input lies where the mixed heads will. */
static int64_t mixed_floats(const struct attention_shape *shape)
{
    const bool needed = shape->scope == SEQ_LAYER || attention_moves_input(shape);
    return needed ? attention_aligned(shape->B * shape->L * shape->D) : 0;
}

static int64_t projected_floats(const struct attention_shape *shape)
{
    return shape->scope == SEQ_LAYER ? attention_aligned(3 * shape->B * shape->L * shape->D) : 0;
}

void attention_materialised_bytes(const struct attention_shape *shape, const struct attention_kernel *kernel,
                                  double bytes[SEQ_REGION_COUNT])
{
    (void)kernel;
    const double scores = (double)shape->B * (double)shape->heads * (double)shape->L * (double)shape->L;
    bytes[SEQ_ACTIVATIONS] = (double)sizeof(float) * (scores + (double)(mixed_floats(shape) + projected_floats(shape)));
}

static int64_t choose_block_rows(const struct attention_shape *shape)
{
    const int64_t heads = shape->B * shape->heads, enough = (int64_t)BLOCKS_PER_THREAD * shape->threads;
    int64_t rows = BLOCK_ROWS;
    while (rows > LEAST_ROWS && heads * ((shape->L + rows - 1) / rows) < enough)
        rows /= 2;
    return rows;
}

static struct places project(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct attention_shape *const shape = &plan->shape;
    float *const mixed = run->activations;
    const struct attention_space space = {.moved = mixed, .projected = mixed + mixed_floats(shape)};
    const int64_t rows = choose_block_rows(shape);
    return (struct places){
        .tokens = attention_project(plan, run, 0, shape->B * shape->L, &space),
        .mixed = shape->scope == SEQ_LAYER ? mixed : run->output,
        .scores = space.projected + projected_floats(shape),
        .block_rows = rows,
        .blocks = (shape->L + rows - 1) / rows,
    };
}

/* ---------------------------------------------------------------- blocks */

/* One block of queries of one head. */
struct block {
    int64_t first, rows, keys; /* first query; queries; keys that any of them sees */
    int64_t token;             /* of the head's first query: where it begins in q, k and v */
    int64_t mixed;             /* where the block begins in the mixed heads */
    int64_t channel;           /* first one of the head */
    float *scores;             /* (rows, L) */
};

/* The heaviest blocks, those of the last queries, come first. */
static struct block block_get(const struct attention_shape *shape, const struct places *places, int64_t task)
{
    const int64_t heads = shape->B * shape->heads, head = task % heads, b = head / shape->heads;
    const int64_t first = (places->blocks - 1 - task / heads) * places->block_rows;
    const int64_t rows = first + places->block_rows <= shape->L ? places->block_rows : shape->L - first;
    const int64_t channel = head % shape->heads * shape->width;
    return (struct block){
        .first = first,
        .rows = rows,
        .keys = shape->causal ? first + rows : shape->L,
        .token = b * shape->L * places->tokens.stride + channel,
        .mixed = (b * shape->L + first) * shape->D + channel,
        .channel = channel,
        .scores = places->scores + (head * shape->L + first) * shape->L,
    };
}

/* scores = Q K^T / sqrt(width) */
static void compute_scores(const struct seq_plan *plan, const struct places *places, const struct block *block)
{
    const struct attention_shape *const shape = &plan->shape;
    const struct attention_tokens *const tokens = &places->tokens;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)block->rows, (blasint)block->keys, (blasint)shape->width,
                (float)(1.0 / sqrt((double)shape->width)), tokens->q + block->token + block->first * tokens->stride,
                (blasint)tokens->stride, tokens->k + block->token, (blasint)tokens->stride, 0.0f, block->scores,
                (blasint)shape->L);
}

static void apply_softmax(const struct seq_plan *plan, const struct places *places, const struct block *block)
{
    (void)places;
    const struct attention_shape *const shape = &plan->shape;
    const float slope = (float)attention_slope(shape, block->channel / shape->width);
    for (int64_t r = 0; r < block->rows; ++r) {
        const int64_t position = block->first + r;
        plan->kernel->softmax_row(block->scores + r * shape->L, shape->causal ? position + 1 : shape->L, shape->L, position,
                                  slope);
    }
}

/* mixed = P V */
static void mix_values(const struct seq_plan *plan, const struct places *places, const struct block *block)
{
    const struct attention_shape *const shape = &plan->shape;
    const struct attention_tokens *const tokens = &places->tokens;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)block->rows, (blasint)shape->width,
                (blasint)block->keys, 1.0f, block->scores, (blasint)shape->L, tokens->v + block->token,
                (blasint)tokens->stride, 0.0f, places->mixed + block->mixed, (blasint)shape->D);
}

typedef void block_function(const struct seq_plan *plan, const struct places *places, const struct block *block);

static void for_each_block(const struct seq_plan *plan, const struct places *places, block_function *function)
{
    const int64_t tasks = plan->shape.B * plan->shape.heads * places->blocks;
#pragma omp parallel for num_threads(plan->shape.threads) schedule(dynamic)
    for (int64_t task = 0; task < tasks; ++task) {
        const struct block block = block_get(&plan->shape, places, task);
        function(plan, places, &block);
    }
}

enum seq_status attention_materialised_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    seq_phase(run, plan->shape.scope == SEQ_LAYER ? "projection" : "scores");
    const struct places places = project(plan, run);
    seq_phase(run, "scores");
    for_each_block(plan, &places, compute_scores);
    seq_phase(run, "softmax");
    for_each_block(plan, &places, apply_softmax);
    seq_phase(run, "values");
    for_each_block(plan, &places, mix_values);
    if (plan->shape.scope == SEQ_LAYER) {
        seq_phase(run, "projection");
        attention_project_out(plan, run, places.mixed);
    }
    return SEQ_OK;
}
