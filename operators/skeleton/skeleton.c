/* skeleton.c - the module to copy (README.md: in six steps). Every hook of operator.h is here, marked Required or Optional.
 *
 * What it computes is small on purpose: each channel d keeps a leaky average of its input, and a gain lets the input past it.
 *
 *     m_t = a_d m_(t-1) + c_d x_t        a_d = sigmoid(weight_d);  c_d = 1 - a_d (scale=average) or 1 (scale=sum)
 *     y_t = m_t + gain_d x_t             without the second term at skip=0;  m_(-1) is the state, 0 at first
 *
 * Yet it has what real operators have: trainable parameters, work done once per set of weights, a state, threads, an exact
 * backward, one token at a time, and a choice that plan makes by measuring.
 *
 * Method: a block of neighbouring channels is carried through time together, so that the loop over its channels is the one
 * that the compiler vectorises. Threads take (sequence, block) pairs. D, L, B are those of operator.h.
 */
#include "operator.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef _OPENMP
#include <omp.h>
#else
static int omp_get_thread_num(void)
{
    return 0;
}
#endif

/* ---------------------------------------------------------------- options: Optional */

enum option { SCALE, SKIP, HALF_LIFE, BLOCK, OPTION_COUNT };
enum scale { AVERAGE, SUM };
static const char *const scales[] = {[AVERAGE] = "average", [SUM] = "sum", NULL};

/* --help, the checking of values and their error messages are made from this table. One of each type: */
static const struct seq_option options[OPTION_COUNT] = {
    [SCALE] = {.name = "scale", .help = "weight of a new input: what the average leaks, or 1", .type = SEQ_CHOICE,
               .value = AVERAGE, .choices = scales},
    [SKIP] = {.name = "skip", .help = "add the input, times a gain per channel", .type = SEQ_FLAG, .value = 1},
    [HALF_LIFE] = {.name = "half_life", .help = "tokens in which the slowest channel forgets one half, at first",
                   .type = SEQ_REAL, .value = 64, .low = 1, .high = 1e6},
    [BLOCK] = {.name = "block", .help = "channels carried together; 0: the fastest, measured by plan", .type = SEQ_INT,
               .value = 0, .low = 0, .high = 65536},
};

/* ---------------------------------------------------------------- the plan */

enum parameter { WEIGHT, GAIN, PARAMETER_COUNT };

/* What an instance knows. It holds no pointer into a region: every call brings its own. */
struct seq_plan {
    int64_t B, L, D, block;
    bool sum, skip, train;
    double half_life;
    int threads;
    struct seq_parameter parameters[PARAMETER_COUNT];
    size_t parameter_count;
};

static size_t scratch_bytes(int64_t block) /* per channel: the sums of two gradients, one number carried through time */
{
    return (size_t)block * (2 * sizeof(double) + sizeof(float));
}

static int64_t tokens_of(const struct seq_problem *problem) /* of each sequence, seen by one call */
{
    return problem->mode == SEQ_DECODE ? 1 : problem->L;
}

/* ---------------------------------------------------------------- describe: Required */

/* Pure, and cheap: sweeps are priced by it before anything is planned. A problem that the operator does not do is
 * SEQ_UNSUPPORTED with a sentence. Region sizes are upper bounds, so a choice that plan makes later must fit in them. */
