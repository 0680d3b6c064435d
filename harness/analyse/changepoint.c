/* changepoint.c - see changepoint.h. Sources: the recursion and the second test of what was found are those of E-divisive as
 * used by Matteson and James 2014 and by Fleming et al. 2023 ("Hunter"), with ranks for energies. */
#include "analyse/changepoint.h"

#include "analyse/potts.h"
#include "analyse/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 30, /* runs on each side: more make old drift count, fewer lose small steps */
    CLOSE = 3    /* runs around a change in which the second detector must see it */
};

/* Of a boundary, against all candidates: a history is looked at after each run, which is as many chances to be wrong. */
static const double level_candidate = 0.01, level_confirmed = 0.001;
/* Of a jump of the second detector, in spreads, times the logarithm of the runs: for independent noise 1 is enough; at 3, one
 * simulated history in 80 without a step has a jump, at 4 one in 300 (docs/method.md). */
static const double jump_price = 4.0;
/* Runs of neighbouring days are alike (autocorrelation 0.3 in the histories of measurement services), so the error of a level
 * is larger than that of independent runs, by sqrt((1 + 0.3) / (1 - 0.3)) = 1.36: 1.36 * 1.96 deviations are 99.24 %. */
static const double confidence = 0.9924;
static const double least_shift = 0.019802627; /* ln 1.02 */

struct series {
    const double *logs;
    size_t count;
};

