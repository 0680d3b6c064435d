/* spin.c - see spin.h. */
#include "machine/spin.h"

#include "machine/clock.h"

#include <math.h>

#define CHAINS_LEAST 3

/* Not inlined: a caller that does not use the result would leave the chain out. */
__attribute__((noinline)) uint64_t spin_chain(int64_t steps, uint64_t seed)
{
    uint64_t x = seed;
    for (int64_t step = 0; step < steps; ++step) {
        x *= 0x9e3779b97f4a7c15u;
        x ^= x >> 29;
    }
    return x;
}

double spin_step_ns(double seconds)
{
    const int64_t deadline_ns = clock_wall_ns() + (int64_t)(seconds * 1e9);
    uint64_t seed = 1;
    double best_ns = INFINITY;
    for (int chain = 0; chain < CHAINS_LEAST || clock_wall_ns() < deadline_ns; ++chain) {
        const int64_t start_ns = clock_wall_ns();
        seed = spin_chain(SPIN_STEPS, seed | 1u); /* feeds the next one: none can be left out */
        best_ns = fmin(best_ns, (double)(clock_wall_ns() - start_ns));
    }
    return seed ? best_ns / SPIN_STEPS : NAN; /* an odd seed never becomes 0 */
}

struct spin_gaps spin_look_for_gaps(double seconds)
{
    struct spin_gaps gaps = {0};
    const int64_t start_ns = clock_wall_ns(), length_ns = (int64_t)(seconds * 1e9);
    int64_t last_ns = start_ns, now_ns = start_ns;
    while (now_ns - start_ns < length_ns) {
        now_ns = clock_wall_ns();
        const double gap = (double)(now_ns - last_ns) * 1e-9;
        last_ns = now_ns;
        if (gap <= SPIN_GAP_SECONDS)
            continue;
        ++gaps.count;
        gaps.lost_seconds += gap;
        gaps.longest_seconds = fmax(gaps.longest_seconds, gap);
    }
    gaps.seconds = (double)(now_ns - start_ns) * 1e-9;
    return gaps;
}
