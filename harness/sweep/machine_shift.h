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

/* For each number of threads, and each probe that both sweeps took with it. */
struct machine_shifts {
    struct machine_shifts_of_threads {
        int threads;
        struct machine_shift of[MACHINE_SHIFT_PROBES];
    } *items;
    size_t count;
};

/* For the numbers of threads of these cells. `base` and `fresh` are the sweeps' ids. Afterwards machine_shifts_free, also on
 * failure. */
MUST_CHECK enum status machine_shifts_read(struct machine_shifts *shifts, struct store *store, const char *base,
                                           const char *fresh, const struct cell_record *cells, size_t count, struct error *error);
void machine_shifts_free(struct machine_shifts *shifts);

/* What a cell with that roof met: its time moved by something between, and no probe says by what. "": by all probes. */
struct machine_shift machine_shift_of(const struct machine_shifts *shifts, int threads, const char *roof);

/* By any probe with any number of threads. */
struct machine_shift machine_shift_widest(const struct machine_shifts *shifts);

#endif
