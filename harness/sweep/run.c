/* run.c - see run.h. */
#include "sweep/run.h"

#include "base/random.h"
#include "machine/clock.h"
#include "present/units.h"
#include "sweep/block.h"
#include "sweep/core_speed.h"
#include "sweep/predict.h"
#include "sweep/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_STREAM 0x6f72u
#define BLOCK_SECONDS 0.1           /* of a block beside its processes: probes, the store */
#define PROBE_SHARE 16.0            /* a budget has about so many short probe sets, */
#define PROBE_PERIOD_LEAST 4.0      /* and this long lies between two of them, */
#define PROBE_PERIOD_MOST 15.0      /* or this; seconds */
#define TIMEOUT_LEAST_SECONDS 10.0   /* a worker gets this long even when the budget is gone */
#define GROUPS_MAX 65536

/* All cells of one length and thread count. */
struct group {
    int64_t length;
    int threads;
    struct planned_cell **cells;
    size_t count;
    int passes, disturbed; /* all of them, and those that are to be made again */
};

struct runner {
    const struct run_request *request;
    struct group *groups;
    size_t count;
    int64_t began_ns, probed_ns;
    char reference_dir[REFERENCE_FOLDER];
    const struct group *current;
    struct block_outcome outcome; /* of the last block */
    struct ballast ballast;
};

static double gone(const struct runner *runner)
{
    return runner->request->gone_seconds + (double)(clock_wall_ns() - runner->began_ns) * 1e-9;
}

static double left(const struct runner *runner)
{
    return runner->request->budget_seconds - runner->request->kept_seconds - gone(runner);
}

/* ---------------------------------------------------------------- groups */

static struct group *group_of(struct runner *runner, const struct cell *cell)
{
    for (size_t i = 0; i < runner->count; ++i)
        if (runner->groups[i].length == cell->length && runner->groups[i].threads == cell->threads)
            return &runner->groups[i];
    struct group *more = runner->count < GROUPS_MAX ? realloc(runner->groups, (runner->count + 1) * sizeof *more) : NULL;
    if (!more)
        return NULL;
    runner->groups = more;
    runner->groups[runner->count] = (struct group){.length = cell->length, .threads = cell->threads};
    return &runner->groups[runner->count++];
}

static int compare_groups(const void *left_group, const void *right_group)
{
    const struct group *a = left_group, *b = right_group;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return (a->threads > b->threads) - (a->threads < b->threads);
}

static enum status make_groups(struct runner *runner, struct error *error)
{
    struct plan *plan = runner->request->plan;
    for (size_t i = runner->request->first_cell; i < plan->count; ++i) {
        struct group *group = group_of(runner, &plan->cells[i].record.cell);
        struct planned_cell **more = group ? realloc(group->cells, (group->count + 1) * sizeof *more) : NULL;
        if (!more)
            return error_set(error, STATUS_SYSTEM, "out of memory for the blocks of a sweep");
        group->cells = more;
        group->cells[group->count++] = &plan->cells[i];
    }
    qsort(runner->groups, runner->count, sizeof *runner->groups, compare_groups);
    for (size_t i = 0; i < runner->count; ++i) {
        struct group *group = &runner->groups[i];
        TRY(store_count_passes(runner->request->store, runner->request->sweep, group->length, group->threads, &group->passes,
                               &group->disturbed, error));
    }
    return STATUS_OK;
}

/* The cells that still run, in `out`; returns how many. */
static size_t running_cells(const struct group *group, struct planned_cell **out)
{
    size_t count = 0;
    for (size_t i = 0; i < group->count; ++i) {
        if (!plan_cell_runs(group->cells[i]))
            continue;
        if (out)
            out[count] = group->cells[i];
        ++count;
    }
    return count;
}

static double group_seconds(const struct runner *runner, const struct group *group)
{
    double seconds = BLOCK_SECONDS;
    for (size_t i = 0; i < group->count; ++i)
        if (plan_cell_runs(group->cells[i]))
            seconds += plan_process_seconds(group->cells[i], runner->request->setting->samples);
    return seconds;
}

/* ---------------------------------------------------------------- running a group */

static void doing(void *context, const struct planned_cell *cell)
{
    const struct runner *runner = context;
    char text[256], label[128];
    if (!runner->request->progress)
        return;
    cell_label(&cell->record.cell, label, sizeof label);
    snprintf(text, sizeof text, "length %lld, %d thread%s, pass %d: %s", (long long)runner->current->length,
             runner->current->threads, runner->current->threads == 1 ? "" : "s", runner->current->passes + 1, label);
    const double budget = runner->request->budget_seconds, spent = gone(runner);
    runner->request->progress(runner->request->context, fmin(1.0, spent / budget), spent, fmax(0.0, budget - spent), text);
}

