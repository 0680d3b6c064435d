/* vecmath_levels.h - loops over vecmath.h, compiled once per instruction set as operators' kernels are (kernels/isa.h). */
#ifndef TESTS_OPERATORS_VECMATH_LEVELS_H
#define TESTS_OPERATORS_VECMATH_LEVELS_H

#include "kernels/isa.h"

#include <stdint.h>

struct vecmath_loops {
    void (*exp)(float *y, const float *x, int64_t count);
    void (*sigmoid)(float *y, const float *x, int64_t count);
    void (*tanh)(float *y, const float *x, int64_t count);
    void (*sin)(float *y, const float *x, int64_t count);
};

ISA_DECLARE(struct vecmath_loops, vecmath_loops);

#endif
