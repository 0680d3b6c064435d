/* openblas.h - the OpenBLAS library, loaded by its path: no part of the program is linked with it, operators are. */
#ifndef HARNESS_MACHINE_OPENBLAS_H
#define HARNESS_MACHINE_OPENBLAS_H

#include <stdbool.h>

enum { OPENBLAS_ROW_MAJOR = 101, OPENBLAS_NO_TRANSPOSE = 111 }; /* values of CBLAS_ORDER and CBLAS_TRANSPOSE */

enum { OPENBLAS_SERIAL = 0, OPENBLAS_PTHREADS = 1, OPENBLAS_OPENMP = 2 }; /* what `parallel` returns */

struct openblas {
    /* C (M,N) = alpha A (M,K) B (K,N) + beta C */
    void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc);
    void (*set_threads)(int threads); /* in the OpenMP build it also sets OpenMP's default number of threads */
    int (*get_threads)(void);
    int (*parallel)(void);
    const char *(*core)(void);   /* name of the kernels that it picked: "SkylakeX" */
    const char *(*config)(void); /* version and build: "OpenBLAS 0.3.21 ..." */
};

/* False when the library, or one of the functions, is not there. The library stays loaded: its threads may be about. */
bool openblas_open(struct openblas *library, const char *path);

#endif
