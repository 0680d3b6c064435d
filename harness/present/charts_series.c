/* charts_series.c - see charts_series.h. */
#include "present/charts_series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 40 /* characters of a name in a legend */ };

/* ---------------------------------------------------------------- what tells series apart */

/* A property of a cell besides operator and options. `usual` is not worth saying where all cells share it. */
struct property {
    const char *usual; /* NULL: always said */
    void (*write)(struct text *out, const struct cell *cell);
};

static void write_width(struct text *out, const struct cell *cell)
{
    text_format(out, "width %" PRId64, cell->width);
}

static void write_batch(struct text *out, const struct cell *cell)
{
    text_format(out, "batch %" PRId64, cell->batch);
}

static void write_mode(struct text *out, const struct cell *cell)
{
    text_append(out, cell->mode);
}

static void write_scope(struct text *out, const struct cell *cell)
{
    text_append(out, cell->scope);
}

static void write_prepare(struct text *out, const struct cell *cell)
{
    text_format(out, "prepare %s", cell->prepare);
}

static void write_cache(struct text *out, const struct cell *cell)
{
    text_format(out, "%s cache", cell->cache);
}

static void write_bind(struct text *out, const struct cell *cell)
{
    text_format(out, "bind %s", cell->bind);
}

static void write_seed(struct text *out, const struct cell *cell)
{
    text_format(out, "seed %" PRIu64, cell->seed);
}

static const struct property properties[] = {
    {.write = write_width},
    {.write = write_batch},
    {.write = write_mode},
    {.write = write_scope},
    {.write = write_prepare},
    {.write = write_cache, .usual = "warm cache"},
    {.write = write_bind, .usual = "bind compact"},
    {.write = write_seed, .usual = "seed 1"},
};

static bool property_varies(const struct charts_sweep *charts, const struct property *property)
{
    struct text first = {0}, other = {0};
    bool varies = false;
    for (size_t i = 0; i < charts->cell_count && !varies; ++i) {
        text_clear(&other);
        property->write(i == 0 ? &first : &other, &charts->cells[i].cell);
        varies = i > 0 && strcmp(text_get(&first), text_get(&other)) != 0;
    }
    text_free(&first);
    text_free(&other);
    return varies;
}

static void append_item(struct text *list, const char *item)
{
    text_format(list, "%s%s", list->length ? ", " : "", item);
}

/* The properties of `cell` that vary (or, with `varying` false, that are worth saying though they do not). */
static char *describe(const struct cell *cell, const bool varies[ARRAY_LEN(properties)], bool varying)
{
    struct text out = {0}, item = {0};
    for (size_t i = 0; i < ARRAY_LEN(properties); ++i) {
        text_clear(&item);
        properties[i].write(&item, cell);
        const bool usual = properties[i].usual && strcmp(properties[i].usual, text_get(&item)) == 0;
        if (varies[i] == varying && (varying || !usual))
            append_item(&out, text_get(&item));
    }
    out.failed |= item.failed;
    text_free(&item);
    return text_take(&out);
}

/* ---------------------------------------------------------------- names */

/* Bytes of the UTF-8 character at `at`; 0 where it is none, or a control character. */
static size_t character_bytes(const unsigned char *at)
{
    if (at[0] < 0x80)
        return at[0] >= 0x20 && at[0] != 0x7f;
    const size_t bytes = at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc2 ? 2 : 0;
    if (at[0] >= 0xf5)
        return 0;
    for (size_t i = 1; i < bytes; ++i)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return bytes;
}

/* Copies to `out` the characters numbered `from` and up to before `to`; returns how many there are in all. */
static size_t copy_characters(struct text *out, const char *string, size_t from, size_t to)
{
    size_t count = 0;
    for (const unsigned char *at = (const unsigned char *)string; *at; ++count) {
        const size_t bytes = character_bytes(at);
        if (count >= from && count < to) {
            if (bytes)
                text_append_bytes(out, (const char *)at, bytes);
            else
                text_append(out, *at < 0x80 ? " " : "?");
        }
        at += bytes ? bytes : 1;
    }
    return count;
}

char *charts_printable(const char *string, size_t width)
{
    struct text out = {0};
    const size_t count = copy_characters(&out, string, 0, 0);
    const size_t head = count <= width ? count : (width - 1) / 2;
    copy_characters(&out, string, 0, head);
    if (count > width) {
        text_append(&out, "…");
        copy_characters(&out, string, count - (width - 1 - head), count);
    }
    return text_take(&out);
}

/* ---------------------------------------------------------------- colours */

/* Depends on the name alone, so that an operator without a colour of its own has the same one in most sweeps. */
static int colour_of_name(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; ++name)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return (int)(hash % CHARTS_COLOURS);
}

