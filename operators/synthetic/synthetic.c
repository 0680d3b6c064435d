/* synthetic.c - takes the CPU time and the memory that its options ask for, so that the harness can be checked against a
 * truth that is known, and breaks on request, so that every kind of failure can be seen to be caught.
 *
 *     time   = overhead + time_scale * n^time_power * log2(n)^time_log_power * step(n)   nanoseconds, n the length
 *     memory = memory_scale * n^memory_power * log2(n)^memory_log_power        bytes of ACTIVATIONS, every line written
 *
 * step(n) rises from 1 to `step` between half and twice `step_length`, evenly in the logarithms, as a cache that overflows.
 * Time is a count of dependent integer steps, not a clock read in the timed call: plan measures how long a step takes
 * (option step_ns: is told), and exports that, so that all processes count alike. The output is a copy of the input; the
 * copy and the writing of memory come on top, see README.md for how small to keep them. Faults are in faults.c.
 */
#include "synthetic.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- options */

enum option {
    TIME_POWER,
    TIME_LOG_POWER,
    TIME_SCALE,
    OVERHEAD,
    STEP,
    STEP_LENGTH,
    MEMORY_POWER,
    MEMORY_LOG_POWER,
    MEMORY_SCALE,
    PARALLEL,
    STEP_NS,
    FAULT,
    WHEN,
    OPTION_COUNT
};

static const char *const fault_words[] = {
    [FAULT_NONE] = "none",     [FAULT_CRASH] = "crash", [FAULT_HANG] = "hang",   [FAULT_NAN] = "nan", [FAULT_WRONG] = "wrong",
    [FAULT_MEMORY] = "memory", [FAULT_EXIT] = "exit",   [FAULT_NOISE] = "noise", [FAULT_COUNT] = NULL,
};
static const char *const moment_words[] = {
    [IN_FORWARD] = "forward", [IN_PREPARE] = "prepare", [IN_PLAN] = "plan", [MOMENT_COUNT] = NULL};

static const struct seq_option options[OPTION_COUNT] = {
    [TIME_POWER] = {.name = "time_power", .help = "a in the time n^a log2(n)^b", .type = SEQ_REAL, .value = 1, .low = 0,
                    .high = 4},
    [TIME_LOG_POWER] = {.name = "time_log_power", .help = "b in the time n^a log2(n)^b", .type = SEQ_REAL, .value = 0,
                        .low = 0, .high = 4},
    [TIME_SCALE] = {.name = "time_scale", .help = "nanoseconds that n^a log2(n)^b is multiplied with", .type = SEQ_REAL,
                    .value = 100, .low = 0, .high = 1e9},
    [OVERHEAD] = {.name = "overhead", .help = "nanoseconds of every call, whatever the length", .type = SEQ_REAL, .value = 0,
                  .low = 0, .high = 1e12},
    [STEP] = {.name = "step", .help = "factor on the growing time beyond step_length", .type = SEQ_REAL, .value = 1, .low = 1,
              .high = 100},
    [STEP_LENGTH] = {.name = "step_length", .help = "length at the middle of the step, two octaves wide", .type = SEQ_REAL,
                     .value = 1024, .low = 1, .high = 1e9},
    [MEMORY_POWER] = {.name = "memory_power", .help = "a in the memory n^a log2(n)^b", .type = SEQ_REAL, .value = 1, .low = 0,
                      .high = 4},
    [MEMORY_LOG_POWER] = {.name = "memory_log_power", .help = "b in the memory n^a log2(n)^b", .type = SEQ_REAL, .value = 0,
                          .low = 0, .high = 4},
    [MEMORY_SCALE] = {.name = "memory_scale", .help = "bytes that n^a log2(n)^b is multiplied with; 0: none",
                      .type = SEQ_REAL, .value = 0, .low = 0, .high = 1e12},
    [PARALLEL] = {.name = "parallel", .help = "split the work over the threads", .type = SEQ_FLAG, .value = 0},
    [STEP_NS] = {.name = "step_ns", .help = "nanoseconds that one step is taken to last; 0: measured by plan",
                 .type = SEQ_REAL, .value = 0, .low = 0, .high = 1e3},
    [FAULT] = {.name = "fault", .help = "what to do wrong", .type = SEQ_CHOICE, .value = FAULT_NONE, .choices = fault_words},
    [WHEN] = {.name = "when", .help = "where the fault happens", .type = SEQ_CHOICE, .value = IN_FORWARD,
              .choices = moment_words},
};

