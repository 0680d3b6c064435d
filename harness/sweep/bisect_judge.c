/* bisect_judge.c - see bisect_judge.h. */
#include "sweep/bisect_judge.h"

#include "base/folder.h"
#include "base/text.h"
#include "machine/execute.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 256 };

const char *bisect_text(const json_t *state, const char *name)
{
    const char *text = json_string_value(json_object_get(state, name));
    return text ? text : "";
}

static void append_line(const char *path, const char *line)
{
    FILE *file = fopen(path, "a");
    if (file) {
        fprintf(file, "%s\n", line);
        fclose(file);
    }
}

void bisect_note(const json_t *state, const char *line)
{
    append_line(bisect_text(state, "log"), line);
}

/* ---------------------------------------------------------------- building */

static enum status run_build(const json_t *state, struct error *error)
{
    const char *command = bisect_text(state, "build");
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    int code = 0;
    TRY(execute(&(struct execution){.argv = argv, .directory = bisect_text(state, "tree"), .log = bisect_text(state, "log")},
                NULL, &code, error));
    if (code > 128)
        return error_set(error, STATUS_INTERRUPTED, "the build was ended by signal %d", code - 128);
    return code == 0 ? STATUS_OK : error_set(error, STATUS_FAILED, "`%.200s` ended with exit code %d", command, code);
}

enum status bisect_build(const json_t *state, const char *to, struct error *error)
{
    const char *module = bisect_text(state, "module"), *slash = strrchr(module, '/');
    char *built = text_print("%s/%s", bisect_text(state, "tree"), module);
    char *folder = text_print("%s/%s", bisect_text(state, "scratch"), to);
    char *copy = text_print("%s/%s/%s", bisect_text(state, "scratch"), to, slash ? slash + 1 : module);
    enum status status = built && folder && copy ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK)
        unlink(built); /* of the commit before: a build that makes nothing must not pass for one */
    if (status == STATUS_OK)
        status = run_build(state, error);
    if (status == STATUS_OK && access(built, R_OK) != 0)
        status = error_set(error, STATUS_FAILED, "`%.200s` made no %s", bisect_text(state, "build"), module);
    if (status == STATUS_OK)
        status = folder_make(folder, error);
    if (status == STATUS_OK)
        status = folder_copy_file(built, copy, error);
    free(built);
    free(folder);
    free(copy);
    return status;
}

/* ---------------------------------------------------------------- comparing */

struct comparison {
    const char *argv[ARGUMENTS_MAX];
    int count;
    char *base, *fresh, *page; /* modules; ab's JSON */
    char *variables[4];        /* for a judge of the caller's own */
};

static void add(struct comparison *comparison, const char *word)
{
    if (comparison->count < ARGUMENTS_MAX - 1)
        comparison->argv[comparison->count++] = word;
}

/* ab's words: modules by their copies, commits of seqscale by their names. */
static void add_ab(struct comparison *comparison, const json_t *state, const char *commit)
{
    const bool modules = bisect_text(state, "module")[0];
    add(comparison, bisect_text(state, "program"));
    add(comparison, "ab");
    add(comparison, modules ? "--base" : "--base-commit");
    add(comparison, modules ? comparison->base : bisect_text(state, "good"));
    add(comparison, modules ? "--new" : "--new-commit");
    add(comparison, modules ? comparison->fresh : commit);
    add(comparison, "--format");
    add(comparison, "json");
    add(comparison, "--output");
    add(comparison, comparison->page);
    add(comparison, "--quiet");
    if (bisect_text(state, "margin")[0]) { /* before the caller's words, so that theirs decides */
        add(comparison, "--margin");
        add(comparison, bisect_text(state, "margin"));
    }
    const json_t *words = json_object_get(state, "words");
    for (size_t i = 0; i < json_array_size(words); ++i)
        add(comparison, json_string_value(json_array_get(words, i)));
}

