/* recurrent_math_levels.h - loops over recurrent_math.h, compiled once per instruction set as operators' kernels are. */
#ifndef TESTS_OPERATORS_RECURRENT_MATH_LEVELS_H
#define TESTS_OPERATORS_RECURRENT_MATH_LEVELS_H

#include "kernels/isa.h"

#include <stdint.h>

/* Any count: the last vector may be a part. */
struct recurrent_math_loops {
    void (*sigmoid)(float *y, const float *x, int64_t count);
    void (*tanh)(float *y, const float *x, int64_t count);
};

ISA_DECLARE(struct recurrent_math_loops, recurrent_math_loops);

#endif
