/* block_results.c - see block_internal.h. From the samples of a block to its rows in the store: one statistic per process, what
 * was to be seen while it ran, and whether the block as a whole was disturbed.
 */
#include "sweep/block_internal.h"

#include "analyse/modality.h"
#include "analyse/statistics.h"
#include "sweep/knowledge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLES_ROOM 64

/* ---------------------------------------------------------------- what was to be seen */

static double lost_to_others(const struct member *member, double timed_seconds)
{
    return fmin(1.0, fmax(0.0, member->run_delay_seconds / (timed_seconds * member->cell->record.cell.threads)));
}

void block_observe_member(struct member *member, const struct block *block, const struct grade_evidence *happened)
{
    double wall[SAMPLES_ROOM], timed = 0.0, faults = 0.0;
    const size_t count = member->sample_count < SAMPLES_ROOM ? member->sample_count : SAMPLES_ROOM;
    member->observed = grade_nothing_observed();
    if (count == 0)
        return;
    for (size_t i = 0; i < count; ++i) {
        wall[i] = member->samples[i].wall_seconds;
        timed += member->samples[i].wall_seconds * (double)member->samples[i].calls;
        faults += member->samples[i].faults / (double)count;
    }
    struct grade_evidence *observed = &member->observed;
    *observed = *happened;
    if (!isnan(member->run_delay_seconds)) {
        const double steal = happened->value[GRADE_LOST];
        observed->value[GRADE_LOST] = fmin(1.0, lost_to_others(member, timed) + (isnan(steal) ? 0.0 : steal));
    }
    observed->value[GRADE_FAULTS] = faults;
    observed->value[GRADE_MODES] = modality_distance(wall, count);
    observed->value[GRADE_UNSTEADY] = member->unsteady;
    observed->value[GRADE_CLOCK] = member->clock_share;
    if (member->cell->record.cell.threads > 1 && isfinite(block->parallel_gain))
        observed->value[GRADE_TEAM] = fmax(0.0, 1.0 - block->parallel_gain / 2.0);
}

/* ---------------------------------------------------------------- rows */

/* The least of the samples; of a team their mean, because the kernel books what another CPU's thread has used at its ticks. */
static double cpu_statistic(const double *cpu, size_t count, int threads)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i)
        sum += cpu[i];
    return threads == 1 || count == 0 ? statistics_minimum(cpu, count) : sum / (double)count;
}

static void summarise(const struct member *member, int index, struct process_record *process)
{
    double wall[SAMPLES_ROOM] = {0}, cpu[SAMPLES_ROOM] = {0};
    const size_t count = member->sample_count < SAMPLES_ROOM ? member->sample_count : SAMPLES_ROOM;
    for (size_t i = 0; i < count; ++i) {
        wall[i] = member->samples[i].wall_seconds;
        cpu[i] = member->samples[i].cpu_seconds;
    }
    allocation_add(&member->cell->allocation, wall, count);
    *process = (struct process_record){
        .cell_index = index,
        .wall_quartile = statistics_quantile(wall, count, 0.25),
        .cpu_minimum = cpu_statistic(cpu, count, member->cell->record.cell.threads),
        .plan_seconds = member->plan_seconds,
        .prepare_seconds = member->prepare_seconds,
        .peak_bytes = member->peak_bytes,
        .rss_bytes = member->peak_bytes - member->cell->null_peak_bytes, /* NaN where there was none */
        .warmup_seconds = member->warmup_seconds,
        .observed = &member->observed,
        .samples = member->samples,
        .sample_count = member->sample_count,
    };
}

/* By what most of its processes met. */
static void mark_disturbed(const struct block *block, struct block_record *record)
{
    struct grade_evidence *observed = calloc(block->count + 1, sizeof *observed);
    for (size_t i = 0; observed && i < block->count; ++i)
        observed[i] = block->members[i].observed;
    const struct grade_evidence all = observed ? grade_combine(observed, block->count, GRADE_OF_CELL) : grade_nothing_observed();
    if (grade_is_disturbed(&all))
        grade_reason(&all, record->disturbed);
    free(observed);
}

/* Cells go to the store and come back with their new summaries. */
enum status block_store(struct block *block, struct block_record *record, struct error *error)
{
    struct cell_record *cells = calloc(block->count + 1, sizeof *cells);
    struct process_record *processes = calloc(block->count + 1, sizeof *processes);
    enum status status = cells && processes ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a block");
    for (size_t i = 0; i < block->count && status == STATUS_OK; ++i) {
        struct planned_cell *cell = block->members[i].cell;
        if (plan_cell_runs(cell) && block->members[i].sample_count > 0) {
            snprintf(cell->record.status, sizeof cell->record.status, "ok");
            summarise(&block->members[i], (int)i, &processes[record->process_count++]);
        }
        cells[i] = cell->record;
    }
    mark_disturbed(block, record);
    record->cells = cells;
    record->cell_count = block->count;
    record->processes = processes;
    if (status == STATUS_OK)
        status = store_add_block(block->request->store, record, error);
    for (size_t i = 0; i < block->count && status == STATUS_OK; ++i) {
        block->members[i].cell->record = cells[i];
        status = knowledge_save(block->request->store, block->request->machine, block->members[i].cell, error);
    }
    free(cells);
    free(processes);
    return status;
}

