/* command_call.h - a command called as a person calls it, and what it printed, for the tests of commands/. */
#ifndef TESTS_COMMANDS_COMMAND_CALL_H
#define TESTS_COMMANDS_COMMAND_CALL_H

#include "../store/store_fixture.h"

#include "base/text.h"
#include "commands/commands.h"

#include <fcntl.h>

typedef enum status command(int argc, char **argv, struct error *error);

enum { WORDS_MAX = 16 };

/* Calls a command with the words of `line`, '%' standing for the test's folder; *out is what it printed. */
static inline enum status call(struct fixture *fixture, command *run, const char *line, char **out)
{
    char *words[WORDS_MAX + 1] = {NULL}, *rest = NULL, path[128];
    int count = 0;
    struct text text = {0};
    for (const char *c = line; *c; ++c)
        text_append_bytes(&text, *c == '%' ? fixture->folder : c, *c == '%' ? strlen(fixture->folder) : 1);
    char *copy = text_take(&text);
    for (char *word = strtok_r(copy, " ", &rest); word && count < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    snprintf(path, sizeof path, "%s/stdout", fixture->folder);
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO), file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(file, STDOUT_FILENO);
    const enum status status = run(count, words, &fixture->error);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    free(copy);
    struct error error;
    assert_int_equal(text_read_file(path, 1 << 22, out, NULL, &error), STATUS_OK);
    return status;
}

#endif
