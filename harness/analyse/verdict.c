/* verdict.c - see verdict.h. */
#include "analyse/verdict.h"

#include "analyse/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z_FOUND \
    (2.575829303548901 + 0.8416212335729143) /* normal quantiles of 0.995 (VERDICT_CONFIDENCE) and 0.8 (4 of 5) */
#define SIGNED_RANK_EFFICIENCY 0.955         /* of the signed-rank test beside the t test on normal differences: 3 / pi */
#define MAD_TO_DEVIATION 1.4826              /* of the normal distribution */
#define NARROW 0.5                           /* of the margin: half-width at which more pairs would change little */

static const struct interval unknown = {.value = NAN, .low = NAN, .high = NAN};

static const char *const names[VERDICT_COUNT] = {
    [VERDICT_NONE] = "",           [VERDICT_SLOWER] = "SLOWER", [VERDICT_FASTER] = "FASTER", [VERDICT_SAME] = "SAME",
    [VERDICT_UNKNOWN] = "UNKNOWN", [VERDICT_FAILED] = "FAILED", [VERDICT_WRONG] = "WRONG",   [VERDICT_SKIPPED] = "SKIPPED",
};

const char *verdict_name(enum verdict verdict)
{
    return names[verdict];
}

enum verdict verdict_from_name(const char *name)
{
    for (int i = 1; i < VERDICT_COUNT; ++i)
        if (strcmp(names[i], name) == 0)
            return (enum verdict)i;
    return VERDICT_NONE;
}

/* ---------------------------------------------------------------- estimates */

static struct interval exponential(struct interval logs)
{
    return (struct interval){.value = exp(logs.value), .low = exp(logs.low), .high = exp(logs.high)};
}

/* The wider one, because ratios of timings are skewed and the signed-rank interval is for symmetric differences. */
static struct interval log_interval(const double *log_ratios, size_t count)
{
    struct interval rank = ranks_signed_interval(log_ratios, count, VERDICT_CONFIDENCE);
    const struct interval sign = ranks_sign_interval(log_ratios, count, VERDICT_CONFIDENCE);
    if (sign.high - sign.low > rank.high - rank.low) {
        rank.low = fmin(sign.low, rank.value);
        rank.high = fmax(sign.high, rank.value);
    }
    return rank;
}

/* P that the centre lies above `bound` by chance, of values times `sign`. */
static double p_beyond(const double *log_ratios, size_t count, double sign, double bound)
{
    double *shifted = count ? malloc(count * sizeof *shifted) : NULL;
    if (!shifted)
        return NAN;
    for (size_t i = 0; i < count; ++i)
        shifted[i] = sign * log_ratios[i] - bound;
    const double p = ranks_signed_greater(shifted, count);
    free(shifted);
    return p;
}

static double deviation(const double *values, size_t count)
{
    double *off = count ? malloc(count * sizeof *off) : NULL;
    if (!off)
        return NAN;
    const double median = statistics_median(values, count);
    for (size_t i = 0; i < count; ++i)
        off[i] = fabs(values[i] - median);
    const double mad = statistics_median(off, count);
    free(off);
    return MAD_TO_DEVIATION * mad;
}

struct verdict_estimate verdict_estimate(const double *log_ratios, size_t count, double margin)
{
    struct verdict_estimate out = {.ratio = unknown, .p_slower = NAN, .p_faster = NAN, .mde = NAN, .pairs = count};
    if (count == 0)
        return out;
    out.ratio = exponential(log_interval(log_ratios, count));
    out.p_slower = p_beyond(log_ratios, count, 1.0, log1p(margin));
    out.p_faster = p_beyond(log_ratios, count, -1.0, log1p(margin));
    if (count > 1)
        out.mde =
            expm1(log1p(margin) + Z_FOUND * deviation(log_ratios, count) / sqrt(SIGNED_RANK_EFFICIENCY * (double)count));
    return out;
}