struct split {
    size_t at;
    double p;     /* of this split alone */
    double tests; /* candidates it was chosen from */
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The runs on both sides of `at` that are compared, within the piece [from, to). */
static size_t window_begin(size_t from, size_t at)
{
    return at > from + WINDOW ? at - WINDOW : from;
}

static double test_at(const struct series *series, size_t from, size_t at, size_t to)
{
    const size_t begin = window_begin(from, at), end = smaller(to, at + WINDOW);
    return ranks_mann_whitney(NULL, series->logs + begin, at - begin, series->logs + at, end - at);
}

static struct interval shift_at(const struct series *series, size_t from, size_t at, size_t to)
{
    const size_t begin = window_begin(from, at), end = smaller(to, at + WINDOW);
    return ranks_shift_interval(series->logs + begin, at - begin, series->logs + at, end - at, confidence);
}

/* Places at which a piece can be split. */
static double candidates(size_t from, size_t to)
{
    return to - from < 2 * CHANGEPOINT_AGE_MIN ? 1.0 : (double)(to - from - 2 * CHANGEPOINT_AGE_MIN + 1);
}

/* The best split of a piece; p 1 where it is too short. */
static struct split best_split(const struct series *series, size_t from, size_t to)
{
    struct split best = {.at = from, .p = 1.0, .tests = candidates(from, to)};
    for (size_t at = from + CHANGEPOINT_AGE_MIN; at + CHANGEPOINT_AGE_MIN <= to; ++at) {
        const double p = test_at(series, from, at, to);
        if (p < best.p) {
            best.p = p;
            best.at = at;
        }
    }
    return best;
}

static bool holds(const struct series *series, const struct split *split, size_t from, size_t to)
{
    return split->p * split->tests < level_candidate && fabs(shift_at(series, from, split->at, to).value) > least_shift;
}

/* ---------------------------------------------------------------- the rank split */

/* Marks the boundaries of a piece and of the pieces it falls into. */
static void split_piece(bool *boundaries, const struct series *series, size_t from, size_t to)
{
    const struct split best = best_split(series, from, to);
    if (!holds(series, &best, from, to))
        return;
    boundaries[best.at] = true;
    split_piece(boundaries, series, from, best.at);
    split_piece(boundaries, series, best.at, to);
}

static size_t boundary_before(const bool *boundaries, size_t at)
{
    while (at > 0 && !boundaries[--at])
        ;
    return at;
}

static size_t boundary_after(const bool *boundaries, size_t at, size_t count)
{
    while (++at < count && !boundaries[at])
        ;
    return at;
}

/* Drops the weakest boundary that does not hold between its neighbours; false when all hold. */
static bool drop_weakest(bool *boundaries, const struct series *series)
{
    size_t weakest = 0;
    double most = -1.0;
    for (size_t at = 1; at < series->count; ++at) {
        if (!boundaries[at])
            continue;
        const size_t from = boundary_before(boundaries, at), to = boundary_after(boundaries, at, series->count);
        const struct split split = {.at = at, .p = test_at(series, from, at, to), .tests = candidates(from, to)};
        if (!holds(series, &split, from, to) && split.p > most) {
            most = split.p;
            weakest = at;
        }
    }
    boundaries[weakest] = false; /* boundaries[0] is none */
    return weakest > 0;
}

/* Moves each boundary to the best split between its neighbours, which the first splits did not know. */
static void settle(bool *boundaries, const struct series *series)
{
    for (size_t at = 1; at < series->count; ++at) {
        if (!boundaries[at])
            continue;
        const size_t from = boundary_before(boundaries, at), to = boundary_after(boundaries, at, series->count);
        const struct split best = best_split(series, from, to);
        if (!holds(series, &best, from, to))
            continue;
        boundaries[at] = false;
        boundaries[best.at] = true;
        at = larger(at, best.at);
    }
}

/* ---------------------------------------------------------------- what is said of each */

/* Runs around `at` whose split is within a factor of 10 of the best, as far as they follow one another. */
static void find_range(struct changepoint *change, const struct series *series, size_t from, size_t to)
{
    const double most = 10.0 * test_at(series, from, change->at, to);
    change->first = change->last = change->at;
    while (change->first > from + CHANGEPOINT_AGE_MIN && test_at(series, from, change->first - 1, to) <= most)
        --change->first;
    while (change->last + CHANGEPOINT_AGE_MIN < to && test_at(series, from, change->last + 1, to) <= most)
        ++change->last;
}

static bool second_sees(const bool *jumps, const struct changepoint *change, size_t count)
{
    const size_t from = change->first > CLOSE ? change->first - CLOSE : 1, to = smaller(count, change->last + CLOSE + 1);
    for (size_t i = from; i < to; ++i)
        if (jumps[i])
            return true;
    return false;
}

static void describe(struct changepoints *changes, const struct series *series, const bool *boundaries, const bool *jumps)
{
    for (size_t at = 1; at < series->count && changes->count < CHANGEPOINT_MAX; ++at) {
        if (!boundaries[at])
            continue;
        const size_t from = boundary_before(boundaries, at), to = boundary_after(boundaries, at, series->count);
        struct changepoint *change = &changes->items[changes->count++];
        *change = (struct changepoint){.at = at,
                                       .shift = shift_at(series, from, at, to),
                                       .p = fmin(1.0, test_at(series, from, at, to) * candidates(from, to))};
        find_range(change, series, from, to);
        change->confirmed = change->p < level_confirmed && second_sees(jumps, change, series->count);
    }
}

/* A change in the last runs, too young for a split: the best of those with fewer than CHANGEPOINT_AGE_MIN runs after it. */
static void add_youngest(struct changepoints *changes, const struct series *series)
{
    const size_t from = changes->count ? changes->items[changes->count - 1].at : 0, to = series->count;
    struct split best = {.p = 1.0, .tests = CHANGEPOINT_AGE_MIN - 1};
    for (size_t at = to - CHANGEPOINT_AGE_MIN + 1; at < to; ++at) {
        const double p = at >= from + CHANGEPOINT_AGE_MIN ? test_at(series, from, at, to) : 1.0;
        if (p < best.p) {
            best.p = p;
            best.at = at;
        }
    }
    if (changes->count < CHANGEPOINT_MAX && holds(series, &best, from, to))
        changes->items[changes->count++] = (struct changepoint){
            .at = best.at,
            .first = best.at,
            .last = best.at,
            .shift = shift_at(series, from, best.at, to),
            .p = fmin(1.0, best.p * best.tests)};
}

static bool is_usable(const double *logs, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (!isfinite(logs[i]))
            return false;
    return count >= CHANGEPOINT_RUNS_MIN;
}

void changepoint_find(struct changepoints *changes, const double *logs, size_t count)
{
    memset(changes, 0, sizeof *changes);
    const struct series series = {.logs = logs, .count = count};
    bool *boundaries = calloc(2 * count + 1, sizeof *boundaries);
    if (boundaries && is_usable(logs, count)) {
        bool *jumps = boundaries + count;
        const double spread = fmax(potts_spread(logs, count), 1e-3); /* below: series of counts, which have no noise */
        split_piece(boundaries, &series, 0, count);
        while (drop_weakest(boundaries, &series))
            ;
        settle(boundaries, &series);
        potts_fit(jumps, logs, count, jump_price * spread * log((double)count), 2);
        describe(changes, &series, boundaries, jumps);
        add_youngest(changes, &series);
    }
    free(boundaries);
}
