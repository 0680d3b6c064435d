/* reference_dot.h - the sum that double-precision references spend their time in. In partial sums, because a processor that waits
 * for each addition before the next one takes four times as long; the fast paths' sums are single precision, and elsewhere.
 */
#ifndef KERNELS_REFERENCE_DOT_H
#define KERNELS_REFERENCE_DOT_H

#include <stdint.h>

#define REFERENCE_DOT_SUMS 8

#define REFERENCE_DOT(name, type)                                                                   \
    static inline double name(const float *a, const type *b, int64_t count)                         \
    {                                                                                               \
        double sums[REFERENCE_DOT_SUMS] = {0.0};                                                    \
        int64_t i = 0;                                                                              \
        for (; i + REFERENCE_DOT_SUMS <= count; i += REFERENCE_DOT_SUMS)                            \
            for (int64_t k = 0; k < REFERENCE_DOT_SUMS; ++k)                                        \
                sums[k] += (double)a[i + k] * (double)b[i + k];                                     \
        for (; i < count; ++i)                                                                      \
            sums[0] += (double)a[i] * (double)b[i];                                                 \
        double sum = 0.0;                                                                           \
        for (int64_t k = 0; k < REFERENCE_DOT_SUMS; ++k)                                            \
            sum += sums[k];                                                                         \
        return sum;                                                                                 \
    }

REFERENCE_DOT(reference_dot, double)
REFERENCE_DOT(reference_dot_floats, float)

#endif