static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    const double D = (double)problem->D, B = (double)problem->B, elements = B * (double)tokens_of(problem) * D;
    const bool train = problem->mode == SEQ_TRAIN, skip = problem->options[SKIP] != 0.0;
    if (!(elements < 0x1p60)) {
        strcpy(message->text, "batch, length and width together make more elements than can be indexed");
        return SEQ_UNSUPPORTED;
    }
    /* Multiplications and additions by element: m_t 3, skip 2; backward: the gradients of m_t 2, x_t 1 + 2, weight 3, gain 2. */
    cost->flops = elements * (3.0 + 2.0 * skip) + elements * train * (6.0 + 4.0 * skip);
    cost->bytes = sizeof(float) * (elements * (train ? 4.0 : 2.0) + (1.0 + skip) * D); /* each input, weight, output once */
    cost->time = cost->memory = (struct seq_growth){.power = problem->mode == SEQ_DECODE ? 0.0 : 1.0};
    cost->region_bytes[SEQ_PARAMETERS] = PARAMETER_COUNT * (D * sizeof(float) + 64.0); /* each starts a 64-byte line */
    cost->region_bytes[SEQ_PREPARED] = 3.0 * D * sizeof(float);
    cost->region_bytes[SEQ_SAVED] = train ? elements * sizeof(float) : 0.0;
    cost->region_bytes[SEQ_STATE] = B * D * sizeof(float);
    cost->region_bytes[SEQ_THREAD_SCRATCH] = (double)scratch_bytes(problem->D);
    cost->traits = SEQ_TRAIT_CAUSAL | SEQ_TRAIT_SEQUENTIAL;
    return SEQ_OK;
}

/* ---------------------------------------------------------------- forward: Required */

/* One token of `width` channels. `restrict` is what lets the compiler vectorise it. */
static void forward_token(float *restrict y, float *restrict m, const float *restrict x, const float *restrict a,
                          const float *restrict c, const float *restrict gain, int64_t width)
{
    for (int64_t i = 0; i < width; ++i) {
        m[i] = a[i] * m[i] + c[i] * x[i];
        y[i] = m[i] + gain[i] * x[i];
    }
}

/* `width` values at `offset` of a state or of its gradient; NULL stands for zeros. */
static void load(float *out, const void *from, int64_t offset, int64_t width)
{
    memset(out, 0, (size_t)width * sizeof *out);
    if (from)
        memcpy(out, (const float *)from + offset, (size_t)width * sizeof *out);
}

static void store(void *to, const float *values, int64_t offset, int64_t width)
{
    if (to)
        memcpy((float *)to + offset, values, (size_t)width * sizeof *values);
}

/* Channels d .. of sequence b through all tokens of the call. The state is read before it is written: both may be one. */
static void forward_block(const struct seq_plan *plan, const struct seq_run *run, int64_t b, int64_t d, float *m)
{
    const int64_t D = plan->D, width = D - d < plan->block ? D - d : plan->block; /* the last block may be narrower */
    const float *a = (const float *)run->prepared + d; /* (3, D): a, c, gain */
    load(m, run->state_in, b * D + d, width);
    for (int64_t t = 0; t < plan->L; ++t) {
        const int64_t at = (b * plan->L + t) * D + d;
        store(run->saved, m, at, width); /* backward wants m_(t-1) */
        forward_token(run->output + at, m, run->input + at, a, a + D, a + 2 * D, width);
    }
    store(run->state_out, m, b * D + d, width);
}

/* The timed call: nothing here allocates, prints, reads a clock or draws random numbers. Every output element is written.
 * It is `step` as well (Optional, mode decode: one token of each sequence, from state_in to state_out): a plan for decode
 * has sequences of one token. */
static enum seq_status forward(const struct seq_plan *plan, const struct seq_run *run)
{
    seq_phase(run, "average");
#pragma omp parallel for collapse(2) schedule(static) num_threads(run->threads)
    for (int64_t b = 0; b < plan->B; ++b)
        for (int64_t d = 0; d < plan->D; d += plan->block)
            forward_block(plan, run, b, d, seq_thread_scratch(run, omp_get_thread_num()));
    return SEQ_OK;
}

/* ---------------------------------------------------------------- backward: Optional, mode train */

/* Channels d .. of the whole batch: one thread sums all of their gradients, so that no two threads add to the same one. With
 * G_t the gradient by m_t: G_t = dy_t + a G_(t+1), dx_t = c G_t + gain dy_t. */
