/* count.c - see count.h. By valgrind's client requests, which are a few instructions without effect outside of it. The first
 * call is where lazy binding, first touches and the team of threads happen; instrumentation is off until the second, so that
 * start and preparation run several times faster.
 */
#include "worker/count.h"

#ifdef SEQSCALE_HAVE_CALLGRIND

#include <valgrind/callgrind.h>

const char *count_obstacle(void)
{
    return RUNNING_ON_VALGRIND ? NULL : "instructions are counted only in a worker that valgrind runs";
}

/* Between ZERO and DUMP there is the call, and some twenty instructions that choose the hook. */
enum status count_instructions(const struct instance *instance, struct error *error)
{
    TRY(instance_call_checked(instance, error));
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    const enum seq_status status = instance_call(instance);
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
    const struct seq_message message = {.text = ""};
    return instance_hook_failed(instance->module, "the counted call", status, &message, error);
}

#else

const char *count_obstacle(void)
{
    return "this seqscale was built without the header valgrind/callgrind.h and cannot count instructions: apt install valgrind, "
           "and build again";
}

enum status count_instructions(const struct instance *instance, struct error *error)
{
    (void)instance;
    return error_set(error, STATUS_FAILED, "%s", count_obstacle());
}

#endif