struct verdict_estimate verdict_estimate_unpaired(const double *base, size_t base_count, const double *fresh,
                                                  size_t fresh_count, double margin)
{
    struct verdict_estimate out = {.ratio = unknown,
                                   .p_slower = NAN,
                                   .p_faster = NAN,
                                   .mde = NAN,
                                   .pairs = base_count < fresh_count ? base_count : fresh_count};
    double *shifted = fresh_count ? malloc(fresh_count * sizeof *shifted) : NULL;
    if (!shifted || base_count == 0) {
        free(shifted);
        return out;
    }
    out.ratio = exponential(ranks_shift_interval(base, base_count, fresh, fresh_count, VERDICT_CONFIDENCE));
    for (int side = 0; side < 2; ++side) { /* half of the two-sided P, on the side of the difference */
        const double bound = side == 0 ? log1p(margin) : -log1p(margin);
        for (size_t i = 0; i < fresh_count; ++i)
            shifted[i] = fresh[i] - bound;
        double larger = NAN;
        const double p = ranks_mann_whitney(&larger, shifted, fresh_count, base, base_count);
        const double middle = (double)base_count * (double)fresh_count / 2.0;
        const bool beyond = side == 0 ? larger > middle : larger < middle;
        *(side == 0 ? &out.p_slower : &out.p_faster) = beyond ? p / 2.0 : 1.0 - p / 2.0;
    }
    free(shifted);
    const double spread = hypot(deviation(base, base_count) / sqrt((double)base_count),
                                deviation(fresh, fresh_count) / sqrt((double)fresh_count));
    out.mde = expm1(log1p(margin) + Z_FOUND * spread / sqrt(SIGNED_RANK_EFFICIENCY));
    return out;
}

/* ---------------------------------------------------------------- a cell */

static bool is_same(const struct verdict_estimate *estimate, double margin)
{
    return estimate->ratio.low > 1.0 / (1.0 + margin) && estimate->ratio.high < 1.0 + margin;
}

size_t verdict_more(const struct verdict_rule *rule, const double *log_ratios, size_t count)
{
    if (count < rule->screen)
        return rule->screen - count;
    const size_t left = count < rule->most ? rule->most - count : 0;
    const size_t step = left < VERDICT_STEP ? left : VERDICT_STEP;
    const struct verdict_estimate estimate = verdict_estimate(log_ratios, count, rule->margin);
    if (count == rule->screen)
        return is_same(&estimate, rule->margin) ? 0 : step;
    const double half_width = 0.5 * log(estimate.ratio.high / estimate.ratio.low);
    return half_width <= NARROW * log1p(rule->margin) ? 0 : step;
}

/* Whether the estimate of these pairs alone lies beyond the margin on that side (sign 1: slower). */
static bool points(const double *log_ratios, size_t count, double sign, double margin)
{
    return count > 0 && sign * ranks_signed_interval(log_ratios, count, VERDICT_CONFIDENCE).value > log1p(margin);
}

static bool both_stages_point(const struct verdict_rule *rule, const double *log_ratios, size_t count, double sign)
{
    return count > rule->screen && points(log_ratios, rule->screen, sign, rule->margin) &&
           points(log_ratios + rule->screen, count - rule->screen, sign, rule->margin);
}

static const char *why_unknown(const struct verdict_rule *rule, const struct verdict_estimate *estimate)
{
    if (!isfinite(estimate->ratio.low))
        return "too few pairs for an interval: 8 are needed";
    const bool beyond = estimate->ratio.low > 1.0 + rule->margin || estimate->ratio.high < 1.0 / (1.0 + rule->margin);
    if (beyond && estimate->pairs <= rule->screen)
        return "seen in the screen only, and not confirmed: give more --pairs or a larger --budget";
    if (beyond)
        return "a difference that the two stages, or the number of cells, do not allow to be claimed";
    return "the interval reaches over the margin: more --pairs or a larger --budget would narrow it";
}

