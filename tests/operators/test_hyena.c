/* test_hyena.c - hyena keeps the contract with its options, and its filters are made of the positions, windows and shared
 * frequencies that the authors' code has.
 */
#include "operators/module_under_test.h"

#include <math.h>

#define UNSUPPORTED_HOOKS "state step gradient"

/* cmocka's assert_float_equal takes a NaN for equal. */
static void assert_near(float value, double expected, double tolerance)
{
    if (!(fabs((double)value - expected) <= tolerance))
        fail_msg("%g instead of %g", (double)value, expected);
}

static size_t parameter_index(const struct instance *instance, const char *name)
{
    for (size_t i = 0; i < instance->parameter_count; ++i)
        if (strcmp(instance->parameters[i].name, name) == 0)
            return i;
    fail_msg("there is no parameter '%s'", name);
    return 0;
}

static float *tensor(const struct instance *instance, const char *name)
{
    return instance->parameter_data[parameter_index(instance, name)];
}

static void test_hyena_passes_every_check_with_any_option(void **state)
{
    (void)state;
    static const char *const options[] = {
        "",
        "order=3,emb_dim=5,w=10",
        "emb_dim=33,w=14",
        "order=4,short_filter_order=1,num_inner_mlps=0",
        "short_filter_order=64,filter_order=7,shift=0.05",
        "l_max=1000,emb_dim=9,filter_order=16,num_inner_mlps=5",
    };
    const struct module *module = load_or_skip("hyena");
    for (int scope = 0; scope < SEQ_SCOPE_COUNT; ++scope)
        for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
            const struct seq_problem problem = {.B = 2, .L = 37, .D = 24, .scope = (enum seq_scope)scope, .threads = 2};
            assert_verified(module, options[i], problem, UNSUPPORTED_HOOKS);
        }
}

/* Several chunks of tokens a thread and sequence, and more threads than chunks in a sequence: what is handed on from chunk to
 * chunk, and what is projected again. */
static void test_hyena_several_chunks_by_any_method_agree_with_the_reference(void **state)
{
    (void)state;
    static const char *const options[] = {
        "conv=ring,short_filter_order=40", "conv=fftw,gemm=openblas", "conv=direct,order=3", "conv=ring,gemm=openblas"};
    const struct module *module = load_or_skip("hyena");
    for (int threads = 1; threads <= 3; threads += 2)
        for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
            const struct seq_problem problem = {.B = 2, .L = 1201, .D = 20, .threads = threads};
            assert_near_reference(module, options[i], problem);
        }
    const struct seq_problem rows = {.B = 1, .L = 8300, .D = 5, .threads = 2}; /* 16 samples a vector */
    assert_near_reference(module, "", rows);
}

static void assert_refused(const char *options, struct seq_problem problem, const char *part)
{
    const struct module *module = load_or_skip("hyena");
    double *values = parse_or_fail(module, options);
    struct seq_cost cost = {.size = sizeof cost};
    struct seq_message message = {.text = ""};
    problem.size = sizeof problem;
    problem.context = problem.L;
    problem.options = values;
    assert_int_equal(module->table.describe(&problem, &cost, &message), SEQ_UNSUPPORTED);
    if (!strstr(message.text, part))
        fail_msg("'%s' does not say '%s'", message.text, part);
    free(values);
}

static void test_hyena_problem_it_does_not_do_is_a_sentence(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 8, .D = 24, .threads = 1};
    struct seq_problem train = problem, decode = problem, huge = problem;
    train.mode = SEQ_TRAIN;
    decode.mode = SEQ_DECODE;
    huge.L = INT64_C(1) << 40;
    assert_refused("emb_dim=4", problem, "emb_dim=4 is even");
    assert_refused("l_max=7", problem, "length 8 is beyond the l_max=7");
    assert_refused("", train, "train mode");
    assert_refused("", decode, "decode mode");
    assert_refused("", huge, "too large");
}

/* Two bands of frequencies 1e-4 and 1 over 8 positions: at t = 2 the second is a quarter of its period. */
static void test_hyena_positions_are_time_cosines_and_negated_sines(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 8, .D = 4, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("hyena"), "emb_dim=5", problem);
    const float *z = tensor(instance, "filter_fn.pos_emb.z"), *t = tensor(instance, "filter_fn.pos_emb.t");
    static const float first[] = {0.0f, 1.0f, 1.0f, 0.0f, 0.0f};
    static const float third[] = {2.0f / 7.0f, 1.0f, 0.0f, -1.5708e-4f, -1.0f};
    for (int i = 0; i < 5; ++i) {
        assert_near(z[i], first[i], 1e-7);
        assert_near(z[2 * 5 + i], third[i], 1e-6);
    }
    assert_near(t[0], 0.0, 0.0);
    assert_near(t[7], 1.0, 0.0);
    instance_destroy(instance);
}

