/* header_alone.cpp - an operator may be written in C++: see header_alone.c. */
#include "operator.h"

namespace
{

seq_status plan(const seq_problem *problem, seq_arena *, seq_plan **out, seq_message *)
{
    *out = nullptr;
    return seq_option_int(problem, 0) > 0 ? SEQ_OK : SEQ_UNSUPPORTED;
}

seq_status forward(const seq_plan *, const seq_run *run)
{
    seq_phase(run, "nothing");
    return seq_thread_scratch(run, 0) ? SEQ_OK : SEQ_FAILED;
}

seq_operator make_table()
{
    seq_operator table = {};
    table.abi = SEQ_ABI;
    table.size = sizeof(seq_operator);
    table.name = "header_alone";
    table.plan = plan;
    table.forward = forward;
    return table;
}

} // namespace

extern "C" SEQ_EXPORT const seq_operator seqscale_operator = make_table();
