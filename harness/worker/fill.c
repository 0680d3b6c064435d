/* fill.c - see fill.h. */
#include "worker/fill.h"

#include "base/random.h"

#include <math.h>

#define INPUT_STREAM 0u
#define PIECE ((size_t)4096)

void fill_input(float *values, size_t count, uint64_t seed)
{
#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < count; at += PIECE)
        random_fill_bell(seed, INPUT_STREAM, at, values + at, count - at < PIECE ? count - at : PIECE);
}

static double draw(const struct seq_parameter *parameter, uint64_t seed, uint64_t stream, size_t index)
{
    const double a = parameter->a, b = parameter->b;
    switch (parameter->init) {
    case SEQ_INIT_ZERO: return 0.0;
    case SEQ_INIT_ONE: return 1.0;
    case SEQ_INIT_CONSTANT: return a;
    case SEQ_INIT_UNIFORM: return a + (b - a) * random_uniform(seed, stream, index);
    case SEQ_INIT_NORMAL: return a + b * random_normal(seed, stream, index);
    case SEQ_INIT_LOG_UNIFORM: return log(a) + (log(b) - log(a)) * random_uniform(seed, stream, index);
    case SEQ_INIT_COMPUTED: break;
    }
    return NAN;
}

void fill_parameter(float *values, size_t count, const struct seq_parameter *parameter, uint64_t seed, uint64_t stream)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)draw(parameter, seed, stream + 1, i);
}
