/* grade.c - see grade.h. The limits for lost time, gaps, drift and throttling are those that tell quiet from noisy machines in
 * the project's measurement notes; each line says why the others are what they are. */
#include "analyse/grade.h"

#include "analyse/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 4 }; /* A to D have an upper limit; beyond D is F */

static const struct rule {
    double limit[LETTERS];  /* largest value that still is an A, B, C, D */
    double disturbed;       /* from here on the block is repeated; infinity: no sign of a disturbance */
    double scale;           /* of the value in the sentence */
    const char *reason;     /* with one %.6g, of two digits */
} rules[GRADE_CRITERIA] = {
    /* A lost percent is a percent of the time. */
    [GRADE_LOST] = {{0.002, 0.01, 0.05, 0.15}, 0.05, 100.0, "%.6g %% of the time lost to other work (run delay, steal)"},
    /* A group without quota stands still for tens of milliseconds: no figure of such a process means anything. */
    [GRADE_THROTTLED] = {{0.0, 0.0, 0.0, 0.0}, 0.0, 100.0, "throttled by the CPU quota for %.6g %% of the time"},
    /* A sample has 3 ms. */
    [GRADE_GAP] = {{2e-4, 1e-3, 5e-3, 5e-2}, INFINITY, 1e3, "a spin was interrupted for %.6g ms at a time"},
    /* The clock of the core itself. Virtual machines move it by 5 % within milliseconds, which repeating a block does not mend. */
    [GRADE_DRIFT] = {{0.005, 0.01, 0.02, 0.1}, 0.1, 100.0, "the speed of the core changed by %.6g %%"},
    /* As far as this machine's sweeps know: a neighbour on the core, a lower clock. Steady, it is no drift, and no disturbance that
     * repeating would mend; but an hour later, without it, the same cell takes another time. */
    [GRADE_SLOW] = {{0.005, 0.01, 0.02, 0.1}, INFINITY, 100.0, "the core was %.6g %% slower than it can be"},
    /* A page costs about 2 us, a sample has 3 ms: 15 faults are one percent. There should be none. */
    [GRADE_FAULTS] = {{0.0, 1.0, 15.0, 150.0}, INFINITY, 1.0, "%.6g page faults in a sample"},
    /* The median jumps from one group to the other by this much. */
    [GRADE_MODES] = {{0.01, 0.03, 0.1, 0.3}, INFINITY, 100.0, "the values lie in two groups %.6g %% apart"},
    /* The share of processes that never settled. Of one process it is 0 or 1, and 1 is a C: its samples are still there. */
    [GRADE_UNSTEADY] = {{0.0, 0.5, 1.0, 1.0}, INFINITY, 100.0, "no steady state in %.6g %% of the processes"},
    /* Two cores that do less than 1.6 of one share it (0.2 of each lost), and speed-ups are not to be quoted. */
    [GRADE_TEAM] = {{0.05, 0.1, 0.2, 0.35}, INFINITY, 100.0, "the cores of a team gave %.6g %% less than they do alone"},
    /* 1000 clock readings a stretch make the clock's share a tenth of a percent. */
    [GRADE_CLOCK] = {{0.001, 0.01, 0.05, 0.2}, INFINITY, 100.0, "reading the clock is %.6g %% of a timed call"},
    /* Three processes give a median that one bad process does not move; one has no interval at all. */
    [GRADE_FEW] = {{0.34, 0.51, 1.0, 1.0}, INFINITY, 1.0, ""},
};

struct grade_evidence grade_nothing_observed(void)
{
    struct grade_evidence evidence;
    for (int i = 0; i < GRADE_CRITERIA; ++i)
        evidence.value[i] = NAN;
    return evidence;
}

char grade_letter_of(enum grade_criterion criterion, double value)
{
    if (isnan(value))
        return GRADE_LETTER_NONE;
    for (int i = 0; i < LETTERS; ++i)
        if (value <= rules[criterion].limit[i])
            return (char)('A' + i);
    return 'F';
}

char grade_letter(const struct grade_evidence *evidence)
{
    char worst = GRADE_LETTER_NONE; /* below every letter */
    for (int i = 0; i < GRADE_CRITERIA; ++i) {
        const char letter = grade_letter_of((enum grade_criterion)i, evidence->value[i]);
        worst = letter > worst ? letter : worst;
    }
    return worst;
}

/* To two digits, which %.2g would write as 1e+02 from 100 on. */
static double two_digits(double value)
{
    const double unit = pow(10.0, floor(log10(fabs(value))) - 1.0);
    return unit > 0.0 && isfinite(unit) ? round(value / unit) * unit : value;
}

static void append_reason(char out[GRADE_REASON_TEXT], enum grade_criterion criterion, double value)
{
    const size_t used = strlen(out);
    char number[128];
    if (criterion == GRADE_FEW)
        snprintf(number, sizeof number, "only %.0f process%s", 1.0 / value, value >= 1.0 ? "" : "es");
    else
        snprintf(number, sizeof number, rules[criterion].reason, two_digits(value * rules[criterion].scale));
    snprintf(out + used, GRADE_REASON_TEXT - used, "%s%s", used ? "; " : "", number);
}

const char *grade_reason(const struct grade_evidence *evidence, char out[GRADE_REASON_TEXT])
{
    out[0] = '\0';
    for (char letter = 'F'; letter > 'A'; --letter)
        for (int i = 0; i < GRADE_CRITERIA; ++i)
            if (grade_letter_of((enum grade_criterion)i, evidence->value[i]) == letter)
                append_reason(out, (enum grade_criterion)i, evidence->value[i]);
    return out;
}

/* Known values of a criterion, sorted, in `out`; returns how many. */
static size_t known_values(const struct grade_evidence *parts, size_t count, int criterion, double *out)
{
    size_t known = 0;
    for (size_t i = 0; i < count; ++i)
        if (!isnan(parts[i].value[criterion]))
            out[known++] = parts[i].value[criterion];
    statistics_sort(out, known);
    return known;
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i)
        sum += values[i];
    return sum / (double)count;
}

struct grade_evidence grade_combine(const struct grade_evidence *parts, size_t count, double quantile)
{
    struct grade_evidence whole = grade_nothing_observed();
    double *values = count ? malloc(count * sizeof *values) : NULL;
    for (int i = 0; values && i < GRADE_CRITERIA; ++i) {
        const size_t known = known_values(parts, count, i, values);
        if (known > 0)
            whole.value[i] = i == GRADE_UNSTEADY ? mean_of(values, known)
                                                 : values[(size_t)ceil(quantile * (double)(known - 1))];
    }
    free(values);
    return whole;
}

char grade_of_letters(const int counts[GRADE_LETTERS])
{
    int all = 0, reached = 0;
    for (int i = 0; i < GRADE_LETTERS; ++i)
        all += counts[i];
    for (int i = 0; i < GRADE_LETTERS && all > 0; ++i) {
        reached += counts[i];
        if (reached >= GRADE_OF_SWEEP * all)
            return (char)('A' + i);
    }
    return GRADE_LETTER_NONE;
}

struct grade_evidence grade_worse(const struct grade_evidence *a, const struct grade_evidence *b)
{
    struct grade_evidence worse;
    for (int i = 0; i < GRADE_CRITERIA; ++i)
        worse.value[i] = fmax(a->value[i], b->value[i]); /* passes over a NaN */
    return worse;
}

bool grade_is_disturbed(const struct grade_evidence *evidence)
{
    bool disturbed = false;
    for (int i = 0; i < GRADE_CRITERIA; ++i)
        disturbed = disturbed || evidence->value[i] > rules[i].disturbed;
    return disturbed;
}