static enum probe_level probes_due(struct runner *runner, const struct group *group)
{
    const double share = runner->request->budget_seconds / PROBE_SHARE;
    const int64_t period_ns = (int64_t)(1e9 * fmin(fmax(share, PROBE_PERIOD_LEAST), PROBE_PERIOD_MOST));
    bool first_of_threads = group->passes == 0;
    for (const struct group *other = runner->groups; other < group && first_of_threads; ++other)
        first_of_threads = other->threads != group->threads || other->passes == 0;
    if (!first_of_threads && clock_wall_ns() - runner->probed_ns < period_ns)
        return PROBES_NONE;
    runner->probed_ns = clock_wall_ns();
    /* The full set costs more than a short sweep has. */
    return first_of_threads && runner->request->budget_seconds > 20.0 ? PROBES_FULL : PROBES_SHORT;
}

/* After the pilot: what a process costs, what a sample, and how much each of them varies. */
static void allocate_samples(const struct runner *runner, const struct group *group)
{
    const int usual = runner->request->setting->samples;
    for (size_t i = 0; i < group->count; ++i) {
        struct planned_cell *cell = group->cells[i];
        const double process = plan_process_seconds(cell, usual);
        const double sample = plan_sample_seconds(cell);
        const double overhead = process - plan_samples(cell, usual) * sample;
        const double setup = fmax(0.0, cell->setup_seconds - cell->call_seconds); /* the check's call warms up */
        const int best = allocation_samples(&cell->allocation, overhead, sample);
        cell->samples = allocation_share(best > 0 ? best : usual, setup, overhead - cell->setup_seconds, sample);
    }
}

static enum status run_group(struct runner *runner, struct group *group, struct error *error)
{
    struct planned_cell **cells = calloc(group->count + 1, sizeof *cells);
    if (!cells)
        return error_set(error, STATUS_SYSTEM, "out of memory for a block");
    runner->current = group;
    const struct run_request *request = runner->request;
    const uint64_t key = (uint64_t)group->length * 4099u + (uint64_t)group->threads;
    const struct block_request block = {
        .setting = request->setting,
        .store = request->store,
        .sweep = request->sweep,
        .machine = request->machine,
        .reference_dir = runner->reference_dir[0] ? runner->reference_dir : NULL,
        .cells = cells,
        .count = running_cells(group, cells),
        .pass = group->passes,
        .order_seed = random_bits(request->setting->seed + key, ORDER_STREAM, (uint64_t)group->passes),
        .probes = probes_due(runner, group),
        .timeout_seconds = fmin(request->setting->timeout_seconds, fmax(TIMEOUT_LEAST_SECONDS, left(runner))),
        .doing = doing,
        .context = runner,
        .spent = request->spent,
        .outcome = &runner->outcome,
        .ballast = &runner->ballast,
    };
    runner->outcome.disturbed = false;
    const enum status status = block.count ? block_run(&block, error) : STATUS_OK;
    if (status == STATUS_OK) {
        ++group->passes;
        group->disturbed += runner->outcome.disturbed;
        allocate_samples(runner, group);
    }
    free(cells);
    return status;
}

/* ---------------------------------------------------------------- the first pass */

static struct planned_cell *dearest_cell(const struct runner *runner, const struct group *group)
{
    struct planned_cell *dearest = NULL;
    const int samples = runner->request->setting->samples;
    for (size_t i = 0; i < group->count; ++i) {
        struct planned_cell *cell = group->cells[i];
        if (plan_cell_runs(cell) &&
            (!dearest || plan_process_seconds(cell, samples) > plan_process_seconds(dearest, samples)))
            dearest = cell;
    }
    return dearest;
}

/* Skips the dearest cells of a block until the others fit in what is left. */
static void fit_budget(const struct runner *runner, const struct group *group)
{
    char budget[UNITS_TEXT], cost[UNITS_TEXT];
    while (running_cells(group, NULL) > 0 && group_seconds(runner, group) > left(runner)) {
        struct planned_cell *cell = dearest_cell(runner, group);
        plan_skip(cell, PLAN_BUDGET_REASON " of %s (it needs about %s); give a larger --budget",
                  units_seconds(budget, runner->request->budget_seconds),
                  units_seconds(cost, plan_process_seconds(cell, runner->request->setting->samples)));
    }
}