static void backward_block(const struct seq_plan *plan, const struct seq_run *run, int64_t d, double *by_a)
{
    const int64_t D = plan->D, width = D - d < plan->block ? D - d : plan->block;
    const float *a = (const float *)run->prepared + d, *c = a + D, *gain = c + D;
    const float leak = plan->sum ? 0.0f : 1.0f; /* -dc/da */
    double *by_gain = by_a + width;
    float *carry = (float *)(void *)(by_gain + width); /* a G_(t+1) */
    memset(by_a, 0, 2 * (size_t)width * sizeof *by_a);
    for (int64_t b = 0; b < plan->B; ++b) {
        load(carry, run->grad_state_out, b * D + d, width);
        for (int64_t t = plan->L - 1; t >= 0; --t) {
            const int64_t at = (b * plan->L + t) * D + d;
            const float *dy = run->grad_output + at, *x = run->input + at, *m_before = (float *)run->saved + at;
            for (int64_t i = 0; i < width; ++i) {
                const float G = dy[i] + carry[i];
                run->grad_input[at + i] = c[i] * G + gain[i] * dy[i];
                by_a[i] += (double)G * (double)(m_before[i] - leak * x[i]);
                by_gain[i] += (double)dy[i] * (double)x[i];
                carry[i] = a[i] * G;
            }
        }
        store(run->grad_state_in, carry, b * D + d, width);
    }
    for (int64_t i = 0; i < width; ++i) { /* da/dweight = a (1 - a) */
        run->grad_parameters[WEIGHT][d + i] = (float)(by_a[i] * (double)a[i] * (1.0 - (double)a[i]));
        if (plan->skip)
            run->grad_parameters[GAIN][d + i] = (float)by_gain[i];
    }
}

static enum seq_status backward(const struct seq_plan *plan, const struct seq_run *run)
{
    seq_phase(run, "backward");
#pragma omp parallel for schedule(static) num_threads(run->threads)
    for (int64_t d = 0; d < plan->D; d += plan->block)
        backward_block(plan, run, d, seq_thread_scratch(run, omp_get_thread_num()));
    return SEQ_OK;
}

/* ---------------------------------------------------------------- plan_import, plan_export: Optional */

/* What planning found out, so that a later process need not measure again and decides the same. */
struct knowledge {
    uint32_t magic; /* tells a foreign or outdated blob */
    int32_t threads;
    int64_t D, block;
};
#define KNOWLEDGE_MAGIC 0x736b6531u /* "ske1" */

/* Filled by plan_import, read by plan: a cache of planner knowledge is the one mutable state that a module may keep. */
static _Thread_local struct knowledge known;

static enum seq_status plan_import(const void *blob, size_t bytes)
{
    struct knowledge news;
    if (bytes != sizeof news)
        return SEQ_FAILED;
    memcpy(&news, blob, sizeof news);
    if (news.magic != KNOWLEDGE_MAGIC || news.block < 1 || news.block > news.D)
        return SEQ_FAILED;
    known = news;
    return SEQ_OK;
}

static size_t plan_export(const struct seq_plan *plan, void *blob, size_t capacity)
{
    const struct knowledge news = {.magic = KNOWLEDGE_MAGIC, .threads = plan->threads, .D = plan->D, .block = plan->block};
    if (capacity >= sizeof news)
        memcpy(blob, &news, sizeof news);
    return sizeof news;
}

/* ---------------------------------------------------------------- plan: Required; destroy, method: Optional */

