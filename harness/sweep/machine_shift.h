/* machine_shift.h - how much faster or slower the machine itself ran in one stored sweep than in another, by the probes that both
 * took: a virtual machine's clock, and who else is on its cores, change from hour to hour by more than code does.
 */
#ifndef HARNESS_SWEEP_MACHINE_SHIFT_H
#define HARNESS_SWEEP_MACHINE_SHIFT_H

#include "store/store.h"

/* The same work's time in the new sweep over that in the base, by each probe: the least and the largest, with 1 among them. Work of
 * its own kind lies somewhere between, and no probe says where. */
struct machine_shift {
    double least, largest;
    char least_kind[32], largest_kind[32]; /* of the probes; "" where that is the 1 */
};

struct machine_shift machine_shift_none(void);

/* Adds the probes of `threads` threads that both sweeps (their ids) took. */
MUST_CHECK enum status machine_shift_add(struct machine_shift *shift, struct store *store, const char *base, const char *fresh,
                                         int threads, struct error *error);

#endif
