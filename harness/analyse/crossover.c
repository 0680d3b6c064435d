/* crossover.c - see crossover.h.
 *
 * At each length the log ratio is called positive, negative or undecided by a 95 % interval from the spread of pairs (pooled
 * over lengths) and from how far lengths lie off a smooth curve. Between a length that is decided and the next that is
 * decided the other way lies a crossing; its place is the zero of a parabola fitted within an octave. The interval is the
 * union of bootstraps, as in growth_exponent.c: signs of the residuals (lack of fit) and pairs drawn again (noise), for
 * parabolas within one octave and within two, with the zero of plain interpolation: a cache step near the crossing bends each
 * of them differently.
 */
#include "analyse/crossover.h"

#include "analyse/crossover_local.h"
#include "base/random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { DRAWS_MAX = 64, RESAMPLES_MAX = 2000, SPREADS_MAX = 4096 };

static const double MAD_TO_DEVIATION = 1.4826; /* of a normal distribution */
static const double MEDIAN_TO_MEAN = 1.2533;   /* standard error of a median over that of a mean: sqrt(pi/2) */
static const double NEAR = 1.0, FAR = 2.0;     /* octaves to either side that a parabola is fitted to */
static const double REACH = 1.0;               /* octaves beyond the points of a fit in which zeros are believed */
static const double RATIO_RESOLUTION = 0.002;  /* timings closer than this are not told apart */

struct ratios {
    const struct crossover_series *series;
    double x[CROSSOVER_POINTS_MAX], y[CROSSOVER_POINTS_MAX]; /* log2 length, log ratio */
    double error[CROSSOVER_POINTS_MAX];                      /* half-width of the 95 % interval of y */
    int sign[CROSSOVER_POINTS_MAX];                          /* +1, -1, 0 undecided */
};

/* ---------------------------------------------------------------- signs */

static int add_spread(double *spreads, int used, const double *values, int count, bool logs)
{
    if (count < 2 || !values)
        return used;
    const double median = statistics_median(values, (size_t)count);
    for (int i = 0; i < count && used < SPREADS_MAX; ++i) {
        const double distance = logs ? values[i] - median : log(values[i] / median);
        spreads[used++] = fabs(distance) * sqrt((double)count / (double)(count - 1));
    }
    return used;
}

/* Standard deviation of one pair, or of one value of two samples; NaN where nothing is repeated. */
static double pooled_deviation(const struct crossover_series *series, int *degrees)
{
    static const int most = SPREADS_MAX;
    double *spreads = malloc((size_t)most * sizeof *spreads);
    int used = 0, groups = 0;
    for (int i = 0; spreads && i < series->count; ++i) {
        const struct crossover_point *point = &series->points[i];
        const int before = used;
        used = add_spread(spreads, used, point->pairs, point->pair_count, true);
        if (!point->pairs) {
            used = add_spread(spreads, used, point->a, point->a_count, false);
            used = add_spread(spreads, used, point->b, point->b_count, false);
        }
        groups += used > before;
    }
    *degrees = used > groups ? used - groups : 0;
    const double deviation = used ? MAD_TO_DEVIATION * statistics_median(spreads, (size_t)used) : NAN;
    free(spreads);
    return deviation;
}

static double repetition_error(const struct crossover_point *point, double deviation)
{
    if (point->pairs)
        return deviation * MEDIAN_TO_MEAN / sqrt((double)point->pair_count);
    if (point->a && point->b)
        return deviation * MEDIAN_TO_MEAN * sqrt(1.0 / point->a_count + 1.0 / point->b_count);
    return NAN;
}

/* How far lengths lie off the curve through their neighbours: root mean square, for the points that fits leave free. */
static double lack_of_fit(const struct ratios *ratios)
{
    const int count = ratios->series->count;
    double square = 0.0, freedom = 0.0;
    for (int i = 0; i < count; ++i) {
        struct crossover_local local;
        crossover_local_choose(&local, ratios->x, count, ratios->x[i], NEAR, i, i);
        if (local.count <= local.parameters)
            continue;
        crossover_local_fit(&local, ratios->x, ratios->y);
        const double residual = ratios->y[i] - crossover_local_at(&local, ratios->x[i]);
        square += residual * residual;
        freedom += 1.0 - (double)local.parameters / local.count;
    }
    return freedom > 0.0 ? sqrt(square / freedom) : 0.0;
}

