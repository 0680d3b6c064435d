/* test_instructions.c - counts of real workers under valgrind: exact, the same at each run, and honest about a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sweep/instructions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES TEST_BINARY_DIR "/tests/fixtures/"

static int load_setting(void **state)
{
    static struct setting setting; /* for the whole group */
    struct error error = {.text = ""};
    if (setting_init(&setting, NULL, &error) != STATUS_OK)
        return -1;
    setting.program = TEST_PROGRAM;
    *state = &setting;
    return 0;
}

static int free_setting(void **state)
{
    setting_free(*state);
    return 0;
}

static struct cell cell_of(const char *options, int64_t length)
{
    struct cell cell = cell_default();
    cell.width = 64;
    cell.length = length;
    snprintf(cell.options, sizeof cell.options, "%s", options);
    return cell;
}

static double count_honest(const struct setting *setting, int64_t length)
{
    double count = 0.0;
    struct error error = {.text = ""};
    const struct cell cell = cell_of("", length);
    if (instructions_count(setting, &cell, FIXTURES "honest.so", NULL, &count, &error) != STATUS_OK)
        fail_msg("length %lld: %s", (long long)length, error.text);
    return count;
}

/* One loop over the tokens, the first of them by another path: what a token more costs is a constant, to the instruction. */
static void test_instructions_of_a_loop_grow_by_a_constant(void **state)
{
    const double at_64 = count_honest(*state, 64), at_128 = count_honest(*state, 128), at_192 = count_honest(*state, 192);
    assert_true(at_128 - at_64 >= 64.0 * 64.0); /* at least one instruction for each of the channels of a token */
    assert_true(at_128 - at_64 == at_192 - at_128);
}

static void test_instructions_counted_twice_are_equal(void **state)
{
    struct instructions_runs runs;
    struct error error = {.text = ""};
    const struct cell cell = cell_of("", 257);
    assert_int_equal(instructions_count_runs(*state, &cell, TEST_MODULE_DIR "/attention.so", NULL, &runs, &error), STATUS_OK);
    free(runs.tail);
    assert_true(runs.counts[0] > 1e5);
    assert_true(runs.counts[0] == runs.counts[1]);
}

/* Another environment of the parent is another stack, unless the worker's is fixed. */
static void test_instructions_do_not_depend_on_the_environment(void **state)
{
    const double before = count_honest(*state, 65);
    char padding[3001];
    memset(padding, 'x', sizeof padding - 1);
    padding[sizeof padding - 1] = '\0';
    setenv("SEQSCALE_TEST_PADDING", padding, 1);
    setenv("VALGRIND_OPTS", "--tool=none", 1);
    const double after = count_honest(*state, 65);
    unsetenv("SEQSCALE_TEST_PADDING");
    unsetenv("VALGRIND_OPTS");
    assert_true(before == after);
}

static void test_instructions_of_a_call_that_crashes_are_a_failure_with_its_words(void **state)
{
    struct instructions_runs runs;
    struct error error = {.text = ""};
    const struct cell cell = cell_of("fault=crash", 64);
    assert_int_equal(instructions_count_runs(*state, &cell, TEST_MODULE_DIR "/synthetic.so", NULL, &runs, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "signal 6"));
    assert_string_equal(runs.kind, "died");
    assert_non_null(runs.tail);
    free(runs.tail);
}

static void test_instructions_of_two_threads_are_refused(void **state)
{
    double count = 0.0;
    struct error error = {.text = ""};
    struct cell cell = cell_of("", 64);
    cell.threads = 2;
    assert_int_equal(instructions_count(*state, &cell, FIXTURES "honest.so", NULL, &count, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "one thread"));
}

static void test_instructions_without_valgrind_are_a_sentence(void **state)
{
    struct error error = {.text = ""};
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    const enum status status = instructions_available(*state, &error);
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(status, STATUS_SYSTEM);
    assert_non_null(strstr(error.text, "apt install valgrind"));
}

static void test_instructions_isa_is_never_more_than_valgrind_runs(void **state)
{
    (void)state;
    assert_int_equal(instructions_isa(ISA_GENERIC), ISA_GENERIC);
    assert_int_equal(instructions_isa(ISA_V3), ISA_V3);
    assert_int_equal(instructions_isa(ISA_V4), ISA_V3);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instructions_of_a_loop_grow_by_a_constant),
        cmocka_unit_test(test_instructions_counted_twice_are_equal),
        cmocka_unit_test(test_instructions_do_not_depend_on_the_environment),
        cmocka_unit_test(test_instructions_of_a_call_that_crashes_are_a_failure_with_its_words),
        cmocka_unit_test(test_instructions_of_two_threads_are_refused),
        cmocka_unit_test(test_instructions_without_valgrind_are_a_sentence),
        cmocka_unit_test(test_instructions_isa_is_never_more_than_valgrind_runs),
    };
    return cmocka_run_group_tests(tests, load_setting, free_setting);
}

/* Where there is no valgrind, or this build cannot run under it, there is nothing to test: exit code 77. */
int main(void)
{
    struct setting setting;
    struct error error = {.text = ""};
    if (setting_init(&setting, NULL, &error) != STATUS_OK)
        return 1;
    setting.program = TEST_PROGRAM;
    const enum status status = instructions_available(&setting, &error);
    setting_free(&setting);
    if (status == STATUS_OK)
        return run();
    fprintf(stderr, "%s\n", error.text);
    return strstr(error.text, "apt install valgrind") || strstr(error.text, "sanitizers") ? 77 : 1;
}
