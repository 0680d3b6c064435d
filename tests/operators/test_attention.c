/* test_attention.c - attention at the sizes where its strips, tiles and panels end, at every instruction set and in both
 * variants, row by row against the double-precision reference; scores that rise from block to block; and NaN.
 */
#include "operators/module_under_test.h"

#include "machine/isa.h"

#include <math.h>

static const char *const variants[] = {"tiled", "materialised"};

/* Fills in variant and options; the caller's checks see a called instance. */
static struct instance *make_variant(const char *variant, const char *options, struct seq_problem problem, enum isa isa)
{
    char all[128];
    snprintf(all, sizeof all, "variant=%s%s%s", variant, *options ? "," : "", options);
    problem.isa = (enum seq_isa)isa;
    return make_instance(load_or_skip("attention"), all, problem);
}

/* All rows, with poisoned memory and red zones, at every instruction set. */
static void assert_right(const char *options, struct seq_problem problem)
{
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(variants); ++i) {
            struct instance *instance = make_variant(variants[i], options, problem, isa);
            struct check_result result;
            struct error error = {.text = ""};
            if (check_instance(instance, 0, 1, NULL, &result, &error) != STATUS_OK)
                fail_msg("%s, %s, '%s', B %d L %d D %d: %s", isa_name(isa), variants[i], options, (int)problem.B,
                         (int)problem.L, (int)problem.D, error.text);
            instance_destroy(instance);
        }
}

/* Strips are 8, 24 or 48 queries, tiles of keys 4 or 8, blocks of keys 128, tiles of queries up to 4 strips. */
static void test_attention_length_at_any_edge_is_right(void **state)
{
    (void)state;
    static const int64_t lengths[] = {1,  2,  7,  8,  9,  15, 16,  17,  23,  24,  25,
                                      33, 47, 48, 49, 97, 127, 128, 129, 131, 193, 257};
    for (size_t i = 0; i < ARRAY_LEN(lengths); ++i)
        for (int causal = 0; causal < 2; ++causal) {
            const struct seq_problem problem = {.B = 1, .L = lengths[i], .D = 16, .scope = SEQ_CORE, .threads = 1};
            assert_right(causal ? "heads=1" : "heads=1,causal=0", problem);
        }
}

static void test_attention_width_at_any_edge_is_right(void **state)
{
    (void)state;
    static const int64_t widths[] = {1, 2, 3, 5, 8, 13, 15, 16, 17, 20, 31, 32, 33, 48, 50, 64, 80, 100};
    for (size_t i = 0; i < ARRAY_LEN(widths); ++i)
        for (int64_t heads = 1; heads <= 3; heads += 2)
            for (int scope = 0; scope < SEQ_SCOPE_COUNT; ++scope) {
                const struct seq_problem problem = {
                    .B = 2, .L = 53, .D = heads * widths[i], .scope = (enum seq_scope)scope, .threads = 2};
                assert_right(heads == 1 ? "heads=1" : "heads=3", problem);
            }
}

static void test_attention_positions_are_right_at_odd_sizes(void **state)
{
    (void)state;
    static const char *const options[] = {
        "heads=3,position=alibi",       "heads=3,position=alibi,causal=0",      "heads=3,position=rotary",
        "heads=1,position=sinusoidal",  "heads=3,position=sinusoidal,causal=0", "heads=2,position=rotary,causal=0",
        "heads=3,gemm=openblas,causal=0",
    };
    for (size_t i = 0; i < ARRAY_LEN(options); ++i)
        for (int scope = 0; scope < SEQ_SCOPE_COUNT; ++scope) {
            const struct seq_problem problem = {.B = 2, .L = 139, .D = 36, .scope = (enum seq_scope)scope, .threads = 3};
            assert_right(options[i], problem);
        }
}