static void find_signs(struct ratios *ratios)
{
    const struct crossover_series *series = ratios->series;
    int degrees = 0;
    const double deviation = series->exact ? NAN : pooled_deviation(series, &degrees);
    const double off = series->exact ? 0.0 : lack_of_fit(ratios);
    for (int i = 0; i < series->count; ++i) {
        const double repetition = repetition_error(&series->points[i], deviation);
        const double quantile = statistics_student_975(degrees > 0 ? (size_t)degrees : (size_t)series->count);
        const double noise = isnan(repetition) ? off : repetition;
        ratios->error[i] = series->exact ? 0.0 : fmax(quantile * noise, RATIO_RESOLUTION);
        ratios->sign[i] = (ratios->y[i] > ratios->error[i]) - (ratios->y[i] < -ratios->error[i]);
    }
}

/* ---------------------------------------------------------------- one crossing */

struct search {
    const struct ratios *ratios;
    struct crossover_local local; /* fitted to the data */
    double root, low, high;       /* log2 length; where zeros are looked for */
    bool rises;
    double residuals[CROSSOVER_POINTS_MAX], inflation;
};

static double resample_one(const double *values, int count, uint64_t seed, uint64_t stream, uint64_t offset)
{
    double drawn[DRAWS_MAX];
    count = count < DRAWS_MAX ? count : DRAWS_MAX;
    for (int r = 0; r < count; ++r)
        drawn[r] = values[random_bits(seed, stream, offset + (uint64_t)r) % (uint64_t)count];
    return statistics_median(drawn, (size_t)count);
}

static double widened(double shift, int count)
{
    return shift * sqrt((double)count / (double)(count - 1));
}

/* The log ratio with its processes drawn again. */
static double resample_point(const struct crossover_point *point, uint64_t seed, uint64_t stream, uint64_t offset)
{
    if (point->pairs && point->pair_count >= 2)
        return point->log_ratio + widened(resample_one(point->pairs, point->pair_count, seed, stream, offset) -
                                              statistics_median(point->pairs, (size_t)point->pair_count),
                                          point->pair_count);
    double value = point->log_ratio;
    if (!point->pairs && point->a && point->a_count >= 2)
        value += widened(log(resample_one(point->a, point->a_count, seed, stream, offset) /
                             statistics_median(point->a, (size_t)point->a_count)),
                         point->a_count);
    if (!point->pairs && point->b && point->b_count >= 2)
        value -= widened(log(resample_one(point->b, point->b_count, seed, stream, offset + DRAWS_MAX) /
                             statistics_median(point->b, (size_t)point->b_count)),
                         point->b_count);
    return value;
}

static void bootstrap(struct interval *root, const struct search *search, bool wild, uint64_t stream)
{
    const struct crossover_series *series = search->ratios->series;
    const int count = series->resamples < RESAMPLES_MAX ? series->resamples : RESAMPLES_MAX;
    double roots[RESAMPLES_MAX], y[CROSSOVER_POINTS_MAX];
    struct crossover_local local = search->local;
    for (int b = 0; b < count; ++b) {
        const uint64_t now = stream + (uint64_t)b;
        for (int i = local.first; i < local.first + local.count; ++i) {
            const double sign = random_bits(series->seed, now, (uint64_t)i) >> 63 ? 1.0 : -1.0;
            y[i] = wild ? search->ratios->y[i] - search->residuals[i] + sign * search->inflation * search->residuals[i]
                        : resample_point(&series->points[i], series->seed, now, (uint64_t)i * 2 * DRAWS_MAX);
        }
        crossover_local_fit(&local, search->ratios->x, y);
        roots[b] = crossover_local_root(&local, search->rises, search->root, search->low, search->high);
    }
    root->low = fmin(root->low, statistics_quantile(roots, (size_t)count, 0.025));
    root->high = fmax(root->high, statistics_quantile(roots, (size_t)count, 0.975));
}

/* The zero of straight lines between the two lengths at which y changes its sign; the middle one of several. */
static double interpolate(const struct ratios *ratios, int low, int high, bool rises)
{
    double zeros[CROSSOVER_POINTS_MAX];
    int count = 0;
    for (int i = low; i < high; ++i) {
        const double from = ratios->y[i], to = ratios->y[i + 1];
        if ((from < 0.0) == (to < 0.0) || (to > from) != rises)
            continue;
        zeros[count++] = ratios->x[i] + (ratios->x[i + 1] - ratios->x[i]) * from / (from - to);
    }
    return zeros[count / 2];
}

static void prepare_residuals(struct search *search)
{
    struct crossover_local *local = &search->local;
    crossover_local_fit(local, search->ratios->x, search->ratios->y);
    for (int i = local->first; i < local->first + local->count; ++i) {
        double *residual = &search->residuals[i];
        *residual = search->ratios->y[i] - crossover_local_at(local, search->ratios->x[i]);
        if (fabs(*residual) < RATIO_RESOLUTION)
            *residual = copysign(RATIO_RESOLUTION, *residual);
    }
    const int free_points = local->count - local->parameters > 1 ? local->count - local->parameters : 1;
    search->inflation = sqrt((double)local->count / free_points) * statistics_student_975((size_t)free_points) /
                        statistics_student_975(1000000);
}