/* Seconds of the third call, after two to warm up. Planning may read a clock; the timed calls may not. */
static double time_forward(const struct seq_plan *plan, const struct seq_run *run)
{
    struct timespec from = {0}, to = {0};
    for (int call = 0; call < 3; ++call) {
        clock_gettime(CLOCK_MONOTONIC, &from);
        forward(plan, run);
        clock_gettime(CLOCK_MONOTONIC, &to);
    }
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

/* Tries widths on a short piece of the problem, in memory that goes when plan returns. */
static enum seq_status measure_block(struct seq_plan *plan, struct seq_arena *arena)
{
    struct seq_plan trial = *plan;
    trial.B = 1;
    trial.L = plan->L < 64 ? plan->L : 64; /* enough to tell widths apart, microseconds to run */
    const size_t row_bytes = (size_t)plan->D * sizeof(float), stride = (scratch_bytes(plan->D) + 4095) / 4096 * 4096;
    const struct seq_run run = {.size = sizeof run, .threads = plan->threads, .thread_scratch_stride = stride,
                                .input = arena->borrow(arena, (size_t)trial.L * row_bytes),
                                .output = arena->borrow(arena, (size_t)trial.L * row_bytes),
                                .prepared = arena->borrow(arena, 3 * row_bytes),
                                .thread_scratch = arena->borrow(arena, stride * (size_t)plan->threads)};
    if (!run.input || !run.output || !run.prepared || !run.thread_scratch)
        return SEQ_NO_MEMORY;
    double best = INFINITY;
    for (int64_t width = 16; width < 4 * plan->D; width *= 4) {
        trial.block = width < plan->D ? width : plan->D;
        const double seconds = time_forward(&trial, &run);
        if (seconds < best) {
            best = seconds;
            plan->block = trial.block;
        }
    }
    return SEQ_OK;
}

/* `problem` lives only for this call: copy what later hooks need. Memory comes from the arena, which the harness frees. */
static enum seq_status make_plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **out,
                                 struct seq_message *message)
{
    (void)message; /* filled where the status is SEQ_UNSUPPORTED or SEQ_FAILED; this plan can only run out of memory */
    struct seq_plan *plan = arena->allocate(arena, sizeof *plan);
    if (!plan)
        return SEQ_NO_MEMORY;
    *plan = (struct seq_plan){.B = problem->B, .L = tokens_of(problem), .D = problem->D, .threads = problem->threads,
                              .sum = problem->options[SCALE] == SUM, .skip = problem->options[SKIP] != 0.0,
                              .half_life = problem->options[HALF_LIFE], .train = problem->mode == SEQ_TRAIN};
    plan->parameters[WEIGHT] = (struct seq_parameter){
        .name = "weight", .rank = 1, .shape = {plan->D}, .kind = SEQ_TRAINABLE, .init = SEQ_INIT_COMPUTED};
    plan->parameters[GAIN] = (struct seq_parameter){
        .name = "gain", .rank = 1, .shape = {plan->D}, .kind = SEQ_TRAINABLE, .init = SEQ_INIT_NORMAL, .a = 1.0, .b = 0.1};
    plan->parameter_count = plan->skip ? PARAMETER_COUNT : GAIN; /* without a skip there is no gain, the last of them */
    *out = plan;
    int64_t block = seq_option_int(problem, BLOCK);
    if (block == 0 && known.magic == KNOWLEDGE_MAGIC && known.D == plan->D && known.threads == plan->threads)
        block = known.block;
    plan->block = block && block < plan->D ? block : plan->D;
    return block ? SEQ_OK : measure_block(plan, arena);
}

static void destroy(struct seq_plan *plan)
{
    (void)plan; /* here would be freed what plan took from libraries (FFTW plans, say); the arena is the harness's */
}

/* What plan chose, in a few words: it stands beside the time in tables and files, so that a time can be understood later. */
static size_t method(const struct seq_plan *plan, char *text, size_t capacity)
{
    return (size_t)snprintf(text, capacity, "%lld channels together", (long long)plan->block);
}

/* ---------------------------------------------------------------- parameters, fill_parameter, regions: Optional */

/* Named and shaped as in PyTorch's state_dict where such a layer exists there, so that real checkpoints load. Besides
 * SEQ_TRAINABLE there are SEQ_BUFFER (no gradient) and SEQ_ALIAS (another name of an earlier one). */
static const struct seq_parameter *parameters(const struct seq_plan *plan, size_t *count)
{
    *count = plan->parameter_count;
    return plan->parameters;
}

