/* compare.c - see compare.h. The statistic of a process is what `ab` uses: the CPU clock's minimum for one thread, the wall clock's
 * lower quartile for more; the interval is that of a shift by ranks.
 */
#include "sweep/compare.h"

#include "analyse/ranks.h"
#include "analyse/verdict.h"
#include "sweep/compare_fingerprints.h"
#include "sweep/conclude.h"
#include "sweep/machine_shift.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One side, read whole. */
struct side {
    struct cell_record *cells;
    size_t count;
    struct process_point *points;
    size_t point_count;
};

struct pairing {
    const struct cell_record *base, *fresh; /* NULL: that sweep has no such cell */
    const char *setting;                    /* that differs, NULL none */
    double p[2];                            /* slower, faster */
};

static void side_free(struct side *side)
{
    cell_records_free(side->cells, side->count);
    free(side->points);
}

static enum status side_read(struct side *side, struct store *store, const char *sweep, struct error *error)
{
    *side = (struct side){.cells = NULL};
    TRY(store_read_cells(store, sweep, NULL, &side->cells, &side->count, error));
    return store_read_processes(store, sweep, &side->points, &side->point_count, error);
}

/* Logs of a cell's per-process values; returns how many. `out` has room for all points. */
static size_t logs_of(const struct side *side, const struct cell_record *cell, bool cpu, double *out)
{
    size_t count = 0;
    for (size_t i = 0; i < side->point_count; ++i) {
        const double value = cpu ? side->points[i].cpu_minimum : side->points[i].wall_quartile;
        if (side->points[i].cell_number == cell->number && value > 0.0)
            out[count++] = log(value);
    }
    return count;
}

/* ---------------------------------------------------------------- which cells belong together */

static bool same_problem(const struct cell *a, const struct cell *b)
{
    return cell_same_operator(a, b) && a->batch == b->batch && a->length == b->length && a->threads == b->threads &&
           strcmp(a->mode, b->mode) == 0 && strcmp(a->scope, b->scope) == 0;
}

/* What makes two cells of one problem incomparable; NULL nothing. */
static const char *differing_setting(const struct cell_record *a, const struct cell_record *b)
{
    const struct {
        const char *name, *a, *b;
    } settings[] = {{"prepare", a->cell.prepare, b->cell.prepare},
                    {"cache", a->cell.cache, b->cell.cache},
                    {"bind", a->cell.bind, b->cell.bind},
                    {"instruction set", a->isa, b->isa}};
    for (size_t i = 0; i < ARRAY_LEN(settings); ++i)
        if (strcmp(settings[i].a, settings[i].b) != 0)
            return settings[i].name;
    return a->cell.seed != b->cell.seed ? "seed" : NULL;
}

/* The cell with the same settings, or else one of the same problem. */
static const struct cell_record *find_partner(const struct side *side, const struct cell_record *cell)
{
    const struct cell_record *near = NULL;
    for (size_t i = 0; i < side->count; ++i) {
        const struct cell_record *other = &side->cells[i];
        if (!same_problem(&other->cell, &cell->cell))
            continue;
        if (!differing_setting(other, cell))
            return other;
        near = near ? near : other;
    }
    return near;
}

static size_t pair_cells(struct pairing *pairings, const struct side *base, const struct side *fresh)
{
    size_t count = 0;
    for (size_t i = 0; i < base->count; ++i) {
        const struct cell_record *partner = find_partner(fresh, &base->cells[i]);
        pairings[count++] = (struct pairing){.base = &base->cells[i],
                                             .fresh = partner,
                                             .setting = partner ? differing_setting(&base->cells[i], partner) : NULL};
    }
    for (size_t i = 0; i < fresh->count; ++i)
        if (!find_partner(base, &fresh->cells[i]))
            pairings[count++] = (struct pairing){.fresh = &fresh->cells[i]};
    return count;
}

/* ---------------------------------------------------------------- a cell */

