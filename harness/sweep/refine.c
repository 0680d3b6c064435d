/* refine.c - see refine.h. */
#include "sweep/refine.h"

#include "analyse/refine.h"
#include "machine/clock.h"
#include "present/study.h"
#include "sweep/begin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTHS_A_ROUND = 3, /* new ones for a crossing, before it is looked at again */
    ROUNDS_MAX = 12,     /* each at least halves an interval that lengths can narrow */
    PRESENT_MAX = 4096
};

#define KEY_TEXT (CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 256)

/* A crossing that was wide when refining began. */
struct target {
    struct cell a, b; /* at any length */
    struct interval before;
};

struct refiner {
    const struct refine_request *request;
    int64_t began_ns;
    size_t first_added; /* cells of the plan before */
    struct target *targets;
    size_t target_count;
    struct plan_addition *additions;
    size_t addition_count;
    bool spent; /* something was left undone for want of budget */
};

static double gone(const struct refiner *refiner)
{
    return (double)(clock_wall_ns() - refiner->began_ns) * 1e-9;
}

static double left(const struct refiner *refiner)
{
    return refiner->request->run->budget_seconds - gone(refiner);
}

static bool is_wide(const struct refiner *refiner, struct interval length)
{
    return length.high / length.low > refiner->request->ratio;
}

/* Equal for cells that differ in length alone. */
static void series_key(const struct cell *cell, char key[KEY_TEXT])
{
    struct cell same = *cell;
    same.length = 1;
    cell_format(&same, key, KEY_TEXT);
}

static bool same_series(const struct cell *a, const struct cell *b)
{
    char one[KEY_TEXT], other[KEY_TEXT];
    series_key(a, one);
    series_key(b, other);
    return strcmp(one, other) == 0;
}

/* ---------------------------------------------------------------- what is wide */

struct wide {
    const struct study_crossover *crossover;
    struct interval length; /* within the measured lengths */
};

static int compare_wide(const void *left_wide, const void *right_wide)
{
    const struct wide *a = left_wide, *b = right_wide;
    const double x = a->length.high / a->length.low, y = b->length.high / b->length.low;
    return (x < y) - (x > y);
}

/* The wide crossings in time, widest first; *wides is malloc'd. */
static enum status find_wide(struct wide **wides, size_t *count, const struct refiner *refiner, const struct study *study,
                             struct error *error)
{
    *count = 0;
    *wides = calloc((size_t)study->crossover_count * CROSSOVERS_MAX + 1, sizeof **wides);
    if (!*wides)
        return error_set(error, STATUS_SYSTEM, "out of memory for the crossovers of a sweep");
    for (int i = 0; i < study->crossover_count; ++i) {
        const struct study_crossover *crossover = &study->crossovers[i];
        for (int r = 0; crossover->metric == STUDY_TIME && r < crossover->result.count; ++r) {
            struct interval length = crossover->result.roots[r].length;
            length.low = fmax(length.low, crossover->shortest);
            length.high = fmin(length.high, crossover->longest);
            if (is_wide(refiner, length))
                (*wides)[(*count)++] = (struct wide){crossover, length};
        }
    }
    qsort(*wides, *count, sizeof **wides, compare_wide);
    return STATUS_OK;
}

static enum status keep_targets(struct refiner *refiner, const struct wide *wides, size_t count, struct error *error)
{
    refiner->targets = calloc(count + 1, sizeof *refiner->targets);
    if (!refiner->targets)
        return error_set(error, STATUS_SYSTEM, "out of memory for the crossovers of a sweep");
    for (size_t i = 0; i < count; ++i)
        refiner->targets[i] = (struct target){.a = wides[i].crossover->a->first->cell,
                                              .b = wides[i].crossover->b->first->cell,
                                              .before = wides[i].length};
    refiner->target_count = count;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- choosing lengths */

/* The cells of a series in the plan, the additions of this round included, by length. */
static size_t lengths_of(int64_t present[PRESENT_MAX], const struct refiner *refiner, const struct cell *series)
{
    const struct plan *plan = refiner->request->run->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->count && count < PRESENT_MAX; ++i)
        if (same_series(&plan->cells[i].record.cell, series))
            present[count++] = plan->cells[i].record.cell.length;
    for (size_t i = 0; i < refiner->addition_count && count < PRESENT_MAX; ++i)
        if (same_series(&plan->cells[refiner->additions[i].like].record.cell, series))
            present[count++] = refiner->additions[i].length;
    return count;
}

static bool has_length(const struct refiner *refiner, const struct cell *series, int64_t length)
{
    int64_t present[PRESENT_MAX];
    const size_t count = lengths_of(present, refiner, series);
    for (size_t i = 0; i < count; ++i)
        if (present[i] == length)
            return true;
    return false;
}

/* The measured cells of a series that are next to a length. */
struct neighbours {
    const struct planned_cell *below, *above; /* NULL: none */
};