static bool prepare(struct comparison *comparison, const json_t *state, const char *commit)
{
    const char *scratch = bisect_text(state, "scratch"), *module = bisect_text(state, "module");
    const char *slash = strrchr(module, '/'), *judge = bisect_text(state, "judge");
    comparison->base = text_print("%s/base/%s", scratch, slash ? slash + 1 : module);
    comparison->fresh = text_print("%s/new/%s", scratch, slash ? slash + 1 : module);
    comparison->page = text_print("%s/%s.json", scratch, commit);
    comparison->variables[0] = text_print("SEQSCALE_BASE=%s", comparison->base ? comparison->base : "");
    comparison->variables[1] = text_print("SEQSCALE_NEW=%s", comparison->fresh ? comparison->fresh : "");
    comparison->variables[2] = text_print("SEQSCALE_COMMIT=%s", commit);
    if (!comparison->base || !comparison->fresh || !comparison->page || !comparison->variables[0] ||
        !comparison->variables[1] || !comparison->variables[2])
        return false;
    if (judge[0]) {
        add(comparison, "/bin/sh");
        add(comparison, "-c");
        add(comparison, judge);
    } else {
        add_ab(comparison, state, commit);
    }
    return true;
}

static void release(struct comparison *comparison)
{
    free(comparison->base);
    free(comparison->fresh);
    free(comparison->page);
    for (size_t i = 0; i < ARRAY_LEN(comparison->variables); ++i)
        free(comparison->variables[i]);
}

/* Of the slowest cell that is no control: of those called SLOWER, where there are any. */
static struct interval read_ratio(const char *page)
{
    struct interval worst = {NAN, NAN, NAN};
    bool worst_is_slower = false;
    json_t *root = json_load_file(page, 0, NULL), *cell;
    size_t i;
    json_array_foreach(json_object_get(root, "cells"), i, cell) {
        const double ratio = json_number_value(json_object_get(cell, "ratio"));
        const bool is_slower = strcmp(bisect_text(cell, "verdict"), "SLOWER") == 0;
        if (json_is_true(json_object_get(cell, "control")) || !(ratio > 0.0) || is_slower < worst_is_slower ||
            (is_slower == worst_is_slower && worst.value >= ratio))
            continue;
        worst_is_slower = is_slower;
        worst.value = ratio;
        const json_t *low = json_object_get(cell, "low"), *high = json_object_get(cell, "high");
        worst.low = json_is_number(low) ? json_number_value(low) : NAN;
        worst.high = json_is_number(high) ? json_number_value(high) : NAN;
    }
    json_decref(root);
    return worst;
}

#define LOG_LINE 500 /* characters of a line that are read */

static long log_length(const char *log)
{
    FILE *file = fopen(log, "r");
    const long length = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    if (file)
        fclose(file);
    return length;
}

/* The last line that the log has behind `from`, where a program that refuses says why; "" where there is none. */
static void read_last_line(const char *log, long from, char out[LOG_LINE])
{
    char line[LOG_LINE];
    bool begins = true; /* not the rest of a longer one */
    FILE *file = fopen(log, "r");
    out[0] = '\0';
    if (file && fseek(file, from, SEEK_SET) != 0)
        from = -1;
    while (file && from >= 0 && fgets(line, sizeof line, file)) {
        const bool used = begins && line[0] != '\n';
        begins = strchr(line, '\n') != NULL;
        line[strcspn(line, "\n")] = '\0';
        if (used)
            snprintf(out, LOG_LINE, "%s", text_starts(line, "seqscale: ") ? line + strlen("seqscale: ") : line);
    }
    if (file)
        fclose(file);
}

