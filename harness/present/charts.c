/* charts.c - see charts.h. Which figures there are, where their files go, and the order of things: build, write the data,
 * run gnuplot. A file appears under its name when it is complete. */
#include "present/charts.h"

#include "base/folder.h"
#include "base/place.h"
#include "present/charts_builders.h"
#include "present/charts_gnuplot.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum figure_kind { FIGURE_TIME = 0, FIGURE_TOKEN, FIGURE_MEMORY, FIGURE_SPEED, FIGURE_CORES, FIGURE_PHASES, FIGURE_ROOFLINE,
                   FIGURE_COUNT };

static const char *const figure_names[] = {
    [FIGURE_TIME] = "time",   [FIGURE_TOKEN] = "token", [FIGURE_MEMORY] = "memory",
    [FIGURE_SPEED] = "speed", [FIGURE_CORES] = "cores", [FIGURE_PHASES] = "phases", [FIGURE_ROOFLINE] = "roofline",
};
static void (*const figure_builders[])(struct charts_figure *figure) = {
    [FIGURE_TIME] = charts_build_time,   [FIGURE_TOKEN] = charts_build_token, [FIGURE_MEMORY] = charts_build_memory,
    [FIGURE_SPEED] = charts_build_speed, [FIGURE_CORES] = charts_build_cores, [FIGURE_PHASES] = charts_build_phases,
    [FIGURE_ROOFLINE] = charts_build_roofline,
};
static_assert(ARRAY_LEN(figure_names) == FIGURE_COUNT, "a figure lacks its name");
static_assert(ARRAY_LEN(figure_builders) == FIGURE_COUNT, "a figure lacks its builder");

static const char *const format_names[] = {"svg", "png"};

/* What is drawn, and where to. */
struct job {
    const char *directory;
    char *data_directory; /* DIRECTORY/data */
    char *plots;          /* absolute */
    bool figures[FIGURE_COUNT];
    bool formats[ARRAY_LEN(format_names)];
    struct text *files, *notes;
    int drawn;
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

/* ---------------------------------------------------------------- files */

static enum status move_into_place(const char *temporary, const char *path, struct error *error)
{
    if (rename(temporary, path) == 0)
        return STATUS_OK;
    const int code = errno;
    unlink(temporary);
    return error_set(error, STATUS_SYSTEM, "cannot write %s: %s", path, strerror(code));
}

static enum status write_temporary(const char *temporary, const struct text *content, struct error *error)
{
    FILE *file = fopen(temporary, "wb");
    bool written = file && fwrite(text_get(content), 1, content->length, file) == content->length;
    if (file)
        written = fclose(file) == 0 && written;
    if (written)
        return STATUS_OK;
    const int code = errno;
    unlink(temporary);
    return error_set(error, STATUS_SYSTEM, "cannot write %s: %s", temporary, strerror(code));
}

static enum status write_file(const char *folder, const char *name, const char *suffix, const struct text *content,
                              struct error *error)
{
    char *path = text_print("%s/%s.%s", folder, name, suffix);
    char *temporary = text_print("%s/.%s.%s", folder, name, suffix);
    enum status status = path && temporary ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK)
        status = write_temporary(temporary, content, error);
    if (status == STATUS_OK)
        status = move_into_place(temporary, path, error);
    free(path);
    free(temporary);
    return status;
}

/* `folder` made absolute where it holds the gnuplot programs; NULL where it does not. */
static char *plots_in(const char *folder)
{
    char *theme = folder ? text_print("%s/theme.gp", folder) : NULL;
    const bool found = theme && access(theme, R_OK) == 0;
    free(theme);
    return found ? realpath(folder, NULL) : NULL;
}

/* Absolute path of the folder of gnuplot programs: as given; of the installed tree; of the sources. */
static enum status find_plots(const char *given, char **plots, struct error *error)
{
    char *installed = place_near("../" SEQSCALE_SHARE_DIR "/seqscale/plots");
    *plots = plots_in(given ? given : installed);
    if (!*plots && !given)
        *plots = plots_in(SEQSCALE_SOURCE_DIR "/plots");
    if (!*plots)
        (void)error_set(error, STATUS_SYSTEM, "the gnuplot programs of the charts are not in %s: install seqscale again",
                        given ? given : installed ? installed : SEQSCALE_SOURCE_DIR "/plots");
    free(installed);
    return *plots ? STATUS_OK : STATUS_SYSTEM;
}

