/* test_h3.c - h3 keeps the contract with its options, and answers as state-space models with known solutions do. */
#include "operators/module_under_test.h"

#include <math.h>

#define UNSUPPORTED_HOOKS "state step gradient"

/* cmocka's assert_float_equal takes a NaN for equal. */
static void assert_near(float value, double expected, double tolerance)
{
    if (!(fabs((double)value - expected) <= tolerance))
        fail_msg("%g instead of %g", (double)value, expected);
}

static float *tensor(const struct instance *instance, const char *name)
{
    for (size_t i = 0; i < instance->parameter_count; ++i)
        if (strcmp(instance->parameters[i].name, name) == 0)
            return instance->parameter_data[i];
    fail_msg("there is no parameter '%s'", name);
    return NULL;
}

static void test_h3_passes_every_check_with_any_option(void **state)
{
    (void)state;
    static const char *const options[] = {"", "d_state=2", "disc=zoh", "head_dim=2,d_state=10", "head_dim=4,disc=zoh"};
    const struct module *module = load_or_skip("h3");
    for (int scope = 0; scope < SEQ_SCOPE_COUNT; ++scope)
        for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
            const struct seq_problem problem = {.B = 2, .L = 37, .D = 24, .scope = (enum seq_scope)scope, .threads = 2};
            assert_verified(module, options[i], problem, UNSUPPORTED_HOOKS);
        }
}

/* Several chunks of tokens a thread and sequence, and more threads than chunks in a sequence. */
static void test_h3_several_chunks_by_any_method_agree_with_the_reference(void **state)
{
    (void)state;
    static const char *const options[] = {"conv=ring", "conv=fftw,gemm=openblas,head_dim=4", "conv=ring,head_dim=20,d_state=200",
                                          "conv=direct,disc=zoh"};
    const struct module *module = load_or_skip("h3");
    for (int threads = 1; threads <= 3; threads += 2)
        for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
            const struct seq_problem problem = {.B = 2, .L = 1201, .D = 20, .threads = threads};
            assert_near_reference(module, options[i], problem);
        }
    const struct seq_problem rows = {.B = 1, .L = 8300, .D = 6, .threads = 2}; /* 16 samples a vector */
    assert_near_reference(module, "", rows);
    assert_near_reference(module, "head_dim=2", rows);
}

static void assert_refused(const char *options, struct seq_problem problem, const char *part)
{
    const struct module *module = load_or_skip("h3");
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

static void test_h3_problem_it_does_not_do_is_a_sentence(void **state)
{
    (void)state;
    const struct seq_problem problem = {.B = 1, .L = 8, .D = 24, .threads = 1};
    struct seq_problem train = problem, decode = problem, huge = problem;
    train.mode = SEQ_TRAIN;
    decode.mode = SEQ_DECODE;
    huge.L = INT64_C(1) << 40;
    assert_refused("d_state=5", problem, "d_state=5 is odd");
    assert_refused("head_dim=5", problem, "does not divide the width 24");
    assert_refused("", train, "train mode");
    assert_refused("", decode, "decode mode");
    assert_refused("", huge, "too large");
}

static void set_all(float *values, float value, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        values[i] = value;
}

/* One channel whose shift SSM passes k on and whose diagonal SSM is x' = -rate x + u, y = x. Scope core with an input of
 * ones: q = k = v = 1, so that the output is the SSM's answer to a step. */
static struct instance *one_state(const char *options, float log_rate)
{
    const struct seq_problem problem = {.B = 1, .L = 500, .D = 1, .scope = SEQ_CORE, .threads = 1};
    struct instance *instance = make_instance(load_or_skip("h3"), options, problem);
    struct error error;
    set_all(tensor(instance, "ssm_k_D"), 0.0f, 1);
    set_all(tensor(instance, "D"), 0.0f, 1);
    set_all(tensor(instance, "ssm_k_kernel.kernel.C"), 0.0f, 2);
    set_all(tensor(instance, "ssm_k_kernel.kernel.C"), 1.0f, 1);
    set_all(tensor(instance, "kernel.kernel.C"), 0.0f, 2);
    set_all(tensor(instance, "kernel.kernel.C"), 0.5f, 1); /* the conjugate partner brings the other half */
    set_all(tensor(instance, "kernel.kernel.log_dt"), logf(0.01f), 1);
    set_all(tensor(instance, "kernel.kernel.inv_A_real"), log_rate, 1);
    set_all(tensor(instance, "kernel.kernel.A_imag"), 0.0f, 1);
    set_all((float *)(void *)instance->regions[SEQ_INPUT].data, 1.0f, 500);
    assert_int_equal(instance_prepare(instance, &error), STATUS_OK);
    assert_int_equal(instance_call(instance), SEQ_OK);
    return instance;
}

/* After t + 1 steps: (1 - pole^(t + 1)) / rate, under both discretisations. */
static void assert_step_response(const char *options, double pole)
{
    struct instance *instance = one_state(options, logf(2.0f));
    for (int t = 0; t < 500; ++t)
        assert_near(instance->run.output[t], (1.0 - pow(pole, t + 1)) / 2.0, 2e-6);
    instance_destroy(instance);
}

static void test_h3_step_response_is_the_closed_form_of_either_discretisation(void **state)
{
    (void)state;
    assert_step_response("d_state=2,disc=bilinear", 0.99 / 1.01);
    assert_step_response("d_state=2,disc=zoh", exp(-0.02));
}

/* A state that never decays integrates its input: dt per step. */
static void test_h3_rate_zero_integrates(void **state)
{
    (void)state;
    static const char *const options[] = {"d_state=2,disc=bilinear", "d_state=2,disc=zoh"};
    for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
        struct instance *instance = one_state(options[i], -INFINITY);
        for (int t = 0; t < 500; ++t)
            assert_near(instance->run.output[t], 0.01 * (t + 1), 2e-5);
        instance_destroy(instance);
    }
}

