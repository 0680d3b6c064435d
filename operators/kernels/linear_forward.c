/* linear_forward.c - projections by one call of OpenBLAS, on weights as they are; see the end of linear.h. */
#include "kernels/linear.h"

#include <cblas.h>
#include <omp.h>
#include <string.h>

#define FILL_ALONE_FLOATS 16384 /* one thread writes these 64 KiB in a few microseconds; starting a team takes one */
#define LINE_FLOATS 16          /* 64 bytes */
#define PAGE_FLOATS 1024        /* 4 KiB */

void linear_set_threads(int threads)
{
    /* The OpenMP build of OpenBLAS takes its team size from here, not from omp_set_num_threads alone. */
    openblas_set_num_threads(threads);
}

static void fill_rows(float *y, int64_t ldy, const float *bias, int64_t rows, int64_t outputs)
{
#pragma omp parallel for num_threads(openblas_get_num_threads()) schedule(static) if (rows * outputs >= FILL_ALONE_FLOATS)
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

void linear_forward_double(double *y, const double *x, const double *weight, const double *bias, int64_t rows,
                           int64_t inputs, int64_t outputs)
{
    for (int64_t r = 0; r < rows; ++r)
        memcpy(y + r * outputs, bias, (size_t)outputs * sizeof *y);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)outputs, (blasint)inputs, 1.0, x,
                (blasint)inputs, weight, (blasint)inputs, 1.0, y, (blasint)outputs);
}

void linear_forward_to_channels(float *y, int64_t ldy, const float *x, int64_t ldx, const float *weight, int64_t tokens,
                                int64_t inputs, int64_t outputs)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)outputs, (blasint)tokens, (blasint)inputs, 1.0f, weight,
                (blasint)inputs, x, (blasint)ldx, 0.0f, y, (blasint)ldy);
}

void linear_forward_from_channels(float *y, int64_t ldy, const float *x, int64_t ldx, const float *weight, int64_t ldw,
                                  const float *bias, int64_t tokens, int64_t inputs, int64_t outputs)
{
    if (bias)
        fill_rows(y, ldy, bias, tokens, outputs);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasTrans, (blasint)tokens, (blasint)outputs, (blasint)inputs, 1.0f, x,
                (blasint)ldx, weight, (blasint)ldw, 1.0f, y, (blasint)ldy);
}

int64_t linear_channel_stride(int64_t tokens)
{
    const int64_t lines = (tokens + LINE_FLOATS - 1) / LINE_FLOATS;
    const int64_t stride = lines * LINE_FLOATS;
    return stride % PAGE_FLOATS == 0 ? stride + LINE_FLOATS : stride;
}
