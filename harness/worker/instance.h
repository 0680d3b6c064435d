/* instance.h - one operator on one problem, with its memory: planned, allocated, filled, prepared, ready to be called. */
#ifndef HARNESS_WORKER_INSTANCE_H
#define HARNESS_WORKER_INSTANCE_H

#include "base/status.h"
#include "worker/module.h"
#include "worker/region.h"

#include <stdbool.h>
#include <stdint.h>

struct arena_block; /* plan memory */

struct instance_request {
    const struct module *module;
    struct seq_problem problem; /* options pointer included; copied */
    uint64_t seed;              /* of input and parameters */
    bool prepare_inside;        /* the timed call includes prepare */
    bool small_pages;           /* regions in small pages only */
    uint64_t extra_steps;       /* of plain arithmetic after the operator's, in each timed call: a planted slowdown */
    unsigned shift;             /* page offset of the regions, see region.h */
    const void *blob;           /* planner knowledge; NULL none */
    size_t blob_bytes;
};

struct instance {
    const struct module *module;
    struct seq_problem problem;
    double *options;
    bool prepare_inside;
    uint64_t extra_steps;
    struct seq_cost cost;
    struct seq_plan *plan;
    struct arena_block *arena;
    const struct seq_parameter *parameters;
    size_t parameter_count;
    float **parameter_data;      /* one per parameter, aliases resolved */
    float **gradient_data;       /* train mode; NULL for buffers and aliases */
    size_t *parameter_elements;
    struct region regions[SEQ_REGION_COUNT];
    size_t region_bytes[SEQ_REGION_COUNT]; /* as reported: THREAD_SCRATCH for all threads */
    size_t state_bytes;          /* of one state, whether or not this mode allocates it */
    struct region state_out;     /* decode mode: the state a step writes */
    struct seq_run run;
    double plan_seconds, touch_seconds, prepare_seconds; /* touch: until all regions were written once */
};

/* Everything up to and without prepare: parameters and input are filled from the seed. An unsupported problem is
 * STATUS_USAGE with the operator's sentence; sets *unsupported. */
MUST_CHECK enum status instance_create(struct instance **instance, const struct instance_request *request, bool *unsupported,
                                       struct error *error);
void instance_destroy(struct instance *instance); /* NULL is allowed */

/* Runs prepare and times it. Again after parameters were changed. */
MUST_CHECK enum status instance_prepare(struct instance *instance, struct error *error);

/* The timed call of the problem's mode: forward; prepare, forward and backward; or one step. */
enum seq_status instance_call(const struct instance *instance);
MUST_CHECK enum status instance_call_checked(const struct instance *instance, struct error *error);

/* Poisons output, activations, saved and scratch, so that the next call must write what it reads. */
void instance_poison(struct instance *instance);

double instance_total_bytes(const struct instance *instance);     /* every region alive in the call */
double instance_workspace_bytes(const struct instance *instance); /* activations and scratch */

/* describe alone: the price. Fills the harness's own regions as well. */
MUST_CHECK enum status instance_describe(const struct module *module, const struct seq_problem *problem, struct seq_cost *cost,
                                         bool *unsupported, struct error *error);

/* "operator NAME refused ..." for a hook's status and message. */
enum status instance_hook_failed(const struct module *module, const char *hook, enum seq_status status,
                                 const struct seq_message *message, struct error *error);

/* Flush denormals to zero in every thread of a team of `threads`, and in those that come later in it. */
void instance_flush_denormals(int threads);

#endif
