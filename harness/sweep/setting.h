/* setting.h - what holds for a whole sweep: machine, search path, limits, and how its workers are started. */
#ifndef HARNESS_SWEEP_SETTING_H
#define HARNESS_SWEEP_SETTING_H

#include "base/cell.h"
#include "machine/isa.h"
#include "machine/topology.h"
#include "sweep/client.h"
#include "sweep/find.h"

#include <stdbool.h>
#include <stdint.h>

struct setting {
    const char *program;         /* seqscale executable whose workers are meant; NULL: this one */
    const char *const *launcher; /* as in client.h, with OpenBLAS held to `isa` in any case; NULL none */
    struct topology *topology;
    struct module_search search;
    enum isa isa;
    uint64_t seed;
    double timeout_seconds;      /* the longest that a worker may leave a request unanswered */
    double memory_limit_bytes;   /* of all workers alive together, and so of each */
    int samples;                 /* per process */
};

#define SETTING_TIMEOUT_SECONDS 60.0
#define SETTING_SAMPLES 5
#define SETTING_MEMORY_SHARE 0.6 /* of what is available: the rest is for the page cache, the parent and surprises */

/* Topology, search path (`operators` is --operators or NULL), instruction set (SEQSCALE_ISA), memory limit. */
MUST_CHECK enum status setting_init(struct setting *setting, const char *operators, struct error *error);
void setting_free(struct setting *setting);

/* Starts a worker for cells of this binding and thread count: CPUs, OpenMP's environment, OpenBLAS held to the instruction
 * set. `layout_seed` as in client.h. `operator_name` tells an external one; NULL: this executable's worker. */
MUST_CHECK enum status setting_start_worker(const struct setting *setting, const char *operator_name, const char *bind,
                                            int threads, uint64_t layout_seed, struct client **client, struct error *error);

/* The environment alone, for `run`, which executes itself again with it: "NAME=VALUE" strings ("NAME": unset),
 * NULL-terminated, malloc'd each. `cpus` has room for topology_cpus(). */
MUST_CHECK enum status setting_environment(const struct setting *setting, const char *bind, int threads, int *cpus,
                                           int *cpu_count, char ***environment, struct error *error);
void setting_environment_free(char **environment);

/* Request fields of a cell; `module` is its file, NULL for external operators. New reference. */
json_t *setting_problem(const struct setting *setting, const struct cell *cell, const char *module, const char *word);

#endif
