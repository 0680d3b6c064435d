/* count.c - see count.h. By valgrind's client requests, which are a few instructions without effect outside of it. The first
 * call is where lazy binding, first touches and the team of threads happen; instrumentation is off until the second, so that
 * start and preparation run several times faster.
 *
 * Both are made in a thread that does nothing else. Its stack and its heap (malloc gives each thread one of its own) are new,
 * so that what the process did before, the names of its folders and the lengths of its messages move nothing in them: with one
 * thread libgomp allocates a team in each parallel region, and where that lies changed counts by some twenty instructions.
 */
#include "worker/count.h"

#ifdef SEQSCALE_HAVE_CALLGRIND

#include <pthread.h>
#include <string.h>
#include <valgrind/callgrind.h>

const char *count_obstacle(void)
{
    return RUNNING_ON_VALGRIND ? NULL : "instructions are counted only in a worker that valgrind runs";
}

struct counting {
    const struct instance *instance;
    enum seq_status status;
};

/* Between ZERO and DUMP there is the call, and some twenty instructions that choose the hook. */
static void *count(void *argument)
{
    struct counting *counting = argument;
    counting->status = instance_call(counting->instance);
    if (counting->status != SEQ_OK)
        return NULL;
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    counting->status = instance_call(counting->instance);
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
    return NULL;
}

enum status count_instructions(const struct instance *instance, struct error *error)
{
    pthread_t thread;
    struct counting counting = {.instance = instance};
    const struct seq_message message = {.text = ""};
    const int code = pthread_create(&thread, NULL, count, &counting);
    if (code != 0)
        return error_set(error, STATUS_SYSTEM, "cannot start a thread to count in: %s", strerror(code));
    pthread_join(thread, NULL);
    return instance_hook_failed(instance->module, "a counted call", counting.status, &message, error);
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