/* The shift SSM's taps: B = (1, 1), C = (2, 3) answers an impulse with B.C = 5, then B[0] C[1] = 3. */
static void test_h3_shift_ssm_answers_with_the_correlation_of_b_and_c(void **state)
{
    (void)state;
    struct instance *instance = one_state("d_state=2,disc=zoh", logf(1e6f)); /* the diagonal SSM forgets at once */
    struct error error;
    set_all(tensor(instance, "ssm_k_kernel.kernel.B"), 1.0f, 2);
    set_all(tensor(instance, "ssm_k_kernel.kernel.C"), 3.0f, 2);
    set_all(tensor(instance, "ssm_k_kernel.kernel.C"), 2.0f, 1);
    set_all(tensor(instance, "kernel.kernel.C"), 0.0f, 2);
    set_all(tensor(instance, "D"), 1.0f, 1); /* and the skip hands its input on */
    assert_int_equal(instance_prepare(instance, &error), STATUS_OK);
    assert_int_equal(instance_call(instance), SEQ_OK);
    assert_near(instance->run.output[0], 5.0, 1e-5);
    assert_near(instance->run.output[1], 8.0, 1e-5);
    assert_near(instance->run.output[499], 8.0, 1e-5);
    instance_destroy(instance);
}

/* The output shows the response itself: one token of 1 in each of 16 channels, then tokens of 2^-20, whose products do not
 * count and which scale without rounding; the shift SSM hands k on. */
static struct instance *bare_response(const char *options, int64_t L, enum seq_isa isa)
{
    const struct seq_problem problem = {.B = 1, .L = L, .D = 16, .scope = SEQ_CORE, .threads = 1, .isa = isa};
    struct instance *instance = make_instance(load_or_skip("h3"), options, problem);
    float *const input = (float *)(void *)instance->regions[SEQ_INPUT].data;
    struct error error;
    set_all(tensor(instance, "ssm_k_D"), 1.0f, 16);
    set_all(tensor(instance, "ssm_k_kernel.kernel.C"), 0.0f, 16 * seq_option_int(&instance->problem, 0));
    set_all(tensor(instance, "D"), 0.0f, 16);
    set_all(input, 1.0f, 16);
    set_all(input + 16, 0x1p-20f, (L - 1) * 16);
    assert_int_equal(instance_prepare(instance, &error), STATUS_OK);
    assert_int_equal(instance_call(instance), SEQ_OK);
    return instance;
}

/* 256 products a value: in one sum they lose 3.5e-7 of the response, in sums of 16 1.2e-7. */
static void test_h3_response_of_many_modes_is_summed_in_pieces(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        struct instance *instance = bare_response("d_state=256", 90, (enum seq_isa)isa);
        const double error = rms_error(instance, 1);
        if (!(error <= 2e-7))
            fail_msg("isa %s: %.2g", isa_name(isa), error);
        instance_destroy(instance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_h3_passes_every_check_with_any_option),
        cmocka_unit_test(test_h3_several_chunks_by_any_method_agree_with_the_reference),
        cmocka_unit_test(test_h3_problem_it_does_not_do_is_a_sentence),
        cmocka_unit_test(test_h3_step_response_is_the_closed_form_of_either_discretisation),
        cmocka_unit_test(test_h3_rate_zero_integrates),
        cmocka_unit_test(test_h3_shift_ssm_answers_with_the_correlation_of_b_and_c),
        cmocka_unit_test(test_h3_response_of_many_modes_is_summed_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
