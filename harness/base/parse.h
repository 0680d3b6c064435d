/* parse.h - numbers and choices as people write them. Every function consumes the whole string or fails with a sentence;
 * `what` names the thing in it ("--width"). Fractions are allowed where they make sense ("1.5k", "0.5s"). */
#ifndef HARNESS_BASE_PARSE_H
#define HARNESS_BASE_PARSE_H

#include "base/status.h"

#include <stdint.h>

MUST_CHECK enum status parse_real(const char *text, const char *what, double low, double high, double *out, struct error *error);

/* A count, with k, M, G = 1024, 1024^2, 1024^3: "100", "1k", "64k". */
MUST_CHECK enum status parse_count(const char *text, const char *what, int64_t low, int64_t high, int64_t *out,
                                   struct error *error);

/* "250ms", "30s", "2m", "1.5h", or a bare number of seconds. */
MUST_CHECK enum status parse_duration(const char *text, const char *what, double *seconds, struct error *error);

/* "512MiB", "16GiB", "1GB" (10^9), or a bare number of bytes. */
MUST_CHECK enum status parse_bytes(const char *text, const char *what, double *bytes, struct error *error);

/* "2%", or "2": 0.02. At most 1000 %. */
MUST_CHECK enum status parse_percent(const char *text, const char *what, double *fraction, struct error *error);

/* One of `names` (NULL-terminated): *chosen is its index. */
MUST_CHECK enum status parse_one_of(const char *text, const char *what, const char *const *names, int *chosen,
                                    struct error *error);

#endif
