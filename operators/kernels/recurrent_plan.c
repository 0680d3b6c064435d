/* recurrent_plan.c - price, plan and parameters of a recurrence: all that is decided before memory is allocated. */
#include "kernels/recurrent_plan.h"

#include "kernels/progress.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#define ALIGNMENT 64
#define MAX_WIDTH 65536 /* a gate's weights are then 16 GiB; keeps every byte count far below 2^63 */

/* Multiply-adds of one step below which another thread costs more than it brings. Within a sequence the threads meet once
 * a step, and a line of h takes as long again to come over: 0.3 us together, the time of 16000 multiply-adds from cache; a
 * lone step also starts the team (another 1 us). */
#define MACS_PER_THREAD 16000.0
#define MACS_PER_THREAD_LONE (5.0 * MACS_PER_THREAD)

/* Weights, in floats, that a member of a team goes through before it waits for the others: 64 KiB take 0.2 us from L1, 0.4
 * from L2. More would lose what walking the blocks to and fro keeps in the caches. */
#define AHEAD_FLOATS 16384

/* Projected input of one chunk: beside the weights in L2 or at least in L3, and rows enough for the projection's tiles. */
#define CHUNK_BYTES (1 << 20)
#define CHUNK_STEPS 64

static_assert(sizeof(struct progress) == PROGRESS_LINE_BYTES, "one count per cache line");

/* ---------------------------------------------------------------- sizes */

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

struct scratch_layout recurrent_scratch_layout(const struct seq_plan *plan)
{
    const int64_t memory = plan->kernel->states > 1 ? plan->B * recurrent_memory_floats(plan) : 0;
    struct scratch_layout layout = {.progress = 0};
    layout.zeros = (size_t)plan->team * sizeof(struct progress);
    layout.memory = layout.zeros + aligned(recurrent_floats(plan->B * plan->D));
    layout.bytes = layout.memory + aligned(recurrent_floats(memory));
    return layout;
}

void recurrent_regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT])
{
    const struct recurrent_kernel *const kernel = plan->kernel;
    bytes[SEQ_PREPARED] = recurrent_floats(recurrent_packed_floats(plan));
    bytes[SEQ_THREAD_SCRATCH] = recurrent_floats(recurrent_sums_floats(plan));
    if (plan->scope == SEQ_LAYER) {
        const int64_t rows = plan->B * plan->chunk; /* at most, in one product */
        bytes[SEQ_PREPARED] += recurrent_floats(linear_packed_floats(&plan->linear));
        bytes[SEQ_THREAD_SCRATCH] += recurrent_floats(linear_scratch_floats(&plan->linear, rows));
        bytes[SEQ_ACTIVATIONS] = recurrent_floats(rows * kernel->gates * plan->D);
    }
    bytes[SEQ_STATE] = recurrent_floats(kernel->states * plan->B * plan->D);
    bytes[SEQ_SCRATCH] = recurrent_scratch_layout(plan).bytes;
}

size_t recurrent_method(const struct seq_plan *plan, char *text, size_t capacity)
{
    char product[64] = "";
    if (plan->scope == SEQ_LAYER)
        linear_describe(&plan->linear, product, sizeof product);
    return (size_t)snprintf(text, capacity, "%s%sstep by %d of %d threads, %d units a panel", product,
                            *product ? "; " : "", plan->team, plan->threads, plan->kernel->lanes);
}

/* ---------------------------------------------------------------- price */

static enum seq_status refuse(const struct seq_problem *problem, struct seq_message *message)
{
    if (problem->mode == SEQ_TRAIN) {
        snprintf(message->text, sizeof message->text,
                 "training is not supported, there is no backward pass: use mode forward or decode");
        return SEQ_UNSUPPORTED;
    }
    if (problem->D > MAX_WIDTH) {
        snprintf(message->text, sizeof message->text, "width %lld is too large: at most %d is supported",
                 (long long)problem->D, MAX_WIDTH);
        return SEQ_UNSUPPORTED;
    }
    if (problem->B > INT32_MAX / problem->L) { /* OpenBLAS counts rows in 32 bits */
        snprintf(message->text, sizeof message->text,
                 "batch %lld times length %lld is too large: at most 2^31 - 1 tokens are supported", (long long)problem->B,
                 (long long)problem->L);
        return SEQ_UNSUPPORTED;
    }
    return SEQ_OK;
}

/* Threads of the recurrence: enough work for each, and at least one panel. */
static int team_size(const struct seq_problem *problem, const struct recurrent_kernel *kernel, int64_t panels)
{
    const double macs = (double)kernel->gates * (double)problem->B * (double)problem->D * (double)problem->D;
    const double worth = macs / (problem->mode == SEQ_DECODE ? MACS_PER_THREAD_LONE : MACS_PER_THREAD);
    const double most = fmin((double)problem->threads, (double)panels);
    return (int)fmax(1.0, fmin(worth, most));
}

/* Steps whose input parts are projected at once. */
static int64_t chunk_steps(const struct seq_problem *problem, const struct recurrent_kernel *kernel)
{
    const int64_t step_bytes = (int64_t)sizeof(float) * kernel->gates * problem->B * problem->D;
    const int64_t fitting = CHUNK_BYTES / step_bytes, steps = fitting < CHUNK_STEPS ? CHUNK_STEPS : fitting;
    if (problem->mode == SEQ_DECODE)
        return 1;
    return problem->scope == SEQ_CORE || steps > problem->L ? problem->L : steps;
}

