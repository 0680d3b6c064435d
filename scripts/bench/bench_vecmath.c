/* bench_vecmath.c - exp, sigmoid, tanh and sin of kernels/vecmath.h over 1024 values in the first-level cache, against
 * libm's in the same loop: microseconds are nanoseconds per element, nearly.
 *
 *     scripts/bench/run vecmath --isa v3
 *
 * The loops are those that the tests compile at every instruction set (tests/operators/vecmath_levels.h). The floor is the
 * target of the library: 0.4 ns an element with AVX-512, 0.8 else.
 */
#include "bench.h"

#include "operators/vecmath_levels.h"

#include <math.h>
#include <stdio.h>

#define COUNT 1024

struct work {
    void (*loop)(float *y, const float *x, int64_t count);
    float (*libm)(float);
    float *x, *y;
};

static void call_loop(void *context)
{
    const struct work *const work = context;
    work->loop(work->y, work->x, COUNT);
}

static void call_libm(void *context)
{
    const struct work *const work = context;
    for (int i = 0; i < COUNT; ++i)
        work->y[i] = work->libm(work->x[i]);
}

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

int main(int argc, char **argv)
{
    struct bench *const bench = bench_create(argc, argv);
    const enum seq_isa isa = (enum seq_isa)bench_isa(bench);
    const struct vecmath_loops *const loops = ISA_SELECT(vecmath_loops, isa);
    const double target = (isa == SEQ_ISA_V4 ? 0.4e-9 : 0.8e-9) * COUNT;
    const struct {
        const char *name;
        void (*loop)(float *y, const float *x, int64_t count);
        float (*libm)(float);
    } functions[] = {{"exp", loops->exp, expf},
                     {"sigmoid", loops->sigmoid, sigmoid},
                     {"tanh", loops->tanh, tanhf},
                     {"sin", loops->sin, sinf}};
    float *const x = bench_memory(COUNT * sizeof *x), *const y = bench_memory(COUNT * sizeof *y);
    bench_fill(x, COUNT, 1);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
        struct work work = {.loop = functions[i].loop, .libm = functions[i].libm, .x = x, .y = y};
        const struct bench_arm arms[] = {
            {.name = "libm", .call = call_libm, .context = &work, .floor_seconds = target},
            {.name = "vecmath", .call = call_loop, .context = &work, .floor_seconds = target},
        };
        if (bench_wanted(bench, functions[i].name))
            bench_compare(bench, functions[i].name, arms, 2);
    }
    bench_destroy(bench);
    return 0;
}
