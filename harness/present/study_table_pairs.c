/* study_table_pairs.c - the tables of a study that compare: operators with each other, with a limit, with fewer threads. */
#include "present/study_page.h"

#include "present/units.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------- crossovers */

static void append_label(struct text *out, const struct cell_record *cell)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&cell->cell, label, sizeof label);
    text_append(out, label);
}

/* "hyena faster beyond 724 [655, 811]", or why nothing is said. */
static void append_verdict(struct text *out, const struct study_crossover *crossover)
{
    const struct crossover *result = &crossover->result;
    const char *word = study_metric_less[crossover->metric];
    if (result->verdict == CROSSOVER_UNKNOWN) {
        text_append(out, "unknown: ");
        study_crossover_reason(out, crossover);
    } else if (result->verdict != CROSSOVER_CROSSES) {
        append_label(out, result->verdict == CROSSOVER_ALWAYS ? crossover->a->first : crossover->b->first);
        text_format(out, " %s at all %d lengths", word, crossover->lengths);
    }
    for (int i = 0; i < result->count; ++i) {
        text_append(out, i ? "; " : "");
        append_label(out, result->roots[i].a_beyond ? crossover->a->first : crossover->b->first);
        text_format(out, " %s beyond ", word);
        study_append_interval(out, result->roots[i].length, study_tokens);
    }
}

