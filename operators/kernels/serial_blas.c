/* serial_blas.c - one matrix product at a time, for builds with the serial OpenBLAS (clang and ThreadSanitizer).
 *
 * Debian's serial OpenBLAS is built without locks: two threads that call it at once may be given the same work buffer, and
 * products come out wrong. Operators do call it from their threads, which the OpenMP build allows. The linker leads their
 * calls here (--wrap), and a lock lets them through one by one. Builds that measure have none of this.
 */
#include <cblas.h>
#include <pthread.h>

typedef enum CBLAS_ORDER order;
typedef enum CBLAS_TRANSPOSE transpose;

void __real_cblas_sgemm(order, transpose, transpose, blasint, blasint, blasint, float, const float *, blasint, const float *,
                        blasint, float, float *, blasint);
void __wrap_cblas_sgemm(order, transpose, transpose, blasint, blasint, blasint, float, const float *, blasint, const float *,
                        blasint, float, float *, blasint);

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

void __wrap_cblas_sgemm(order layout, transpose ta, transpose tb, blasint m, blasint n, blasint k, float alpha,
                        const float *a, blasint lda, const float *b, blasint ldb, float beta, float *c, blasint ldc)
{
    pthread_mutex_lock(&turn);
    __real_cblas_sgemm(layout, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    pthread_mutex_unlock(&turn);
}