/* Later tokens are longer, so the largest score rises in every block and what was summed before must shrink. */
static void test_attention_scores_that_rise_rescale_what_was_summed(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 401, .D = 16, .scope = SEQ_CORE, .threads = 1};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(variants); ++i) {
            struct instance *instance = make_variant(variants[i], "causal=0", problem, isa);
            float *const input = (float *)(uintptr_t)instance->run.input;
            for (int64_t t = 0; t < problem.L; ++t)
                for (int64_t c = 0; c < problem.D; ++c)
                    input[t * problem.D + c] *= (float)(t + 1) * 0.01f;
            struct check_result result;
            struct error error = {.text = ""};
            if (check_instance(instance, 0, 1, NULL, &result, &error) != STATUS_OK)
                fail_msg("%s, %s: %s", isa_name(isa), variants[i], error.text);
            instance_destroy(instance);
        }
}

/* A token that is NaN is seen by itself and those behind it. Queries just before it share a value tile with it, in which
 * its weight is 0, and 0 times NaN is NaN. */
static void test_attention_nan_reaches_those_who_see_it(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 300, .D = 16, .scope = SEQ_CORE, .threads = 1};
    const int64_t bad = 150, shared = 16; /* rows of the largest value tile, and more */
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(variants); ++i) {
            struct instance *instance = make_variant(variants[i], "", problem, isa);
            ((float *)(uintptr_t)instance->run.input)[bad * problem.D + 3] = NAN;
            assert_int_equal(instance_call(instance), SEQ_OK);
            for (int64_t t = 0; t < problem.L; t += t == bad - shared ? shared : 1)
                for (int64_t c = 0; c < problem.D; ++c)
                    if (!isnan(instance->run.output[t * problem.D + c]) == (t >= bad))
                        fail_msg("%s, %s: output %d, %d is %g", isa_name(isa), variants[i], (int)t, (int)c,
                                 (double)instance->run.output[t * problem.D + c]);
            instance_destroy(instance);
        }
}

/* What strip `strip` of `width` queries holds, key by key: probabilities of each query that sum to 1, and zeros behind it. */
static void assert_strip(const float *held, int64_t strip, int64_t width, int64_t keys)
{
    for (int64_t i = 0; i < width; ++i) {
        const int64_t query = strip * width + i;
        double sum = 0.0;
        for (int64_t k = 0; k <= query; ++k)
            sum += (double)held[k * width + i];
        if (!(fabs(sum - 1.0) <= 1e-5)) /* of float additions: some hundred in a row */
            fail_msg("query %d: its probabilities sum to %.9g", (int)query, sum);
        for (int64_t k = query + 1; k < keys; ++k)
            if (held[k * width + i] != 0.0f)
                fail_msg("query %d gives key %d the weight %g", (int)query, (int)k, (double)held[k * width + i]);
    }
}

/* With scores that the caches hold, and with more than the 32 MiB (attention_materialised.c) from which on zeros are written
 * past them. 1104 tokens are whole strips of every instruction set and whole lines of keys: no more is held. */
static void test_attention_materialised_holds_all_probabilities(void **state)
{
    (void)state;
    static const int64_t batches[] = {1, 9}; /* of 4.6 MiB of scores each */
    static const int64_t strips[] = {[ISA_GENERIC] = 8, [ISA_V3] = 24, [ISA_V4] = 48};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(batches); ++i) {
            const struct seq_problem problem = {.B = batches[i], .L = 1104, .D = 16, .scope = SEQ_CORE, .threads = 2};
            struct instance *instance = make_variant("materialised", "", problem, isa);
            const float *const held = (const float *)instance->regions[SEQ_ACTIVATIONS].data;
            const int64_t width = strips[isa], count = problem.B * problem.L / width;
            instance_poison(instance);
            assert_int_equal(instance_call(instance), SEQ_OK);
            for (int64_t strip = 0; strip < count; ++strip)
                assert_strip(held + strip * width * problem.L, strip % (problem.L / width), width, problem.L);
            instance_destroy(instance);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attention_length_at_any_edge_is_right),
        cmocka_unit_test(test_attention_width_at_any_edge_is_right),
        cmocka_unit_test(test_attention_positions_are_right_at_odd_sizes),
        cmocka_unit_test(test_attention_scores_that_rise_rescale_what_was_summed),
        cmocka_unit_test(test_attention_nan_reaches_those_who_see_it),
        cmocka_unit_test(test_attention_materialised_holds_all_probabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
