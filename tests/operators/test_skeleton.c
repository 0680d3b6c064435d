/* test_skeleton.c - the module to copy keeps the contract with every option, and computes what its file says. */
#include "operators/module_under_test.h"

#define WIDTH 5

static const struct seq_problem small = {.B = 2, .L = 40, .D = WIDTH, .threads = 2};

static void test_skeleton_passes_every_check_with_any_option(void **state)
{
    (void)state;
    static const char *const options[] = {"", "scale=sum", "skip=0", "scale=sum,skip=0", "half_life=1", "half_life=1e6",
                                          "block=1", "block=2", "block=64"};
    const struct module *module = load_or_skip("skeleton");
    for (size_t i = 0; i < ARRAY_LEN(options); ++i)
        assert_verified(module, options[i], small, "");
}

static void test_skeleton_with_one_channel_and_one_token_passes(void **state)
{
    (void)state;
    const struct seq_problem one = {.B = 1, .L = 1, .D = 1, .threads = 1};
    assert_verified(load_or_skip("skeleton"), "", one, "");
}

/* Wide enough for a thread's scratch to be more than the page that it is rounded up to. */
static void test_skeleton_wide_block_stays_inside_its_scratch(void **state)
{
    (void)state;
    const struct seq_problem wide = {.B = 1, .L = 8, .D = 300, .threads = 1};
    assert_verified(load_or_skip("skeleton"), "block=300", wide, "");
}

/* weight 0 is a decay of 1/2: an impulse of 1 leaves 1/2, 1/4, 1/8 ...; the gain adds it once. */
static void test_skeleton_impulse_decays_by_half_and_passes_the_gain(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 8, .D = WIDTH, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("skeleton"), "", problem);
    struct error error;
    assert_int_equal(instance->parameter_count, 2);
    assert_string_equal(instance->parameters[0].name, "weight");
    assert_string_equal(instance->parameters[1].name, "gain");
    float *input = (float *)(void *)instance->regions[SEQ_INPUT].data;
    memset(input, 0, 8 * WIDTH * sizeof *input);
    input[2] = 1.0f; /* token 0, channel 2 */
    instance->parameter_data[0][2] = 0.0f;
    instance->parameter_data[1][2] = 3.0f;
    assert_int_equal(instance_prepare(instance, &error), STATUS_OK);
    assert_int_equal(instance_call(instance), SEQ_OK);
    float want = 0.5f;
    for (int t = 0; t < 8; ++t, want *= 0.5f) {
        assert_float_equal(instance->run.output[t * WIDTH + 2], want + (t == 0 ? 3.0f : 0.0f), 1e-7f);
        assert_float_equal(instance->run.output[t * WIDTH + 1], 0.0f, 0.0f);
    }
    instance_destroy(instance);
}

/* The half-life option: the slowest channel keeps one half over that many tokens. */
static void test_skeleton_slowest_channel_has_the_half_life_asked_for(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 33, .D = WIDTH, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("skeleton"), "half_life=32,skip=0,scale=sum", problem);
    float *input = (float *)(void *)instance->regions[SEQ_INPUT].data;
    memset(input, 0, 33 * WIDTH * sizeof *input);
    input[WIDTH - 1] = 1.0f;
    assert_int_equal(instance_call(instance), SEQ_OK);
    assert_float_equal(instance->run.output[WIDTH - 1], 1.0f, 1e-6f);
    assert_float_equal(instance->run.output[32 * WIDTH + WIDTH - 1], 0.5f, 1e-5f);
    instance_destroy(instance);
}

static void test_skeleton_gradient_of_state_flows_through(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 3, .D = 1, .threads = 1, .mode = SEQ_TRAIN};
    struct instance *instance = make_instance(load_or_skip("skeleton"), "skip=0", problem);
    struct error error;
    float by_state_out = 8.0f, by_state_in = 0.0f;
    instance->parameter_data[0][0] = 0.0f; /* decay 1/2 */
    memset(instance->regions[SEQ_GRADIENTS].data, 0, 3 * sizeof(float)); /* grad_output */
    instance->run.grad_state_out = &by_state_out;
    instance->run.grad_state_in = &by_state_in;
    assert_int_equal(instance_prepare(instance, &error), STATUS_OK);
    assert_int_equal(instance_call(instance), SEQ_OK);
    assert_float_equal(by_state_in, 1.0f, 1e-6f); /* 8 / 2^3 */
    assert_float_equal(instance->run.grad_input[2], 4.0f, 1e-6f);
    assert_float_equal(instance->run.grad_input[0], 1.0f, 1e-6f);
    instance_destroy(instance);
}

static void test_skeleton_plan_from_a_blob_decides_the_same(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("skeleton");
    const struct seq_problem wide = {.B = 1, .L = 4, .D = 300, .threads = 1};
    struct instance *first = make_instance(module, "block=7", wide);
    unsigned char blob[64], again[64];
    const size_t bytes = module->table.plan_export(first->plan, blob, sizeof blob);
    assert_in_range(bytes, 1, sizeof blob);
    assert_int_equal(module->table.plan_import(blob, bytes), SEQ_OK);
    struct instance *second = make_instance(module, "", wide);
    assert_int_equal(module->table.plan_export(second->plan, again, sizeof again), bytes);
    assert_memory_equal(blob, again, bytes);
    assert_int_equal(module->table.plan_import(blob, bytes - 1), SEQ_FAILED);
    blob[0] ^= 1u;
    assert_int_equal(module->table.plan_import(blob, bytes), SEQ_FAILED);
    instance_destroy(first);
    instance_destroy(second);
}

static void test_skeleton_names_the_block_that_was_chosen(void **state)
{
    (void)state;
    char text[MODULE_METHOD_MAX];
    const struct seq_problem wide = {.B = 1, .L = 4, .D = 300, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("skeleton"), "block=7", wide);
    module_method(instance->module, instance->plan, text);
    assert_string_equal(text, "7 channels together");
    instance_destroy(instance);
}

static void test_skeleton_more_elements_than_can_be_indexed_are_refused(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("skeleton");
    double *options = parse_or_fail(module, "");
    const struct seq_problem problem = {
        .size = sizeof problem, .B = 1 << 20, .L = 1 << 20, .D = 1 << 20, .threads = 1, .options = options};
    struct seq_cost cost = {.size = sizeof cost};
    struct seq_message message = {.text = ""};
    assert_int_equal(module->table.describe(&problem, &cost, &message), SEQ_UNSUPPORTED);
    assert_true(strlen(message.text) > 10);
    free(options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skeleton_passes_every_check_with_any_option),
        cmocka_unit_test(test_skeleton_with_one_channel_and_one_token_passes),
        cmocka_unit_test(test_skeleton_wide_block_stays_inside_its_scratch),
        cmocka_unit_test(test_skeleton_impulse_decays_by_half_and_passes_the_gain),
        cmocka_unit_test(test_skeleton_slowest_channel_has_the_half_life_asked_for),
        cmocka_unit_test(test_skeleton_gradient_of_state_flows_through),
        cmocka_unit_test(test_skeleton_plan_from_a_blob_decides_the_same),
        cmocka_unit_test(test_skeleton_names_the_block_that_was_chosen),
        cmocka_unit_test(test_skeleton_more_elements_than_can_be_indexed_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