struct seq_plan {
    size_t elements;     /* of the input */
    uint64_t steps;      /* of one call, all threads together */
    size_t memory_bytes;
    double step_ns;      /* the calibration that `steps` was made with */
    bool parallel;
    enum fault fault;
    enum moment when;
};

/* ---------------------------------------------------------------- sizes */

static double growth(double scale, double n, double power, double log_power)
{
    return scale * pow(n, power) * pow(log2(n), log_power); /* 0^0 is 1: at n = 1 without a logarithm this is `scale` */
}

static double step_at(const double *value, double n)
{
    const double octaves = fmin(fmax(log2(n / value[STEP_LENGTH]), -1.0), 1.0);
    return pow(value[STEP], 0.5 * (1.0 + octaves));
}

static double wanted_ns(const struct seq_problem *problem)
{
    const double *value = problem->options, n = (double)problem->L;
    return value[OVERHEAD] + growth(value[TIME_SCALE], n, value[TIME_POWER], value[TIME_LOG_POWER]) * step_at(value, n);
}

static double wanted_bytes(const struct seq_problem *problem)
{
    const double *value = problem->options;
    return floor(growth(value[MEMORY_SCALE], (double)problem->L, value[MEMORY_POWER], value[MEMORY_LOG_POWER]));
}

/* ---------------------------------------------------------------- describe */

static enum seq_status refuse(struct seq_message *message, const char *sentence)
{
    snprintf(message->text, sizeof message->text, "%s", sentence);
    return SEQ_UNSUPPORTED;
}

/* The larger of the claim and the linear growth of input and output, which are always there. */
static struct seq_growth at_least_linear(bool claimed, double power, double log_power)
{
    return claimed && power >= 1.0 ? (struct seq_growth){.power = power, .log_power = log_power}
                                   : (struct seq_growth){.power = 1.0};
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    const double *value = problem->options;
    const enum fault fault = (enum fault)value[FAULT];
    const double elements = (double)problem->B * (double)problem->L * (double)problem->D;
    const double ns = wanted_ns(problem), bytes = wanted_bytes(problem);
    if (!(ns <= 1e16))
        return refuse(message, "these options ask for more than 115 days for one call");
    if (!(bytes <= 0x1p46) || !(elements <= 0x1p46))
        return refuse(message, "these options ask for more than 64 TiB of memory");
    if ((fault == FAULT_NAN || fault == FAULT_WRONG) && value[WHEN] != IN_FORWARD)
        return refuse(message, "faults nan and wrong are faults of the output, so they need when=forward");
    cost->flops = ns; /* no arithmetic is meant: a number that grows as the time does */
    cost->bytes = 2.0 * sizeof(float) * elements + bytes;
    cost->time = value[TIME_SCALE] > 0.0
                     ? (struct seq_growth){.power = value[TIME_POWER], .log_power = value[TIME_LOG_POWER]}
                     : (struct seq_growth){.power = 1.0}; /* the copy */
    cost->memory = at_least_linear(value[MEMORY_SCALE] > 0.0, value[MEMORY_POWER], value[MEMORY_LOG_POWER]);
    cost->region_bytes[SEQ_ACTIVATIONS] = bytes;
    cost->region_bytes[SEQ_THREAD_SCRATCH] = sizeof(uint64_t);
    cost->traits = SEQ_TRAIT_CAUSAL;
    return SEQ_OK;
}

/* ---------------------------------------------------------------- plan */

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **out,
                            struct seq_message *message)
{
    const double *value = problem->options;
    struct seq_plan *plan = arena->allocate(arena, sizeof *plan);
    if (!plan)
        return SEQ_NO_MEMORY;
    const double step_ns = value[STEP_NS] > 0.0 ? value[STEP_NS] : calibration_step_ns();
    *plan = (struct seq_plan){.elements = (size_t)(problem->B * problem->L * problem->D),
                              .steps = (uint64_t)llround(wanted_ns(problem) / step_ns),
                              .memory_bytes = (size_t)wanted_bytes(problem),
                              .step_ns = step_ns,
                              .parallel = value[PARALLEL] != 0.0,
                              .fault = (enum fault)value[FAULT],
                              .when = (enum moment)value[WHEN]};
    *out = plan;
    const enum seq_status status = plan->when == IN_PLAN ? fault_happen(plan->fault) : SEQ_OK;
    if (status != SEQ_OK)
        snprintf(message->text, sizeof message->text, "the fault that was asked for");
    return status;
}

