/* recurrent_plan.h - the plan of a recurrence and the layouts that follow from it; private to kernels/recurrent*.c. */
#ifndef KERNELS_RECURRENT_PLAN_H
#define KERNELS_RECURRENT_PLAN_H

#include "kernels/linear.h"
#include "kernels/recurrent.h"

struct seq_plan {
    const struct recurrent_kernel *kernel;
    int64_t B, L, D;
    int64_t chunk; /* steps whose input parts are projected at once */
    int64_t panels;
    enum seq_scope scope;
    struct linear linear; /* the input projection; scope layer only */
    int threads;          /* worth using at all */
    int team;             /* worth using in the recurrence */
    int64_t ahead;        /* blocks that a member of the team begins before it waits for the others */
    struct seq_parameter parameters[4];
    size_t parameter_count;
};

/* Where the parts of the region SCRATCH begin, in bytes. */
struct scratch_layout {
    size_t progress; /* (team) struct progress */
    size_t zeros;    /* (B, D): the hidden state before the first token, when none is given */
    size_t memory;   /* (B, panels * lanes) */
    size_t bytes;
};

static inline size_t recurrent_floats(int64_t count)
{
    return (size_t)count * sizeof(float);
}

/* Floats of one packed panel, and of one sequence's second state. */
static inline int64_t recurrent_panel_floats(const struct seq_plan *plan)
{
    return (1 + plan->D) * plan->kernel->gates * plan->kernel->lanes;
}

/* Floats of W_hh in PREPARED; the projection's weights follow. */
static inline int64_t recurrent_packed_floats(const struct seq_plan *plan)
{
    return plan->panels * recurrent_panel_floats(plan);
}

/* Floats of a thread's sums, at the beginning of its THREAD_SCRATCH. */
static inline int64_t recurrent_sums_floats(const struct seq_plan *plan)
{
    const struct recurrent_kernel *const kernel = plan->kernel;
    return (1 + plan->ahead) * plan->B * kernel->panels * kernel->gates * kernel->lanes;
}

static inline int64_t recurrent_memory_floats(const struct seq_plan *plan)
{
    return plan->panels * plan->kernel->lanes;
}

struct scratch_layout recurrent_scratch_layout(const struct seq_plan *plan);

#endif