static void conclude(struct comparison_cell *cell, enum verdict verdict, const char *before, const char *reason)
{
    snprintf(cell->verdict, sizeof cell->verdict, "%s", verdict_name(verdict));
    snprintf(cell->reason, sizeof cell->reason, "%.40s%.440s", before, reason);
}

static bool is_measured(const struct cell_record *cell)
{
    return cell->processes > 0;
}

static void copy_cell(struct comparison_cell *out, const struct pairing *pairing, int number)
{
    const struct cell_record *base = pairing->base ? pairing->base : pairing->fresh;
    const struct cell_record *fresh = pairing->fresh ? pairing->fresh : pairing->base;
    comparison_cell_init(out);
    out->number = number;
    out->cell = base->cell;
    memcpy(out->new_operator, fresh->cell.operator_name, sizeof out->new_operator);
    memcpy(out->new_options, fresh->cell.options, sizeof out->new_options);
    out->base_bytes = pairing->base ? base->bytes : NAN;
    out->new_bytes = pairing->fresh ? fresh->bytes : NAN;
    memcpy(out->base_method, base->method, sizeof out->base_method);
    memcpy(out->new_method, fresh->method, sizeof out->new_method);
}

/* Cells that have no times on both sides. */
static bool judge_without_times(struct comparison_cell *out, const struct pairing *pairing)
{
    const struct cell_record *base = pairing->base, *fresh = pairing->fresh;
    if (!base || !fresh)
        conclude(out, VERDICT_SKIPPED, "", base ? "the new sweep has no such cell" : "the base sweep has no such cell");
    else if (strcmp(fresh->status, "wrong") == 0 || strcmp(base->status, "wrong") == 0)
        conclude(out, VERDICT_WRONG, strcmp(fresh->status, "wrong") == 0 ? "new: " : "base: ",
                 strcmp(fresh->status, "wrong") == 0 ? fresh->reason : base->reason);
    else if (strcmp(fresh->status, "failed") == 0 || strcmp(base->status, "failed") == 0)
        conclude(out, VERDICT_FAILED, strcmp(fresh->status, "failed") == 0 ? "new: " : "base: ",
                 strcmp(fresh->status, "failed") == 0 ? fresh->reason : base->reason);
    else if (!is_measured(base) || !is_measured(fresh))
        conclude(out, VERDICT_SKIPPED,
                 is_measured(base) ? "new: " : "base: ", is_measured(base) ? fresh->reason : base->reason);
    else
        return false;
    return true;
}

static double spread(const double *values, size_t count, double *scratch)
{
    const double median = statistics_median(values, count);
    for (size_t i = 0; i < count; ++i)
        scratch[i] = fabs(values[i] - median);
    return count > 1 ? expm1(1.4826 * statistics_median(scratch, count)) : 0.0; /* 1.4826: to a normal deviation */
}

static void estimate(struct comparison_cell *out, struct pairing *pairing, const struct side *base,
                     const struct side *fresh, double margin, double *room)
{
    double *a = room, *b = a + base->point_count, *scratch = b + fresh->point_count;
    const bool cpu = out->cell.threads == 1 && pairing->base->cpu_seconds > 0.0 && pairing->fresh->cpu_seconds > 0.0;
    const size_t m = logs_of(base, pairing->base, cpu, a), n = logs_of(fresh, pairing->fresh, cpu, b);
    out->margin = fmax(margin, fmax(spread(a, m, scratch), spread(b, n, scratch)));
    const struct verdict_estimate found = verdict_estimate_unpaired(a, m, b, n, out->margin);
    snprintf(out->clock, sizeof out->clock, "%s", cpu ? "cpu" : "wall");
    out->ratio = found.ratio.value;
    out->low = found.ratio.low;
    out->high = found.ratio.high;
    out->mde = found.mde;
    out->p = found.ratio.value < 1.0 ? found.p_faster : found.p_slower;
    out->pairs = (int)found.pairs;
    out->base_seconds = cpu ? pairing->base->cpu_seconds : pairing->base->seconds;
    out->new_seconds = cpu ? pairing->fresh->cpu_seconds : pairing->fresh->seconds;
    out->wall_ratio = pairing->fresh->seconds / pairing->base->seconds;
    out->cpu_ratio = pairing->fresh->cpu_seconds / pairing->base->cpu_seconds;
    pairing->p[0] = found.p_slower;
    pairing->p[1] = found.p_faster;
}

