/* recurrent_math_levels.c - see recurrent_math_levels.h. */
#include "recurrent_math_levels.h"

#include "kernels/recurrent_math.h"

typedef recurrent_vector function(recurrent_vector x);

RECURRENT_INLINE void loop(float *y, const float *x, int64_t count, function *of)
{
    for (int64_t i = 0; i < count; i += RECURRENT_LANES) {
        const int64_t part = count - i < RECURRENT_LANES ? count - i : RECURRENT_LANES;
        recurrent_store_part(y + i, of(recurrent_load_part(x + i, part)), part);
    }
}

static void loop_sigmoid(float *y, const float *x, int64_t count)
{
    loop(y, x, count, recurrent_sigmoid);
}

static void loop_tanh(float *y, const float *x, int64_t count)
{
    loop(y, x, count, recurrent_tanh);
}

const struct recurrent_math_loops ISA_NAME(recurrent_math_loops) = {.sigmoid = loop_sigmoid, .tanh = loop_tanh};
