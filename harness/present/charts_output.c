/* charts_output.c - see charts_output.h. A file appears under its name when it is complete. */
#include "present/charts_output.h"

#include "base/folder.h"
#include "base/place.h"
#include "present/charts_gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const charts_formats[CHARTS_FORMATS] = {"svg", "png"};

static enum status move_into_place(const char *temporary, const char *path, struct error *error)
{
    if (rename(temporary, path) == 0)
        return STATUS_OK;
    const int code = errno;
    unlink(temporary);
    return error_set(error, STATUS_SYSTEM, "cannot write %s: %s", path, strerror(code));
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

enum status charts_output_open(struct charts_output *output, const char *plots, struct error *error)
{
    TRY(find_plots(plots, &output->plots, error));
    output->data_directory = text_print("%s/data", output->directory);
    return output->data_directory ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory while drawing the charts");
}

void charts_output_close(struct charts_output *output)
{
    free(output->data_directory);
    free(output->plots);
}

static enum status write_file(const char *folder, const char *name, const char *suffix, const struct text *content,
                              struct error *error)
{
    char *path = text_print("%s/%s.%s", folder, name, suffix);
    const enum status status = path ? folder_write_file(path, text_get(content), content->length, error)
                                    : error_set(error, STATUS_SYSTEM, "out of memory while writing %s.%s", name, suffix);
    free(path);
    return status;
}

enum status charts_output_write(const struct charts_output *output, const char *name, const struct text *data,
                                const struct text *settings, struct error *error)
{
    TRY(folder_make(output->data_directory, error));
    TRY(write_file(output->data_directory, name, "dat", data, error));
    return write_file(output->data_directory, name, "settings", settings, error);
}

/* Runs gnuplot into a temporary file and gives it its name. */
static enum status run_gnuplot(struct charts_output *output, const struct charts_run *run, const char *name, struct error *error)
{
    char *temporary = text_print("%s/%s", output->directory, run->output);
    char *path = text_print("%s/%s.%s", output->directory, name, run->format);
    enum status status = temporary && path ? charts_gnuplot_run(run, output->notes, error)
                                           : error_set(error, STATUS_SYSTEM, "out of memory while drawing %s", name);
    if (status == STATUS_OK)
        status = move_into_place(temporary, path, error);
    else if (temporary)
        unlink(temporary);
    if (status == STATUS_OK) {
        text_format(output->files, "%s\n", path);
        ++output->drawn;
    }
    free(temporary);
    free(path);
    return status;
}

static enum status render(struct charts_output *output, const char *program_name, const char *name, const char *format,
                          struct error *error)
{
    char *program = text_print("%s/%s.gp", output->plots, program_name);
    char *settings = text_print("data/%s.settings", name);
    char *temporary = text_print(".%s.%s", name, format);
    enum status status = STATUS_OK;
    if (program && settings && temporary)
        status = run_gnuplot(
            output,
            &(struct charts_run){.directory = output->directory,
                                 .program = program,
                                 .settings = settings,
                                 .format = format,
                                 .output = temporary},
            name, error);
    else
        status = error_set(error, STATUS_SYSTEM, "out of memory while drawing %s", name);
    free(program);
    free(settings);
    free(temporary);
    return status;
}

enum status charts_output_render(struct charts_output *output, const char *program, const char *name, struct error *error)
{
    for (size_t i = 0; i < CHARTS_FORMATS; ++i)
        if (output->formats[i])
            TRY(render(output, program, name, charts_formats[i], error));
    return STATUS_OK;
}
