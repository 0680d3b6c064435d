/* test_synthetic.c - the synthetic operator claims and declares what its options say, copies its input, and breaks on
 * request. That it takes the time asked for is for the sweeps that validate the harness: tests time nothing.
 */
#include "operators/module_under_test.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NOT_ITS_BUSINESS "gradient state step"

static const struct seq_problem small = {.B = 2, .L = 16, .D = 3, .threads = 2};

static enum seq_status describe(const struct module *module, const char *options, int64_t L, struct seq_cost *cost)
{
    double *values = parse_or_fail(module, options);
    const struct seq_problem problem = {.size = sizeof problem, .B = 1, .L = L, .D = 1, .threads = 1, .options = values};
    struct seq_message message = {.text = ""};
    *cost = (struct seq_cost){.size = sizeof *cost};
    const enum seq_status status = module->table.describe(&problem, cost, &message);
    assert_int_equal(status == SEQ_UNSUPPORTED, message.text[0] != '\0');
    free(values);
    return status;
}

static void test_synthetic_passes_every_check_with_any_option(void **state)
{
    (void)state;
    static const char *const options[] = {"step_ns=10", "time_scale=0", "parallel=1", "memory_scale=64",
                                          "memory_scale=3,memory_power=2,parallel=1", "overhead=1000,time_log_power=1",
                                          "memory_scale=100,memory_log_power=1"};
    const struct module *module = load_or_skip("synthetic");
    for (size_t i = 0; i < ARRAY_LEN(options); ++i)
        assert_verified(module, options[i], small, NOT_ITS_BUSINESS);
}

static void test_synthetic_claims_follow_its_options(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("synthetic");
    struct seq_cost cost;
    assert_int_equal(describe(module, "time_power=1.5,time_log_power=1,memory_power=2,memory_scale=4", 64, &cost), SEQ_OK);
    assert_true(cost.time.power == 1.5 && cost.time.log_power == 1.0);
    assert_true(cost.memory.power == 2.0 && cost.memory.log_power == 0.0);
    assert_true(cost.region_bytes[SEQ_ACTIVATIONS] == 4.0 * 64 * 64);
    assert_int_equal(describe(module, "memory_power=0.5,memory_scale=4", 64, &cost), SEQ_OK);
    assert_true(cost.memory.power == 1.0); /* that of input and output */
    assert_int_equal(describe(module, "memory_power=1,memory_log_power=1,memory_scale=4", 64, &cost), SEQ_OK);
    assert_true(cost.memory.power == 1.0 && cost.memory.log_power == 1.0);
    assert_true(cost.region_bytes[SEQ_ACTIVATIONS] == 4.0 * 64 * 6);
    assert_int_equal(describe(module, "time_scale=0", 64, &cost), SEQ_OK);
    assert_true(cost.time.power == 1.0); /* the copy */
}

/* flops are the nanoseconds. */
static void test_synthetic_step_is_whole_an_octave_beyond_its_length(void **state)
{
    (void)state;
    static const struct {
        int64_t length;
        double factor;
    } cases[] = {{16, 1.0}, {128, 1.0}, {256, 2.0}, {512, 4.0}, {4096, 4.0}};
    const struct module *module = load_or_skip("synthetic");
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        struct seq_cost cost;
        assert_int_equal(describe(module, "time_scale=10,overhead=500,step=4,step_length=256", cases[i].length, &cost), SEQ_OK);
        assert_true(fabs(cost.flops - (500.0 + 10.0 * (double)cases[i].length * cases[i].factor)) < 1e-6);
        assert_true(cost.time.power == 1.0); /* a step is no growth */
    }
}

static void test_synthetic_length_one_has_no_logarithm(void **state)
{
    (void)state;
    struct seq_cost cost;
    assert_int_equal(describe(load_or_skip("synthetic"), "memory_log_power=1,memory_scale=4", 1, &cost), SEQ_OK);
    assert_true(cost.region_bytes[SEQ_ACTIVATIONS] == 0.0);
}

static void test_synthetic_impossible_wishes_are_refused(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("synthetic");
    struct seq_cost cost;
    assert_int_equal(describe(module, "time_power=4,time_scale=1e9", 65536, &cost), SEQ_UNSUPPORTED);
    assert_int_equal(describe(module, "memory_power=4,memory_scale=1e9", 65536, &cost), SEQ_UNSUPPORTED);
    assert_int_equal(describe(module, "fault=nan,when=plan", 64, &cost), SEQ_UNSUPPORTED);
    assert_int_equal(describe(module, "fault=wrong,when=prepare", 64, &cost), SEQ_UNSUPPORTED);
}

