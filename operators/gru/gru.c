/* gru.c - the gated recurrent unit, torch.nn.GRU, of one layer: the reset gate acts after the hidden product.
 *
 * The cell is in gru_kernel.c; projection, packing, threads and state are kernels/recurrent.c, shared with rnn and lstm.
 */
#include "gru/gru.h"

static const struct seq_option options[] = {[GRU_GEMM] = LINEAR_OPTION};

static enum linear_method method_select(const struct seq_problem *problem)
{
    return (enum linear_method)seq_option_int(problem, GRU_GEMM);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    return recurrent_describe(problem, cost, message, ISA_SELECT(gru_kernel, problem->isa), method_select(problem));
}

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    return recurrent_plan(problem, arena, plan_out, message, ISA_SELECT(gru_kernel, problem->isa), method_select(problem));
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "gru",
    .summary = "gated recurrent unit: three gates, no separate memory, step by step",
    .source = "Cho et al. 2014, arXiv:1406.1078; torch.nn.GRU",
    .colour = 2,
    .capabilities = SEQ_CAP_THREADS | SEQ_CAP_CORE | SEQ_CAP_STATE,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .describe = describe,
    .plan = plan,
    .parameters = recurrent_parameters,
    .regions = recurrent_regions,
    .prepare = recurrent_prepare,
    .forward = recurrent_forward,
    .step = recurrent_advance,
    .reference = gru_reference,
    .method = recurrent_method,
};
