/* sample.c - see sample.h. Inside the timed region there is the call and nothing else. */
#include "worker/sample.h"

#include "machine/clock.h"
#include "machine/memory.h"

#include <stdio.h>
#include <string.h>

static enum status failed_call(const struct instance *instance, enum seq_status status, struct error *error)
{
    const struct seq_message message = {.text = ""};
    return instance_hook_failed(instance->module, "a timed call", status, &message, error);
}

/* Reads one output value through a volatile: the results of a sample are consumed. */
static void consume(const struct instance *instance)
{
    static volatile float sink;
    if (instance->run.output)
        sink = instance->run.output[0];
    (void)sink;
}

static enum status warm_up(const struct instance *instance, const struct sample_policy *policy, double *call_seconds,
                           struct error *error)
{
    if (*call_seconds > policy->long_call_seconds)
        return STATUS_OK;
    const int64_t start = clock_wall_ns();
    int64_t calls = 0, now = start;
    while ((double)(now - start) < policy->warmup_seconds * 1e9) {
        const enum seq_status status = instance_call(instance);
        if (status != SEQ_OK)
            return failed_call(instance, status, error);
        ++calls;
        now = clock_wall_ns();
    }
    if (calls > 0)
        *call_seconds = (double)(now - start) * 1e-9 / (double)calls;
    return STATUS_OK;
}

/* Enough calls for the minimum time, so that the clock is read twice a batch and not once a call. */
static int64_t batch_calls(const struct sample_policy *policy, double elapsed_ns, double call_seconds)
{
    if (policy->calls > 0)
        return policy->calls;
    const double remaining_seconds = policy->minimum_seconds - elapsed_ns * 1e-9;
    const double calls = call_seconds > 0.0 ? remaining_seconds * 1.05 / call_seconds + 1.0 : 1.0;
    return calls < 1.0 ? 1 : calls > 1e7 ? 10000000 : (int64_t)calls;
}

enum status sample_take(const struct instance *instance, const struct sample_policy *policy, double *call_seconds,
                        struct sample *sample, struct error *error)
{
    TRY(warm_up(instance, policy, call_seconds, error));
    const double faults = memory_page_faults();
    const double minimum_ns = policy->minimum_seconds * 1e9;
    int64_t calls = 0, elapsed = 0;
    const int64_t cpu_start = clock_process_cpu_ns(), start = clock_wall_ns();
    do {
        const int64_t batch = batch_calls(policy, (double)elapsed, *call_seconds);
        for (int64_t i = 0; i < batch; ++i) {
            const enum seq_status status = instance_call(instance);
            if (status != SEQ_OK)
                return failed_call(instance, status, error);
        }
        calls += batch;
        elapsed = clock_wall_ns() - start;
    } while (policy->calls == 0 && (double)elapsed < minimum_ns);
    const int64_t cpu = clock_process_cpu_ns() - cpu_start;
    consume(instance);
    *sample = (struct sample){.wall_seconds = (double)elapsed * 1e-9 / (double)calls,
                              .cpu_seconds = (double)cpu * 1e-9 / (double)calls,
                              .calls = calls,
                              .faults = memory_page_faults() - faults};
    *call_seconds = sample->wall_seconds;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- phases */

struct phase_clock {
    struct phase_time *phases;
    size_t count;
    int current; /* -1: none has begun */
    int64_t since;
};

static void close_phase(struct phase_clock *clock, int64_t now)
{
    if (clock->current >= 0)
        clock->phases[clock->current].seconds += (double)(now - clock->since) * 1e-9;
    clock->since = now;
}

static int find_phase(struct phase_clock *clock, const char *name)
{
    for (size_t i = 0; i < clock->count; ++i)
        if (strcmp(clock->phases[i].name, name) == 0)
            return (int)i;
    if (clock->count == PHASES_MAX)
        return PHASES_MAX - 1; /* beyond the table the last phase takes the rest */
    struct phase_time *phase = &clock->phases[clock->count];
    *phase = (struct phase_time){.seconds = 0.0};
    snprintf(phase->name, sizeof phase->name, "%s", name);
    return (int)clock->count++;
}

static void mark(void *context, const char *name)
{
    struct phase_clock *clock = context;
    close_phase(clock, clock_wall_ns());
    clock->current = find_phase(clock, name);
}

enum status sample_phases(struct instance *instance, int64_t calls, struct phase_time *phases, size_t *count,
                          struct error *error)
{
    struct phase_clock clock = {.phases = phases, .current = -1};
    enum seq_status status = SEQ_OK;
    instance->run.phase = mark;
    instance->run.phase_context = &clock;
    for (int64_t i = 0; i < calls && status == SEQ_OK; ++i) {
        clock.current = -1;
        status = instance_call(instance);
        close_phase(&clock, clock_wall_ns());
    }
    instance->run.phase = NULL;
    instance->run.phase_context = NULL;
    for (size_t i = 0; i < clock.count; ++i)
        phases[i].seconds /= (double)calls;
    *count = clock.count;
    return status == SEQ_OK ? STATUS_OK : failed_call(instance, status, error);
}
