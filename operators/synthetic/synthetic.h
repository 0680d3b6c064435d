/* synthetic.h - what the files of this module share: calibrated work (calibration.c) and faults (faults.c). */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H

#include "operator.h"

/* ---------------------------------------------------------------- calibration.c */

/* A chain of `steps` dependent integer operations from `seed`; its end, which the caller must use. */
uint64_t calibration_steps(uint64_t steps, uint64_t seed);

/* Nanoseconds of CPU time per step: imported, or measured on the first use in this process and kept. */
double calibration_step_ns(void);

size_t calibration_export(double step_ns, void *blob, size_t capacity); /* as plan_export */
enum seq_status calibration_import(const void *blob, size_t bytes);     /* as plan_import */

/* ---------------------------------------------------------------- faults.c */

enum fault {
    FAULT_NONE,
    FAULT_CRASH,  /* abort */
    FAULT_HANG,   /* never returns */
    FAULT_NAN,    /* the output is NaN; in synthetic.c */
    FAULT_WRONG,  /* the output is off by 1; in synthetic.c */
    FAULT_MEMORY, /* takes memory that no region declares, up to 64 GiB */
    FAULT_EXIT,   /* ends the process with exit code 7 */
    FAULT_NOISE,  /* prints rubbish to stdout and stderr */
    FAULT_COUNT
};

enum moment { IN_FORWARD, IN_PREPARE, IN_PLAN, MOMENT_COUNT };

/* Does it. Returns, if at all, SEQ_OK, or SEQ_NO_MEMORY and SEQ_FAILED where FAULT_MEMORY reached an end. */
enum seq_status fault_happen(enum fault fault);

#endif
