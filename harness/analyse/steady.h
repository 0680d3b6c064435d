/* steady.h - whether the times of successive calls have settled. Pure. */
#ifndef HARNESS_ANALYSE_STEADY_H
#define HARNESS_ANALYSE_STEADY_H

#include <stddef.h>

#define STEADY_LEAST 5  /* values that a judgement needs */
#define STEADY_WINDOW 8 /* the last ones, which must be level */

enum steady {
    STEADY_UNKNOWN = 0, /* too few values, or one that is no positive number */
    STEADY_NO,
    STEADY_YES
};

/* Steady: the values turn up and down as noise does; a line through the last STEADY_WINDOW of them rises or falls by less
 * than 1 % over the window or by less than its own standard error; and they do not step, all of the first half of the window on
 * one side of all of the second by more than 1 %. */
enum steady steady_judge(const double *values, size_t count);

#endif
