/* smooth.h - sizes that fast transforms are made of. */
#ifndef KERNELS_SMOOTH_H
#define KERNELS_SMOOTH_H

#include <stdint.h>

/* Smallest 2^a 3^b 5^c that is at least `least`, which is at least 1. */
static inline int64_t smooth_size(int64_t least)
{
    int64_t best = INT64_MAX;
    for (int64_t five = 1; five < 5 * least; five *= 5)
        for (int64_t three = five; three < 3 * least; three *= 3) {
            int64_t size = three;
            while (size < least)
                size *= 2;
            best = size < best ? size : best;
        }
    return best;
}

#endif
