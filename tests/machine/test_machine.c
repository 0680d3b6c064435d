/* test_machine.c - the command `seqscale machine`: what it refuses, and that its JSON is what its help promises. */
#include "commands/commands.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void check_refused(char *word)
{
    char name[] = "machine";
    char *argv[] = {name, word, NULL};
    struct error error = {{0}};
    assert_int_equal(command_machine(2, argv, &error), STATUS_USAGE);
    if (!strstr(error.text, word))
        fail_msg("the sentence does not name %s: %s", word, error.text);
}

static void test_machine_unknown_words_are_refused_by_name(void **state)
{
    (void)state;
    check_refused((char[]){"--quickly"});
    check_refused((char[]){"-x"});
    check_refused((char[]){"laptop"});
}

static json_t *output_of(const char *command)
{
    json_error_t where;
    FILE *output = popen(command, "r");
    assert_non_null(output);
    json_t *parsed = json_loadf(output, 0, &where);
    assert_int_equal(pclose(output), 0);
    if (!parsed)
        fail_msg("%s: %s", command, where.text);
    return parsed;
}

static void test_machine_quick_json_has_fingerprint_and_probes(void **state)
{
    (void)state;
    json_t *all = output_of("'" TEST_PROGRAM "' machine --quick --json");
    const json_t *fields = json_object_get(json_object_get(all, "fingerprint"), "fields");
    assert_true(json_is_integer(json_object_get(json_object_get(fields, "cores"), "value")));
    const json_t *probes = json_object_get(all, "probes");
    assert_true(json_array_size(probes) >= 4);
    size_t index;
    json_t *probe;
    json_array_foreach (probes, index, probe) {
        const json_t *value = json_object_get(probe, "value");
        assert_true(json_is_string(json_object_get(probe, "kind")));
        assert_true(json_is_integer(json_object_get(probe, "threads")));
        assert_true(json_is_null(value) || json_number_value(value) > 0);
    }
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine_unknown_words_are_refused_by_name),
        cmocka_unit_test(test_machine_quick_json_has_fingerprint_and_probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
