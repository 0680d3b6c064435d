/* find.h - where operator modules lie: --operators DIR, SEQSCALE_OPERATORS, beside the executable, the install prefix. */
#ifndef HARNESS_SWEEP_FIND_H
#define HARNESS_SWEEP_FIND_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define FIND_DIRECTORIES_MAX 4

struct module_search {
    char *directories[FIND_DIRECTORIES_MAX]; /* existing ones, in order of preference */
    size_t count;
};

/* `option` is --operators or NULL. A named folder that does not exist is a sentence. */
MUST_CHECK enum status find_init(struct module_search *search, const char *option, struct error *error);
void find_free(struct module_search *search);

/* The file of an operator: a path as it is (it contains '/'), a name as DIR/NAME.so. Unknown: a sentence that lists what
 * there is. malloc'd path. exec: operators have no file: NULL with STATUS_OK. */
MUST_CHECK enum status find_module(const struct module_search *search, const char *operator_name, char **path,
                                   struct error *error);

/* Names of all modules found, sorted, each once; malloc'd strings and array. */
MUST_CHECK enum status find_all(const struct module_search *search, char ***names, size_t *count, struct error *error);
void find_names_free(char **names, size_t count);

bool find_is_external(const char *operator_name); /* begins with exec: */

#endif