static void test_synthetic_memory_declared_is_memory_touched(void **state)
{
    (void)state;
    static const char *const options[] = {"memory_scale=1000", "memory_scale=1000,parallel=1", "memory_scale=0.7",
                                          "memory_scale=3,memory_power=3"};
    const struct module *module = load_or_skip("synthetic");
    for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
        struct instance *instance = make_instance(module, options[i], small);
        instance_poison(instance);
        assert_int_equal(instance_call(instance), SEQ_OK);
        const struct region *activations = &instance->regions[SEQ_ACTIVATIONS];
        assert_true(activations->bytes > 0);
        assert_int_equal(region_touched_bytes(activations), activations->bytes);
        instance_destroy(instance);
    }
}

static void test_synthetic_calibration_travels(void **state)
{
    (void)state;
    const struct module *module = load_or_skip("synthetic");
    unsigned char blob[64], again[64];
    struct instance *told = make_instance(module, "step_ns=2.5", small);
    const size_t bytes = module->table.plan_export(told->plan, blob, sizeof blob);
    assert_in_range(bytes, 1, sizeof blob);
    assert_int_equal(module->table.plan_import(blob, bytes), SEQ_OK);
    struct instance *imported = make_instance(module, "", small);
    assert_int_equal(module->table.plan_export(imported->plan, again, sizeof again), bytes);
    assert_memory_equal(blob, again, bytes);
    memset(again, 0, sizeof again);
    assert_int_equal(module->table.plan_import(again, bytes), SEQ_FAILED);
    assert_int_equal(module->table.plan_import(blob, bytes - 1), SEQ_FAILED);
    instance_destroy(told);
    instance_destroy(imported);
}

static void test_synthetic_wrong_outputs_are_caught(void **state)
{
    (void)state;
    static const char *const options[] = {"fault=wrong", "fault=nan", "fault=wrong,parallel=1"};
    const struct module *module = load_or_skip("synthetic");
    for (size_t i = 0; i < ARRAY_LEN(options); ++i) {
        struct instance *instance = make_instance(module, options[i], small);
        struct check_result result;
        struct error error = {.text = ""};
        assert_int_equal(check_instance(instance, 4, 1, NULL, &result, &error), STATUS_WRONG);
        instance_destroy(instance);
    }
}

/* ---------------------------------------------------------------- faults that end the process */

/* How a child ends that plans, prepares and calls with `options`; its stdout goes to `to`. At most one second of CPU. */
static int fate(const struct module *module, const char *options, int to)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit one_second = {.rlim_cur = 1, .rlim_max = 1};
        if (setrlimit(RLIMIT_CPU, &one_second) != 0 || dup2(to, STDOUT_FILENO) < 0 || dup2(to, STDERR_FILENO) < 0)
            _exit(100);
        struct instance *instance = make_instance(module, options, small);
        _exit(instance_call(instance) == SEQ_OK ? 0 : 101);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_synthetic_faults_end_the_process_where_asked(void **state)
{
    (void)state;
    static const char *const moments[] = {"forward", "prepare", "plan"};
    const struct module *module = load_or_skip("synthetic");
    FILE *sink = tmpfile();
    assert_non_null(sink);
    for (size_t i = 0; i < ARRAY_LEN(moments); ++i) {
        char options[64];
        snprintf(options, sizeof options, "fault=crash,when=%s", moments[i]);
        int status = fate(module, options, fileno(sink));
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        snprintf(options, sizeof options, "fault=exit,when=%s", moments[i]);
        status = fate(module, options, fileno(sink));
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    }
    const int status = fate(module, "fault=hang", fileno(sink));
    assert_true(WIFSIGNALED(status)); /* by the limit on its CPU time */
    fclose(sink);
}

static void test_synthetic_noise_fills_both_streams_and_goes_on(void **state)
{
    (void)state;
    FILE *sink = tmpfile();
    assert_non_null(sink);
    const int status = fate(load_or_skip("synthetic"), "fault=noise", fileno(sink));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    char noise[1024];
    rewind(sink);
    const size_t got = fread(noise, 1, sizeof noise - 1, sink);
    noise[got] = '\0';
    const char *first = strstr(noise, "no end of line");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "no end of line"));
    fclose(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Children are made before the first OpenMP team: a forked child cannot use its parent's. */
        cmocka_unit_test(test_synthetic_faults_end_the_process_where_asked),
        cmocka_unit_test(test_synthetic_noise_fills_both_streams_and_goes_on),
        cmocka_unit_test(test_synthetic_claims_follow_its_options),
        cmocka_unit_test(test_synthetic_step_is_whole_an_octave_beyond_its_length),
        cmocka_unit_test(test_synthetic_length_one_has_no_logarithm),
        cmocka_unit_test(test_synthetic_impossible_wishes_are_refused),
        cmocka_unit_test(test_synthetic_memory_declared_is_memory_touched),
        cmocka_unit_test(test_synthetic_calibration_travels),
        cmocka_unit_test(test_synthetic_wrong_outputs_are_caught),
        cmocka_unit_test(test_synthetic_passes_every_check_with_any_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