static struct neighbours find_neighbours(const struct refiner *refiner, const struct cell *series, int64_t length)
{
    const struct plan *plan = refiner->request->run->plan;
    struct neighbours found = {NULL, NULL};
    for (size_t i = 0; i < plan->count; ++i) {
        const struct planned_cell *cell = &plan->cells[i];
        const int64_t has = cell->record.cell.length;
        if (strcmp(cell->record.status, "ok") != 0 || !same_series(&cell->record.cell, series))
            continue;
        if (has <= length && (!found.below || has > found.below->record.cell.length))
            found.below = cell;
        if (has >= length && (!found.above || has < found.above->record.cell.length))
            found.above = cell;
    }
    return found;
}

/* Of all processes of a new cell: its call lies between those of its neighbours, evenly in the logarithms. */
static double addition_seconds(const struct refiner *refiner, const struct neighbours *next, int64_t length)
{
    const double from = (double)next->below->record.cell.length, to = (double)next->above->record.cell.length;
    const double part = to > from ? log((double)length / from) / log(to / from) : 0.0;
    struct planned_cell between = *next->above;
    between.call_seconds = exp((1.0 - part) * log(next->below->call_seconds) + part * log(next->above->call_seconds));
    return REFINE_PROCESSES * plan_process_seconds(&between, refiner->request->run->setting->samples);
}

static enum status append(struct refiner *refiner, const struct planned_cell *like, int64_t length, struct error *error)
{
    struct plan_addition *more = realloc(refiner->additions, (refiner->addition_count + 1) * sizeof *more);
    if (!more)
        return error_set(error, STATUS_SYSTEM, "out of memory for the cells of a sweep");
    refiner->additions = more;
    more[refiner->addition_count++] =
        (struct plan_addition){.like = (size_t)(like - refiner->request->run->plan->cells), .length = length};
    return STATUS_OK;
}

/* Both operators at one length, or neither; *seconds grows by what they take. */
static enum status add_length(struct refiner *refiner, const struct wide *wide, int64_t length, double *seconds,
                              struct error *error)
{
    const struct cell *pair[2] = {&wide->crossover->a->first->cell, &wide->crossover->b->first->cell};
    struct neighbours next[2];
    double cost = 0.0;
    for (int i = 0; i < 2; ++i) {
        next[i] = find_neighbours(refiner, pair[i], length);
        if (!next[i].below || !next[i].above)
            return STATUS_OK;
        cost += has_length(refiner, pair[i], length) ? 0.0 : addition_seconds(refiner, &next[i], length);
    }
    if (*seconds + cost > left(refiner)) {
        refiner->spent = true;
        return STATUS_OK;
    }
    *seconds += cost;
    for (int i = 0; i < 2; ++i)
        if (!has_length(refiner, pair[i], length))
            TRY(append(refiner, next[i].above, length, error));
    return STATUS_OK;
}

/* Lengths that another crossing asked for serve this one as well. */
static int already_asked(const struct refiner *refiner, const struct wide *wide)
{
    int count = 0;
    for (size_t i = 0; i < refiner->addition_count; ++i) {
        const struct plan_addition *addition = &refiner->additions[i];
        const struct cell *cell = &refiner->request->run->plan->cells[addition->like].record.cell;
        count += same_series(cell, &wide->crossover->a->first->cell) && (double)addition->length > wide->length.low &&
                 (double)addition->length < wide->length.high &&
                 has_length(refiner, &wide->crossover->b->first->cell, addition->length);
    }
    return count;
}

