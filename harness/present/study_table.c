/* study_table.c - a study as tables for people: growth, what lies beyond the longest length, local slopes, and what was cut
 * off. study_table_pairs.c has the others. */
#include "present/study_page.h"

#include "present/units.h"

#include <math.h>
#include <string.h>

static const double EXACT = 1e-9; /* relative: the rounding of the fit */

/* ---------------------------------------------------------------- growth */

static void append_classes(struct text *out, const struct study_growth *growth)
{
    bool first = true;
    for (int i = 0; growth->enough && i < GROWTH_CLASSES; ++i) {
        if (!growth->choice.candidates[i].chosen)
            continue;
        text_append(out, first ? "" : " or ");
        study_candidate_name(out, &growth->choice.candidates[i]);
        first = false;
    }
    if (!growth->enough)
        study_growth_reason(out, growth);
}

static void append_errors(struct text *residual, struct text *held_out, const struct study_growth *growth)
{
    char number[UNITS_TEXT];
    if (!growth->enough || growth->choice.best < 0)
        return;
    const struct growth_candidate *best = &growth->choice.candidates[growth->choice.best];
    text_append(residual, best->residual < EXACT ? "exact" : units_percent(number, best->residual));
    if (isfinite(best->held_out) && best->residual >= EXACT)
        text_append(held_out, units_percent(number, best->held_out));
}

static void append_claim(struct text *out, const struct study_growth *growth)
{
    if (growth->claimed < 0)
        return;
    text_append(out, growth_classes[growth->claimed].name);
    if (growth->enough)
        text_append(out, study_claim_holds(growth) ? ": consistent" : ": NOT consistent");
}

static void print_growth(struct study_page *page, enum study_metric metric, const char *title)
{
    static const struct table_column columns[] = {STUDY_NAMES,     {"lengths", 1},  {"exponent", 0}, {"classes", 0},
                                                  {"residual", 1}, {"held out", 1}, {"fixed", 1},    {"claimed", 0}};
    char number[UNITS_TEXT];
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (int i = 0; i < page->study->growth_count; ++i) {
        const struct study_growth *growth = &page->study->growth[i];
        if (growth->metric != metric)
            continue;
        study_page_name(page, growth->series->first);
        text_format(study_page_cell(page), "%d", growth->series->measured[metric]);
        struct text *const exponent = study_page_cell(page);
        append_classes(study_page_cell(page), growth);
        struct text *const residual = study_page_cell(page), *const held_out = study_page_cell(page);
        struct text *const fixed = study_page_cell(page);
        append_errors(residual, held_out, growth);
        if (growth->enough) {
            study_append_interval(exponent, growth->exponent.exponent, study_plain);
            const double cost = growth->exponent.fixed.value;
            text_append(fixed, study_metric_text(number, metric, cost));
        }
        append_claim(study_page_cell(page), growth);
        study_page_end_row(page);
    }
    study_page_end(page, title);
}

/* ---------------------------------------------------------------- the longest length and beyond */

static const struct cell_record *longest_measured(const struct study_series *series)
{
    for (int i = series->point_count[STUDY_TIME]; i-- > 0;)
        if (!series->points[STUDY_TIME][i].bound)
            return series->sources[STUDY_TIME][i];
    return NULL;
}

static void append_prediction(struct text *out, const struct study_growth *growth, int index)
{
    if (index >= growth->prediction_count)
        return;
    const struct growth_prediction *prediction = &growth->predictions[index];
    char number[UNITS_TEXT];
    if (isfinite(prediction->value.value))
        study_append_interval(out, prediction->value, units_seconds);
    else if (prediction->new_level >= 0)
        text_format(out, "passes %s of cache, not seen", units_bytes(number, growth->data.levels[prediction->new_level]));
    else
        text_append(out, "not determined");
}

static void print_longest(struct study_page *page, int doublings)
{
    static const struct table_column columns[] = {STUDY_NAMES,      {"length", 1}, {"seconds", 1}, {"tokens/s", 1},
                                                  {"2x length", 0}, {"4x", 0},     {"8x", 0},      {"16x", 0}};
    enum { SHOWN = 4 };
    char number[UNITS_TEXT];
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (int i = 0; i < page->study->growth_count; ++i) {
        const struct study_growth *growth = &page->study->growth[i];
        const struct cell_record *cell = growth->metric == STUDY_TIME ? longest_measured(growth->series) : NULL;
        if (!cell)
            continue;
        study_page_name(page, cell);
        text_format(study_page_cell(page), "%lld", (long long)cell->cell.length);
        text_append(study_page_cell(page), units_seconds(number, cell->seconds));
        text_format(study_page_cell(page), "%.3g", study_tokens_per_second(cell).value);
        for (int k = 0; k < SHOWN; ++k)
            append_prediction(study_page_cell(page), growth, k);
        study_page_end_row(page);
    }
    study_page_end(page, doublings ? "The longest length, and predictions beyond it" : "The longest length");
}

/* ---------------------------------------------------------------- local slopes */

/* Lengths over all series, at most so many that a row has room for them. */
static int collect_lengths(double *lengths, const struct study *study, int most)
{
    int count = 0;
    for (int i = 0; i < study->growth_count; ++i) {
        const struct study_growth *growth = &study->growth[i];
        for (int p = 0; growth->metric == STUDY_TIME && p < growth->data.count; ++p) {
            int at = 0;
            while (at < count && lengths[at] < growth->data.points[p].length)
                ++at;
            if ((at < count && lengths[at] == growth->data.points[p].length) || count == most)
                continue;
            memmove(&lengths[at + 1], &lengths[at], (size_t)(count - at) * sizeof *lengths);
            lengths[at] = growth->data.points[p].length;
            ++count;
        }
    }
    return count;
}

