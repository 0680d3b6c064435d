/* modality.c - see modality.h.
 *
 * Logarithms are split in two where that explains most of their variance (two-means in one dimension); neither group may
 * hold fewer than 2 values or a fifth of them, so that outliers make no group. The split counts when it explains more than
 * it does in 99 % of samples of one normal, logistic, exponential or uniform distribution of that size (100,000 simulated
 * samples of each; the largest of the four quantiles: 0.981 for 6, 0.973 for 7, 0.965 for 8, 0.949 for 10, 0.929 for 12,
 * 0.910 for 15, 0.890 for 20, 0.866 for 30, 0.840 for 50, 0.815 for 100).
 */
#include "analyse/modality.h"

#include "analyse/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define LEAST_SHARE 5     /* a group holds one in so many values at least */
#define LEAST_DISTANCE 1e-9 /* rounding makes no groups */

/* Share of the variance that a split of so many values must explain. */
static double critical_share(size_t count)
{
    static const struct {
        size_t from;
        double share;
    } steps[] = {{100, 0.815}, {50, 0.840}, {30, 0.866}, {20, 0.890}, {15, 0.910},
                 {12, 0.929},  {10, 0.949}, {8, 0.965},  {7, 0.973},  {0, 0.981}};
    size_t i = 0;
    while (count < steps[i].from)
        ++i;
    return steps[i].share;
}

/* Sorted logarithms, malloc'd; NULL when a value is not positive or memory ran out. */
static double *sorted_logarithms(const double *values, size_t count)
{
    double *logs = malloc(count * sizeof *logs);
    for (size_t i = 0; logs && i < count; ++i) {
        logs[i] = log(values[i]);
        if (!isfinite(logs[i])) {
            free(logs);
            return NULL;
        }
    }
    if (logs)
        statistics_sort(logs, count);
    return logs;
}

struct split {
    double distance, between, total; /* of the means; sums of squares */
};

static struct split best_split(const double *sorted, size_t count)
{
    const size_t fifth = (count + LEAST_SHARE - 1) / LEAST_SHARE, least = fifth < 2 ? 2 : fifth;
    struct split best = {0};
    double sum = 0.0, below = 0.0;
    for (size_t i = 0; i < count; ++i)
        sum += sorted[i];
    const double mean = sum / (double)count;
    for (size_t i = 0; i < count; ++i)
        best.total += (sorted[i] - mean) * (sorted[i] - mean);
    for (size_t k = 1; k + least <= count; ++k) {
        below += sorted[k - 1];
        const double left = below / (double)k, right = (sum - below) / (double)(count - k);
        const double between = (double)k * (double)(count - k) / (double)count * (right - left) * (right - left);
        if (k >= least && between > best.between) {
            best.between = between;
            best.distance = right - left;
        }
    }
    return best;
}

double modality_distance(const double *values, size_t count)
{
    double *logs = count >= MODALITY_LEAST ? sorted_logarithms(values, count) : NULL;
    if (!logs)
        return NAN;
    const struct split split = best_split(logs, count);
    free(logs);
    const bool two = split.distance > LEAST_DISTANCE && split.between > critical_share(count) * split.total;
    return two ? expm1(split.distance) : 0.0;
}
