/* refine.c - see refine.h. */
#include "analyse/refine.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static bool is_among(int64_t length, const int64_t *lengths, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (lengths[i] == length)
            return true;
    return false;
}

struct range {
    double low, high;
    const int64_t *present;
    size_t count;
};

static bool is_free(int64_t length, const struct range *range, const int64_t *chosen, int chosen_count)
{
    return (double)length > range->low && (double)length < range->high && !is_among(length, range->present, range->count) &&
           !is_among(length, chosen, (size_t)chosen_count);
}

/* The free multiple nearest to the target; 0 where there is none. */
static int64_t nearest_free(double target, const struct range *range, const int64_t *chosen, int chosen_count)
{
    const int64_t middle = (int64_t)llround(target / REFINE_MULTIPLE) * REFINE_MULTIPLE;
    for (int64_t away = 0; (double)away <= range->high - range->low + REFINE_MULTIPLE; away += REFINE_MULTIPLE) {
        const int64_t near_side = (double)middle <= target ? away : -away;
        const int64_t sides[2] = {middle + near_side, middle - near_side};
        for (int i = 0; i < 2; ++i)
            if (is_free(sides[i], range, chosen, chosen_count))
                return sides[i];
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int refine_lengths(int64_t *lengths, int wanted, double low, double high, const int64_t *present, size_t count)
{
    const struct range range = {.low = low, .high = high, .present = present, .count = count};
    int found = 0;
    if (!(low > 0.0 && high > low) || !isfinite(high))
        return 0;
    for (int i = 1; i <= wanted; ++i) {
        const double target = range.low * pow(range.high / range.low, (double)i / (wanted + 1));
        const int64_t length = nearest_free(target, &range, lengths, found);
        if (length > 0)
            lengths[found++] = length;
    }
    qsort(lengths, (size_t)found, sizeof *lengths, compare);
    return found;
}