/* Only for parameters of SEQ_INIT_COMPUTED. Half-lives go from 1 token to half_life, geometrically over the channels. */
static enum seq_status fill_parameter(const struct seq_plan *plan, size_t index, float *values)
{
    if (index != WEIGHT)
        return SEQ_FAILED;
    for (int64_t d = 0; d < plan->D; ++d) {
        const double place = plan->D > 1 ? (double)d / (double)(plan->D - 1) : 1.0;
        const double log_a = -log(2.0) / pow(plan->half_life, place); /* a = 2^(-1 / half-life) */
        values[d] = (float)(log_a - log(-expm1(log_a)));              /* logit(a) = log a - log(1 - a) */
    }
    return SEQ_OK;
}

/* Exact, now that the plan is made; none may exceed what describe said. `bytes` arrives zeroed. */
static void regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT])
{
    bytes[SEQ_PREPARED] = 3 * (size_t)plan->D * sizeof(float);
    bytes[SEQ_SAVED] = plan->train ? (size_t)(plan->B * plan->L * plan->D) * sizeof(float) : 0;
    bytes[SEQ_STATE] = (size_t)(plan->B * plan->D) * sizeof(float);
    bytes[SEQ_THREAD_SCRATCH] = scratch_bytes(plan->block); /* of one thread */
}

/* ---------------------------------------------------------------- prepare: Optional */

/* What depends on the weights alone: PREPARED becomes (3, D): a, c, gain. */
static enum seq_status prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    float *a = run->prepared, *c = a + plan->D, *gain = c + plan->D;
    for (int64_t d = 0; d < plan->D; ++d) {
        const double decay = 1.0 / (1.0 + exp(-(double)run->parameters[WEIGHT][d]));
        a[d] = (float)decay;
        c[d] = plan->sum ? 1.0f : (float)(1.0 - decay);
        gain[d] = plan->skip ? run->parameters[GAIN][d] : 0.0f;
    }
    return SEQ_OK;
}

/* ---------------------------------------------------------------- reference: Required */

/* The definition at the top of this file and nothing else: double precision, every row from the first token on, no plan,
 * nothing shared with forward. It is what forward is checked against, so it is never made faster. */
static double reference_element(const struct seq_problem *problem, const struct seq_run *run, int64_t b, int64_t t, int64_t d)
{
    const float *x = run->input + b * tokens_of(problem) * problem->D + d, *state = run->state_in;
    const double a = 1.0 / (1.0 + exp(-(double)run->parameters[WEIGHT][d]));
    const double c = problem->options[SCALE] == SUM ? 1.0 : 1.0 - a;
    double m = state ? (double)state[b * problem->D + d] : 0.0;
    for (int64_t s = 0; s <= t; ++s)
        m = a * m + c * (double)x[s * problem->D];
    const double gain = problem->options[SKIP] != 0.0 ? (double)run->parameters[GAIN][d] : 0.0;
    return m + gain * (double)x[t * problem->D];
}

static enum seq_status reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                                 double *output)
{
    for (size_t r = 0; r < rows->count; ++r)
        for (int64_t d = 0; d < problem->D; ++d)
            *output++ = reference_element(problem, run, rows->b[r], rows->t[r], d);
    return SEQ_OK;
}

/* ---------------------------------------------------------------- the table: Required */

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "skeleton",
    .summary = "leaky average per channel: the module to copy",
    .source = "exponential moving average, e.g. Holt (1957), Forecasting seasonals and trends",
    .colour = -1, /* the harness picks */
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_STATE, /* SEQ_CAP_CORE: it has no projections to leave out */
    .options = options,
    .option_count = OPTION_COUNT,
    .describe = describe,
    .plan = make_plan,
    .parameters = parameters,
    .fill_parameter = fill_parameter,
    .regions = regions,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .step = forward,
    .reference = reference,
    .plan_export = plan_export,
    .plan_import = plan_import,
    .destroy = destroy,
    .method = method,
};
