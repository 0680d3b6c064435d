/* charts.c - see charts.h. Which figures there are, and the order of things: build, write the data, run gnuplot. */
#include "present/charts.h"

#include "present/charts_builders.h"
#include "present/charts_output.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum figure_kind { FIGURE_TIME = 0, FIGURE_TOKEN, FIGURE_MEMORY, FIGURE_SPEED, FIGURE_CORES, FIGURE_PHASES, FIGURE_ROOFLINE,
                   FIGURE_INSTRUCTIONS, FIGURE_COUNT };

static const char *const figure_names[] = {
    [FIGURE_TIME] = "time",   [FIGURE_TOKEN] = "token", [FIGURE_MEMORY] = "memory",
    [FIGURE_SPEED] = "speed", [FIGURE_CORES] = "cores", [FIGURE_PHASES] = "phases", [FIGURE_ROOFLINE] = "roofline",
    [FIGURE_INSTRUCTIONS] = "instructions",
};
static void (*const figure_builders[])(struct charts_figure *figure) = {
    [FIGURE_TIME] = charts_build_time,   [FIGURE_TOKEN] = charts_build_token, [FIGURE_MEMORY] = charts_build_memory,
    [FIGURE_SPEED] = charts_build_speed, [FIGURE_CORES] = charts_build_cores, [FIGURE_PHASES] = charts_build_phases,
    [FIGURE_ROOFLINE] = charts_build_roofline, [FIGURE_INSTRUCTIONS] = charts_build_instructions,
};
static_assert(ARRAY_LEN(figure_names) == FIGURE_COUNT, "a figure lacks its name");
static_assert(ARRAY_LEN(figure_builders) == FIGURE_COUNT, "a figure lacks its builder");

/* What is drawn, and where to. */
struct job {
    struct charts_output output;
    bool figures[FIGURE_COUNT];
};

/* ---------------------------------------------------------------- what was asked for */