static int pick_colour(const struct charts_sweep *charts, int index, const bool taken[CHARTS_COLOURS])
{
    const char *name = charts->series[index].first->cell.operator_name;
    for (int i = 0; i < index; ++i)
        if (charts->series[i].first->colour < 0 && strcmp(charts->series[i].first->cell.operator_name, name) == 0)
            return charts->series[i].colour;
    const int start = colour_of_name(name);
    for (int i = 0; i < CHARTS_COLOURS; ++i)
        if (!taken[(start + i) % CHARTS_COLOURS])
            return (start + i) % CHARTS_COLOURS;
    return start;
}

static void choose_colours(struct charts_sweep *charts)
{
    bool taken[CHARTS_COLOURS] = {false};
    int variants[CHARTS_COLOURS] = {0};
    for (int i = 0; i < charts->series_count; ++i)
        if (charts->series[i].first->colour >= 0)
            taken[charts->series[i].first->colour % CHARTS_COLOURS] = true;
    for (int i = 0; i < charts->series_count; ++i) {
        struct charts_series *series = &charts->series[i];
        const int own = series->first->colour;
        series->colour = own >= 0 ? own % CHARTS_COLOURS : pick_colour(charts, i, taken);
        series->variant = variants[series->colour]++;
        taken[series->colour] = true;
    }
}

/* ---------------------------------------------------------------- series */

/* The label asked for, else the operator's name, with the same context as series `index`. */
static int find_relative(const struct charts_sweep *charts, int index)
{
    int by_name = -1;
    for (int i = 0; i < charts->series_count && charts->relative_to[0]; ++i) {
        const struct charts_series *series = &charts->series[i];
        if (strcmp(series->context, charts->series[index].context) != 0)
            continue;
        if (strcmp(series->label, charts->relative_to) == 0)
            return i;
        if (by_name < 0 && strcmp(series->first->cell.operator_name, charts->relative_to) == 0)
            by_name = i;
    }
    return by_name;
}

static int find_series(const struct charts_sweep *charts, const char *label, const char *context)
{
    for (int i = 0; i < charts->series_count; ++i)
        if (strcmp(charts->series[i].label, label) == 0 && strcmp(charts->series[i].context, context) == 0)
            return i;
    return -1;
}

/* Takes `context`. Returns the index of the new series, -1 when memory ran out. */
static int add_series(struct charts_sweep *charts, const struct cell_record *record, const char *label, char *context)
{
    char *name = text_print("%s%s%s", label, context[0] ? " " : "", context);
    struct charts_series *series = &charts->series[charts->series_count++];
    *series = (struct charts_series){.first = record,
                                     .label = strdup(label),
                                     .context = context,
                                     .name = name ? charts_printable(name, NAME_WIDTH) : NULL};
    free(name);
    return series->label && series->name ? charts->series_count - 1 : -1;
}

/* The series of one cell: found, made, or -1 in *index where there is no room for another. False: no memory. */
static bool place_cell(struct charts_sweep *charts, const struct cell_record *record, const bool *varies, int *index)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&record->cell, label, sizeof label);
    char *context = describe(&record->cell, varies, true);
    if (!context)
        return false;
    *index = find_series(charts, label, context);
    if (*index < 0 && charts->series_count < CHARTS_SERIES_MAX)
        return (*index = add_series(charts, record, label, context)) >= 0;
    free(context);
    return true;
}

enum status charts_series_collect(struct charts_sweep *charts, int *series_of, struct text *notes, struct error *error)
{
    bool varies[ARRAY_LEN(properties)];
    for (size_t i = 0; i < ARRAY_LEN(properties); ++i)
        varies[i] = property_varies(charts, &properties[i]);
    const struct cell none = cell_default();
    charts->settings = describe(charts->cell_count ? &charts->cells[0].cell : &none, varies, false);
    charts->series = calloc(CHARTS_SERIES_MAX, sizeof *charts->series);
    bool complete = charts->settings && charts->series;
    size_t left_out = 0;
    for (size_t i = 0; complete && i < charts->cell_count; ++i) {
        complete = place_cell(charts, &charts->cells[i], varies, &series_of[i]);
        left_out += complete && series_of[i] < 0;
        if (i == 0 || strcmp(charts->mode, charts->cells[i].cell.mode) == 0)
            snprintf(charts->mode, sizeof charts->mode, "%s", charts->cells[i].cell.mode);
        else
            charts->mode[0] = '\0';
    }
    if (!complete)
        return error_set(error, STATUS_SYSTEM, "out of memory while naming the curves of the charts");
    choose_colours(charts);
    for (int i = 0; i < charts->series_count; ++i)
        charts->series[i].relative = find_relative(charts, i);
    if (left_out)
        text_format(notes, "charts show the first %d operators; %zu cells of others are left out: choose with --where\n",
                    CHARTS_SERIES_MAX, left_out);
    return STATUS_OK;
}

void charts_series_free(struct charts_sweep *charts)
{
    for (int i = 0; charts->series && i < charts->series_count; ++i) {
        free(charts->series[i].label);
        free(charts->series[i].context);
        free(charts->series[i].name);
    }
    free(charts->series);
    charts->series = NULL;
    charts->series_count = 0;
}