static void read_code(struct bisect_judgement *judgement, int code, const char *said)
{
    static const struct {
        int code;
        enum bisect_verdict verdict;
        const char *reason;
    } meanings[] = {
        {STATUS_OK, BISECT_GOOD, "no regression"},
        {STATUS_REGRESSION, BISECT_BAD, "a regression"},
        {STATUS_INCONCLUSIVE, BISECT_SKIP, "the comparison was inconclusive"},
        {STATUS_FAILED, BISECT_SKIP, "a measurement failed"},
        {STATUS_WRONG, BISECT_SKIP, "an operator gave wrong results"},
    };
    judgement->verdict = BISECT_ABORT;
    snprintf(judgement->reason, sizeof judgement->reason, "the comparison ended with exit code %d%s%s", code, said[0] ? ": " : "",
             said);
    for (size_t i = 0; i < ARRAY_LEN(meanings); ++i)
        if (meanings[i].code == code) {
            judgement->verdict = meanings[i].verdict;
            snprintf(judgement->reason, sizeof judgement->reason, "%s", meanings[i].reason);
        }
}

static enum status compare(const json_t *state, const char *commit, struct bisect_judgement *judgement, struct error *error)
{
    struct comparison comparison = {.count = 0};
    int code = 0;
    enum status status =
        prepare(&comparison, state, commit) ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    const bool own = bisect_text(state, "judge")[0];
    const struct execution execution = {.argv = comparison.argv,
                                        .directory = bisect_text(state, own ? "tree" : "here"),
                                        .environment = (const char *const *)comparison.variables,
                                        .log = bisect_text(state, "log")};
    const long before = log_length(bisect_text(state, "log"));
    if (status == STATUS_OK)
        status = execute(&execution, NULL, &code, error);
    if (status == STATUS_OK) {
        char said[LOG_LINE];
        read_last_line(bisect_text(state, "log"), before, said);
        read_code(judgement, code, said);
        judgement->ratio = read_ratio(comparison.page);
    }
    release(&comparison);
    return status;
}

/* ---------------------------------------------------------------- a step */

static const char *verdict_name(enum bisect_verdict verdict)
{
    return verdict == BISECT_GOOD ? "good" : verdict == BISECT_BAD ? "bad" : verdict == BISECT_SKIP ? "skipped" : "stopped";
}

/* To the log, to the standard error of the program that git runs for, and for bisect_run to the results. */
static void report(const json_t *state, const char *commit, const struct bisect_judgement *judgement)
{
    char ratio[96] = "", line[1024];
    if (isfinite(judgement->ratio.value))
        snprintf(ratio, sizeof ratio, ", %.3fx [%.3f, %.3f]", judgement->ratio.value, judgement->ratio.low,
                 judgement->ratio.high);
    snprintf(line, sizeof line, "%.12s is %s: %s%s", commit, verdict_name(judgement->verdict), judgement->reason, ratio);
    bisect_note(state, line);
    append_line(bisect_text(state, "progress"), line);
    char *path = text_print("%s/results", bisect_text(state, "scratch"));
    snprintf(line, sizeof line, "%s %d %.17g %.17g %.17g", commit, (int)judgement->verdict, judgement->ratio.value,
             judgement->ratio.low, judgement->ratio.high);
    append_line(path ? path : "", line);
    free(path);
}

enum status bisect_judge(const json_t *state, const char *commit, struct bisect_judgement *judgement, struct error *error)
{
    char heading[128];
    *judgement = (struct bisect_judgement){.verdict = BISECT_SKIP, .ratio = {NAN, NAN, NAN}};
    snprintf(heading, sizeof heading, "---- %s", commit);
    bisect_note(state, heading);
    enum status status = bisect_text(state, "build")[0] ? bisect_build(state, "new", error) : STATUS_OK;
    if (status == STATUS_OK)
        status = compare(state, commit, judgement, error);
    else if (status == STATUS_FAILED)
        snprintf(judgement->reason, sizeof judgement->reason, "%.600s", error->text);
    if (status != STATUS_OK && status != STATUS_FAILED)
        return status;
    report(state, commit, judgement);
    return STATUS_OK;
}