static enum status refuse_word(const char *word, size_t length, const char *what, const char *const *names, size_t count,
                               struct error *error)
{
    struct text list = {0};
    for (size_t i = 0; i < count; ++i)
        text_format(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", names[i]);
    error_set(error, STATUS_USAGE, "'%.*s' is no %s; there are %s", (int)length, word, what, text_get(&list));
    text_free(&list);
    return STATUS_USAGE;
}

/* Sets chosen[i] for each name in the comma-separated list; NULL means all of them. */
static enum status choose(bool *chosen, const char *list, const char *what, const char *const *names, size_t count,
                          struct error *error)
{
    if (!list) {
        memset(chosen, true, count * sizeof *chosen);
        return STATUS_OK;
    }
    const char *word = list;
    for (;;) {
        const size_t length = strcspn(word, ",");
        size_t i = 0;
        while (i < count && (strlen(names[i]) != length || strncmp(names[i], word, length) != 0))
            ++i;
        if (i == count)
            return refuse_word(word, length, what, names, count, error);
        chosen[i] = true;
        if (!word[length])
            return STATUS_OK;
        word += length + 1;
    }
}

/* ---------------------------------------------------------------- drawing */

static enum status write_figure(const struct job *job, const struct charts_figure *figure, struct error *error)
{
    struct text settings = {0};
    char *data = text_print("data/%s.dat", figure->name); /* as gnuplot finds it, which runs in the folder above */
    enum status status = data ? charts_figure_settings(figure, data, &settings, error)
                              : error_set(error, STATUS_SYSTEM, "out of memory while writing %s.dat", figure->name);
    if (status == STATUS_OK)
        status = charts_output_write(&job->output, figure->name, &figure->data, &settings, error);
    text_free(&settings);
    free(data);
    return status;
}

static enum status draw_figure(struct job *job, const struct charts_sweep *charts, enum figure_kind kind,
                               struct error *error)
{
    struct charts_figure figure;
    charts_figure_init(&figure, figure_names[kind], charts);
    figure_builders[kind](&figure);
    text_append(job->output.notes, text_get(&figure.notes));
    enum status status = STATUS_OK;
    if (!charts_figure_is_empty(&figure) || figure.failed) {
        status = write_figure(job, &figure, error);
        if (status == STATUS_OK)
            status = charts_output_render(&job->output, figure.name, figure.name, error);
    }
    charts_figure_free(&figure);
    return status;
}

/* Says why nothing at all could be drawn; the notes say it for each figure. */
static enum status nothing_drawn(const struct charts_sweep *charts, const struct sweep_record *sweep, const char *where,
                                 struct error *error)
{
    if (charts->cell_count == 0)
        return error_set(error, STATUS_USAGE, "the sweep %s has no cell%s%s: there is nothing to draw", sweep->name,
                         where ? " that matches " : "", where ? where : "");
    const int measured = charts_sweep_measured_lengths(charts);
    if (measured == 0)
        return error_set(error, STATUS_USAGE, "no cell of the sweep %s was measured: there is nothing to draw, and "
                                              "`seqscale show %s` says why", sweep->name, sweep->name);
    return error_set(error, STATUS_USAGE, "the sweep %s has too little for the charts asked for (%d length%s, %d thread "
                                          "count%s): measure more with --length and --threads", sweep->name, measured,
                     measured == 1 ? "" : "s", charts->thread_count, charts->thread_count == 1 ? "" : "s");
}

/* Whether any cell has what the figure shows: a sweep is timed or counted, and memory is known of both. */
static bool has_values(const struct charts_sweep *charts, enum figure_kind kind)
{
    for (size_t i = 0; i < charts->cell_count; ++i) {
        const struct cell_record *cell = &charts->cells[i];
        if (kind == FIGURE_MEMORY || (kind == FIGURE_INSTRUCTIONS ? cell->instructions : cell->seconds) > 0.0)
            return true;
    }
    return false;
}

static enum status draw_all(struct job *job, struct store *store, const struct sweep_record *sweep,
                            const struct chart_request *request, struct error *error)
{
    struct charts_sweep charts;
    enum status status =
        charts_sweep_load(&charts, store, sweep, request->where, request->relative_to, job->output.notes, error);
    for (int kind = 0; status == STATUS_OK && kind < FIGURE_COUNT && charts_sweep_measured_lengths(&charts) > 0; ++kind)
        if (job->figures[kind] && has_values(&charts, (enum figure_kind)kind))
            status = draw_figure(job, &charts, (enum figure_kind)kind, error);
    if (status == STATUS_OK && job->output.drawn == 0)
        status = nothing_drawn(&charts, sweep, request->where, error);
    charts_sweep_free(&charts);
    return status;
}

char *charts_default_directory(const char *database, const char *sweep)
{
    const char *slash = strrchr(database, '/');
    const size_t length = slash ? (size_t)(slash - database) + 1 : 0;
    struct text path = {0};
    text_append_bytes(&path, database, length);
    text_append(&path, "charts/");
    for (const char *at = sweep; *at; ++at)
        text_append_bytes(&path, *at == '/' || (at == sweep && *at == '.') ? "_" : at, 1);
    return text_take(&path);
}

enum status charts_draw(struct store *store, const struct sweep_record *sweep, const struct chart_request *request,
                        struct text *files, struct text *notes, struct error *error)
{
    struct job job = {.output = {.directory = request->directory, .files = files, .notes = notes}};
    TRY(choose(job.figures, request->figures, "chart", figure_names, FIGURE_COUNT, error));
    TRY(choose(job.output.formats, request->formats, "format of charts", charts_formats, CHARTS_FORMATS, error));
    enum status status = charts_output_open(&job.output, request->plots, error);
    if (status == STATUS_OK)
        status = draw_all(&job, store, sweep, request, error);
    charts_output_close(&job.output);
    if (status == STATUS_OK && (files->failed || notes->failed))
        return error_set(error, STATUS_SYSTEM, "out of memory while drawing the charts");
    return status;
}
