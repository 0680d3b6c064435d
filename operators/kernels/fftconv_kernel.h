/* fftconv_kernel.h - the arithmetic of fftconv.c between its transforms, compiled once per instruction set. */
#ifndef KERNELS_FFTCONV_KERNEL_H
#define KERNELS_FFTCONV_KERNEL_H

#include "kernels/isa.h"

struct fftconv_kernel {
    void (*multiply)(float *a, const float *b, int64_t count); /* a[i] *= b[i], `count` complex values (re, im) */
};

ISA_DECLARE(struct fftconv_kernel, fftconv_kernel);

#endif