/* Blocks of which a member of the team has its own units' products before it waits. */
static int64_t blocks_ahead(const struct seq_plan *plan)
{
    const struct recurrent_kernel *const kernel = plan->kernel;
    const int64_t own_units = (plan->D + plan->team - 1) / plan->team;
    const int64_t floats = own_units * kernel->panels * kernel->lanes * kernel->gates * plan->B;
    return plan->team == 1 ? 0 : (AHEAD_FLOATS + floats - 1) / floats;
}

static void add_parameter(struct seq_plan *plan, const char *name, int rank)
{
    const double bound = 1.0 / sqrt((double)plan->D); /* torch.nn.RNNBase.reset_parameters: all tensors alike */
    plan->parameters[plan->parameter_count++] = (struct seq_parameter){
        .name = name,
        .rank = rank,
        .shape = {plan->kernel->gates * plan->D, rank == 2 ? plan->D : 0},
        .kind = SEQ_TRAINABLE,
        .init = SEQ_INIT_UNIFORM,
        .a = -bound,
        .b = bound,
    };
}

/* In the order of state_dict(), which recurrent_weights_get() relies on. */
static void list_parameters(struct seq_plan *plan)
{
    const bool layer = plan->scope == SEQ_LAYER;
    if (layer)
        add_parameter(plan, "weight_ih_l0", 2);
    add_parameter(plan, "weight_hh_l0", 2);
    if (layer)
        add_parameter(plan, "bias_ih_l0", 1);
    add_parameter(plan, "bias_hh_l0", 1);
}

static void fill_plan(struct seq_plan *plan, const struct seq_problem *problem, const struct recurrent_kernel *kernel,
                      enum linear_method method)
{
    const int64_t panels = (problem->D + kernel->lanes - 1) / kernel->lanes;
    *plan = (struct seq_plan){
        .kernel = kernel,
        .B = problem->B,
        .L = problem->L,
        .D = problem->D,
        .chunk = chunk_steps(problem, kernel),
        .panels = panels,
        .scope = problem->scope,
        .team = team_size(problem, kernel, panels),
    };
    /* A lone step's projection is as large as its recurrence; a sequence's is worth every thread. */
    plan->threads = problem->mode == SEQ_DECODE || problem->scope == SEQ_CORE ? plan->team : problem->threads;
    plan->ahead = blocks_ahead(plan);
    plan->linear = linear_create(problem->D, kernel->gates * problem->D, problem->isa, method);
    plan->linear.finer = kernel->finer_input;
    list_parameters(plan);
}

enum seq_status recurrent_describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message,
                                   const struct recurrent_kernel *kernel, enum linear_method method)
{
    const enum seq_status status = refuse(problem, message);
    if (status != SEQ_OK)
        return status;
    struct seq_plan plan;
    fill_plan(&plan, problem, kernel, method);
    size_t bytes[SEQ_REGION_COUNT] = {0};
    recurrent_regions(&plan, bytes);
    for (int i = 0; i < SEQ_REGION_COUNT; ++i)
        cost->region_bytes[i] = (double)bytes[i];

    const bool decode = problem->mode == SEQ_DECODE;
    const double products = problem->scope == SEQ_LAYER ? 2.0 : 1.0; /* W_ih x and W_hh h, or W_hh h alone */
    const double tokens = (double)problem->B * (decode ? 1.0 : (double)problem->L);
    const double rows = (double)(kernel->gates * problem->D);
    const double D = (double)problem->D;
    cost->region_bytes[SEQ_PARAMETERS] = (double)sizeof(float) * products * rows * (D + 1.0);
    cost->flops = 2.0 * products * tokens * rows * D;
    cost->bytes = (double)sizeof(float) * 2.0 * tokens * D + cost->region_bytes[SEQ_PARAMETERS];
    if (decode)
        cost->bytes += 2.0 * cost->region_bytes[SEQ_STATE]; /* in and out */
    else
        seq_cost_set_reread(cost, (double)problem->L - 1.0, (double)sizeof(float) * rows * D); /* W_hh, for all sequences */
    cost->time = cost->memory = (struct seq_growth){.power = decode ? 0.0 : 1.0};
    cost->traits = SEQ_TRAIT_CAUSAL | SEQ_TRAIT_SEQUENTIAL;
    return SEQ_OK;
}

/* ---------------------------------------------------------------- plan */

enum seq_status recurrent_plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan,
                               struct seq_message *message, const struct recurrent_kernel *kernel,
                               enum linear_method method)
{
    const enum seq_status status = refuse(problem, message);
    if (status != SEQ_OK)
        return status;
    struct seq_plan *const made = arena->allocate(arena, sizeof *made);
    if (!made) {
        snprintf(message->text, sizeof message->text, "no memory for a plan of %zu bytes", sizeof *made);
        return SEQ_NO_MEMORY;
    }
    fill_plan(made, problem, kernel, method);
    *plan = made;
    return SEQ_OK;
}

const struct seq_parameter *recurrent_parameters(const struct seq_plan *plan, size_t *count)
{
    *count = plan->parameter_count;
    return plan->parameters;
}
