/* fftconv_kernel.c - see fftconv_kernel.h. */
#include "kernels/fftconv_kernel.h"

static void multiply(float *restrict a, const float *restrict b, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
        const float re = a[2 * i], im = a[2 * i + 1];
        a[2 * i] = re * b[2 * i] - im * b[2 * i + 1];
        a[2 * i + 1] = re * b[2 * i + 1] + im * b[2 * i];
    }
}

const struct fftconv_kernel ISA_NAME(fftconv_kernel) = {.multiply = multiply};
