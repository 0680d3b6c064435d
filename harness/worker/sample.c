/* sample.c - see sample.h. Inside the timed region there is the call and nothing else. */
#include "worker/sample.h"

#include "machine/clock.h"
#include "machine/memory.h"
#include "machine/noise.h"
#include "worker/evict.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_SECONDS 5e-4 /* of untimed calls while settling; one call where that is longer */
#define HEAP_AHEAD ((size_t)1 << 20)
#define PAGE 4096
#define COLD_PATIENCE 10
#define COLD_CALLS_LEAST 3

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

/* ---------------------------------------------------------------- untimed calls */

/* Untimed calls for at least `seconds`; the time of one comes out. */
static enum status call_for(struct sampling *sampling, double seconds, struct error *error)
{
    const int64_t start = clock_wall_ns();
    int64_t calls = 0, now = start;
    while ((double)(now - start) < seconds * 1e9) {
        if (sampling->cold)
            evict_instance(sampling->instance);
        const enum seq_status status = instance_call(sampling->instance);
        if (status != SEQ_OK)
            return failed_call(sampling->instance, status, error);
        ++calls;
        now = clock_wall_ns();
    }
    if (calls > 0)
        sampling->call_seconds = (double)(now - start) * 1e-9 / (double)calls;
    sampling->warmup_seconds += (double)(now - start) * 1e-9;
    return STATUS_OK;
}

static void keep_epoch(struct sampling *sampling, double seconds)
{
    if (sampling->epoch_count < SAMPLE_EPOCHS_MAX)
        sampling->epochs[sampling->epoch_count++] = seconds;
}

enum steady sample_steady(const struct sampling *sampling)
{
    const enum steady steady = steady_judge(sampling->epochs, sampling->epoch_count);
    return steady == STEADY_NO && sampling->epoch_count < STEADY_WINDOW ? STEADY_UNKNOWN : steady;
}

/* ---------------------------------------------------------------- timed calls */

struct timed {
    int64_t calls, wall_ns, cpu_ns;
};

/* Enough calls for the minimum time, so that the clock is read twice a batch and not once a call. */
static int64_t batch_calls(const struct sample_policy *policy, double elapsed_ns, double call_seconds)
{
    if (policy->calls > 0)
        return policy->calls;
    const double remaining_seconds = policy->minimum_seconds - elapsed_ns * 1e-9;
    const double calls = call_seconds > 0.0 ? remaining_seconds * 1.05 / call_seconds + 1.0 : 1.0;
    return calls < 1.0 ? 1 : calls > 1e7 ? 10000000 : (int64_t)calls;
}

static enum seq_status time_warm(const struct sampling *sampling, const struct sample_policy *policy, struct timed *timed)
{
    const double minimum_ns = policy->minimum_seconds * 1e9;
    const int64_t cpu_start = clock_process_cpu_ns(), start = clock_wall_ns();
    do {
        const int64_t batch = batch_calls(policy, (double)timed->wall_ns, sampling->call_seconds);
        for (int64_t i = 0; i < batch; ++i) {
            const enum seq_status status = instance_call(sampling->instance);
            if (status != SEQ_OK)
                return status;
        }
        timed->calls += batch;
        timed->wall_ns = clock_wall_ns() - start;
    } while (policy->calls == 0 && (double)timed->wall_ns < minimum_ns);
    timed->cpu_ns = clock_process_cpu_ns() - cpu_start;
    return SEQ_OK;
}

/* Every call alone, after what it uses was evicted. Eviction may take far longer than the call: it gets COLD_PATIENCE times
 * the minimum, then the sample ends with what it has, at least COLD_CALLS_LEAST calls where that fits in a long call's time. */
static enum seq_status time_cold(const struct sampling *sampling, const struct sample_policy *policy, struct timed *timed)
{
    const int64_t minimum_ns = (int64_t)(policy->minimum_seconds * 1e9), begin = clock_wall_ns();
    int64_t gone = 0;
    do {
        evict_instance(sampling->instance);
        const int64_t cpu_start = clock_process_cpu_ns(), start = clock_wall_ns();
        const enum seq_status status = instance_call(sampling->instance);
        const int64_t end = clock_wall_ns();
        timed->cpu_ns += clock_process_cpu_ns() - cpu_start;
        if (status != SEQ_OK)
            return status;
        timed->wall_ns += end - start;
        ++timed->calls;
        gone = end - begin;
    } while (policy->calls > 0 ? timed->calls < policy->calls
                               : timed->wall_ns < minimum_ns &&
                                     (gone < COLD_PATIENCE * minimum_ns || timed->calls < COLD_CALLS_LEAST));
    return SEQ_OK;
}