static void test_hyena_windows_decay_to_the_target_within_the_percentages(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 8, .D = 4, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("hyena"), "order=3", problem);
    const float *deltas = tensor(instance, "filter_fn.modulation.deltas");
    assert_near(expf(1.5f * deltas[0]), 0.01, 1e-6); /* slow: at 1.5 l_max */
    assert_near(expf(0.3f * deltas[7]), 0.01, 1e-6); /* fast: at 0.3 l_max, the last of all orders */
    instance_destroy(instance);
}

static void test_hyena_sine_layers_share_one_frequency_tensor(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 8, .D = 4, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("hyena"), "w=14", problem);
    const size_t first = parameter_index(instance, "filter_fn.implicit_filter.1.freq");
    const size_t third = parameter_index(instance, "filter_fn.implicit_filter.5.freq");
    assert_int_equal(instance->parameters[first].kind, SEQ_TRAINABLE);
    assert_int_equal(instance->parameters[third].kind, SEQ_ALIAS);
    assert_int_equal(instance->parameters[third].alias_of, first);
    assert_ptr_equal(instance->parameter_data[third], instance->parameter_data[first]);
    assert_near(instance->parameter_data[first][63], 14.0, 0.0);
    instance_destroy(instance);
}

/* With the same l_max a shorter sequence has the first rows of the longer one's output. */
static void test_hyena_shorter_input_gives_a_prefix(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("hyena");
    const struct seq_problem longer = {.B = 1, .L = 33, .D = 6, .threads = 1};
    const struct seq_problem shorter = {.B = 1, .L = 20, .D = 6, .threads = 1};
    struct instance *a = make_instance(module, "l_max=40", longer), *b = make_instance(module, "l_max=40", shorter);
    memcpy(b->regions[SEQ_INPUT].data, a->regions[SEQ_INPUT].data, b->region_bytes[SEQ_INPUT]);
    assert_int_equal(instance_call(a), SEQ_OK);
    assert_int_equal(instance_call(b), SEQ_OK);
    for (int i = 0; i < 20 * 6; ++i)
        assert_near(a->run.output[i], b->run.output[i], 2e-6);
    instance_destroy(a);
    instance_destroy(b);
}

/* Long filters of zero leave the skips, a short filter of (0, 0, 1) the streams: with all streams the input u, order 3
 * gives skip_1 skip_0 u^4. */
static void test_hyena_zero_filters_leave_gates_and_skips(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 5, .D = 1, .scope = SEQ_CORE, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("hyena"), "order=3", problem);
    struct error error;
    static const float skips[] = {3.0f, -0.5f};
    float *input = (float *)(void *)instance->regions[SEQ_INPUT].data;
    memset(tensor(instance, "filter_fn.implicit_filter.6.weight"), 0, 128 * sizeof(float)); /* (2, 64) */
    memset(tensor(instance, "short_filter.bias"), 0, 4 * sizeof(float));
    memcpy(tensor(instance, "filter_fn.bias"), skips, sizeof skips);
    for (int i = 0; i < 4 * 3; ++i)
        tensor(instance, "short_filter.weight")[i] = i % 3 == 2 ? 1.0f : 0.0f;
    for (int t = 0; t < 5; ++t)
        input[t] = (float)(t - 1);
    assert_int_equal(instance_prepare(instance, &error), STATUS_OK);
    assert_int_equal(instance_call(instance), SEQ_OK);
    for (int t = 0; t < 5; ++t)
        assert_near(instance->run.output[t], -1.5 * pow(t - 1, 4.0), 1e-4);
    instance_destroy(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hyena_passes_every_check_with_any_option),
        cmocka_unit_test(test_hyena_several_chunks_by_any_method_agree_with_the_reference),
        cmocka_unit_test(test_hyena_problem_it_does_not_do_is_a_sentence),
        cmocka_unit_test(test_hyena_positions_are_time_cosines_and_negated_sines),
        cmocka_unit_test(test_hyena_windows_decay_to_the_target_within_the_percentages),
        cmocka_unit_test(test_hyena_sine_layers_share_one_frequency_tensor),
        cmocka_unit_test(test_hyena_shorter_input_gives_a_prefix),
        cmocka_unit_test(test_hyena_zero_filters_leave_gates_and_skips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
