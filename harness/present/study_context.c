/* study_context.c - what fits within a limit of time or memory, and what operators cost at equal numbers of parameters. */
#include "present/study_parts.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum status study_find_contexts(struct study *study, const struct study_request *request, struct error *error)
{
    const double limits[STUDY_METRICS] = {[STUDY_TIME] = request->within_seconds, [STUDY_MEMORY] = request->within_bytes,
                                          [STUDY_INSTRUCTIONS] = NAN};
    study->contexts = study_array((size_t)study->growth_count, sizeof *study->contexts, error);
    if (!study->contexts)
        return STATUS_SYSTEM;
    for (int i = 0; i < study->growth_count; ++i) {
        const struct study_growth *growth = &study->growth[i];
        if (isnan(limits[growth->metric]))
            continue;
        struct study_context *context = &study->contexts[study->context_count++];
        *context =
            (struct study_context){.series = growth->series, .metric = growth->metric, .limit = limits[growth->metric]};
        context_find(&context->result, &growth->data, growth->enough ? &growth->choice : NULL, context->limit);
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- equal parameters */

/* Floats among the parameters; NaN unknown. */
static double count_parameters(const struct cell_record *cell)
{
    json_t *regions = cell->regions && cell->regions[0] ? json_loads(cell->regions, 0, NULL) : NULL;
    const json_t *bytes = json_object_get(regions, "parameters");
    const double count = json_is_number(bytes) ? json_number_value(bytes) / 4.0 : NAN;
    json_decref(regions);
    return count > 0.0 ? count : NAN;
}

struct sized {
    const struct cell_record *cell;
    double parameters;
};

static bool is_measured_at(const struct cell_record *cell, const struct cell_record *like)
{
    return cell->seconds > 0.0 && study_same_setting(cell, like) && cell->cell.length == like->cell.length &&
           cell->cell.threads == like->cell.threads;
}

/* The widths of b's operator whose parameters enclose `wanted` most closely; false where they do not. */
static bool enclose(struct sized *below, struct sized *above, const struct study *study, const struct cell_record *b,
                    double wanted)
{
    *below = *above = (struct sized){.parameters = NAN};
    for (size_t i = 0; i < study->cell_count; ++i) {
        const struct cell_record *cell = &study->cells[i];
        if (!study_same_operator(cell, b) || !is_measured_at(cell, b))
            continue;
        const double parameters = count_parameters(cell);
        if (parameters <= wanted && !(parameters <= below->parameters))
            *below = (struct sized){cell, parameters};
        if (parameters >= wanted && !(parameters >= above->parameters))
            *above = (struct sized){cell, parameters};
    }
    return below->cell && above->cell;
}

/* Between two widths of the same operator, time goes as a power of the number of parameters, and so does width. */
static void interpolate(struct study_equal *equal, const struct sized *below, const struct sized *above)
{
    const double span = log(above->parameters / below->parameters);
    const double share = span > 0.0 ? log(equal->a_parameters / below->parameters) / span : 0.0;
    const struct cell_record *low = below->cell, *high = above->cell;
    const double seconds = exp((1.0 - share) * log(low->seconds) + share * log(high->seconds));
    equal->b_width = exp((1.0 - share) * log((double)low->cell.width) + share * log((double)high->cell.width));
    equal->equal_parameters_ratio = seconds / equal->a->seconds;
}

static void compare(struct study *study, const struct cell_record *a, const struct cell_record *b)
{
    struct study_equal *equal = &study->equals[study->equal_count];
    *equal = (struct study_equal){.a = a,
                                  .b = b,
                                  .a_parameters = count_parameters(a),
                                  .b_parameters = count_parameters(b),
                                  .b_width = NAN,
                                  .equal_width_ratio = b->seconds / a->seconds,
                                  .equal_parameters_ratio = NAN};
    if (isnan(equal->a_parameters) || isnan(equal->b_parameters))
        return;
    struct sized below, above;
    if (enclose(&below, &above, study, b, equal->a_parameters))
        interpolate(equal, &below, &above);
    ++study->equal_count;
}

/* The longest measured cell of a series. */
static const struct cell_record *longest(const struct study_series *series)
{
    for (int i = series->point_count[STUDY_TIME]; i-- > 0;)
        if (!series->points[STUDY_TIME][i].bound)
            return series->sources[STUDY_TIME][i];
    return NULL;
}

static const struct cell_record *find_at(const struct study_series *series, int64_t length)
{
    for (int i = 0; i < series->point_count[STUDY_TIME]; ++i)
        if (!series->points[STUDY_TIME][i].bound && series->sources[STUDY_TIME][i]->cell.length == length)
            return series->sources[STUDY_TIME][i];
    return NULL;
}

/* Each pair at the longest length that both have been measured at. */
enum status study_compare_equals(struct study *study, struct error *error)
{
    const size_t count = (size_t)study->series_count;
    study->equals = study_array(count * (count + 1) / 2 + 1, sizeof *study->equals, error);
    if (!study->equals)
        return STATUS_SYSTEM;
    for (int i = 0; i < study->crossover_count; ++i) {
        const struct study_crossover *pair = &study->crossovers[i];
        if (pair->metric != STUDY_TIME || study_same_operator(pair->a->first, pair->b->first))
            continue;
        const struct cell_record *a = longest(pair->a), *b = longest(pair->b);
        const int64_t length = a->cell.length < b->cell.length ? a->cell.length : b->cell.length;
        a = find_at(pair->a, length);
        b = find_at(pair->b, length);
        if (a && b)
            compare(study, a, b);
    }
    return STATUS_OK;
}