/* Where the sweep has an operator that others are compared to, the page shows the pairs that it is in. */
static bool is_shown(const struct study *study, const struct study_crossover *crossover)
{
    char a[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX], b[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    const char *relative = study->sweep.relative_to;
    cell_label(&crossover->a->first->cell, a, sizeof a);
    cell_label(&crossover->b->first->cell, b, sizeof b);
    return !relative[0] || strcmp(a, relative) == 0 || strcmp(b, relative) == 0;
}

static int count_shown(const struct study *study)
{
    int shown = 0;
    for (int i = 0; i < study->crossover_count; ++i)
        shown += is_shown(study, &study->crossovers[i]);
    return shown;
}

void study_print_crossovers(struct study_page *page)
{
    static const struct table_column columns[] = {{"metric", 0}, {"threads", 1}, STUDY_SETTING, {"a", 0}, {"b", 0}, {"", 0}};
    const struct study *study = page->study;
    const int shown = count_shown(study); /* 0: the filter left that operator out, and all pairs are shown */
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (int i = 0; i < study->crossover_count; ++i) {
        const struct study_crossover *crossover = &study->crossovers[i];
        const struct cell *cell = &crossover->a->first->cell;
        if (shown && !is_shown(study, crossover))
            continue;
        text_append(study_page_cell(page), study_metric_names[crossover->metric]);
        text_format(study_page_cell(page), "%d", cell->threads);
        study_page_setting(page, cell);
        append_label(study_page_cell(page), crossover->a->first);
        append_label(study_page_cell(page), crossover->b->first);
        append_verdict(study_page_cell(page), crossover);
        study_page_end_row(page);
    }
    study_page_end(page, "Crossovers");
    if (shown && shown < study->crossover_count)
        fprintf(page->out, "(%d pairs without %s are in --format csv and json)\n", study->crossover_count - shown,
                study->sweep.relative_to);
}

/* ---------------------------------------------------------------- cores */

/* The longest length of the operator: a later entry of the same series and base has a longer one. */
static bool is_longest(const struct study *study, int index)
{
    return index + 1 == study->cores_count || study->cores[index + 1].series != study->cores[index].series;
}

/* The base with its time, and the fastest variant where that is another. */
static void append_base(struct text *out, const struct study_cores *cores)
{
    const struct cell_record *base = cores->cells[0];
    char number[UNITS_TEXT];
    text_format(out, "%d thread%s, %s", base->cell.threads, base->cell.threads == 1 ? "" : "s",
                units_seconds(number, base->seconds));
    if (cores->fastest == base)
        return;
    text_format(out, " (%s: ", cores->fastest->cell.options[0] ? cores->fastest->cell.options : "default options");
    text_format(out, "%s)", units_seconds(number, cores->fastest->seconds));
}

void study_print_cores(struct study_page *page)
{
    static const struct table_column columns[] = {STUDY_NAMES,       {"length", 1}, {"base", 0},       {"speed-up", 0},
                                                  {"efficiency", 0}, {"serial", 0}, {"contention", 0}, {"coherence", 0}};
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (int i = 0; i < page->study->cores_count; ++i) {
        const struct study_cores *cores = &page->study->cores[i];
        for (int p = 1; is_longest(page->study, i) && p < cores->count; ++p) {
            study_page_name(page, cores->cells[p]);
            text_format(study_page_cell(page), "%lld", (long long)cores->length);
            append_base(study_page_cell(page), cores);
            study_append_interval(study_page_cell(page), cores->scaling.speedup[p], units_ratio);
            study_append_interval(study_page_cell(page), cores->scaling.efficiency[p], units_percent);
            if (p == 1) { /* the laws are of all thread counts together */
                study_append_interval(study_page_cell(page), cores->scaling.serial, study_plain);
                study_append_interval(study_page_cell(page), cores->scaling.contention, study_plain);
                study_append_interval(study_page_cell(page), cores->scaling.coherence, study_plain);
            }
            study_page_end_row(page);
        }
    }
    study_page_end(page, "Cores, at the longest length of each operator");
}

/* ---------------------------------------------------------------- context */

static void append_context(struct text *out, const struct study_context *context)
{
    const struct context *result = &context->result;
    char number[UNITS_TEXT];
    switch (result->verdict) {
    case CONTEXT_UNKNOWN:
        text_append(out, "unknown");
        return;
    case CONTEXT_MEASURED:
        study_append_interval(out, result->length, study_tokens);
        return;
    case CONTEXT_PREDICTED:
        study_append_interval(out, result->length, study_tokens);
        text_append(out, " predicted");
        return;
    case CONTEXT_AT_LEAST:
        text_format(out, "at least %s", study_tokens(number, result->length.value));
        text_append(out, result->new_level >= 0 ? "; what lies beyond passes a cache not seen" : "");
        return;
    case CONTEXT_BELOW:
        text_format(out, "below %s, the shortest measured", study_tokens(number, result->length.value));
        return;
    }
}

void study_print_contexts(struct study_page *page)
{
    static const struct table_column columns[] = {STUDY_NAMES, {"within", 1}, {"longest sequence, tokens", 0}};
    char number[UNITS_TEXT];
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (int i = 0; i < page->study->context_count; ++i) {
        const struct study_context *context = &page->study->contexts[i];
        study_page_name(page, context->series->first);
        text_append(study_page_cell(page), study_metric_text(number, context->metric, context->limit));
        append_context(study_page_cell(page), context);
        study_page_end_row(page);
    }
    study_page_end(page, "Context");
}

/* ---------------------------------------------------------------- equal parameters */

static int count_unequal(const struct study *study)
{
    int count = 0;
    for (int i = 0; i < study->equal_count; ++i)
        count += isnan(study->equals[i].equal_parameters_ratio);
    return count;
}

void study_print_equals(struct study_page *page)
{
    static const struct table_column columns[] = {STUDY_NAMES,
                                                  {"length", 1},
                                                  {"against", 0},
                                                  {"parameters", 1},
                                                  {"its parameters", 1},
                                                  {"its time, equal width", 1},
                                                  {"equal parameters", 1},
                                                  {"at width", 1}};
    char number[UNITS_TEXT];
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (int i = 0; i < page->study->equal_count; ++i) {
        const struct study_equal *equal = &page->study->equals[i];
        if (isnan(equal->equal_parameters_ratio))
            continue;
        study_page_name(page, equal->a);
        text_format(study_page_cell(page), "%lld", (long long)equal->a->cell.length);
        append_label(study_page_cell(page), equal->b);
        text_format(study_page_cell(page), "%.0f", equal->a_parameters);
        text_format(study_page_cell(page), "%.0f", equal->b_parameters);
        text_append(study_page_cell(page), units_ratio(number, equal->equal_width_ratio));
        text_append(study_page_cell(page), units_ratio(number, equal->equal_parameters_ratio));
        text_format(study_page_cell(page), "%.0f", equal->b_width);
        study_page_end_row(page);
    }
    study_page_end(page, "At equal width, and at equal numbers of parameters");
    const int left = count_unequal(page->study);
    if (left)
        fprintf(
            page->out,
            "\n(%d pairs cannot be compared at equal numbers of parameters: sweep several widths, --width 128,256,512)\n",
            left);
}
