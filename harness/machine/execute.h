/* execute.h - runs another program to its end: without a shell, without input, and without GIT_* in its environment, which
 * inside a git hook names another repository than the one that is meant. */
#ifndef HARNESS_MACHINE_EXECUTE_H
#define HARNESS_MACHINE_EXECUTE_H

#include "base/status.h"
#include "base/text.h"

struct execution {
    const char *const *argv;        /* NULL-terminated; argv[0] is looked for in PATH */
    const char *directory;          /* where it runs; NULL: here */
    const char *const *environment; /* "NAME=VALUE" is set, "NAME" unset; NULL-terminated; NULL: as it is */
    const char *log;                /* file to which it writes its messages, and its output unless that is captured; what is
                                     * there already stays. NULL: /dev/null */
};

/* *code: its exit code, or 128 plus the signal that ended it. `output` takes what it writes to standard output; NULL: the log
 * does. A program that is not there, or a folder, is a sentence. */
MUST_CHECK enum status execute(const struct execution *execution, struct text *output, int *code, struct error *error);

#endif