enum verdict verdict_judge(const struct verdict_rule *rule, const double *log_ratios, size_t count, double q_slower,
                           double q_faster, const char **reason)
{
    const struct verdict_estimate estimate = verdict_estimate(log_ratios, count, rule->margin);
    *reason = "";
    if (estimate.ratio.low > 1.0 + rule->margin && q_slower <= VERDICT_DISCOVERY &&
        both_stages_point(rule, log_ratios, count, 1.0))
        return VERDICT_SLOWER;
    if (estimate.ratio.high < 1.0 / (1.0 + rule->margin) && q_faster <= VERDICT_DISCOVERY &&
        both_stages_point(rule, log_ratios, count, -1.0))
        return VERDICT_FASTER;
    if (is_same(&estimate, rule->margin))
        return VERDICT_SAME;
    *reason = why_unknown(rule, &estimate);
    return VERDICT_UNKNOWN;
}

enum verdict verdict_judge_unpaired(const struct verdict_estimate *estimate, double margin, double q_slower,
                                    double q_faster, const char **reason)
{
    *reason = "";
    if (estimate->ratio.low > 1.0 + margin && q_slower <= VERDICT_DISCOVERY)
        return VERDICT_SLOWER;
    if (estimate->ratio.high < 1.0 / (1.0 + margin) && q_faster <= VERDICT_DISCOVERY)
        return VERDICT_FASTER;
    if (is_same(estimate, margin))
        return VERDICT_SAME;
    *reason = isfinite(estimate->ratio.low)
                  ? "the interval reaches over the margin: `seqscale ab` compares in pairs and sees more"
                  : "too few processes for an interval: sweeps with a larger --budget have more";
    return VERDICT_UNKNOWN;
}

enum verdict verdict_exact(double base, double fresh, double tolerance)
{
    if (!(base > 0.0) || !isfinite(base) || !isfinite(fresh))
        return VERDICT_UNKNOWN;
    if (fresh > base * (1.0 + tolerance))
        return VERDICT_SLOWER;
    return fresh * (1.0 + tolerance) < base ? VERDICT_FASTER : VERDICT_SAME;
}

/* ---------------------------------------------------------------- controls and the run */

static double quantile_of_differences(const double *ratios, size_t count, double q)
{
    double *off = count ? malloc(count * sizeof *off) : NULL;
    size_t used = 0;
    for (size_t i = 0; off && i < count; ++i)
        if (ratios[i] > 0.0 && isfinite(ratios[i]))
            off[used++] = fabs(log(ratios[i]));
    const double size = used ? expm1(statistics_quantile(off, used, q)) : NAN;
    free(off);
    return size;
}

double verdict_floor(const double *ratios, size_t count)
{
    return count >= VERDICT_FLOOR_CONTROLS ? quantile_of_differences(ratios, count, 0.95) : NAN;
}

double verdict_floor_of_run(const double *ratios, size_t count)
{
    return quantile_of_differences(ratios, count, 1.0);
}

static const char *const outcomes[] = {
    [OUTCOME_PASS] = "pass",     [OUTCOME_REGRESSION] = "regression", [OUTCOME_INCONCLUSIVE] = "inconclusive",
    [OUTCOME_FAILED] = "failed", [OUTCOME_WRONG] = "wrong",
};

const char *verdict_outcome_name(enum verdict_outcome outcome)
{
    return outcomes[outcome];
}

bool verdict_vetoed(const struct verdict_tally *tally)
{
    return tally->controls_moved > 0 || tally->control_difference > VERDICT_CONTROL_MOST;
}

enum verdict_outcome verdict_outcome(const struct verdict_tally *tally)
{
    const bool vetoed = verdict_vetoed(tally);
    if (tally->cells[VERDICT_WRONG] > 0)
        return OUTCOME_WRONG;
    if (tally->memory_grown > 0 || (tally->cells[VERDICT_SLOWER] > 0 && !vetoed))
        return OUTCOME_REGRESSION;
    if (tally->cells[VERDICT_FAILED] > 0)
        return OUTCOME_FAILED;
    const int decided = tally->cells[VERDICT_FASTER] + tally->cells[VERDICT_SAME];
    return vetoed || decided == 0 ? OUTCOME_INCONCLUSIVE : OUTCOME_PASS;
}
