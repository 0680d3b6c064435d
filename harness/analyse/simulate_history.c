/* simulate_history.c - see simulate_history.h. */
#include "analyse/simulate_history.h"

#include "analyse/changepoint.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

enum { STREAM_NOISE = 0, STREAM_OUTLIER, STREAM_STEP, STREAMS, NEAR = 3 };

/* Fills logs and returns the index of the first run at the new level. */
static int make_history(double *logs, const struct simulate_history_case *kind, uint64_t seed, uint64_t stream)
{
    const double fresh = sqrt(1.0 - kind->correlation * kind->correlation);
    const int step = (int)(kind->runs * (0.2 + 0.6 * random_uniform(seed, stream + STREAM_STEP, 0)));
    double noise = random_normal(seed, stream + STREAM_NOISE, 0);
    for (int i = 0; i < kind->runs; ++i) {
        const uint64_t at = (uint64_t)i;
        logs[i] = kind->noise * noise + (i >= step ? log(kind->step) : 0.0);
        if (random_uniform(seed, stream + STREAM_OUTLIER, 2 * at) < kind->outliers)
            logs[i] += log(1.0 + 0.5 * random_uniform(seed, stream + STREAM_OUTLIER, 2 * at + 1));
        noise = kind->correlation * noise + fresh * random_normal(seed, stream + STREAM_NOISE, at + 1);
    }
    return step;
}

/* What one series has shown so far. */
struct seen {
    int step;       /* -1: there is none */
    double shift;   /* the true one */
    bool found, found_candidate, in_range, covered;
    double error;
    int delay;      /* runs at the new level when it was first confirmed; -1 not yet */
    int wrong[SIMULATE_RUNS_MAX]; /* places of false confirmed changes, and their sign: at + 1, or less than 0 */
    int wrong_count, wrong_candidates;
};

static void note_wrong(struct seen *seen, const struct changepoint *change)
{
    const int place = change->shift.value > 0.0 ? (int)change->at + 1 : -(int)change->at - 1;
    for (int i = 0; i < seen->wrong_count; ++i)
        if (abs(seen->wrong[i] - place) <= 10) /* the same one, seen again at a later run */
            return;
    if (seen->wrong_count < SIMULATE_RUNS_MAX)
        seen->wrong[seen->wrong_count++] = place;
}

static void look(struct seen *seen, const double *logs, int runs)
{
    struct changepoints changes;
    changepoint_find(&changes, logs, (size_t)runs);
    seen->wrong_candidates = 0;
    seen->found = seen->found_candidate = false;
    for (size_t i = 0; i < changes.count; ++i) {
        const struct changepoint *change = &changes.items[i];
        const bool right = seen->step >= 0 && abs((int)change->at - seen->step) <= NEAR && change->shift.value * seen->shift > 0.0;
        if (!right && change->confirmed)
            note_wrong(seen, change);
        seen->wrong_candidates += !right && !change->confirmed;
        seen->found_candidate |= right;
        if (!right || !change->confirmed)
            continue;
        seen->found = true;
        seen->in_range = (int)change->first <= seen->step && seen->step <= (int)change->last;
        seen->covered = change->shift.low <= seen->shift && seen->shift <= change->shift.high;
        seen->error = fabs(change->shift.value - seen->shift);
        if (seen->delay < 0)
            seen->delay = runs - seen->step;
    }
}

static void add(struct simulate_history_outcome *outcome, const struct seen *seen)
{
    outcome->found += seen->found;
    outcome->found_candidate += seen->found_candidate;
    outcome->false_points += seen->wrong_count;
    outcome->false_candidates += seen->wrong_candidates;
    outcome->in_range += seen->found && seen->in_range;
    outcome->covered += seen->found && seen->covered;
}

void simulate_history(struct simulate_history_outcome *outcome, const struct simulate_history_case *kind, int series,
                      uint64_t seed)
{
    *outcome = (struct simulate_history_outcome){.series = series, .error = NAN, .delay = NAN};
    double *errors = calloc((size_t)series, sizeof *errors), *delays = calloc((size_t)series, sizeof *delays);
    size_t found = 0;
    for (int s = 0; s < series && errors && delays; ++s) {
        double logs[SIMULATE_RUNS_MAX];
        const int step = make_history(logs, kind, seed, (uint64_t)s * STREAMS);
        struct seen seen = {.step = kind->step == 1.0 ? -1 : step, .shift = log(kind->step), .delay = -1};
        for (int runs = kind->each_run ? CHANGEPOINT_RUNS_MIN : kind->runs; runs <= kind->runs; ++runs)
            look(&seen, logs, runs);
        add(outcome, &seen);
        delays[s] = seen.delay < 0 ? (double)INFINITY : (double)seen.delay;
        if (seen.found)
            errors[found++] = seen.error;
    }
    if (errors && delays && series > 0) {
        outcome->error = statistics_median(errors, found);
        outcome->delay = kind->each_run && kind->step != 1.0 ? statistics_median(delays, (size_t)series) : NAN;
    }
    free(errors);
    free(delays);
}

double simulate_count_upper(int count)
{
    double low = count, high = 2.0 * count + 10.0;
    for (int i = 0; i < 60; ++i) { /* P(N <= count | mean) = 5 % */
        const double mean = 0.5 * (low + high);
        double term = exp(-mean), below = term;
        for (int k = 1; k <= count; ++k)
            below += term *= mean / k;
        if (below > 0.05)
            low = mean;
        else
            high = mean;
    }
    return low;
}
