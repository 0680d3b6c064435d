/* words.h - command lines: words from files, and what every command says of a bad one. */
#ifndef HARNESS_COMMANDS_WORDS_H
#define HARNESS_COMMANDS_WORDS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct words {
    char **items; /* malloc'd strings, NULL-terminated; items[0] is the command's name */
    int count;
    bool from_file; /* some word came from a file */
};

/* Copies argv, replacing each "@FILE" by the words in the file: separated by white space, quoted by ' or " or \ as a shell
 * would, # begins a comment at the start of a word. Files do not nest. */
MUST_CHECK enum status words_expand(struct words *words, int argc, char **argv, struct error *error);
MUST_CHECK enum status words_add(struct words *words, const char *word, struct error *error);
void words_drop(struct words *words, const char *option); /* removes every pair of the option and its value */
char *words_json(const struct words *words); /* a JSON array, malloc'd; NULL: no memory */
void words_free(struct words *words);

/* After getopt_long returned '?' or ':': the sentence for the word at fault. */
enum status words_bad_option(const char *command, int result, char **argv, struct error *error);

#endif
