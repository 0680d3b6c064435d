/* knowledge.h - what planners found out (FFTW wisdom, chosen methods), kept between processes and sweeps, so that a re-plan
 * never looks like a regression. */
#ifndef HARNESS_SWEEP_KNOWLEDGE_H
#define HARNESS_SWEEP_KNOWLEDGE_H

#include "sweep/plan.h"

/* Fills the cell's plan_text from the store: its own, or that of one thread as a starting point (what FFTW measured for one
 * serves the other). */
MUST_CHECK enum status knowledge_load(struct store *store, const char *machine, struct planned_cell *cell,
                                      struct error *error);

/* What a worker exported (base64; NULL nothing) becomes the cell's own, unless it has some already. */
void knowledge_keep(struct planned_cell *cell, const char *exported);

/* Puts new knowledge into the store. */
MUST_CHECK enum status knowledge_save(struct store *store, const char *machine, struct planned_cell *cell,
                                      struct error *error);

#endif
