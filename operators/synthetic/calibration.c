/* calibration.c - how long one step takes (synthetic.h).
 *
 * A step is one multiplication and one addition modulo 2^64, each needing the result before it: 4 cycles on today's
 * processors whatever the instruction set, nothing to vectorise, reorder or shorten. Measured in CPU time of the thread, so
 * that a busy machine changes little; the median of many short runs, so that an interrupt changes nothing.
 */
#include "synthetic.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 15          /* odd: the median is one of them */
#define RUN_STEPS 200000 /* about 0.2 ms: thousands of clock ticks, and short against a time slice */
#define MAGIC 0x73796e31u /* "syn1" */

struct knowledge {
    uint32_t magic, reserved;
    double step_ns;
};

/* The planner knowledge of this process, as FFTW's wisdom would be; 0: none yet. */
static _Atomic double known_step_ns;

/* Never inlined: what is measured is the very code that is timed. */
__attribute__((noinline)) uint64_t calibration_steps(uint64_t steps, uint64_t seed)
{
    uint64_t x = seed;
    for (uint64_t i = 0; i < steps; ++i)
        x = x * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
    return x;
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double measure(void)
{
    double ns[RUNS];
    volatile uint64_t seed = 1; /* a value that the compiler cannot know, and a use that it cannot drop */
    seed = calibration_steps(10 * RUN_STEPS, seed); /* the clock frequency settles */
    for (int run = 0; run < RUNS; ++run) {
        const double start = cpu_ns();
        seed = calibration_steps(RUN_STEPS, seed);
        ns[run] = (cpu_ns() - start) / RUN_STEPS;
    }
    qsort(ns, RUNS, sizeof ns[0], by_value);
    return ns[RUNS / 2];
}

double calibration_step_ns(void)
{
    double step_ns = atomic_load(&known_step_ns);
    if (!(step_ns > 0.0)) {
        step_ns = measure();
        atomic_store(&known_step_ns, step_ns);
    }
    return step_ns;
}

size_t calibration_export(double step_ns, void *blob, size_t capacity)
{
    const struct knowledge news = {.magic = MAGIC, .step_ns = step_ns};
    if (capacity >= sizeof news)
        memcpy(blob, &news, sizeof news);
    return sizeof news;
}

enum seq_status calibration_import(const void *blob, size_t bytes)
{
    struct knowledge news;
    if (bytes != sizeof news)
        return SEQ_FAILED;
    memcpy(&news, blob, sizeof news);
    if (news.magic != MAGIC || !(news.step_ns > 1e-3 && news.step_ns < 1e3))
        return SEQ_FAILED;
    atomic_store(&known_step_ns, news.step_ns);
    return SEQ_OK;
}
