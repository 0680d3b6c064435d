/* instance_call.c - the timed call; see instance.h. */
#include "worker/instance.h"

/* Each step waits for the one before it. */
static void work(uint64_t steps)
{
    static volatile uint64_t sink;
    uint64_t value = steps;
    for (uint64_t i = 0; i < steps; ++i)
        value = value * 6364136223846793005u + 1442695040888963407u;
    sink = value;
    (void)sink;
}

static enum seq_status call(const struct instance *instance)
{
    const struct seq_operator *table = &instance->module->table;
    if (instance->prepare_inside && table->prepare) {
        const enum seq_status status = table->prepare(instance->plan, &instance->run);
        if (status != SEQ_OK)
            return status;
    }
    if (instance->problem.mode == SEQ_DECODE)
        return table->step(instance->plan, &instance->run);
    const enum seq_status status = table->forward(instance->plan, &instance->run);
    if (status != SEQ_OK || instance->problem.mode != SEQ_TRAIN)
        return status;
    return table->backward(instance->plan, &instance->run);
}

enum seq_status instance_call(const struct instance *instance)
{
    const enum seq_status status = call(instance);
    if (instance->extra_steps > 0)
        work(instance->extra_steps);
    return status;
}

enum status instance_call_checked(const struct instance *instance, struct error *error)
{
    const struct seq_message message = {.text = ""};
    return instance_hook_failed(instance->module, "the timed call", instance_call(instance), &message, error);
}