static enum status choose(struct refiner *refiner, const struct wide *wides, size_t count, struct error *error)
{
    double seconds = 0.0;
    refiner->addition_count = 0;
    for (size_t w = 0; w < count; ++w) {
        int64_t present[2 * PRESENT_MAX], lengths[LENGTHS_A_ROUND];
        size_t known = lengths_of(present, refiner, &wides[w].crossover->a->first->cell);
        known += lengths_of(present + known, refiner, &wides[w].crossover->b->first->cell);
        const int wanted = LENGTHS_A_ROUND - already_asked(refiner, &wides[w]);
        const int found = refine_lengths(lengths, wanted, wides[w].length.low, wides[w].length.high, present, known);
        for (int i = 0; i < found; ++i)
            TRY(add_length(refiner, &wides[w], lengths[i], &seconds, error));
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- measuring */

static enum status measure(struct refiner *refiner, struct error *error)
{
    const struct run_request *whole = refiner->request->run;
    const size_t first = whole->plan->count;
    TRY(plan_add(whole->plan, whole->setting, refiner->additions, refiner->addition_count, whole->call_limit_seconds, error));
    TRY(begin_cells(whole->store, whole->plan, first, whole->sweep, error));
    struct run_request round = *whole;
    round.gone_seconds = gone(refiner);
    round.first_cell = first;
    round.processes_most = REFINE_PROCESSES;
    return run_sweep(&round, error);
}

static enum status look(struct refiner *refiner, bool first, struct error *error)
{
    struct study study;
    struct wide *wides = NULL;
    size_t count = 0;
    enum status status = study_make_crossovers(&study, refiner->request->run->store, refiner->request->sweep, error);
    if (status == STATUS_OK)
        status = find_wide(&wides, &count, refiner, &study, error);
    if (status == STATUS_OK && first)
        status = keep_targets(refiner, wides, count, error);
    if (status == STATUS_OK)
        status = choose(refiner, wides, count, error);
    free(wides);
    study_free(&study);
    return status;
}

static enum status rounds(struct refiner *refiner, struct error *error)
{
    refiner->first_added = refiner->request->run->plan->count;
    for (int round = 0; round < ROUNDS_MAX; ++round) {
        refiner->spent = false;
        TRY(look(refiner, round == 0, error));
        if (refiner->addition_count == 0)
            return STATUS_OK;
        TRY(measure(refiner, error));
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- what became of it */

/* The crossing of the pair that is nearest to where it was; NULL: there is none any more. */
static const struct crossover_root *root_now(const struct study *study, const struct target *target)
{
    const struct crossover_root *nearest = NULL;
    for (int i = 0; i < study->crossover_count; ++i) {
        const struct study_crossover *crossover = &study->crossovers[i];
        if (crossover->metric != STUDY_TIME || !same_series(&crossover->a->first->cell, &target->a) ||
            !same_series(&crossover->b->first->cell, &target->b))
            continue;
        for (int r = 0; r < crossover->result.count; ++r) {
            const struct crossover_root *root = &crossover->result.roots[r];
            if (!nearest || fabs(log(root->length.value / target->before.value)) <
                                fabs(log(nearest->length.value / target->before.value)))
                nearest = root;
        }
    }
    return nearest;
}

static int lengths_added(const struct refiner *refiner, const struct target *target)
{
    const struct plan *plan = refiner->request->run->plan;
    int count = 0;
    for (size_t i = refiner->first_added; i < plan->count; ++i) {
        const struct cell *cell = &plan->cells[i].record.cell;
        count += strcmp(plan->cells[i].record.status, "ok") == 0 && same_series(cell, &target->a) &&
                 has_length(refiner, &target->b, cell->length);
    }
    return count;
}

static const char *why_wide(const struct refiner *refiner, int lengths)
{
    if (refiner->spent)
        return "; still wide, because the budget is spent: give a larger --budget";
    return lengths ? "; still wide: no multiple of 16 is left in it, or the times in it cannot be told apart"
                   : "; still wide: no multiple of 16 is left in it";
}

static void note_target(struct text *notes, const struct refiner *refiner, const struct study *study, const struct target *target)
{
    char a[CELL_OPERATOR_MAX], b[CELL_OPERATOR_MAX];
    cell_label(&target->a, a, sizeof a);
    cell_label(&target->b, b, sizeof b);
    const struct crossover_root *root = root_now(study, target);
    const int lengths = lengths_added(refiner, target), threads = target->a.threads;
    if (!root) {
        text_format(notes, "%s and %s on %d thread%s: after %d more lengths no crossing can be told any more (it was put at %.0f "
                    "[%.0f, %.0f])\n", a, b, threads, threads == 1 ? "" : "s", lengths, target->before.value, target->before.low,
                    target->before.high);
        return;
    }
    const struct interval now = root->length;
    text_format(notes, "%s overtakes %s on %d thread%s at %.0f [%.0f, %.0f] (was [%.0f, %.0f]) after %d length%s%s\n",
                root->a_beyond ? a : b, root->a_beyond ? b : a, threads, threads == 1 ? "" : "s", now.value, now.low, now.high,
                target->before.low, target->before.high, lengths, lengths == 1 ? "" : "s",
                is_wide(refiner, now) ? why_wide(refiner, lengths) : "");
}

static enum status note(struct text *notes, const struct refiner *refiner, struct error *error)
{
    struct study study;
    const enum status status = study_make_crossovers(&study, refiner->request->run->store, refiner->request->sweep, error);
    if (status == STATUS_OK && refiner->target_count == 0)
        text_format(notes, "No crossing is wider than %.3g from end to end: nothing was refined.\n", refiner->request->ratio);
    for (size_t i = 0; i < refiner->target_count && status == STATUS_OK; ++i)
        note_target(notes, refiner, &study, &refiner->targets[i]);
    study_free(&study);
    return status;
}

/* ---------------------------------------------------------------- the whole */

/* All cells, with what the budget holds but for `kept`. */
static enum status run_all(const struct refiner *refiner, double kept, struct error *error)
{
    struct run_request all = *refiner->request->run;
    all.gone_seconds = gone(refiner);
    all.kept_seconds = kept;
    return run_sweep(&all, error);
}

enum status refine_run(const struct refine_request *request, struct text *notes, struct error *error)
{
    struct refiner refiner = {.request = request, .began_ns = clock_wall_ns()};
    enum status status = STATUS_OK;
    if (!request->measured_all)
        status = run_all(&refiner, REFINE_BUDGET_SHARE * request->run->budget_seconds, error);
    if (status == STATUS_OK)
        status = rounds(&refiner, error);
    if (status == STATUS_OK && !request->measured_all)
        status = run_all(&refiner, 0.0, error);
    if (status == STATUS_OK)
        status = note(notes, &refiner, error);
    free(refiner.targets);
    free(refiner.additions);
    return status;
}
