/* shift.c - see shift.h. Source: Hollander and Wolfe, "Nonparametric Statistical Methods", section 4.2. */
#include "analyse/shift.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct interval shift_between(const double *before, size_t before_count, const double *after, size_t after_count,
                              double inflation)
{
    struct interval shift = {.value = NAN, .low = NAN, .high = NAN};
    const size_t total = before_count * after_count;
    double *differences = total ? malloc(total * sizeof *differences) : NULL;
    if (!differences)
        return shift;
    size_t at = 0;
    bool known = true;
    for (size_t i = 0; i < before_count; ++i)
        for (size_t j = 0; j < after_count; ++j, ++at) {
            differences[at] = after[j] - before[i];
            known &= isfinite(differences[at]) != 0;
        }
    if (known) {
        qsort(differences, total, sizeof *differences, compare);
        shift.value = 0.5 * (differences[(total - 1) / 2] + differences[total / 2]);
        const double m = (double)before_count, n = (double)after_count;
        const double rank = floor(m * n / 2.0 - 1.959964 * inflation * sqrt(m * n * (m + n + 1.0) / 12.0));
        if (rank >= 1.0) {
            shift.low = differences[(size_t)rank - 1];
            shift.high = differences[total - (size_t)rank];
        }
    }
    free(differences);
    return shift;
}
