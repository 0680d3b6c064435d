/* libraries.h - what was really loaded into this worker, as opposed to what was linked. */
#ifndef HARNESS_WORKER_LIBRARIES_H
#define HARNESS_WORKER_LIBRARIES_H

#include "base/status.h"

#include <jansson.h>

/* {"libopenblas": {"path": ..., "config": ..., "kernel": "SkylakeX"}, "libfftw3f": {...}, "libgomp": {...}}; new reference. */
json_t *libraries_loaded(void);

/* Two OpenMP runtimes in one process fight for the cores: such a worker refuses to time. */
MUST_CHECK enum status libraries_check_openmp(struct error *error);

#endif
