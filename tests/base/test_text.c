/* test_text.c - growable strings, numbers as text, whole files. */
#include "base/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_text_empty_is_an_empty_string(void **state)
{
    (void)state;
    struct text text = {0};
    assert_string_equal(text_get(&text), "");
    text_clear(&text);
    assert_string_equal(text_get(&text), "");
    char *taken = text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
    text_free(&text);
}

static void test_text_appended_pieces_stand_in_order(void **state)
{
    (void)state;
    struct text text = {0};
    text_append(&text, "one");
    text_append(&text, "");
    text_append_bytes(&text, ", two!", 5);
    text_format(&text, ", %d%%", 3);
    assert_string_equal(text_get(&text), "one, two, 3%");
    assert_int_equal(text.length, strlen("one, two, 3%"));
    assert_false(text.failed);
    text_clear(&text);
    assert_string_equal(text_get(&text), "");
    text_append(&text, "again");
    assert_string_equal(text_get(&text), "again");
    text_free(&text);
    assert_null(text.data);
}

static void test_text_grows_across_every_capacity(void **state)
{
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 3000; ++i)
        text_format(&text, "%c", 'a' + i % 26);
    assert_int_equal(text.length, 3000);
    for (int i = 0; i < 3000; ++i)
        assert_int_equal(text.data[i], 'a' + i % 26);
    assert_int_equal(text.data[3000], '\0');
    text_free(&text);
}

static void test_text_keeps_bytes_of_zero(void **state)
{
    (void)state;
    struct text text = {0};
    text_append_bytes(&text, "a\0b", 3);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text_get(&text), "a\0b", 4);
    text_free(&text);
}

static void test_text_that_failed_stays_failed_and_gives_nothing(void **state)
{
    (void)state;
    struct text text = {.failed = true};
    text_append(&text, "lost");
    text_format(&text, "%d", 1);
    assert_string_equal(text_get(&text), "");
    assert_null(text_take(&text));
    assert_false(text.failed); /* empty and usable again */
}

static void test_text_take_hands_over_and_leaves_nothing(void **state)
{
    (void)state;
    struct text text = {0};
    text_append(&text, "mine");
    char *taken = text_take(&text);
    assert_string_equal(taken, "mine");
    assert_null(text.data);
    assert_int_equal(text.length, 0);
    free(taken);
}

static void test_text_print_formats_a_copy(void **state)
{
    (void)state;
    char *text = text_print("%s-%04d", "x", 7);
    assert_string_equal(text, "x-0007");
    free(text);
}

static void test_text_number_is_the_shortest_that_reads_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0"},        {0.1, "0.1"},       {-2.5, "-2.5"},   {1e300, "1e+300"},          {INFINITY, "inf"},
                 {1024.0, "1024"},  {5e-324, "5e-324"}, {1e15, "1e+15"},  {123456789.0, "123456789"},
                 {1.0 / 3.0, "0.3333333333333333"}};
    char buffer[32];
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        assert_string_equal(text_number(buffer, cases[i].value), cases[i].text);
        assert_true(strtod(buffer, NULL) == cases[i].value);
    }
    assert_string_equal(text_number(buffer, NAN), "");
    assert_true(signbit(strtod(text_number(buffer, -0.0), NULL)) != 0);
}

static void test_text_starts_and_ends_compare_whole_affixes(void **state)
{
    (void)state;
    assert_true(text_starts("exec:python", "exec:"));
    assert_true(text_starts("a", ""));
    assert_false(text_starts("exe", "exec:"));
    assert_true(text_ends("op.so", ".so"));
    assert_true(text_ends("op.so", ""));
    assert_false(text_ends("so", ".so"));
    assert_false(text_ends("op.so.1", ".so"));
}

/* ---------------------------------------------------------------- files */

static char *file_of(const char *bytes, size_t count)
{
    static char path[32];
    strcpy(path, "/tmp/test_text_XXXXXX");
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, count), (ssize_t)count);
    close(descriptor);
    return path;
}

static void test_text_read_file_gives_every_byte(void **state)
{
    (void)state;
    const char *path = file_of("a\0b\n", 4);
    struct error error;
    char *bytes = NULL;
    size_t length = 0;
    assert_int_equal(text_read_file(path, 4, &bytes, &length, &error), STATUS_OK);
    assert_int_equal(length, 4);
    assert_memory_equal(bytes, "a\0b\n", 5);
    free(bytes);
    assert_int_equal(text_read_file(path, 4, &bytes, NULL, &error), STATUS_OK);
    free(bytes);
    unlink(path);
}

static void test_text_read_file_of_nothing_is_an_empty_string(void **state)
{
    (void)state;
    struct error error;
    char *bytes = NULL;
    size_t length = 1;
    assert_int_equal(text_read_file("/dev/null", 10, &bytes, &length, &error), STATUS_OK);
    assert_int_equal(length, 0);
    assert_string_equal(bytes, "");
    free(bytes);
}

static void assert_unreadable(const char *path, size_t limit, enum status status, const char *words)
{
    struct error error = {.text = ""};
    char *bytes = NULL;
    assert_int_equal(text_read_file(path, limit, &bytes, NULL, &error), status);
    assert_null(bytes);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, words));
}

static void test_text_read_file_that_cannot_be_read_is_a_sentence(void **state)
{
    (void)state;
    assert_unreadable("/nonexistent/file", 10, STATUS_USAGE, "No such file");
    assert_unreadable("/tmp", 10, STATUS_SYSTEM, "directory");
    assert_unreadable("/dev/zero", 100000, STATUS_USAGE, "larger than 100000 bytes");
    const char *path = file_of("12345", 5);
    assert_unreadable(path, 4, STATUS_USAGE, "larger than 4 bytes");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_empty_is_an_empty_string),
        cmocka_unit_test(test_text_appended_pieces_stand_in_order),
        cmocka_unit_test(test_text_grows_across_every_capacity),
        cmocka_unit_test(test_text_keeps_bytes_of_zero),
        cmocka_unit_test(test_text_that_failed_stays_failed_and_gives_nothing),
        cmocka_unit_test(test_text_take_hands_over_and_leaves_nothing),
        cmocka_unit_test(test_text_print_formats_a_copy),
        cmocka_unit_test(test_text_number_is_the_shortest_that_reads_back),
        cmocka_unit_test(test_text_starts_and_ends_compare_whole_affixes),
        cmocka_unit_test(test_text_read_file_gives_every_byte),
        cmocka_unit_test(test_text_read_file_of_nothing_is_an_empty_string),
        cmocka_unit_test(test_text_read_file_that_cannot_be_read_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
