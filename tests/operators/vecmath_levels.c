/* vecmath_levels.c - see vecmath_levels.h. Plain loops, so that what is tested is what the compiler vectorises. */
#include "vecmath_levels.h"

#include "kernels/vecmath.h"

static void loop_exp(float *restrict y, const float *restrict x, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        y[i] = vec_exp(x[i]);
}

static void loop_sigmoid(float *restrict y, const float *restrict x, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        y[i] = vec_sigmoid(x[i]);
}

static void loop_tanh(float *restrict y, const float *restrict x, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        y[i] = vec_tanh(x[i]);
}

static void loop_sin(float *restrict y, const float *restrict x, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        y[i] = vec_sin(x[i]);
}

const struct vecmath_loops ISA_NAME(vecmath_loops) = {
    .exp = loop_exp, .sigmoid = loop_sigmoid, .tanh = loop_tanh, .sin = loop_sin};
