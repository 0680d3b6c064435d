/* isa.h - instruction sets by their names generic, v3, v4 (x86-64 levels); the values agree with enum seq_isa. */
#ifndef HARNESS_MACHINE_ISA_H
#define HARNESS_MACHINE_ISA_H

#include "base/status.h"

enum isa { ISA_GENERIC = 0, ISA_V3 = 1, ISA_V4 = 2, ISA_COUNT };

enum isa isa_best(void); /* the highest level that processor, operating system and this build have */
const char *isa_name(enum isa isa);

/* `request` is NULL or "" for the best (after the environment's SEQSCALE_ISA was handed in by the command). A word that is
 * none, or a level that this processor lacks, is a sentence. */
MUST_CHECK enum status isa_choose(const char *request, enum isa *isa, struct error *error);

/* The same for a processor whose best level is `best`. */
MUST_CHECK enum status isa_choose_up_to(enum isa best, const char *request, enum isa *isa, struct error *error);

/* Value for OPENBLAS_CORETYPE that holds OpenBLAS to the same level; NULL: leave it to OpenBLAS (the best level). */
const char *isa_openblas_core(enum isa isa);

/* The same, also where the level is the best: one choice on all processors that have it. NULL for ISA_V4. */
const char *isa_openblas_core_named(enum isa isa);

#endif
