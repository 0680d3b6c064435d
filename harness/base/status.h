/* status.h - how functions of the harness fail.
 *
 * A function that can fail returns enum status and, where it is not STATUS_OK, has written one sentence into the struct
 * error it was given: what is wrong, with the name of the thing, and what to do. The sentence has no trailing newline and
 * no prefix. The value of a status is the program's exit code, so there is one table of them for all commands.
 */
#ifndef HARNESS_BASE_STATUS_H
#define HARNESS_BASE_STATUS_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))
#define ARRAY_LEN(array) (sizeof(array) / sizeof(array)[0])

enum status {
    STATUS_OK = 0,
    STATUS_REGRESSION = 1,   /* a comparison found a regression, or selfcheck a target missed */
    STATUS_USAGE = 2,        /* an argument or a file that was given cannot be used */
    STATUS_INCONCLUSIVE = 3, /* measured, but no verdict is justified */
    STATUS_FAILED = 4,       /* a measurement failed: crash, hang, too much memory, an unusable module */
    STATUS_WRONG = 5,        /* an operator gave wrong results or broke the contract */
    STATUS_SYSTEM = 6,       /* the system refused: disk, memory, permission, a missing program */
    STATUS_INTERRUPTED = 130 /* Ctrl-C or a termination signal; what was finished is kept */
};

struct error {
    char text[1024];
};

/* Writes the sentence and returns `status`, so that a failing function ends with `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "prefix: " before the sentence that is there; returns `status`. */
enum status error_prefix(struct error *error, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Hands a failure of `expression` on to the caller. */
#define TRY(expression)                          \
    do {                                         \
        const enum status try_ = (expression);   \
        if (try_ != STATUS_OK)                   \
            return try_;                         \
    } while (0)

#endif
