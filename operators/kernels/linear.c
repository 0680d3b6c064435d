/* linear.c - see linear.h. */
#include "kernels/linear.h"

#include <cblas.h>
#include <omp.h>
#include <string.h>

void linear_set_threads(int threads)
{
    /* The OpenMP build of OpenBLAS takes its team size from here, not from omp_set_num_threads alone. */
    openblas_set_num_threads(threads);
}

static void fill_rows(float *y, int64_t ldy, const float *bias, int64_t rows, int64_t outputs)
{
    for (int64_t r = 0; r < rows; ++r)
        memcpy(y + r * ldy, bias, (size_t)outputs * sizeof *y);
}

void linear_forward(float *y, int64_t ldy, const float *x, int64_t ldx, const float *weight, const float *bias,
                    int64_t rows, int64_t inputs, int64_t outputs)
{
    if (bias)
        fill_rows(y, ldy, bias, rows, outputs);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)outputs, (blasint)inputs, 1.0f, x,
                (blasint)ldx, weight, (blasint)inputs, bias ? 1.0f : 0.0f, y, (blasint)ldy);
}
