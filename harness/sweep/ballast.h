/* ballast.h - memory that a sweep holds between two blocks, so that the next one's processes find it.
 *
 * Many virtual machines give what a process has freed back to their host within seconds (free page reporting), and whoever
 * writes to that memory next waits until the host has found it again: 2 s for a GiB where memory that was never given back takes
 * 0.13 s. A sweep would pay that for each process of a large cell. One thread only; NULL for a ballast is none at all.
 */
#ifndef HARNESS_SWEEP_BALLAST_H
#define HARNESS_SWEEP_BALLAST_H

#include "machine/pages.h"

#include <stddef.h>

enum { BALLAST_CHUNKS = 1024 };
#define BALLAST_CHUNK ((size_t)16 << 20) /* bytes */

/* Zero-initialised it holds nothing. */
struct ballast {
    struct pages chunks[BALLAST_CHUNKS];
    size_t held;   /* chunks that there are */
    size_t wanted; /* that there are to be again after a yield */
};

/* Just before a process takes so many bytes: frees as much, in whole chunks, as far as there is any. NaN is nothing. */
void ballast_yield(struct ballast *ballast, double bytes);

/* After processes have ended: holds what it held before the yields, and at least so many bytes (NaN, 0: no more than that), but
 * no more than a quarter of the memory that is available. Memory that cannot be had is no error. */
void ballast_take(struct ballast *ballast, double bytes);

void ballast_free(struct ballast *ballast);

#endif