static void append_slope(struct text *out, const struct study_growth *growth, double length)
{
    for (int p = 0; p < growth->data.count; ++p) {
        const double slope = growth->data.points[p].bound ? NAN : growth_local_slope(&growth->data, p);
        if (growth->data.points[p].length == length && isfinite(slope))
            text_format(out, "%.2f", slope);
    }
}

static void print_slopes(struct study_page *page)
{
    enum { LENGTHS_MAX = STUDY_COLUMNS_MAX - STUDY_NAME_COLUMNS };
    double lengths[LENGTHS_MAX];
    char titles[LENGTHS_MAX][32];
    struct table_column columns[STUDY_COLUMNS_MAX] = {STUDY_NAMES};
    const int count = collect_lengths(lengths, page->study, LENGTHS_MAX);
    for (int i = 0; i < count; ++i) {
        snprintf(titles[i], sizeof titles[i], "%.0f", lengths[i]);
        columns[STUDY_NAME_COLUMNS + i] = (struct table_column){.title = titles[i], .right = 1};
    }
    study_page_begin(page, columns, STUDY_NAME_COLUMNS + count);
    for (int i = 0; i < page->study->growth_count; ++i) {
        const struct study_growth *growth = &page->study->growth[i];
        if (growth->metric != STUDY_TIME || !growth->enough)
            continue;
        study_page_name(page, growth->series->first);
        for (int k = 0; k < count; ++k)
            append_slope(study_page_cell(page), growth, lengths[k]);
        study_page_end_row(page);
    }
    study_page_end(page, "Local slope of time, d log t / d log n, by length");
}

/* ---------------------------------------------------------------- cut off */

static void print_censored(struct study_page *page)
{
    static const struct table_column columns[] = {STUDY_NAMES, {"length", 1}, {"status", 0}, {"limit", 1}, {"reason", 0}};
    char number[UNITS_TEXT];
    study_page_begin(page, columns, (int)ARRAY_LEN(columns));
    for (size_t i = 0; i < page->study->cell_count; ++i) {
        const struct cell_record *cell = &page->study->cells[i];
        if (!study_is_censored(cell))
            continue;
        study_page_name(page, cell);
        text_format(study_page_cell(page), "%lld", (long long)cell->cell.length);
        text_append(study_page_cell(page), cell->status);
        struct text *const limit = study_page_cell(page);
        if (isfinite(cell->limit_seconds))
            text_append(limit, units_seconds(number, cell->limit_seconds));
        text_append(study_page_cell(page), cell->reason);
        study_page_end_row(page);
    }
    study_page_end(page, "Without a result");
}

/* ---------------------------------------------------------------- the page */

static void find_variation(struct study_page *page)
{
    const struct study *study = page->study;
    for (int i = 1; i < study->series_count; ++i) {
        const struct cell *a = &study->series[0].first->cell, *b = &study->series[i].first->cell;
        page->varies_width |= a->width != b->width;
        page->varies_batch |= a->batch != b->batch;
        page->varies_mode |= strcmp(a->mode, b->mode) != 0 || strcmp(a->scope, b->scope) != 0;
        page->varies_prepare |= strcmp(a->prepare, b->prepare) != 0;
        page->varies_cache |= strcmp(a->cache, b->cache) != 0;
    }
}

static void print_head(const struct study_page *page)
{
    const struct study *study = page->study;
    const struct cell *cell = &study->series[0].first->cell;
    fprintf(page->out, "Sweep '%s'", study->sweep.name);
    if (!page->varies_mode)
        fprintf(page->out, ", %s, %s", cell->mode, cell->scope);
    if (!page->varies_width)
        fprintf(page->out, ", width %lld", (long long)cell->width);
    if (!page->varies_batch)
        fprintf(page->out, ", batch %lld", (long long)cell->batch);
    if (!page->varies_prepare)
        fprintf(page->out, ", prepare %s", cell->prepare);
    if (!page->varies_cache)
        fprintf(page->out, ", %s cache", cell->cache);
    fputs(". Intervals are 95 %.\n", page->out);
}

static void print_note(const struct study_page *page)
{
    for (int i = 0; i < page->study->growth_count; ++i) {
        const struct study_growth *growth = &page->study->growth[i];
        if (growth->metric == STUDY_TIME && growth->enough && growth->exponent.lack_of_fit_only) {
            fputs("\nOne value a length (replicates: 1): intervals tell how far the lengths lie off the curve, not how "
                  "well a value repeats.\n",
                  page->out);
            return;
        }
    }
}

bool study_print_table(FILE *out, const struct study *study, const struct study_request *request)
{
    struct study_page page = {.out = out, .study = study};
    find_variation(&page);
    print_head(&page);
    print_growth(&page, STUDY_TIME, "Growth of time");
    print_growth(&page, STUDY_MEMORY, "Growth of memory");
    print_growth(&page, STUDY_INSTRUCTIONS, "Growth of instructions");
    print_slopes(&page);
    print_longest(&page, request->doublings);
    study_print_contexts(&page);
    study_print_crossovers(&page);
    study_print_cores(&page);
    study_print_equals(&page);
    print_censored(&page);
    print_note(&page);
    return !page.failed;
}
