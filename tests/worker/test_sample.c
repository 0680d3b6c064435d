/* test_sample.c - warm and cold samples: what is evicted, what is timed alone, when warm-up ends. No time is judged. */
#include "operators/module_under_test.h"

#include "worker/arena.h"
#include "worker/evict.h"
#include "worker/sample.h"

#include <math.h>

static const struct sample_policy quick = {.warmup_seconds = 1e-4, .minimum_seconds = 5e-4, .long_call_seconds = 50e-3};

static struct instance *make_conv(enum seq_mode mode)
{
    const struct module *module = load_or_skip("conv");
    return make_instance(module, "", (struct seq_problem){.B = 1, .L = 64, .D = 32, .mode = mode, .threads = 2});
}

static struct sample take(struct sampling *sampling, const struct sample_policy *policy)
{
    struct sample sample;
    struct error error = {.text = ""};
    if (sample_take(sampling, policy, &sample, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return sample;
}

static size_t arena_bytes(const struct instance *instance)
{
    size_t all = 0, bytes = 0;
    for (const struct arena_block *block = instance->arena; block; block = arena_next(block)) {
        const void *data = arena_data(block, &bytes);
        assert_non_null(data);
        assert_int_equal((uintptr_t)data % 64, 0);
        all += bytes;
    }
    return all;
}

/* Bytes are counted where they are evicted: a region that is left out is missing in the sum. */
static void test_evict_reaches_every_region_and_the_arena(void **state)
{
    (void)state;
    static const enum seq_mode modes[] = {SEQ_FORWARD, SEQ_DECODE};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; ++i) {
        struct instance *instance = make_conv(modes[i]);
        const size_t expected = (size_t)instance_total_bytes(instance) + arena_bytes(instance);
        assert_true(arena_bytes(instance) > 0);
        assert_int_equal(evict_instance(instance), expected);
        instance_destroy(instance);
    }
}

static void test_evict_changes_no_byte(void **state)
{
    (void)state;
    struct instance *instance = make_conv(SEQ_FORWARD);
    uint64_t before[SEQ_REGION_COUNT];
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        before[r] = region_hash(&instance->regions[r]);
    evict_instance(instance);
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        assert_true(region_hash(&instance->regions[r]) == before[r]);
    instance_destroy(instance);
}

/* Cold: the clock is read around every call, so its share is that of one call. Warm: around all of them. */
static void test_sample_cold_times_each_call_alone(void **state)
{
    (void)state;
    struct instance *instance = make_conv(SEQ_FORWARD);
    struct sampling cold = {.instance = instance, .cold = true}, warm = {.instance = instance};
    const struct sample one = take(&cold, &quick), other = take(&warm, &quick);
    const double alone = cold.clock_seconds / (one.wall_seconds + cold.clock_seconds);
    const double together = warm.clock_seconds / (other.wall_seconds * (double)other.calls + warm.clock_seconds);
    assert_true(one.calls >= 1 && other.calls >= 1);
    assert_true(fabs(cold.clock_share - alone) <= 1e-9);
    assert_true(fabs(warm.clock_share - together) <= 1e-9);
    instance_destroy(instance);
}

static void test_sample_says_nothing_of_a_steady_state_without_settling(void **state)
{
    (void)state;
    struct instance *instance = make_conv(SEQ_FORWARD);
    struct sampling sampling = {.instance = instance};
    take(&sampling, &quick);
    assert_int_equal(sample_steady(&sampling), STEADY_UNKNOWN);
    instance_destroy(instance);
}

/* It ends, steady or not, when its time is over or its epochs are full, and is not made twice. */
static void test_sample_settles_once_and_ends(void **state)
{
    (void)state;
    struct instance *instance = make_conv(SEQ_FORWARD);
    struct sampling sampling = {.instance = instance};
    struct sample_policy policy = quick;
    policy.settle_seconds = 0.02;
    take(&sampling, &policy);
    assert_true(sampling.settled && sampling.epoch_count >= 1 && sampling.epoch_count <= SAMPLE_EPOCHS_MAX / 2 + 1);
    assert_true(sampling.warmup_seconds > 0.0);
    const double before = sampling.warmup_seconds;
    policy.warmup_seconds = 0.0;
    take(&sampling, &policy);
    assert_true(sampling.warmup_seconds == before);
    instance_destroy(instance);
}

/* Calls beyond the limit are not made again to settle; the samples themselves tell. */
static void test_sample_of_long_calls_is_judged_by_the_samples(void **state)
{
    (void)state;
    struct instance *instance = make_conv(SEQ_FORWARD);
    struct sampling sampling = {.instance = instance};
    const struct sample_policy policy = {.settle_seconds = 1.0, .warmup_seconds = 1.0, .minimum_seconds = 1e-9,
                                         .long_call_seconds = 1e-9};
    for (int i = 0; i < 4; ++i) {
        sampling.call_seconds = 1.0;
        take(&sampling, &policy);
    }
    assert_true(sampling.warmup_seconds == 0.0);
    assert_int_equal(sampling.epoch_count, 4);
    assert_int_equal(sample_steady(&sampling), STEADY_UNKNOWN);
    for (int i = 0; i < 8; ++i) {
        sampling.call_seconds = 1.0;
        take(&sampling, &policy);
    }
    assert_int_not_equal(sample_steady(&sampling), STEADY_UNKNOWN);
    instance_destroy(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evict_reaches_every_region_and_the_arena),
        cmocka_unit_test(test_evict_changes_no_byte),
        cmocka_unit_test(test_sample_cold_times_each_call_alone),
        cmocka_unit_test(test_sample_says_nothing_of_a_steady_state_without_settling),
        cmocka_unit_test(test_sample_settles_once_and_ends),
        cmocka_unit_test(test_sample_of_long_calls_is_judged_by_the_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