/* Widens the interval by fits within `reach` octaves; the zero of the first fit is the estimate. */
static void search_within(struct interval *root, const struct ratios *ratios, int low, int high, double reach, bool first,
                          uint64_t stream)
{
    struct search search = {.ratios = ratios, .rises = ratios->sign[high] > 0};
    crossover_local_choose(&search.local, ratios->x, ratios->series->count, root->value, reach, low, high);
    search.low = ratios->x[search.local.first] - REACH;
    search.high = ratios->x[search.local.first + search.local.count - 1] + REACH;
    prepare_residuals(&search);
    search.root = crossover_local_root(&search.local, search.rises, root->value, search.low, search.high);
    const bool between = search.root > ratios->x[low] && search.root < ratios->x[high];
    if (first && between)
        root->value = search.root;
    root->low = fmin(root->low, between ? search.root : root->value);
    root->high = fmax(root->high, between ? search.root : root->value);
    bootstrap(root, &search, true, stream);
    bootstrap(root, &search, false, stream + (1u << 18));
}

/* The crossing between points `low` and `high`, which are decided and of different sign. */
static struct crossover_root find_root(const struct ratios *ratios, int low, int high, int index)
{
    const bool rises = ratios->sign[high] > 0;
    struct interval root;
    root.value = root.low = root.high = interpolate(ratios, low, high, rises);
    if (ratios->series->exact) {
        root.low = ratios->x[low];
        root.high = ratios->x[high];
    } else {
        const uint64_t stream = (uint64_t)index << 24;
        search_within(&root, ratios, low, high, NEAR, true, stream);
        search_within(&root, ratios, low, high, FAR, false, stream + (1u << 20));
    }
    return (struct crossover_root){.length = {exp2(root.value), exp2(root.low), exp2(root.high)}, .a_beyond = !rises};
}

/* ---------------------------------------------------------------- all */

static void note_undecided(struct crossover *crossover, const struct ratios *ratios)
{
    crossover->first_undecided = crossover->last_undecided = NAN;
    for (int i = 0; i < ratios->series->count; ++i) {
        if (ratios->sign[i] != 0)
            continue;
        const double length = ratios->series->points[i].length;
        crossover->first_undecided = crossover->undecided++ ? crossover->first_undecided : length;
        crossover->last_undecided = length;
    }
}

/* Roots whose intervals hold the next one's place are one crossing that noise has split: three become one with the hull of
 * their intervals. Two leave both sides as they were: the curves touch, and nothing crosses for sure. */
static void merge_roots(struct crossover *crossover)
{
    int kept = 0;
    for (int i = 0; i < crossover->count;) {
        struct crossover_root root = crossover->roots[i];
        int end = i + 1;
        while (end < crossover->count && (root.length.high >= crossover->roots[end].length.value ||
                                          crossover->roots[end].length.low <= crossover->roots[end - 1].length.value)) {
            root.length.low = fmin(root.length.low, crossover->roots[end].length.low);
            root.length.high = fmax(root.length.high, crossover->roots[end].length.high);
            ++end;
        }
        root.length.value = crossover->roots[i + (end - i) / 2].length.value;
        if ((end - i) % 2 == 1)
            crossover->roots[kept++] = root;
        i = end;
    }
    crossover->count = kept;
}

void crossover_find(struct crossover *crossover, const struct crossover_series *series)
{
    assert(series->count <= CROSSOVER_POINTS_MAX);
    *crossover = (struct crossover){.verdict = CROSSOVER_UNKNOWN};
    struct ratios ratios = {.series = series};
    for (int i = 0; i < series->count; ++i) {
        ratios.x[i] = log2(series->points[i].length);
        ratios.y[i] = series->points[i].log_ratio;
    }
    find_signs(&ratios);
    note_undecided(crossover, &ratios);
    int before = -1;
    bool changes = false;
    for (int i = 0; i < series->count; ++i) {
        if (ratios.sign[i] == 0)
            continue;
        const bool change = before >= 0 && ratios.sign[before] != ratios.sign[i];
        changes |= change;
        if (change && crossover->count < CROSSOVERS_MAX) {
            crossover->roots[crossover->count] = find_root(&ratios, before, i, crossover->count);
            ++crossover->count;
        }
        before = i;
    }
    merge_roots(crossover);
    if (crossover->count > 0)
        crossover->verdict = CROSSOVER_CROSSES;
    else if (before >= 0 && crossover->undecided == 0 && !changes)
        crossover->verdict = ratios.sign[before] < 0 ? CROSSOVER_ALWAYS : CROSSOVER_NEVER;
}
