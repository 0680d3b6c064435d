/* lstm.c - the long short-term memory layer, torch.nn.LSTM, of one layer and without projection.
 *
 * The cell is in lstm_kernel.c; projection, packing, threads and state are kernels/recurrent.c, shared with rnn and gru.
 */
#include "lstm/lstm.h"

static const struct seq_option options[] = {[LSTM_GEMM] = LINEAR_OPTION};

static enum linear_method method_select(const struct seq_problem *problem)
{
    return (enum linear_method)seq_option_int(problem, LSTM_GEMM);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    return recurrent_describe(problem, cost, message, ISA_SELECT(lstm_kernel, problem->isa), method_select(problem));
}

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    return recurrent_plan(problem, arena, plan_out, message, ISA_SELECT(lstm_kernel, problem->isa), method_select(problem));
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "lstm",
    .summary = "long short-term memory: four gates and an additive memory, step by step",
    .source = "Hochreiter and Schmidhuber 1997, Long Short-Term Memory; torch.nn.LSTM",
    .colour = 1,
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
    .reference = lstm_reference,
    .method = recurrent_method,
};
