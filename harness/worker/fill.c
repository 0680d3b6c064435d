/* fill.c - see fill.h. */
#include "worker/fill.h"

#include "base/random.h"

#include <math.h>

#define INPUT_STREAM 0u
#define PIECE ((size_t)4096)

static size_t piece_at(size_t at, size_t count)
{
    return count - at < PIECE ? count - at : PIECE;
}

void fill_input(float *values, size_t count, uint64_t seed)
{
#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < count; at += PIECE)
        random_fill_bell(seed, INPUT_STREAM, at, values + at, piece_at(at, count));
}

static void fill_normal(float *values, size_t first, size_t count, const struct seq_parameter *parameter, uint64_t seed,
                        uint64_t stream)
{
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)(parameter->a + parameter->b * random_normal(seed, stream, first + i));
}

static void fill_constant(float *values, size_t count, double value)
{
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)value;
}

/* Values [first, first + count) of the parameter. */
static void fill_piece(float *values, size_t first, size_t count, const struct seq_parameter *parameter, uint64_t seed,
                       uint64_t stream)
{
    const double a = parameter->a, b = parameter->b;
    switch (parameter->init) {
    case SEQ_INIT_ZERO: fill_constant(values, count, 0.0); break;
    case SEQ_INIT_ONE: fill_constant(values, count, 1.0); break;
    case SEQ_INIT_CONSTANT: fill_constant(values, count, a); break;
    case SEQ_INIT_UNIFORM: random_fill_uniform(seed, stream, first, a, b, values, count); break;
    case SEQ_INIT_NORMAL: fill_normal(values, first, count, parameter, seed, stream); break;
    case SEQ_INIT_LOG_UNIFORM: random_fill_uniform(seed, stream, first, log(a), log(b), values, count); break;
    case SEQ_INIT_COMPUTED: fill_constant(values, count, NAN); break;
    }
}

void fill_parameter(float *values, size_t count, const struct seq_parameter *parameter, uint64_t seed, uint64_t stream)
{
#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < count; at += PIECE)
        fill_piece(values + at, at, piece_at(at, count), parameter, seed, stream + 1);
}