/* ---------------------------------------------------------------- drawing */

static enum status write_figure(const struct job *job, const struct charts_figure *figure, struct error *error)
{
    struct text settings = {0};
    char *data = text_print("data/%s.dat", figure->name); /* as gnuplot finds it, which runs in the folder above */
    enum status status = data ? charts_figure_settings(figure, data, &settings, error)
                              : error_set(error, STATUS_SYSTEM, "out of memory while writing %s.dat", figure->name);
    if (status == STATUS_OK)
        status = write_file(job->data_directory, figure->name, "dat", &figure->data, error);
    if (status == STATUS_OK)
        status = write_file(job->data_directory, figure->name, "settings", &settings, error);
    text_free(&settings);
    free(data);
    return status;
}

/* Runs gnuplot into a temporary file and gives it its name. */
static enum status run_gnuplot(struct job *job, const struct charts_run *run, const char *name, struct error *error)
{
    char *temporary = text_print("%s/%s", job->directory, run->output);
    char *path = text_print("%s/%s.%s", job->directory, name, run->format);
    enum status status = temporary && path ? charts_gnuplot_run(run, job->notes, error)
                                           : error_set(error, STATUS_SYSTEM, "out of memory while drawing %s", name);
    if (status == STATUS_OK)
        status = move_into_place(temporary, path, error);
    else if (temporary)
        unlink(temporary);
    if (status == STATUS_OK) {
        text_format(job->files, "%s\n", path);
        ++job->drawn;
    }
    free(temporary);
    free(path);
    return status;
}

static enum status render(struct job *job, const char *name, const char *format, struct error *error)
{
    char *program = text_print("%s/%s.gp", job->plots, name);
    char *settings = text_print("data/%s.settings", name);
    char *output = text_print(".%s.%s", name, format);
    enum status status = STATUS_OK;
    if (program && settings && output)
        status = run_gnuplot(
            job,
            &(struct charts_run){.directory = job->directory,
                                 .program = program,
                                 .settings = settings,
                                 .format = format,
                                 .output = output},
            name, error);
    else
        status = error_set(error, STATUS_SYSTEM, "out of memory while drawing %s", name);
    free(program);
    free(settings);
    free(output);
    return status;
}

static enum status draw_figure(struct job *job, const struct charts_sweep *charts, enum figure_kind kind,
                               struct error *error)
{
    struct charts_figure figure;
    charts_figure_init(&figure, figure_names[kind], charts);
    figure_builders[kind](&figure);
    text_append(job->notes, text_get(&figure.notes));
    enum status status = STATUS_OK;
    if (!charts_figure_is_empty(&figure) || figure.failed) {
        status = write_figure(job, &figure, error);
        for (size_t i = 0; status == STATUS_OK && i < ARRAY_LEN(format_names); ++i)
            if (job->formats[i])
                status = render(job, figure.name, format_names[i], error);
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

static enum status draw_all(struct job *job, struct store *store, const struct sweep_record *sweep,
                            const struct chart_request *request, struct error *error)
{
    struct charts_sweep charts;
    enum status status =
        charts_sweep_load(&charts, store, sweep, request->where, request->relative_to, job->notes, error);
    if (status == STATUS_OK && charts_sweep_measured_lengths(&charts) > 0)
        status = folder_make(job->data_directory, error);
    for (int kind = 0; status == STATUS_OK && kind < FIGURE_COUNT && charts_sweep_measured_lengths(&charts) > 0; ++kind)
        if (job->figures[kind])
            status = draw_figure(job, &charts, (enum figure_kind)kind, error);
    if (status == STATUS_OK && job->drawn == 0)
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
    struct job job = {.directory = request->directory, .files = files, .notes = notes};
    TRY(choose(job.figures, request->figures, "chart", figure_names, FIGURE_COUNT, error));
    TRY(choose(job.formats, request->formats, "format of charts", format_names, ARRAY_LEN(format_names), error));
    TRY(find_plots(request->plots, &job.plots, error));
    job.data_directory = text_print("%s/data", request->directory);
    enum status status = job.data_directory ? draw_all(&job, store, sweep, request, error)
                                            : error_set(error, STATUS_SYSTEM, "out of memory while drawing the charts");
    free(job.data_directory);
    free(job.plots);
    if (status == STATUS_OK && (files->failed || notes->failed))
        return error_set(error, STATUS_SYSTEM, "out of memory while drawing the charts");
    return status;
}
