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
    int samples;                 /* per process, until more is known */
    bool small_pages;            /* no huge pages for the operators' memory */
    int64_t extra_steps;         /* a slowdown planted in each timed call, see docs/worker-protocol.md; 0 none */
};

#define SETTING_TIMEOUT_SECONDS 60.0
#define SETTING_SAMPLES 5
#define SETTING_SETTLE_SECONDS 30e-3 /* a process that is not steady by then is measured all the same, and says so */
#define SETTING_MEMORY_SHARE 0.6 /* of what is available: the rest is for the page cache, the parent and surprises */

/* Topology, search path (`operators` is --operators or NULL), instruction set (SEQSCALE_ISA), memory limit. */
MUST_CHECK enum status setting_init(struct setting *setting, const char *operators, struct error *error);
void setting_free(struct setting *setting);

/* Starts a worker for cells of this binding and thread count: CPUs, OpenMP's environment, OpenBLAS held to the instruction
 * set. `layout_seed` as in client.h. `operator_name` tells an external one; NULL: this executable's worker. */
MUST_CHECK enum status setting_start_worker(const struct setting *setting, const char *operator_name, const char *bind,
                                            int threads, uint64_t layout_seed, struct client **client, struct error *error);

/* The CPUs that a worker of this binding and thread count is bound to, as topology_place gives them. */
MUST_CHECK enum status setting_place(const struct setting *setting, const char *bind, int threads, int *cpus, int *count,
                                     struct error *error);

/* The environment alone, for `run`, which executes itself again with it: "NAME=VALUE" strings ("NAME": unset),
 * NULL-terminated, malloc'd each. `cpus` has room for topology_cpus(). */
MUST_CHECK enum status setting_environment(const struct setting *setting, const char *bind, int threads, int *cpus,
                                           int *cpu_count, char ***environment, struct error *error);
void setting_environment_free(char **environment);

/* How whatever is measured with this setting treats memory and numbers, as a JSON object for people: malloc'd, NULL when memory
 * ran out. Measures the penalty of denormals. */
char *setting_policies(const struct setting *setting);

/* Request fields of a cell; `module` is its file, NULL for external operators. New reference. */
json_t *setting_problem(const struct setting *setting, const struct cell *cell, const char *module, const char *word);

#endif
