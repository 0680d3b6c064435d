/* header_alone.c - operator.h needs nothing before it and nothing beside it: compiled as strict C17 and, as
 * header_alone.cpp, as strict C++. */
#include "operator.h"

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **out,
                            struct seq_message *message)
{
    (void)arena, (void)message;
    *out = (struct seq_plan *)0;
    return seq_option_int(problem, 0) > 0 ? SEQ_OK : SEQ_UNSUPPORTED;
}

static enum seq_status forward(const struct seq_plan *own, const struct seq_run *run)
{
    (void)own;
    seq_phase(run, "nothing");
    return seq_thread_scratch(run, 0) ? SEQ_OK : SEQ_FAILED;
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI, .size = sizeof(struct seq_operator), .name = "header_alone", .plan = plan, .forward = forward};
