/* probe_kernels.h - the loops that the probes time, one table for each instruction set (probe_kernels.c says how). */
#ifndef HARNESS_MACHINE_PROBE_KERNELS_H
#define HARNESS_MACHINE_PROBE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

struct probe_kernels {
    double flops_per_round; /* of fma */

    /* Each returns something that depends on all that it computed, so that nothing can be left out. */
    float (*fma)(int64_t rounds);
    /* `passes` times over `data`, which is 64-byte aligned; `count` is a multiple of PROBE_READ_STEP. */
    float (*read)(const float *data, size_t count, int64_t passes);
};

#define PROBE_READ_STEP ((size_t)256) /* floats: 1 KiB, a whole number of unrolled iterations at any vector length */

extern const struct probe_kernels probe_kernels_generic;
#ifdef SEQ_HAVE_X86_LEVELS
extern const struct probe_kernels probe_kernels_v3, probe_kernels_v4;
#endif

#endif
