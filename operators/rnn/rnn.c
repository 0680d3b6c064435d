/* rnn.c - the vanilla recurrent layer, torch.nn.RNN: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh).
 *
 * The cell is in rnn_kernel.c; projection, packing, threads and state are kernels/recurrent.c, shared with lstm and gru.
 */
#include "rnn/rnn.h"

static const char *const nonlinearities[] = {[RNN_TANH] = "tanh", [RNN_RELU] = "relu", NULL};

static const struct seq_option options[] = {
    [RNN_NONLINEARITY] =
        {
            .name = "nonlinearity",
            .help = "applied to the sum of input part and hidden part",
            .type = SEQ_CHOICE,
            .value = RNN_TANH,
            .choices = nonlinearities,
        },
    [RNN_GEMM] = LINEAR_OPTION,
};

static const struct recurrent_kernel *kernel_select(const struct seq_problem *problem)
{
    if (seq_option_int(problem, RNN_NONLINEARITY) == RNN_RELU)
        return ISA_SELECT(rnn_relu, problem->isa);
    return ISA_SELECT(rnn_tanh, problem->isa);
}

static enum linear_method method_select(const struct seq_problem *problem)
{
    return (enum linear_method)seq_option_int(problem, RNN_GEMM);
}

static enum seq_status describe(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message)
{
    return recurrent_describe(problem, cost, message, kernel_select(problem), method_select(problem));
}

static enum seq_status plan(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan_out,
                            struct seq_message *message)
{
    return recurrent_plan(problem, arena, plan_out, message, kernel_select(problem), method_select(problem));
}

SEQ_EXPORT extern const struct seq_operator seqscale_operator;
const struct seq_operator seqscale_operator = {
    .abi = SEQ_ABI,
    .size = sizeof(struct seq_operator),
    .name = "rnn",
    .summary = "vanilla recurrent layer: one matrix-vector product and a tanh or relu per step",
    .source = "Elman 1990, Finding Structure in Time; torch.nn.RNN",
    .colour = 0,
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
    .reference = rnn_reference,
    .method = recurrent_method,
};
