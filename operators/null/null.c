/* null.c - does nothing, so that what the harness itself costs in time and memory can be measured: a sample of `null` is
 * pure overhead, and the peak memory of its worker is subtracted from every other operator's.
 */
#include "operator.h"

struct seq_plan {
    int nothing;
};

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    (void)problem, (void)message;
    cost->time = (struct seq_growth){.power = 0.0};
    cost->memory = (struct seq_growth){.power = 1.0}; /* its input and output */
    cost->traits = SEQ_TRAIT_CAUSAL;
    return SEQ_OK;
}

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    (void)problem, (void)message;
    *plan_out = arena->allocate(arena, sizeof **plan_out);
    return *plan_out ? SEQ_OK : SEQ_NO_MEMORY;
}

static enum seq_status call(const struct seq_plan *plan_in, const struct seq_run *run)
{
    (void)plan_in, (void)run;
    return SEQ_OK;
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "null",
    .summary = "does nothing: the cost of measuring itself",
    .source = "none",
    .colour = 11,
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_CORE | SEQ_CAP_STATE | SEQ_CAP_NO_OUTPUT,
    .describe = describe,
    .plan = plan,
    .forward = call,
    .backward = call,
    .step = call,
};