static void regions(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT])
{
    bytes[SEQ_ACTIVATIONS] = plan->memory_bytes;
    bytes[SEQ_THREAD_SCRATCH] = sizeof(uint64_t);
}

static size_t plan_export(const struct seq_plan *plan, void *blob, size_t capacity)
{
    return calibration_export(plan->step_ns, blob, capacity);
}

/* ---------------------------------------------------------------- the calls */

static enum seq_status prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    (void)run;
    return plan->when == IN_PREPARE ? fault_happen(plan->fault) : SEQ_OK;
}

/* The k-th of `parts` pieces of `whole` begins here. */
static uint64_t piece_begin(uint64_t whole, int parts, int k)
{
    return whole / (uint64_t)parts * (uint64_t)k + (whole % (uint64_t)parts) * (uint64_t)k / (uint64_t)parts;
}

/* A byte of every 64-byte line of the piece, so that what is declared is really there and touched. */
static void touch_memory(const struct seq_plan *plan, const struct seq_run *run, int parts, int k)
{
    const uint64_t lines = ((uint64_t)plan->memory_bytes + 63) / 64, end = piece_begin(lines, parts, k + 1);
    unsigned char *memory = run->activations;
    for (uint64_t line = piece_begin(lines, parts, k); line < end; ++line)
        memory[line * 64] = 0;
}

static void copy_input(const struct seq_plan *plan, const struct seq_run *run, int parts, int k)
{
    const size_t end = (size_t)piece_begin(plan->elements, parts, k + 1);
    const float offset = plan->fault == FAULT_WRONG ? 1.0f : plan->fault == FAULT_NAN ? NAN : 0.0f;
    for (size_t i = (size_t)piece_begin(plan->elements, parts, k); i < end; ++i)
        run->output[i] = run->input[i] + offset;
}

static void work(const struct seq_plan *plan, const struct seq_run *run, int parts, int k)
{
    uint64_t *sink = seq_thread_scratch(run, k);
    copy_input(plan, run, parts, k);
    touch_memory(plan, run, parts, k);
    const uint64_t steps = piece_begin(plan->steps, parts, k + 1) - piece_begin(plan->steps, parts, k);
    *sink = calibration_steps(steps, (uint64_t)k);
}

static enum seq_status forward(const struct seq_plan *plan, const struct seq_run *run)
{
    seq_phase(run, "work");
    if (plan->when == IN_FORWARD) {
        const enum seq_status status = fault_happen(plan->fault);
        if (status != SEQ_OK)
            return status;
    }
    if (!plan->parallel || run->threads == 1) {
        work(plan, run, 1, 0);
        return SEQ_OK;
    }
#pragma omp parallel num_threads(run->threads)
    {
        const int threads = omp_get_num_threads();
        work(plan, run, threads, omp_get_thread_num());
    }
    return SEQ_OK;
}

static enum seq_status reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                                 double *output)
{
    const int64_t D = problem->D;
    for (size_t r = 0; r < rows->count; ++r)
        for (int64_t d = 0; d < D; ++d)
            output[(int64_t)r * D + d] = (double)run->input[(rows->b[r] * problem->L + rows->t[r]) * D + d];
    return SEQ_OK;
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "synthetic",
    .summary = "takes exactly the time and memory it is told to: what the harness is checked against",
    .source = "none",
    .colour = -1,
    .capabilities = SEQ_CAP_THREADS,
    .options = options,
    .option_count = OPTION_COUNT,
    .describe = describe,
    .plan = plan,
    .regions = regions,
    .prepare = prepare,
    .forward = forward,
    .reference = reference,
    .plan_export = plan_export,
    .plan_import = calibration_import,
};
