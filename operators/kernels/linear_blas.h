/* linear_blas.h - the method "openblas" of linear.h. */
#ifndef KERNELS_LINEAR_BLAS_H
#define KERNELS_LINEAR_BLAS_H

#include "kernels/linear.h"

/* linear_scratch_floats() and linear_rows() of this method; packed is (taps, inputs, outputs), then the bias. */
int64_t linear_blas_scratch_floats(const struct linear *linear, int64_t rows);
void linear_blas_rows(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                      float *scratch);

#endif