static enum seq_status time_calls(const struct sampling *sampling, const struct sample_policy *policy, struct timed *timed)
{
    return sampling->cold ? time_cold(sampling, policy, timed) : time_warm(sampling, policy, timed);
}

/* Takes the cost of reading the clock off, once a timed stretch, and notes its share. */
static double without_clock(struct sampling *sampling, const struct timed *timed)
{
    const double stretches = sampling->cold ? (double)timed->calls : 1.0;
    if (sampling->clock_seconds == 0.0)
        sampling->clock_seconds = clock_wall_cost_seconds();
    const double cost = sampling->clock_seconds * stretches, seconds = (double)timed->wall_ns * 1e-9;
    sampling->clock_share = cost / seconds;
    return (seconds > cost ? seconds - cost : 0.5 * seconds) / (double)timed->calls;
}

/* ---------------------------------------------------------------- warm-up */

/* What calls allocate and free climbs through the heap, page by page: libgomp makes a team for each region of one thread. */
static void touch_heap(void)
{
    volatile char *const ahead = malloc(HEAP_AHEAD);
    for (size_t i = 0; ahead && i < HEAP_AHEAD; i += PAGE)
        ahead[i] = 0;
    free((void *)ahead);
}

/* What stands around the timed calls, once, for the pages that only it touches. */
static void rehearse_reading(void)
{
    (void)noise_run_delay_seconds();
    (void)memory_page_faults();
    sched_yield(); /* what a team's thread calls that has waited long, which may happen for the first time in a sample */
    touch_heap();
}

/* The timed loop itself, for the same reason. */
static enum status rehearse(struct sampling *sampling, struct error *error)
{
    struct timed timed = {0};
    const struct sample_policy once = {.calls = 1};
    const enum seq_status status = time_calls(sampling, &once, &timed);
    sampling->warmup_seconds += (double)timed.wall_ns * 1e-9;
    return status == SEQ_OK ? STATUS_OK : failed_call(sampling->instance, status, error);
}

/* A process begins with cold caches and tables, a slow clock and pages that are being moved: its first sample waits until
 * calls take as long as those before them. A long call has warmed up when it returns from its check. */
static enum status settle(struct sampling *sampling, const struct sample_policy *policy, struct error *error)
{
    const double end = sampling->warmup_seconds + policy->settle_seconds;
    while (sampling->call_seconds <= policy->long_call_seconds && sampling->warmup_seconds < end &&
           sampling->epoch_count < SAMPLE_EPOCHS_MAX / 2 && sample_steady(sampling) != STEADY_YES) {
        TRY(call_for(sampling, EPOCH_SECONDS, error));
        keep_epoch(sampling, sampling->call_seconds);
    }
    sampling->settled = true;
    rehearse_reading();
    return sampling->call_seconds <= policy->long_call_seconds ? rehearse(sampling, error) : STATUS_OK;
}

static enum status warm_up(struct sampling *sampling, const struct sample_policy *policy, struct error *error)
{
    if (!sampling->settled && policy->settle_seconds > 0.0)
        return settle(sampling, policy, error);
    if (sampling->call_seconds > policy->long_call_seconds || (sampling->cold && sampling->warmup_seconds > 0.0))
        return STATUS_OK;
    return call_for(sampling, policy->warmup_seconds, error);
}

/* ---------------------------------------------------------------- a sample */

enum status sample_take(struct sampling *sampling, const struct sample_policy *policy, struct sample *sample,
                        struct error *error)
{
    struct timed timed = {0};
    TRY(warm_up(sampling, policy, error));
    const double delay = noise_run_delay_seconds(), faults = memory_page_faults();
    const enum seq_status status = time_calls(sampling, policy, &timed);
    const double faults_after = memory_page_faults();
    if (status != SEQ_OK)
        return failed_call(sampling->instance, status, error);
    consume(sampling->instance);
    *sample = (struct sample){.wall_seconds = without_clock(sampling, &timed),
                              .cpu_seconds = (double)timed.cpu_ns * 1e-9 / (double)timed.calls,
                              .calls = timed.calls,
                              .faults = faults_after - faults,
                              .run_delay_seconds = noise_run_delay_seconds() - delay};
    sampling->call_seconds = sample->wall_seconds;
    if (sample_steady(sampling) != STEADY_YES)
        keep_epoch(sampling, sample->wall_seconds);
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