/* A difference is the code's where it is left when the most that the machine did, by any probe, is taken off the interval. A cell
 * is the same where it moved within the margin, and so did what bounds it. */
static void judge_times(struct comparison_cell *out, const struct cell_record *base, double q_slower, double q_faster,
                        const struct machine_shifts *shifts)
{
    const char *reason = "", *moved = "the machine itself ran at another speed, which may be all of it: `seqscale ab` compares "
                                      "side by side", *ignored = "";
    const struct machine_shift any = machine_shift_widest(shifts),
                               own = machine_shift_of(shifts, base->cell.threads, base->roof);
    const struct verdict_estimate found = {.ratio = {.value = out->ratio, .low = out->low, .high = out->high}};
    const struct verdict_estimate of_code = {
        .ratio = {.value = out->ratio, .low = out->low / any.largest, .high = out->high / any.least}};
    const bool steady = own.least * (1.0 + out->margin) > 1.0 && own.largest < 1.0 + out->margin;
    const enum verdict seen = verdict_judge_unpaired(&found, out->margin, q_slower, q_faster, &reason);
    enum verdict judged = verdict_judge_unpaired(&of_code, out->margin, q_slower, q_faster, &ignored);
    if (seen == VERDICT_SAME)
        judged = steady ? VERDICT_SAME : VERDICT_UNKNOWN;
    conclude(out, judged, "", judged == seen ? reason : moved);
}

static void judge(struct comparison_cell *out, const struct pairing *pairing, double q_slower, double q_faster,
                  const char *obstacle, const struct machine_shifts *shifts)
{
    out->q = out->ratio < 1.0 ? q_faster : q_slower;
    if (obstacle[0])
        conclude(out, VERDICT_UNKNOWN, "", obstacle);
    else if (pairing->setting)
        conclude(out, VERDICT_UNKNOWN, "not the same ", pairing->setting);
    else
        judge_times(out, pairing->base, q_slower, q_faster, shifts);
}

/* ---------------------------------------------------------------- all cells */

static enum status judge_all(const struct compare_request *request, struct pairing *pairings, const struct side *base,
                             const struct side *fresh, const char *obstacle, const struct machine_shifts *shifts,
                             struct comparison_cell *cells, size_t count, struct error *error)
{
    const size_t points = base->point_count + fresh->point_count;
    double *room = calloc(2 * points + 2 * count + 1, sizeof *room);
    if (!room)
        return error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    double *q[2] = {room + 2 * points, room + 2 * points + count};
    for (size_t i = 0; i < count; ++i) {
        pairings[i].p[0] = pairings[i].p[1] = NAN;
        copy_cell(&cells[i], &pairings[i], (int)i);
        if (!judge_without_times(&cells[i], &pairings[i]))
            estimate(&cells[i], &pairings[i], base, fresh, request->margin, room);
        q[0][i] = pairings[i].p[0];
        q[1][i] = pairings[i].p[1];
    }
    ranks_adjust(q[0], count);
    ranks_adjust(q[1], count);
    for (size_t i = 0; i < count; ++i)
        if (!cells[i].verdict[0])
            judge(&cells[i], &pairings[i], q[0][i], q[1][i], obstacle, shifts);
    free(room);
    return STATUS_OK;
}

