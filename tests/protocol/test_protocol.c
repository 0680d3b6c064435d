/* test_protocol.c - lines, numbers and blobs across the process boundary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_protocol_blob_of_any_length_survives(void **state)
{
    (void)state;
    unsigned char bytes[67];
    for (size_t i = 0; i < sizeof bytes; ++i)
        bytes[i] = (unsigned char)(i * 37 + 250);
    for (size_t count = 0; count <= sizeof bytes; ++count) {
        char *text = protocol_encode(bytes, count);
        size_t back = 99;
        unsigned char *decoded = protocol_decode(text, &back);
        assert_int_equal(back, count);
        assert_memory_equal(decoded, bytes, count);
        free(text);
        free(decoded);
    }
}

static void test_protocol_encode_known_text_gives_rfc4648_vector(void **state)
{
    (void)state;
    char *text = protocol_encode("foobar", 6);
    assert_string_equal(text, "Zm9vYmFy");
    free(text);
    text = protocol_encode("fooba", 5);
    assert_string_equal(text, "Zm9vYmE=");
    free(text);
}

static void test_protocol_decode_rubbish_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"A", "AAA", "A*AA", "=AAA", "AA=A", "A===", "Zm9v\n"};
    size_t count;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        assert_null(protocol_decode(bad[i], &count));
}

static json_t *receive(struct protocol_reader *reader, enum status expected, bool *closed)
{
    struct error error;
    json_t *message = NULL;
    assert_int_equal(protocol_receive(reader, &message, closed, &error), expected);
    return message;
}

static void test_protocol_line_in_pieces_arrives_whole(void **state)
{
    (void)state;
    int ends[2];
    bool closed;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct protocol_reader reader = {.fd = ends[0]};
    assert_int_equal(write(ends[1], "{\"do\":", 6), 6);
    assert_null(receive(&reader, STATUS_OK, &closed));
    assert_int_equal(write(ends[1], "\"x\"}\n{\"do\":\"y\"}\n", 16), 16);
    json_t *first = receive(&reader, STATUS_OK, &closed), *second = receive(&reader, STATUS_OK, &closed);
    assert_string_equal(protocol_string(first, "do", ""), "x");
    assert_string_equal(protocol_string(second, "do", ""), "y");
    json_decref(first);
    json_decref(second);
    close(ends[1]);
    assert_null(receive(&reader, STATUS_OK, &closed));
    assert_true(closed);
    close(ends[0]);
    protocol_reader_free(&reader);
}

static void test_protocol_line_that_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"hello\n", "[1]\n", "\n", "{\"a\":\n", "\xff\xfe\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        int ends[2];
        bool closed;
        assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
        struct protocol_reader reader = {.fd = ends[0]};
        assert_int_equal(write(ends[1], lines[i], strlen(lines[i])), (ssize_t)strlen(lines[i]));
        assert_null(receive(&reader, STATUS_FAILED, &closed));
        close(ends[0]);
        close(ends[1]);
        protocol_reader_free(&reader);
    }
}

static void test_protocol_number_without_value_travels_as_null(void **state)
{
    (void)state;
    json_t *nothing = protocol_number(NAN), *endless = protocol_number(INFINITY), *number = protocol_number(0.25);
    assert_true(json_is_null(nothing));
    assert_true(json_is_null(endless));
    assert_true(json_real_value(number) == 0.25);
    json_decref(nothing);
    json_decref(endless);
    json_decref(number);
}

static void test_protocol_send_to_nobody_is_a_sentence(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    json_t *message = json_pack("{s:s}", "do", "hello");
    assert_int_equal(protocol_send(-1, message, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "gone"));
    json_decref(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocol_blob_of_any_length_survives),
        cmocka_unit_test(test_protocol_encode_known_text_gives_rfc4648_vector),
        cmocka_unit_test(test_protocol_decode_rubbish_is_refused),
        cmocka_unit_test(test_protocol_line_in_pieces_arrives_whole),
        cmocka_unit_test(test_protocol_line_that_is_no_object_is_refused),
        cmocka_unit_test(test_protocol_number_without_value_travels_as_null),
        cmocka_unit_test(test_protocol_send_to_nobody_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
