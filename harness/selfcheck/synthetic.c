/* synthetic.c - the measured parts of selfcheck about growth and crossings: sweeps of the operator that takes the time it is
 * told to, with and without a fixed cost and a step at the size of the second cache, quiet and beside a busy neighbour.
 *
 * One step of its work is told to last as long in every cell (step_ns), so that the law is exact; the absolute time need not
 * be. Width 1 keeps small the copy of the input that comes on top.
 */
#include "selfcheck/measured.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>

#define CACHE_BYTES 1048576.0 /* where the second cache cannot be found out */
#define STEP_NS 1.3           /* about what a step lasts: 4 cycles at 3 GHz */
#define CALL_SECONDS 2.0

/* ---------------------------------------------------------------- growth */

/* The shortest call takes 10 to 40 us, far more than a call costs by itself; the longest under 0.15 s. */
static const struct law {
    double power, log_power, scale;
    const char *lengths;
    int step_length;     /* two octaves before the end */
    double memory_power; /* the memory that makes the step plausible grows as the time does, or slower */
} laws[] = {
    {1.0, 0.0, 500.0, "64..16384/2", 4096, 1.0},
    {1.0, 1.0, 60.0, "64..16384/2", 4096, 1.0},
    {1.5, 0.0, 20.0, "64..4096/2", 1024, 1.5},
    {2.0, 0.0, 4.0, "64..4096/2", 1024, 2.0},
    {2.0, 1.0, 0.5, "64..4096/2", 1024, 2.0},
};

enum { LAWS = ARRAY_LEN(laws), VARIANTS = 4 };

/* Every law in every variant in the first 20 units, and different ones in the first few. */
static int variant_of(int number)
{
    return (number % LAWS + number / LAWS) % VARIANTS;
}

static void write_operator(char *out, size_t capacity, const struct law *law, int variant, double cache_bytes)
{
    const int length = snprintf(out, capacity, "synthetic:time_power=%g,time_log_power=%g,time_scale=%g,overhead=%d,step_ns=%g",
                                law->power, law->log_power, law->scale, variant & 1 ? 10000 : 0, STEP_NS);
    if (variant & 2)
        snprintf(out + length, capacity - (size_t)length, ",step=1.5,step_length=%d,memory_power=%g,memory_scale=%.9g",
                 law->step_length, law->memory_power, cache_bytes / pow(law->step_length, law->memory_power));
}

/* The exponent that study means: of the line through the logarithms of the growth, overhead and step left out. */
static double true_exponent(const struct law *law, const struct growth_series *series)
{
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0, count = 0.0;
    for (int i = 0; i < series->count; ++i) {
        const double a = log(series->points[i].length), b = law->power * a + law->log_power * log(a);
        x += a;
        y += b;
        xx += a * a;
        xy += a * b;
        count += 1.0;
    }
    return (xy - x * y / count) / (xx - x * x / count);
}

static const struct study_growth *growth_of(const struct study *study, enum study_metric metric)
{
    for (int i = 0; i < study->growth_count; ++i)
        if (study->growth[i].metric == metric && study->growth[i].enough)
            return &study->growth[i];
    return NULL;
}

static json_t *growth_outcome(const struct law *law, int variant, const struct study_growth *growth)
{
    const struct interval found = growth->exponent.exponent;
    const double truth = true_exponent(law, &growth->data), rounding = 1e-9;
    const int class_index = growth_class_find(law->power, law->log_power);
    const bool in_set = growth->choice.candidates[class_index].chosen;
    return json_pack("{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:i, s:b, s:b, s:b}", "class", growth_classes[class_index].name,
                     "variant", variant, "truth", truth, "value", found.value, "low", found.low, "high", found.high, "error",
                     fabs(found.value - truth), "chosen", growth->choice.chosen, "covered",
                     found.low <= truth + rounding && truth - rounding <= found.high, "in_set", in_set, "right",
                     in_set && growth->choice.chosen <= 2);
}

static enum status study_growth(json_t **outcome, const struct measured *measured, const struct law *law, int variant,
                                struct error *error)
{
    struct study study;
    enum status status = measured_study(&study, measured, error);
    const struct study_growth *growth = status == STATUS_OK ? growth_of(&study, STUDY_TIME) : NULL;
    if (growth)
        *outcome = growth_outcome(law, variant, growth);
    if (status == STATUS_OK && !*outcome)
        status = error_set(error, STATUS_FAILED, "too few lengths of a synthetic sweep were measured: is the machine stalled?");
    study_free(&study);
    return status;
}

static enum status run_growth(json_t **outcome, const struct unit_request *request, struct error *error)
{
    const struct law *law = &laws[request->number % LAWS];
    const int variant = variant_of(request->number);
    const size_t cache = topology_cache_bytes(request->setting->topology, 2, NULL);
    char text[CELL_OPTIONS_MAX];
    write_operator(text, sizeof text, law, variant, cache ? (double)cache : CACHE_BYTES);
    const struct measured_request sweep = {.operators = {text},
                                           .lengths = law->lengths,
                                           .widths = "1",
                                           .threads = "1",
                                           .budget_seconds = request->full ? 16.0 : 5.0,
                                           .call_limit_seconds = CALL_SECONDS};
    struct measured measured;
    enum status status = measured_make(&measured, request, &sweep, error);
    if (status == STATUS_OK)
        status = study_growth(outcome, &measured, law, variant, error);
    if (status == STATUS_OK)
        json_object_set_new(*outcome, "grade", json_string(measured.sweep.grade));
    measured_free(&measured);
    return status;
}

