/* bisect.c - see bisect.h. */
#include "sweep/bisect.h"

#include "analyse/verdict.h"
#include "base/folder.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "machine/git.h"
#include "machine/worktree.h"
#include "sweep/bisect_judge.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARGIN_MOST 1.0 /* twice as slow is slower than any good commit */

struct bisection {
    const struct bisect_plan *plan;
    struct bisect_result *result;
    struct worktree worktree;
    json_t *state;
};

/* ---------------------------------------------------------------- git */

/* What git prints in the worktree; another exit code than 0 is a sentence. `words` NULL-terminated. */
static enum status git(const struct bisection *bisection, const char *const *words, struct text *output, struct error *error)
{
    int code = 0;
    text_clear(output);
    text_append(output, "");
    TRY(git_run(bisection->worktree.folder, words, bisection->plan->log, output, &code, error));
    return code == 0 ? STATUS_OK
                     : error_set(error, STATUS_SYSTEM, "`git %s` ended with exit code %d; %s says why", words[0], code,
                                 bisection->plan->log);
}

static enum status check_out(const struct bisection *bisection, const char *commit, struct error *error)
{
    struct text output = {0};
    const char *const words[] = {"checkout", "--quiet", "--force", "--detach", commit, NULL};
    const enum status status = git(bisection, words, &output, error);
    text_free(&output);
    return status;
}

/* The good end must be an ancestor of the bad one, and not the same. */
static enum status check_range(const struct bisect_result *result, const struct bisect_plan *plan, struct error *error)
{
    struct text output = {0};
    int code = 0;
    if (strcmp(result->good, result->bad) == 0)
        return error_set(error, STATUS_USAGE, "--good and --bad are the same commit %.12s", result->good);
    const char *const words[] = {"merge-base", "--is-ancestor", result->good, result->bad, NULL};
    TRY(git_run(".", words, NULL, &output, &code, error));
    text_free(&output);
    return code == 0 ? STATUS_OK
                     : error_set(error, STATUS_USAGE, "'%.100s' is no ancestor of '%.100s': no commit between them can be bad",
                                 plan->good, plan->bad);
}

/* ---------------------------------------------------------------- state */

static enum status write_state(const struct bisection *bisection, struct error *error)
{
    char *path = text_print("%s/state.json", bisection->worktree.scratch);
    const bool written = path && json_dump_file(bisection->state, path, 0) == 0;
    free(path);
    return written ? STATUS_OK : error_set(error, STATUS_SYSTEM, "cannot write to %s", bisection->worktree.scratch);
}

static enum status make_state(struct bisection *bisection, struct error *error)
{
    const struct bisect_plan *plan = bisection->plan;
    char here[PATH_MAX], program[PATH_MAX] = "", progress[64];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (!getcwd(here, sizeof here) || length < 0)
        return error_set(error, STATUS_SYSTEM, "cannot find this folder or this program: %s", strerror(errno));
    snprintf(progress, sizeof progress, "/proc/%ld/fd/2", (long)getpid());
    json_t *words = json_array();
    for (int i = 0; i < plan->word_count; ++i)
        json_array_append_new(words, json_string(plan->words[i]));
    bisection->state =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s}", "good", bisection->result->good, "build",
                  plan->build ? plan->build : "", "module", plan->module ? plan->module : "", "judge",
                  plan->judge ? plan->judge : "", "margin", "", "words", words, "log", plan->log, "here", here, "tree",
                  bisection->worktree.folder, "scratch", bisection->worktree.scratch, "program", program, "progress", progress);
    if (!bisection->state)
        return error_set(error, STATUS_USAGE, "an option of bisect is no UTF-8 text");
    return write_state(bisection, error);
}

/* ---------------------------------------------------------------- the ends */

static enum status build_base(const struct bisection *bisection, struct error *error)
{
    if (!bisection->plan->build)
        return STATUS_OK;
    TRY(check_out(bisection, bisection->result->good, error));
    const enum status status = bisect_build(bisection->state, "base", error);
    return status == STATUS_OK ? status
                               : error_prefix(error, status, "the good revision does not build (%s has the log)",
                                              bisection->plan->log);
}

/* What lies between the ends is known now. A commit is on the side to which it lies nearer, in logs: that takes fewer pairs, and
 * less is inconclusive, than to exclude every difference of 2 %. A --margin of the caller's stands. */
static enum status set_margin(const struct bisection *bisection, struct interval ratio, struct error *error)
{
    char margin[32];
    const double half = sqrt(ratio.value) - 1.0;
    if (!(ratio.low > 1.0 + VERDICT_MARGIN) || half < VERDICT_MARGIN)
        return STATUS_OK;
    snprintf(margin, sizeof margin, "%.6g%%", 100.0 * fmin(half, MARGIN_MOST));
    json_object_set_new(bisection->state, "margin", json_string(margin));
    return write_state(bisection, error);
}

