/* test_conv.c - the dense convolution by either method: where blocks, pairs, groups and vectors end, at every instruction set
 * and on more threads than there is work for; what `auto` chooses; and that the bits do not depend on the threads.
 */
#include "operators/module_under_test.h"

/* A step is a sequence of one token by the direct product: winograd has no mode decode. */
#define NOT_OF_WINOGRAD "gradient, step, plan blob"
#define NOT_OF_DIRECT "gradient, plan blob"

static void test_conv_winograd_passes_every_check_at_any_width(void **state)
{
    (void)state;
    static const int64_t widths[] = {2, 15, 16, 33, 64, 70};
    const struct module *module = load_or_skip("conv");
    for (size_t i = 0; i < ARRAY_LEN(widths); ++i) {
        const struct seq_problem problem = {.B = 2, .L = 40, .D = widths[i], .threads = 2, .isa = (enum seq_isa)isa_best()};
        assert_verified(module, "method=winograd", problem, NOT_OF_WINOGRAD);
    }
}

static void test_conv_every_method_product_and_group_passes_every_check(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("conv");
    const struct seq_problem problem = {.B = 2, .L = 40, .D = 96, .threads = 2, .isa = (enum seq_isa)isa_best()};
    assert_verified(module, "method=direct", problem, NOT_OF_DIRECT);
    assert_verified(module, "method=direct,groups=2", problem, NOT_OF_DIRECT);
    assert_verified(module, "kernel=4", problem, NOT_OF_DIRECT);
    assert_verified(module, "groups=2", problem, NOT_OF_DIRECT);
    assert_verified(module, "method=winograd,groups=3", problem, NOT_OF_WINOGRAD);
    assert_verified(module, "method=winograd,groups=48", problem, NOT_OF_WINOGRAD);
    assert_verified(module, "method=winograd,gemm=openblas", problem, NOT_OF_WINOGRAD);
}

/* Blocks are at most 64 pairs; the last pair of an odd length is half a one. A width of 1024 is rows whole pages apart. */
static void test_conv_any_length_and_team_is_near_the_reference(void **state)
{
    (void)state;
    static const int64_t lengths[] = {1, 2, 3, 16, 17, 127, 128, 129, 131, 259};
    static const int threads[] = {1, 2, 3, 9};
    const struct module *module = load_or_skip("conv");
    for (size_t i = 0; i < ARRAY_LEN(lengths); ++i)
        for (size_t k = 0; k < ARRAY_LEN(threads); ++k) {
            const struct seq_problem problem = {.B = 1 + (int64_t)k % 2 * 2, .L = lengths[i], .D = 64, .threads = threads[k]};
            assert_near_reference(module, "method=winograd", problem);
            assert_near_reference(module, "", problem);
        }
    assert_near_reference(module, "", (struct seq_problem){.B = 1, .L = 131, .D = 1024, .threads = 2});
}

static float *output_of(const char *options, int threads)
{
    const struct seq_problem problem = {.B = 2, .L = 301, .D = 70, .threads = threads, .isa = (enum seq_isa)isa_best()};
    struct instance *instance = make_instance(load_or_skip("conv"), options, problem);
    const size_t bytes = (size_t)(problem.B * problem.L * problem.D) * sizeof(float);
    float *const output = malloc(bytes);
    assert_non_null(output);
    assert_int_equal(instance_call(instance), SEQ_OK);
    memcpy(output, instance->run.output, bytes);
    instance_destroy(instance);
    return output;
}

static void test_conv_bits_do_not_depend_on_the_threads(void **state)
{
    (void)state;
    static const char *const methods[] = {"method=winograd", "method=direct"};
    for (size_t i = 0; i < ARRAY_LEN(methods); ++i) {
        float *const one = output_of(methods[i], 1);
        for (int threads = 2; threads <= 5; ++threads) {
            float *const many = output_of(methods[i], threads);
            assert_memory_equal(one, many, 2 * 301 * 70 * sizeof(float));
            free(many);
        }
        free(one);
    }
}

static void assert_chosen(const char *options, struct seq_problem problem, bool winograd)
{
    const struct module *module = load_or_skip("conv");
    struct instance *instance = make_instance(module, options, problem);
    char text[MODULE_METHOD_MAX];
    module_method(module, instance->plan, text);
    if ((strstr(text, "winograd") != NULL) != winograd)
        fail_msg("'%s' of L %lld, D %lld, %d threads: %s", options, (long long)problem.L, (long long)problem.D, problem.threads,
                 text);
    instance_destroy(instance);
}

/* The borders are where winograd was measured to be the faster one. */
static void test_conv_auto_takes_winograd_where_it_is_faster(void **state)
{
    (void)state;
    assert_chosen("", (struct seq_problem){.B = 1, .L = 16, .D = 48, .threads = 1}, true);
    assert_chosen("groups=2", (struct seq_problem){.B = 1, .L = 16, .D = 96, .threads = 1}, true);
    assert_chosen("", (struct seq_problem){.B = 2, .L = 16, .D = 48, .threads = 2}, true);
    assert_chosen("", (struct seq_problem){.B = 1, .L = 16, .D = 48, .threads = 2}, false);
    assert_chosen("", (struct seq_problem){.B = 1, .L = 15, .D = 48, .threads = 1}, false);
    assert_chosen("", (struct seq_problem){.B = 1, .L = 16, .D = 47, .threads = 1}, false);
    assert_chosen("kernel=4", (struct seq_problem){.B = 1, .L = 100, .D = 64, .threads = 1}, false);
    assert_chosen("groups=0", (struct seq_problem){.B = 1, .L = 100, .D = 64, .threads = 1}, false);
    assert_chosen("", (struct seq_problem){.B = 1, .L = 100, .D = 64, .threads = 1, .mode = SEQ_DECODE}, false);
    assert_chosen("method=direct", (struct seq_problem){.B = 1, .L = 100, .D = 64, .threads = 1}, false);
    assert_chosen("method=winograd", (struct seq_problem){.B = 1, .L = 1, .D = 2, .threads = 1}, true);
}

static void test_conv_winograd_where_it_is_not_defined_is_refused(void **state)
{
    (void)state;
    static const char *const options[] = {"method=winograd,kernel=4", "method=winograd,groups=0"};
    const struct module *module = load_or_skip("conv");
    for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
        double *values = parse_or_fail(module, options[i]);
        const struct seq_problem problem = {
            .size = sizeof problem, .B = 1, .L = 40, .D = 64, .context = 40, .threads = 1, .options = values};
        struct seq_cost cost = {.size = sizeof cost};
        struct seq_message message = {.text = ""};
        assert_int_equal(module->table.describe(&problem, &cost, &message), SEQ_UNSUPPORTED);
        assert_non_null(strstr(message.text, "kernel=3"));
        free(values);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv_winograd_passes_every_check_at_any_width),
        cmocka_unit_test(test_conv_every_method_product_and_group_passes_every_check),
        cmocka_unit_test(test_conv_any_length_and_team_is_near_the_reference),
        cmocka_unit_test(test_conv_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(test_conv_auto_takes_winograd_where_it_is_faster),
        cmocka_unit_test(test_conv_winograd_where_it_is_not_defined_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
