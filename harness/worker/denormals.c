/* denormals.c - denormal numbers cost some processors a hundredfold, and no study here is about them: they are flushed to
 * zero in every thread, which the fingerprint records. Declared in instance.h. */
#include "worker/instance.h"

#if defined(__SSE__)
#include <immintrin.h>
#endif

void instance_flush_denormals(int threads)
{
#if defined(__SSE__)
#pragma omp parallel num_threads(threads)
    _mm_setcsr(_mm_getcsr() | 0x8040u); /* flush to zero, denormals are zero */
#else
    (void)threads;
#endif
}
