/* study_csv.c - a study as one long table: a row for each number, with what it is of and its interval. */
#include "present/study.h"

#include "store/csv.h"

#include <math.h>

struct row {
    const char *section;
    const struct cell_record *cell, *against; /* against: the other operator of a pair, NULL none */
    const char *metric;
    double length; /* NaN: of all lengths */
    const char *quantity;
    struct interval value;
    const char *verdict; /* or class; "" none */
};

static void append_number(struct text *out, double value)
{
    char number[32];
    text_append(out, ",");
    text_append(out, isfinite(value) ? text_number(number, value) : "");
}

static void append_field(struct text *out, const char *field)
{
    text_append(out, ",");
    csv_append(out, field);
}

static void append_row(struct text *out, const struct row *row)
{
    char against[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX] = "";
    const struct cell *cell = &row->cell->cell;
    if (row->against)
        cell_label(&row->against->cell, against, sizeof against);
    text_append(out, row->section);
    append_field(out, cell->operator_name);
    append_field(out, cell->options);
    append_field(out, against);
    text_format(out, ",%lld,%lld,%s,%s,%s,%s,%d", (long long)cell->batch, (long long)cell->width, cell->mode, cell->scope,
                cell->prepare, cell->cache, cell->threads);
    append_field(out, row->metric);
    append_number(out, row->length);
    append_field(out, row->quantity);
    append_number(out, row->value.value);
    append_number(out, row->value.low);
    append_number(out, row->value.high);
    append_field(out, row->verdict);
    text_append(out, "\n");
}

static struct interval alone(double value)
{
    return (struct interval){value, NAN, NAN};
}

static void append_growth(struct text *out, const struct study_growth *growth)
{
    struct text text = {0};
    struct row row = {.section = "growth",
                      .cell = growth->series->first,
                      .metric = study_metric_names[growth->metric],
                      .length = NAN,
                      .quantity = "exponent",
                      .value = growth->enough ? growth->exponent.exponent : alone(NAN)};
    study_growth_reason(&text, growth);
    row.verdict = text_get(&text);
    append_row(out, &row);
    for (int i = 0; growth->enough && i < GROWTH_CLASSES; ++i) {
        const struct growth_candidate *candidate = &growth->choice.candidates[i];
        if (!candidate->chosen)
            continue;
        text_clear(&text);
        study_candidate_name(&text, candidate);
        row.verdict = text_get(&text);
        row.quantity = "residual";
        row.value = alone(candidate->residual);
        append_row(out, &row);
        row.quantity = "held_out";
        row.value = alone(candidate->held_out);
        append_row(out, &row);
    }
    row.verdict = "";
    for (int i = 0; i < growth->prediction_count; ++i) {
        char quantity[64];
        snprintf(quantity, sizeof quantity, "predicted_%s", study_metric_units[growth->metric]);
        row.quantity = quantity;
        row.length = growth->predicted_lengths[i];
        row.value = growth->predictions[i].value;
        row.verdict = growth->predictions[i].new_level >= 0 ? "refused: a cache level not seen" : "";
        append_row(out, &row);
    }
    out->failed |= text.failed;
    text_free(&text);
}

static void append_crossovers(struct text *out, const struct study_crossover *crossover)
{
    struct row row = {.section = "crossover",
                      .cell = crossover->a->first,
                      .against = crossover->b->first,
                      .metric = study_metric_names[crossover->metric],
                      .length = NAN,
                      .quantity = "length",
                      .value = alone(NAN),
                      .verdict = study_crossover_verdicts[crossover->result.verdict]};
    for (int i = 0; i < crossover->result.count; ++i) {
        row.value = crossover->result.roots[i].length;
        append_row(out, &row);
    }
    if (crossover->result.count == 0)
        append_row(out, &row);
}

static void append_cores(struct text *out, const struct study_cores *cores)
{
    struct row row = {
        .section = "cores", .metric = "time", .length = (double)cores->length, .quantity = "speedup", .verdict = ""};
    for (int i = 0; i < cores->count; ++i) {
        row.cell = cores->cells[i];
        row.quantity = "speedup";
        row.value = cores->scaling.speedup[i];
        append_row(out, &row);
        row.quantity = "efficiency";
        row.value = cores->scaling.efficiency[i];
        append_row(out, &row);
    }
    row.cell = cores->cells[0];
    row.quantity = "serial_fraction";
    row.value = cores->scaling.serial;
    append_row(out, &row);
}

static void append_context(struct text *out, const struct study_context *context)
{
    append_row(out, &(struct row){.section = "context",
                                  .cell = context->series->first,
                                  .metric = study_metric_names[context->metric],
                                  .length = NAN,
                                  .quantity = "length",
                                  .value = context->result.length,
                                  .verdict = study_context_verdicts[context->result.verdict]});
}

static void append_cell(struct text *out, const struct cell_record *cell)
{
    struct row row = {.cell = cell, .metric = "time", .length = (double)cell->cell.length, .verdict = ""};
    if (study_is_censored(cell)) {
        row.section = "censored";
        row.quantity = "limit_seconds";
        row.value = alone(cell->limit_seconds);
        row.verdict = cell->reason[0] ? cell->reason : cell->status;
        append_row(out, &row);
    } else if (cell->seconds > 0.0) {
        row.section = "throughput";
        row.quantity = "tokens_per_second";
        row.value = study_tokens_per_second(cell);
        append_row(out, &row);
    }
}

static void append_equal(struct text *out, const struct study_equal *equal)
{
    struct row row = {.section = "equal_parameters",
                      .cell = equal->a,
                      .against = equal->b,
                      .metric = "time",
                      .length = (double)equal->a->cell.length,
                      .quantity = "equal_width_ratio",
                      .value = alone(equal->equal_width_ratio),
                      .verdict = ""};
    append_row(out, &row);
    row.quantity = "equal_parameters_ratio";
    row.value = alone(equal->equal_parameters_ratio);
    append_row(out, &row);
}

void study_write_csv(struct text *out, const struct study *study)
{
    text_append(out,
                "section,operator,options,against,batch,width,mode,scope,prepare,cache,threads,metric,length,quantity,value,low,"
                "high,verdict\n");
    for (int i = 0; i < study->growth_count; ++i)
        append_growth(out, &study->growth[i]);
    for (int i = 0; i < study->crossover_count; ++i)
        append_crossovers(out, &study->crossovers[i]);
    for (int i = 0; i < study->cores_count; ++i)
        append_cores(out, &study->cores[i]);
    for (int i = 0; i < study->context_count; ++i)
        append_context(out, &study->contexts[i]);
    for (int i = 0; i < study->equal_count; ++i)
        append_equal(out, &study->equals[i]);
    for (size_t i = 0; i < study->cell_count; ++i)
        append_cell(out, &study->cells[i]);
}