/* Before anything is searched for, it must be there. */
static enum status check_bad_end(const struct bisection *bisection, struct error *error)
{
    struct bisect_judgement judgement;
    TRY(check_out(bisection, bisection->result->bad, error));
    TRY(bisect_judge(bisection->state, bisection->result->bad, &judgement, error));
    if (interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    switch (judgement.verdict) {
    case BISECT_BAD:
        return set_margin(bisection, judgement.ratio, error);
    case BISECT_GOOD:
        return error_set(error, STATUS_INCONCLUSIVE,
                         "there is nothing to find: %.12s (bad) is not slower than %.12s (good) in the cells that are compared",
                         bisection->result->bad, bisection->result->good);
    case BISECT_SKIP:
        return error_set(error, STATUS_INCONCLUSIVE, "the bad revision cannot be judged: %s; %s has the log", judgement.reason,
                         bisection->plan->log);
    case BISECT_ABORT:
        break;
    }
    return error_set(error, STATUS_USAGE, "%s: %s", bisection->plan->log, judgement.reason);
}

/* ---------------------------------------------------------------- the search */

static enum status search(const struct bisection *bisection, struct error *error)
{
    struct text output = {0};
    const char *const start[] = {"bisect", "start", bisection->result->bad, bisection->result->good, NULL};
    enum status status = git(bisection, start, &output, error);
    char *state = text_print("%s/state.json", bisection->worktree.scratch);
    const char *const run[] = {"bisect", "run", bisect_text(bisection->state, "program"), "bisect", "--step", state, NULL};
    int code = 0;
    text_clear(&output);
    if (status == STATUS_OK && state)
        status = git_run(bisection->worktree.folder, run, bisection->plan->log, &output, &code, error);
    bisect_note(bisection->state, text_get(&output));
    const char *const log[] = {"bisect", "log", NULL};
    if (status == STATUS_OK && git(bisection, log, &output, error) == STATUS_OK)
        bisect_note(bisection->state, text_get(&output));
    if (interrupt_requested())
        status = error_set(error, STATUS_INTERRUPTED, "interrupted; %s has what was judged", bisection->plan->log);
    else if (status == STATUS_OK && code != 0 && code != 2) /* 2: only skipped commits are left */
        status = error_set(error, STATUS_FAILED, "the bisection stopped early (exit code %d); %s says why", code,
                           bisection->plan->log);
    text_free(&output);
    free(state);
    return status;
}

/* ---------------------------------------------------------------- the result */

/* Lines "HASH SUBJECT" of the commits that no good one contains and the first known bad one does. */
static enum status list_remaining(const struct bisection *bisection, struct error *error)
{
    struct bisect_result *result = bisection->result;
    struct text output = {0};
    const char *const words[] = {"log", "--format=%H %s", "refs/bisect/bad", "--not", "--glob=refs/bisect/good-*", NULL};
    const enum status status = git(bisection, words, &output, error);
    for (const char *at = text_get(&output); *at; ++at)
        result->remaining_count += *at == '\n';
    if (status == STATUS_OK && result->remaining_count == 1)
        snprintf(result->commit, sizeof result->commit, "%.*s", (int)strcspn(text_get(&output), " "), text_get(&output));
    result->remaining = text_take(&output);
    text_free(&output);
    return status == STATUS_OK && !result->remaining ? error_set(error, STATUS_SYSTEM, "out of memory") : status;
}

/* Counts the steps, and takes the ratio of the commit that was found. */
static void read_results(const struct bisection *bisection)
{
    struct bisect_result *result = bisection->result;
    char *path = text_print("%s/results", bisection->worktree.scratch), commit[65];
    FILE *file = path ? fopen(path, "r") : NULL;
    int verdict = 0;
    struct interval ratio;
    while (file && fscanf(file, "%64s %d %lf %lf %lf", commit, &verdict, &ratio.value, &ratio.low, &ratio.high) == 5) {
        ++result->judged;
        result->skipped += verdict == BISECT_SKIP;
        if (strcmp(commit, result->commit) == 0)
            result->ratio = ratio;
    }
    if (file)
        fclose(file);
    free(path);
}

static enum status bisect(struct bisection *bisection, struct error *error)
{
    TRY(worktree_create(&bisection->worktree, ".", bisection->result->good, error));
    TRY(make_state(bisection, error));
    TRY(build_base(bisection, error));
    TRY(check_bad_end(bisection, error));
    TRY(search(bisection, error));
    TRY(list_remaining(bisection, error));
    read_results(bisection);
    return STATUS_OK;
}

enum status bisect_run(struct bisect_result *result, const struct bisect_plan *plan, struct error *error)
{
    *result = (struct bisect_result){.ratio = {NAN, NAN, NAN}};
    struct bisection bisection = {.plan = plan, .result = result};
    TRY(worktree_resolve(result->good, ".", plan->good, error));
    TRY(worktree_resolve(result->bad, ".", plan->bad, error));
    TRY(check_range(result, plan, error));
    const enum status status = bisect(&bisection, error);
    worktree_delete(&bisection.worktree);
    json_decref(bisection.state);
    return status;
}

enum status bisect_step(const char *file, int *code, struct error *error)
{
    json_error_t fault;
    json_t *state = json_load_file(file, 0, &fault);
    struct bisect_judgement judgement = {.verdict = BISECT_ABORT};
    char commit[65];
    if (!state)
        return error_set(error, STATUS_USAGE, "--step: cannot read %s: %s", file, fault.text);
    enum status status = worktree_resolve(commit, bisect_text(state, "tree"), "HEAD", error);
    if (status == STATUS_OK)
        status = bisect_judge(state, commit, &judgement, error);
    *code = (int)judgement.verdict;
    json_decref(state);
    return status;
}
