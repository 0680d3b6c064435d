/* simulate_verdict.c - see simulate_verdict.h. */
#include "analyse/simulate_verdict.h"

#include "analyse/ranks.h"
#include "analyse/verdict.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 200, CELLS_MAX = 1000 };

#define OUTLIER_MOST 0.5

struct simulated_cell {
    double log_ratios[PAIRS_MAX];
    size_t count;
    double p_slower, p_faster;
};

static double disturbance(const struct simulate_verdict_case *kind, uint64_t seed, uint64_t stream, uint64_t index)
{
    if (random_uniform(seed, stream, 2 * index) >= kind->outliers)
        return 0.0;
    return log1p(OUTLIER_MOST * random_uniform(seed, stream, 2 * index + 1));
}

/* Errors are a chain: each keeps the share `carried` of the one before, at the same deviation. */
static void draw(struct simulated_cell *cell, const struct simulate_verdict_case *kind, double effect, uint64_t seed)
{
    double carried = 0.0;
    for (int i = 0; i < kind->pairs; ++i) {
        const double fresh = kind->noise * random_normal(seed, 1, (uint64_t)i);
        carried = i == 0 ? fresh : kind->carried * carried + sqrt(1.0 - kind->carried * kind->carried) * fresh;
        cell->log_ratios[i] =
            log1p(effect) + carried + disturbance(kind, seed, 2, (uint64_t)i) - disturbance(kind, seed, 3, (uint64_t)i);
    }
}

static void run_cell(struct simulated_cell *cell, const struct verdict_rule *rule)
{
    cell->count = 0;
    for (size_t more; (more = verdict_more(rule, cell->log_ratios, cell->count)) > 0;)
        cell->count += more;
    const struct verdict_estimate estimate = verdict_estimate(cell->log_ratios, cell->count, rule->margin);
    cell->p_slower = estimate.p_slower;
    cell->p_faster = estimate.p_faster;
}

static void judge_run(struct simulate_verdict_outcome *outcome, const struct simulate_verdict_case *kind,
                      const struct verdict_rule *rule, const struct simulated_cell *cells, double *slower, double *faster)
{
    int alarms = 0;
    const enum verdict wanted = kind->effect < 0.0 ? VERDICT_FASTER : VERDICT_SLOWER;
    for (int i = 0; i < kind->cells; ++i) {
        slower[i] = cells[i].p_slower;
        faster[i] = cells[i].p_faster;
    }
    ranks_adjust(slower, (size_t)kind->cells);
    ranks_adjust(faster, (size_t)kind->cells);
    for (int i = 0; i < kind->cells; ++i) {
        const char *reason;
        const enum verdict verdict =
            verdict_judge(rule, cells[i].log_ratios, cells[i].count, slower[i], faster[i], &reason);
        if (i < kind->changed)
            outcome->found += verdict == wanted;
        else
            alarms += verdict == VERDICT_SLOWER || verdict == VERDICT_FASTER;
        outcome->same += i >= kind->changed && verdict == VERDICT_SAME;
        outcome->pairs += (double)cells[i].count;
    }
    outcome->false_alarms += alarms;
    outcome->alarmed_runs += alarms > 0;
}

void simulate_verdicts(struct simulate_verdict_outcome *outcome, const struct simulate_verdict_case *kind, int runs,
                       uint64_t seed)
{
    *outcome = (struct simulate_verdict_outcome){.runs = runs};
    if (kind->cells < 1 || kind->cells > CELLS_MAX || kind->pairs > PAIRS_MAX)
        return;
    const struct verdict_rule rule = {.margin = kind->margin, .screen = VERDICT_SCREEN, .most = (size_t)kind->pairs};
    struct simulated_cell *cells = calloc((size_t)kind->cells, sizeof *cells);
    double *p = calloc(2 * (size_t)kind->cells, sizeof *p);
    for (int run = 0; cells && p && run < runs; ++run) {
        for (int i = 0; i < kind->cells; ++i) {
            draw(&cells[i], kind, i < kind->changed ? kind->effect : 0.0, random_bits(seed, (uint64_t)run, (uint64_t)i));
            run_cell(&cells[i], &rule);
        }
        judge_run(outcome, kind, &rule, cells, p, p + kind->cells);
        outcome->cells += kind->cells - kind->changed;
        outcome->changed += kind->changed;
    }
    outcome->pairs /= (double)kind->cells * (double)runs;
    free(p);
    free(cells);
}
