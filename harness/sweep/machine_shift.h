/* machine_shift.h - how much faster or slower the machine itself ran in one stored sweep than in another, by the probes that both
 * took: a virtual machine's clock, and who else is on its cores, change from hour to hour by more than code does.
 */
#ifndef HARNESS_SWEEP_MACHINE_SHIFT_H
#define HARNESS_SWEEP_MACHINE_SHIFT_H

#include "store/store.h"

enum { MACHINE_SHIFT_PROBES = 6 };

/* The same work's time in the new sweep over that in the base: the least and the largest, with 1 among them. */
struct machine_shift {
    double least, largest;
    const char *least_probe, *largest_probe; /* which said so; NULL where that is the 1 */
};

/* For each probe that both sweeps took with one number of threads. */
struct machine_shifts {
    int threads;
    struct machine_shift of[MACHINE_SHIFT_PROBES];
};

/* `base` and `fresh` are the sweeps' ids. */
MUST_CHECK enum status machine_shifts_read(struct machine_shifts *shifts, struct store *store, const char *base,
                                           const char *fresh, int threads, struct error *error);

/* What a cell with that roof met: its time moved by something between, and no probe says by what. NULL or "": by all probes. */
struct machine_shift machine_shift_of(const struct machine_shifts *shifts, const char *roof);

/* The widest of two. */
struct machine_shift machine_shift_wider(struct machine_shift a, struct machine_shift b);

#endif
