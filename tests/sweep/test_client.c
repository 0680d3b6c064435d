/* test_client.c - workers that crash, hang, grow, babble or are no workers at all, seen from the parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol.h"
#include "sweep/client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A worker in shell: answers hello, then does as told. */
#define HELLO "read line <&3; echo '{\"ok\":true,\"protocol\":1}' >&4; "

static struct client *start_shell(const char *command)
{
    struct client *client = NULL;
    struct error error = {.text = ""};
    const struct client_launch launch = {.command = command, .timeout_seconds = 30.0};
    assert_int_equal(client_start(&client, &launch, &error), STATUS_OK);
    return client;
}

static enum status ask(struct client *client, double timeout, struct error *error)
{
    json_t *reply = NULL;
    const enum status status = client_ask(client, json_pack("{s:s}", "do", "anything"), timeout, &reply, error);
    json_decref(reply);
    return status;
}

static void expect_death(const char *command, const char *reason)
{
    struct client *client = start_shell(command);
    struct error error = {.text = ""};
    assert_int_equal(ask(client, 1.0, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, reason));
    assert_string_equal(client_kind(client), "died");
    assert_false(client_alive(client));
    assert_int_equal(ask(client, 1.0, &error), STATUS_FAILED); /* it stays dead, with the same reason */
    assert_non_null(strstr(error.text, reason));
    client_end(client);
}

static void test_client_worker_that_crashes_names_the_signal(void **state)
{
    (void)state;
    expect_death(HELLO "read line <&3; kill -SEGV $$", "signal 11");
}

static void test_client_worker_that_exits_names_the_code(void **state)
{
    (void)state;
    expect_death(HELLO "read line <&3; exit 7", "exit code 7");
}

static void test_client_worker_that_hangs_is_ended(void **state)
{
    (void)state;
    expect_death(HELLO "sleep 100", "no answer within 1 s");
}

static void test_client_worker_that_closes_its_protocol_is_ended(void **state)
{
    (void)state;
    expect_death(HELLO "read line <&3; exec 4>&-; sleep 100", "closed its protocol");
}

static void test_client_worker_that_sends_rubbish_is_ended(void **state)
{
    (void)state;
    expect_death(HELLO "read line <&3; echo rubbish >&4; sleep 100", "no JSON object");
}

static void test_client_worker_beyond_its_memory_is_ended_even_when_it_answers(void **state)
{
    (void)state;
    struct client *client = NULL;
    struct error error = {.text = ""};
    const struct client_launch launch = {
        .command = HELLO "sleep 100", .timeout_seconds = 30.0, .memory_limit_bytes = 4096.0};
    assert_int_equal(client_start(&client, &launch, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "memory"));
    assert_null(client);
}

static void test_client_worker_that_never_says_hello_is_ended(void **state)
{
    (void)state;
    struct client *client = NULL;
    struct error error = {.text = ""};
    const struct client_launch launch = {.command = "sleep 100", .timeout_seconds = 0.5};
    assert_int_equal(client_start(&client, &launch, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "no answer within 0.5 s"));
}

static void test_client_output_of_worker_does_not_disturb_and_its_tail_is_kept(void **state)
{
    (void)state;
    struct client *client = start_shell(
        HELLO "read line <&3; i=0; while [ $i -lt 20000 ]; do echo {noise} $i; i=$((i+1)); done; echo the last words >&2; "
              "echo '{\"ok\":true}' >&4; read line <&3");
    struct error error = {.text = ""};
    assert_int_equal(ask(client, 30.0, &error), STATUS_OK);
    assert_non_null(strstr(client_tail(client), "the last words"));
    assert_true(strlen(client_tail(client)) <= 8192);
    client_end(client);
}

static void test_client_refusal_becomes_status_and_sentence(void **state)
{
    (void)state;
    struct client *client = start_shell(
        HELLO "read line <&3; echo '{\"ok\":false,\"kind\":\"wrong\",\"error\":\"all of it\"}' >&4; read line <&3");
    struct error error = {.text = ""};
    assert_int_equal(ask(client, 30.0, &error), STATUS_WRONG);
    assert_string_equal(error.text, "all of it");
    assert_string_equal(client_kind(client), "wrong");
    assert_true(client_alive(client));
    client_end(client);
}

static void test_client_program_that_is_no_worker_is_a_sentence(void **state)
{
    (void)state;
    static const char *const commands[] = {"true", "false", "echo hello", "/no/such/program", "echo '{\"ok\":true}' >&4",
                                           "echo '{\"ok\":true,\"protocol\":99}' >&4"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        struct client *client = NULL;
        struct error error = {.text = ""};
        const struct client_launch launch = {.command = commands[i], .timeout_seconds = 30.0};
        assert_int_equal(client_start(&client, &launch, &error), STATUS_FAILED);
        assert_null(client);
        assert_non_null(strstr(error.text, commands[i]));
    }
}

static void test_client_end_leaves_no_process_of_the_group(void **state)
{
    (void)state;
    struct client *client = start_shell(HELLO "sleep 1000 & sleep 1000 & read line <&3");
    const pid_t group = client_pid(client);
    client_end(client);
    for (int i = 0; i < 100 && kill(-group, 0) == 0; ++i)
        usleep(20000);
    assert_int_not_equal(kill(-group, 0), 0);
}

static void test_client_own_worker_answers(void **state)
{
    (void)state;
    struct client *client = NULL;
    struct error error = {.text = ""};
    const struct client_launch launch = {.program = TEST_PROGRAM, .timeout_seconds = 30.0, .layout_seed = 12345};
    assert_int_equal(client_start(&client, &launch, &error), STATUS_OK);
    assert_int_equal(ask(client, 30.0, &error), STATUS_USAGE); /* "anything" is no word of the protocol */
    assert_string_equal(client_kind(client), KIND_UNSUPPORTED);
    client_end(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_worker_that_crashes_names_the_signal),
        cmocka_unit_test(test_client_worker_that_exits_names_the_code),
        cmocka_unit_test(test_client_worker_that_hangs_is_ended),
        cmocka_unit_test(test_client_worker_that_closes_its_protocol_is_ended),
        cmocka_unit_test(test_client_worker_that_sends_rubbish_is_ended),
        cmocka_unit_test(test_client_worker_beyond_its_memory_is_ended_even_when_it_answers),
        cmocka_unit_test(test_client_worker_that_never_says_hello_is_ended),
        cmocka_unit_test(test_client_output_of_worker_does_not_disturb_and_its_tail_is_kept),
        cmocka_unit_test(test_client_refusal_becomes_status_and_sentence),
        cmocka_unit_test(test_client_program_that_is_no_worker_is_a_sentence),
        cmocka_unit_test(test_client_end_leaves_no_process_of_the_group),
        cmocka_unit_test(test_client_own_worker_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