static enum status check_settings(const struct compare_request *request, const struct pairing *pairings, size_t count,
                                  struct error *error)
{
    size_t together = 0;
    for (size_t i = 0; i < count; ++i) {
        together += pairings[i].base && pairings[i].fresh;
        if (pairings[i].setting && !request->force)
            return error_set(error, STATUS_USAGE,
                             "the sweeps differ in %s, so their times are no comparison: measure again with the "
                             "same, or see them side by side with --force",
                             pairings[i].setting);
    }
    return together ? STATUS_OK
                    : error_set(error, STATUS_USAGE, "sweeps '%s' and '%s' have no cell in common", request->base->name,
                                request->fresh->name);
}

static enum status compare(const struct compare_request *request, struct side sides[2], const char *obstacle,
                           struct machine_shifts *shifts, struct comparison_cell **cells, size_t *count, struct error *error)
{
    TRY(side_read(&sides[0], request->store, request->base->id, error));
    TRY(side_read(&sides[1], request->store, request->fresh->id, error));
    TRY(machine_shifts_read(shifts, request->store, request->base->id, request->fresh->id, sides[0].cells, sides[0].count, error));
    struct pairing *pairings = calloc(sides[0].count + sides[1].count + 1, sizeof *pairings);
    *cells = calloc(sides[0].count + sides[1].count + 1, sizeof **cells);
    enum status status = pairings && *cells ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    if (status == STATUS_OK) {
        *count = pair_cells(pairings, &sides[0], &sides[1]);
        status = check_settings(request, pairings, *count, error);
    }
    if (status == STATUS_OK)
        status = judge_all(request, pairings, &sides[0], &sides[1], obstacle, shifts, *cells, *count, error);
    free(pairings);
    return status;
}

static char *sweep_json(const struct sweep_record *sweep)
{
    json_t *arm = json_pack("{s:s, s:s, s:s, s:s}", "label", sweep->name, "kind", "sweep", "created", sweep->created, "id",
                            sweep->id);
    char *text = arm ? json_dumps(arm, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    json_decref(arm);
    return text;
}

/* A shift that the margin would swallow is not worth a line. */
#define SHIFT_NOTED 0.02

static enum status note_shift(char **differences, const struct machine_shifts *shifts, struct error *error)
{
    const struct machine_shift shift = machine_shift_widest(shifts);
    if (shift.least > 1.0 - SHIFT_NOTED && shift.largest < 1.0 + SHIFT_NOTED)
        return STATUS_OK;
    char range[160];
    snprintf(range, sizeof range, "%.2f (%s) to %.2f (%s)", shift.least, shift.least_probe ? shift.least_probe : "others",
             shift.largest, shift.largest_probe ? shift.largest_probe : "others");
    json_t *list = json_loads(*differences, 0, NULL);
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "field", "time of the machine's probes", "kind", "machine",
                                          "base", "1", "new", range));
    char *text = list ? json_dumps(list, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(list);
    if (!text)
        return error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
    free(*differences);
    *differences = text;
    return STATUS_OK;
}

enum status compare_sweeps(const struct compare_request *request, struct comparison_record *comparison,
                           struct comparison_cell **cells, size_t *count, struct error *error)
{
    struct side sides[2] = {{.cells = NULL}, {.cells = NULL}};
    char obstacle[256] = "";
    *comparison = (struct comparison_record){.status = "complete", .exit_code = -1};
    *cells = NULL;
    *count = 0;
    comparison->base_arm = sweep_json(request->base);
    comparison->new_arm = sweep_json(request->fresh);
    TRY(compare_fingerprints(request->store, request->base, request->fresh, &comparison->differences, obstacle, error));
    if (obstacle[0] && !request->force)
        return error_set(error, STATUS_USAGE, "%s: times are no comparison; --force shows them side by side", obstacle);
    struct machine_shifts shifts = {.items = NULL};
    enum status status = compare(request, sides, obstacle, &shifts, cells, count, error);
    if (status == STATUS_OK)
        status = note_shift(&comparison->differences, &shifts, error);
    if (status == STATUS_OK)
        conclude_comparison(comparison, *cells, *count);
    machine_shifts_free(&shifts);
    side_free(&sides[0]);
    side_free(&sides[1]);
    return status;
}
