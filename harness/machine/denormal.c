/* denormal.c - see denormal.h. A chain of multiplications by just over and just under 1, so that the value stays where it is. */
#include "machine/denormal.h"

#include "machine/clock.h"

#include <math.h>

#define STEPS 4000
#define REPEATS 7

static double chain_ns(float start)
{
    const volatile float up = 1.0000001f, down = 0.9999999f; /* unknown to the compiler */
    const float a = up, b = down;
    volatile float sink;
    float x = start;
    const int64_t begin_ns = clock_wall_ns();
    for (int step = 0; step < STEPS; ++step)
        x = x * a * b;
    sink = x;
    (void)sink;
    return (double)(clock_wall_ns() - begin_ns);
}

double denormal_penalty(void)
{
    double normal = INFINITY, denormal = INFINITY;
    for (int i = 0; i < REPEATS; ++i) {
        normal = fmin(normal, chain_ns(1.5f));
        denormal = fmin(denormal, chain_ns(1e-40f));
    }
    return denormal / normal;
}
