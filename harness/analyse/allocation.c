/* allocation.c - see allocation.h. The variance between processes is that of their means less what the samples alone explain
 * (one-way analysis of variance, random effects); both are of logarithms, so that they are relative. */
#include "analyse/allocation.h"

#include <math.h>

void allocation_add(struct allocation *allocation, const double *samples, size_t count)
{
    double mean = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; ++i) {
        if (!(samples[i] > 0.0) || !isfinite(samples[i]))
            return;
        mean += log(samples[i]) / (double)count;
    }
    if (count == 0)
        return;
    for (size_t i = 0; i < count; ++i)
        squares += (log(samples[i]) - mean) * (log(samples[i]) - mean);
    allocation->within += squares;
    allocation->within_free += (double)count - 1.0;
    allocation->samples += (double)count;
    ++allocation->processes;
    const double off = mean - allocation->mean; /* Welford */
    allocation->mean += off / allocation->processes;
    allocation->square += off * (mean - allocation->mean);
}

int allocation_samples(const struct allocation *allocation, double process_seconds, double sample_seconds)
{
    if (allocation->processes < ALLOCATION_PROCESSES_LEAST || !(allocation->within_free >= 1.0) || !(process_seconds > 0.0) ||
        !(sample_seconds > 0.0))
        return 0;
    const double within = allocation->within / allocation->within_free;
    const double of_means = allocation->square / (allocation->processes - 1.0);
    const double between = of_means - within * allocation->processes / allocation->samples;
    if (!(within > 0.0))
        return ALLOCATION_SAMPLES_LEAST; /* samples that agree say it all */
    if (!(between > 0.0))
        return ALLOCATION_SAMPLES_MOST;
    const double best = ceil(sqrt(process_seconds / sample_seconds * within / between));
    return (int)fmin(ALLOCATION_SAMPLES_MOST, fmax(ALLOCATION_SAMPLES_LEAST, best));
}

double allocation_gain(double width, int processes, double enough)
{
    const double known = isfinite(width) ? width : 1.0;
    if (known <= enough || processes < 1)
        return processes < 1 ? known : 0.0;
    return known * (1.0 - sqrt((double)processes / (processes + 1.0)));
}
