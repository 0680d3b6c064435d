/* test_status.c - sentences and the status that goes with them. */
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_error_set_formats_the_sentence_and_returns_the_status(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, STATUS_WRONG, "%s has %d errors", "rnn", 3), STATUS_WRONG);
    assert_string_equal(error.text, "rnn has 3 errors");
}

static void test_error_set_beyond_its_room_is_cut_and_terminated(void **state)
{
    (void)state;
    struct error error;
    char longer[2 * sizeof error.text];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(error_set(&error, STATUS_USAGE, "%s", longer), STATUS_USAGE);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

static void test_error_prefix_goes_before_the_sentence(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, STATUS_SYSTEM, "the disk is full"), STATUS_SYSTEM);
    assert_int_equal(error_prefix(&error, STATUS_FAILED, "cell %d", 7), STATUS_FAILED);
    assert_string_equal(error.text, "cell 7: the disk is full");
}

static void test_error_prefix_beyond_the_room_keeps_what_fits(void **state)
{
    (void)state;
    struct error error;
    char longer[2 * sizeof error.text];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(error_set(&error, STATUS_USAGE, "%s", longer), STATUS_USAGE);
    assert_int_equal(error_prefix(&error, STATUS_USAGE, "front"), STATUS_USAGE);
    assert_int_equal(strncmp(error.text, "front: xxx", 10), 0);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(error_prefix(&error, STATUS_USAGE, "%s", longer), STATUS_USAGE);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

static enum status hand_on(enum status inner, int *after)
{
    TRY(inner);
    *after = 1;
    return STATUS_OK;
}

static void test_try_hands_on_a_failure_and_nothing_else(void **state)
{
    (void)state;
    int after = 0;
    assert_int_equal(hand_on(STATUS_WRONG, &after), STATUS_WRONG);
    assert_int_equal(after, 0);
    assert_int_equal(hand_on(STATUS_OK, &after), STATUS_OK);
    assert_int_equal(after, 1);
}

/* They are the exit codes of every command, so no number may move. */
static void test_status_values_are_the_published_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(STATUS_OK, 0);
    assert_int_equal(STATUS_REGRESSION, 1);
    assert_int_equal(STATUS_USAGE, 2);
    assert_int_equal(STATUS_INCONCLUSIVE, 3);
    assert_int_equal(STATUS_FAILED, 4);
    assert_int_equal(STATUS_WRONG, 5);
    assert_int_equal(STATUS_SYSTEM, 6);
    assert_int_equal(STATUS_INTERRUPTED, 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_set_formats_the_sentence_and_returns_the_status),
        cmocka_unit_test(test_error_set_beyond_its_room_is_cut_and_terminated),
        cmocka_unit_test(test_error_prefix_goes_before_the_sentence),
        cmocka_unit_test(test_error_prefix_beyond_the_room_keeps_what_fits),
        cmocka_unit_test(test_try_hands_on_a_failure_and_nothing_else),
        cmocka_unit_test(test_status_values_are_the_published_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