static void report_growth(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    const int64_t sweeps = (int64_t)json_array_size(units);
    report_share(report, part->name, part_sum(units, "covered"), sweeps, REPORT_AT_LEAST, 0.90, "exponent in its interval");
    report_share(report, part->name, part_sum(units, "right"), sweeps, REPORT_AT_LEAST, 0.95,
                 "class in the set, set of at most two");
    report_share(report, part->name, part_sum(units, "in_set"), sweeps, REPORT_NO_TARGET, NAN, "class in the set");
    report_figure(report, part->name, part_median(units, "error"), "", REPORT_NO_TARGET, NAN, "error of the exponent, median");
}

#define GROWTH_PART(name_, loaded_)                                                                          \
    {                                                                                                          \
        .name = (name_), .suite = SELFCHECK_MEASUREMENT, .loaded = (loaded_), .quick_units = 3,           \
        .full_units = LAWS * VARIANTS, .quick_seconds = 6.0, .full_seconds = 18.0, .run = run_growth, .report = report_growth     \
    }

const struct selfcheck_part part_growth_measured = GROWTH_PART("growth, measured", false);
const struct selfcheck_part part_growth_loaded = GROWTH_PART("growth, beside stress-ng", true);

/* ---------------------------------------------------------------- crossings */

#define QUADRATIC_NS 4.0 /* 16 us at length 64, 67 ms at 4096 */

/* n^2 against overhead + c n, equal at `length`. */
static void write_pair(char quadratic[CELL_OPTIONS_MAX], char linear[CELL_OPTIONS_MAX], double length, double overhead)
{
    snprintf(quadratic, CELL_OPTIONS_MAX, "synthetic:time_power=2,time_scale=%g,step_ns=%g", QUADRATIC_NS, STEP_NS);
    snprintf(linear, CELL_OPTIONS_MAX, "synthetic:time_scale=%.9g,overhead=%g,step_ns=%g",
             QUADRATIC_NS * length - overhead / length, overhead, STEP_NS);
}

static json_t *crossover_outcome(double truth, const struct study *study)
{
    const struct study_crossover *found = NULL;
    for (int i = 0; i < study->crossover_count; ++i)
        if (study->crossovers[i].metric == STUDY_TIME)
            found = &study->crossovers[i];
    const bool one = found && found->result.count == 1;
    const struct interval length = one ? found->result.roots[0].length : (struct interval){NAN, NAN, NAN};
    json_t *outcome = json_pack("{s:f, s:b, s:b}", "truth", truth, "found", one, "covered",
                                length.low <= truth && truth <= length.high);
    if (outcome && one)
        json_object_update_new(outcome, json_pack("{s:f, s:f, s:f, s:f, s:f}", "value", length.value, "low", length.low, "high",
                                                  length.high, "width", length.high / length.low, "error",
                                                  100.0 * fabs(length.value / truth - 1.0)));
    return outcome;
}

static enum status study_crossover(json_t **outcome, const struct measured *measured, double truth, struct error *error)
{
    struct study study;
    enum status status = measured_study(&study, measured, error);
    if (status == STATUS_OK)
        *outcome = crossover_outcome(truth, &study);
    if (status == STATUS_OK && !*outcome)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    study_free(&study);
    return status;
}

static enum status run_crossover(json_t **outcome, const struct unit_request *request, struct error *error)
{
    const double truth = 200.0 * exp2(3.0 * random_uniform(request->seed, 1, 0));
    char quadratic[CELL_OPTIONS_MAX], linear[CELL_OPTIONS_MAX];
    write_pair(quadratic, linear, truth, request->number % 2 ? 20000.0 : 0.0);
    const struct measured_request sweep = {.operators = {quadratic, linear},
                                           .lengths = "64..4096",
                                           .widths = "1",
                                           .threads = "1",
                                           .budget_seconds = request->full ? 12.0 : 5.0,
                                           .call_limit_seconds = CALL_SECONDS};
    struct measured measured;
    enum status status = measured_make(&measured, request, &sweep, error);
    if (status == STATUS_OK)
        status = study_crossover(outcome, &measured, truth, error);
    if (status == STATUS_OK)
        json_object_set_new(*outcome, "grade", json_string(measured.sweep.grade));
    measured_free(&measured);
    return status;
}

static void report_crossovers(struct report *report, const struct selfcheck_part *part, const struct part_results *results)
{
    const json_t *units = results->units;
    const int64_t sweeps = (int64_t)json_array_size(units);
    report_share(report, part->name, part_sum(units, "covered"), sweeps, REPORT_AT_LEAST, 0.90,
                 "the crossing is found, and in its interval");
    report_figure(report, part->name, part_median(units, "error"), "%", REPORT_NO_TARGET, NAN, "error of its length, median");
    report_figure(report, part->name, part_median(units, "width"), "", REPORT_NO_TARGET, NAN, "high/low of its interval");
}

#define CROSSOVERS_PART(name_, loaded_)                                                                          \
    {                                                                                                          \
        .name = (name_), .suite = SELFCHECK_MEASUREMENT, .loaded = (loaded_), .quick_units = 2,           \
        .full_units = 20, .quick_seconds = 6.0, .full_seconds = 13.0, .run = run_crossover, .report = report_crossovers     \
    }

const struct selfcheck_part part_crossovers_measured = CROSSOVERS_PART("crossovers, measured", false);
const struct selfcheck_part part_crossovers_loaded = CROSSOVERS_PART("crossovers, beside stress-ng", true);
