/* test_words.c - words from files, as a shell would split them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commands/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status expand(const char *content, struct words *words, struct error *error)
{
    char path[] = "/tmp/seqscale-words-XXXXXX", argument[64];
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    close(file);
    snprintf(argument, sizeof argument, "@%s", path);
    char command[] = "sweep", last[] = "--list";
    char *argv[] = {command, argument, last, NULL};
    const enum status status = words_expand(words, 3, argv, error);
    unlink(path);
    return status;
}

static void test_words_file_is_split_like_a_shell(void **state)
{
    (void)state;
    static const char *const expected[] = {"sweep", "--operator", "exec:python3 \"a b\" c", "--name", "it's", "x#y", "", "--list"};
    struct words words;
    struct error error = {.text = ""};
    const char *const content = "# a comment\n--operator 'exec:python3 \"a b\" c' # more\n  --name it\\'s\nx#y ''\n#end";
    assert_int_equal(expand(content, &words, &error), STATUS_OK);
    assert_true(words.from_file);
    assert_int_equal(words.count, 8);
    for (int i = 0; i < words.count; ++i)
        assert_string_equal(words.items[i], expected[i]);
    assert_null(words.items[words.count]);
    words_free(&words);
}

static void test_words_open_quote_or_missing_file_is_a_sentence(void **state)
{
    (void)state;
    struct words words;
    struct error error = {.text = ""};
    assert_int_equal(expand("--name 'never closed", &words, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "never closed"));
    char command[] = "sweep", argument[] = "@/no/such/file";
    char *argv[] = {command, argument, NULL};
    assert_int_equal(words_expand(&words, 2, argv, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "/no/such/file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_file_is_split_like_a_shell),
        cmocka_unit_test(test_words_open_quote_or_missing_file_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
