/* machine_noise.h - watching the machine for a while: what `seqscale machine` tells about noise. */
#ifndef HARNESS_COMMANDS_MACHINE_NOISE_H
#define HARNESS_COMMANDS_MACHINE_NOISE_H

#include "machine/topology.h"
#include "present/doctor.h"

#include <jansson.h>

/* Spins for `seconds` and reads the kernel's counters before and after; takes what is known of the machine from its
 * fingerprint, whose strings the facts point into. `parallel_gain` is the probe's, NaN unknown. */
void machine_noise_watch(struct doctor_facts *facts, const json_t *fingerprint, const struct topology *topology,
                         double parallel_gain, double seconds);

#endif
