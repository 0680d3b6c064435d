/* study_parts.h - the steps of study_make, for the files study*.c alone. Each adds one array to the study. */
#ifndef HARNESS_PRESENT_STUDY_PARTS_H
#define HARNESS_PRESENT_STUDY_PARTS_H

#include "present/study.h"

/* Cells, processes, caches. */
MUST_CHECK enum status study_load(struct study *study, struct store *store, const char *where, struct error *error);
MUST_CHECK enum status study_collect_series(struct study *study, struct error *error);
MUST_CHECK enum status study_fit_growth(struct study *study, const struct study_request *request, struct error *error);
MUST_CHECK enum status study_find_crossovers(struct study *study, struct error *error);
MUST_CHECK enum status study_fit_cores(struct study *study, struct error *error);
MUST_CHECK enum status study_find_contexts(struct study *study, const struct study_request *request, struct error *error);
MUST_CHECK enum status study_compare_equals(struct study *study, struct error *error);

/* The processes of a cell. */
const struct study_process *study_processes_of(const struct study *study, const struct cell_record *cell, size_t *count);

/* Whether two cells differ in nothing but length (and seed), and the operator where `any_operator`, threads where
 * `any_threads`. */
bool study_same_setting(const struct cell_record *a, const struct cell_record *b);
bool study_same_operator(const struct cell_record *a, const struct cell_record *b);

/* A zeroed array, at least one item long. NULL: out of memory, with the sentence. */
void *study_array(size_t count, size_t size, struct error *error);

enum { STUDY_RESAMPLES = 400 /* of each bootstrap: the ends of a 95 % interval are the tenth of 400 from either side */ };

#endif