static enum status update_skipped(const struct runner *runner, const struct group *group, struct error *error)
{
    for (size_t i = 0; i < group->count; ++i)
        if (strcmp(group->cells[i]->record.status, "skipped") == 0)
            TRY(store_update_cell(runner->request->store, &group->cells[i]->record, error));
    return STATUS_OK;
}

/* A cell that no pass has reached: new, or put off for want of budget before --resume. */
static bool lacks_measurement(const struct group *group)
{
    for (size_t i = 0; i < group->count; ++i)
        if (strcmp(group->cells[i]->record.status, "planned") == 0)
            return true;
    return false;
}

static enum status first_pass(struct runner *runner, struct error *error)
{
    for (size_t i = 0; i < runner->count; ++i) {
        struct group *group = &runner->groups[i];
        if (!lacks_measurement(group))
            continue;
        for (size_t k = 0; k < group->count; ++k)
            predict_cell(runner->request->plan, group->cells[k], runner->request->call_limit_seconds);
        fit_budget(runner, group);
        TRY(update_skipped(runner, group, error));
        TRY(run_group(runner, group, error));
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- further passes */

/* Relative width that a pass takes off the intervals of a group's cells; 0 when all are narrow. */
static double group_gain(const struct group *group)
{
    double gain = 0.0;
    for (size_t i = 0; i < group->count; ++i) {
        const struct cell_record *record = &group->cells[i]->record;
        const double width = (record->high - record->low) / (2.0 * record->seconds);
        const double enough = record->processes >= RUN_PROCESSES_NARROW ? RUN_WIDTH_NARROW : 0.0;
        if (plan_cell_runs(group->cells[i]))
            gain += allocation_gain(width, record->processes, enough);
    }
    return gain;
}

/* Passes that count, of at most `most`: a disturbed one is made again, at most once for each. */
static int passes_made(const struct group *group, int most)
{
    return group->passes - (group->disturbed < most ? group->disturbed : most);
}

static bool has_enough(const struct group *group, int processes)
{
    for (size_t i = 0; i < group->count && processes > 0; ++i)
        if (plan_cell_runs(group->cells[i]) && group->cells[i]->record.processes < processes)
            return false;
    return processes > 0;
}

/* Larger is sooner; 0: not at all. */
static double urgency(const struct runner *runner, const struct group *group)
{
    if (group->passes == 0 || passes_made(group, RUN_PASSES_MAX) >= RUN_PASSES_MAX || running_cells(group, NULL) == 0 ||
        has_enough(group, runner->request->processes_most))
        return 0.0;
    const double need = group_seconds(runner, group), gain = group_gain(group);
    if (need > left(runner) || gain == 0.0)
        return 0.0;
    const double chance = random_uniform(runner->request->setting->seed, (uint64_t)(group - runner->groups),
                                         (uint64_t)group->passes); /* breaks ties, and orders the rounds at random */
    const int pilot = passes_made(group, RUN_PASSES_FIRST);
    if (pilot < RUN_PASSES_FIRST)
        return 1e12 * (RUN_PASSES_FIRST - pilot) + 1e11 * chance;
    return gain / need;
}

static struct group *next_group(const struct runner *runner)
{
    struct group *best = NULL;
    double most = 0.0;
    for (size_t i = 0; i < runner->count; ++i) {
        const double urgent = urgency(runner, &runner->groups[i]);
        if (urgent > most) {
            most = urgent;
            best = &runner->groups[i];
        }
    }
    return best;
}

static enum status further_passes(struct runner *runner, struct error *error)
{
    for (struct group *group = next_group(runner); group; group = next_group(runner))
        TRY(run_group(runner, group, error));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the whole */

enum status run_sweep(const struct run_request *request, struct error *error)
{
    struct runner runner = {.request = request, .began_ns = clock_wall_ns(), .outcome = {.parallel_gain = NAN}};
    TRY(core_speed_known(request->store, request->machine, &runner.outcome.fastest_ns, error));
    reference_folder_make(runner.reference_dir, request->sweep);
    enum status status = make_groups(&runner, error);
    if (status == STATUS_OK)
        status = first_pass(&runner, error);
    if (status == STATUS_OK)
        status = further_passes(&runner, error);
    reference_folder_remove(runner.reference_dir);
    for (size_t i = 0; i < runner.count; ++i)
        free(runner.groups[i].cells);
    free(runner.groups);
    ballast_free(&runner.ballast);
    if (request->spent)
        request->spent->total_seconds = gone(&runner);
    return status;
}
