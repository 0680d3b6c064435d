/* ring_kernel.h - what ring.c plans and ring_kernel.c does, compiled once per instruction set.
 *
 * A complex vector is 16 real parts, then 16 imaginary parts (RING_VECTOR floats). Level 0 reads 16-float vectors of the
 * real input and writes the results; the levels below work in place on the scratch.
 */
#ifndef KERNELS_RING_KERNEL_H
#define KERNELS_RING_KERNEL_H

#include "kernels/isa.h"
#include "kernels/ring.h"

#define RING_WIDTH 16
#define RING_VECTOR (2 * RING_WIDTH)
#define RING_MAX_LEVELS 24 /* 2^29 vectors even by 4s and 2s */

struct ring_level {
    int radix;       /* 8, 5, 4, 3 or 2 */
    int64_t columns; /* vectors of a child of one of this level's blocks */
    float *factors;  /* (blocks of this level, RING_FACTORS(radix)), in the order of the recursion */
};

/* Of a block: for the forward step R = 8: t1 .. t7, c4, c6/c2, c5/c1, c7/c3, c2, c3/c1, c1, c1/sqrt(2); 4: t1, t2, t3, c1,
 * c2, c3/c1; 2: t1, c1; else (cos, sin) of r^1 .. r^(R-1). From 2R on, for the inverse: these pairs for every radix. */
#define RING_FACTORS(radix) (4 * (radix))

struct ring {
    enum ring_mode mode;
    int64_t L;
    int64_t vectors; /* of the scratch: a 16th of the points in RING_SAMPLES */
    int64_t floats;  /* of real input: 16 L or L */
    int levels;      /* RING_CHANNELS: the product takes place inside the last */
    int breadth;     /* level from which blocks are small enough to go breadth first; 0: all */
    struct ring_level level[RING_MAX_LEVELS];
    float *lane_factors; /* RING_SAMPLES: (vectors / 16, 4, 16): r and r^4 of 16 vectors, r = e^(i phi / 16) */
    const struct ring_kernel *kernel;
};

struct ring_kernel {
    /* spectrum (vectors, 32) = transform of x (ring->floats). */
    void (*transform)(const struct ring *ring, float *spectrum, const float *x);
    void (*convolve)(const struct ring *ring, float *y, const float *x, const float *gate, const float *spectrum,
                     float *scratch);
};

ISA_DECLARE(struct ring_kernel, ring_kernel);

#endif
