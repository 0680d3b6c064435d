/* check.c - see check.h. */
#include "worker/check.h"

#include "base/random.h"
#include "machine/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_STREAM 0x726f7773u
#define SEQUENTIAL_PREFIX 192 /* steps of a recurrence that a reference is asked to walk */

/* ---------------------------------------------------------------- what a call left behind */

enum status check_written(const struct instance *instance, struct error *error)
{
    const struct seq_problem *problem = &instance->problem;
    const int64_t L = problem->mode == SEQ_DECODE ? 1 : problem->L;
    const int64_t count = problem->B * L * problem->D;
    for (int64_t i = 0; i < count; ++i) {
        if (isfinite(instance->run.output[i]))
            continue;
        const long long b = (long long)(i / (L * problem->D)), t = (long long)(i / problem->D % L);
        return error_set(error, STATUS_WRONG, "%s: output[%lld][%lld][%lld] is %s", instance->module->table.name, b, t,
                         (long long)(i % problem->D),
                         isnan(instance->run.output[i]) ? "not written, or NaN" : "infinite");
    }
    return STATUS_OK;
}

enum status check_red_zones(const struct instance *instance, struct error *error)
{
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        if (!region_intact(&instance->regions[r]))
            return error_set(error, STATUS_WRONG, "%s wrote outside its %s region of %zu bytes (red zone damaged)",
                             instance->module->table.name, module_region_name((enum seq_region)r), instance->regions[r].bytes);
    return STATUS_OK;
}

/* ---------------------------------------------------------------- rows */

void check_rows_free(struct check_rows *rows)
{
    free(rows->b);
    free(rows->t);
    free(rows->reference);
    *rows = (struct check_rows){.count = 0};
}

static int compare_rows(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Distinct flat indices b * reach + t, sorted. */
static size_t draw_rows(int64_t *flat, size_t want, int64_t total, uint64_t seed)
{
    for (size_t i = 0; i < want; ++i)
        flat[i] = i == 0 ? 0 : i == 1 ? total - 1 : (int64_t)(random_bits(seed, ROW_STREAM, i) % (uint64_t)total);
    qsort(flat, want, sizeof *flat, compare_rows);
    size_t kept = 0;
    for (size_t i = 0; i < want; ++i)
        if (kept == 0 || flat[i] != flat[kept - 1])
            flat[kept++] = flat[i];
    return kept;
}

static enum status choose_rows(const struct instance *instance, size_t want, uint64_t seed, struct check_rows *rows,
                               struct error *error)
{
    const struct seq_problem *problem = &instance->problem;
    const bool prefix = (instance->cost.traits & SEQ_TRAIT_SEQUENTIAL) && want > 0 && problem->L > SEQUENTIAL_PREFIX;
    const int64_t reach = prefix ? SEQUENTIAL_PREFIX : problem->L, total = problem->B * reach;
    const bool all = want == 0 || (int64_t)want >= total;
    const size_t room = all ? (size_t)total : want;
    rows->b = malloc(room * sizeof *rows->b);
    rows->t = malloc(room * sizeof *rows->t);
    if (!rows->b || !rows->t)
        return error_set(error, STATUS_SYSTEM, "out of memory for the rows of a check");
    if (all) {
        rows->count = room;
        for (size_t i = 0; i < room; ++i)
            rows->t[i] = (int64_t)i;
    } else {
        rows->count = draw_rows(rows->t, want, total, seed);
    }
    for (size_t i = 0; i < rows->count; ++i) {
        rows->b[i] = rows->t[i] / reach;
        rows->t[i] %= reach;
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the reference, and its cache */

enum status check_reference(const struct instance *instance, const struct seq_rows *rows, double **values,
                            struct error *error)
{
    const struct seq_operator *table = &instance->module->table;
    struct seq_run run = instance->run;
    run.output = NULL;
    run.state_in = NULL;
    run.state_out = NULL;
    *values = calloc(rows->count * (size_t)instance->problem.D + 1, sizeof **values);
    if (!*values)
        return error_set(error, STATUS_SYSTEM, "out of memory for the reference of %s", table->name);
    const struct seq_message message = {.text = ""};
    return instance_hook_failed(instance->module, "reference", table->reference(&instance->problem, &run, rows, *values),
                                &message, error);
}

/* A cache file is `count` doubles and nothing else; any other length is stale and computed anew. */
static bool read_cache(const char *path, double *values, size_t count)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    const size_t got = fread(values, sizeof *values, count, file);
    const bool whole = got == count && fgetc(file) == EOF;
    fclose(file);
    return whole;
}

static void write_cache(const char *path, const double *values, size_t count)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
        return;
    FILE *file = fopen(temporary, "wb");
    if (!file)
        return; /* a cache that cannot be written costs time, not truth */
    const bool whole = fwrite(values, sizeof *values, count, file) == count;
    if (fclose(file) == 0 && whole)
        rename(temporary, path);
    else
        remove(temporary);
}

static enum status find_reference(struct check_rows *rows, const struct instance *instance, const char *cache,
                                  struct error *error)
{
    const size_t count = rows->count * (size_t)instance->problem.D;
    const struct seq_rows wanted = {.count = rows->count, .b = rows->b, .t = rows->t};
    double *cached = cache ? malloc(count * sizeof *cached) : NULL;
    if (cached && read_cache(cache, cached, count)) {
        rows->reference = cached;
        return STATUS_OK;
    }
    free(cached);
    TRY(check_reference(instance, &wanted, &rows->reference, error));
    if (cache)
        write_cache(cache, rows->reference, count);
    return STATUS_OK;
}

enum status check_rows_make(struct check_rows *rows, const struct instance *instance, size_t want, uint64_t seed,
                            const char *cache, struct error *error)
{
    *rows = (struct check_rows){.count = 0};
    enum status status = choose_rows(instance, want, seed, rows, error);
    if (status == STATUS_OK)
        status = find_reference(rows, instance, cache, error);
    if (status != STATUS_OK)
        check_rows_free(rows);
    return status;
}

/* ---------------------------------------------------------------- the comparison */

enum status check_rows_compare(const struct check_rows *rows, const struct check_subject *subject, struct check_result *result,
                               struct error *error)
{
    const int64_t L = subject->L, D = subject->D;
    double largest = 0.0, worst = 0.0;
    size_t worst_row = 0;
    for (size_t i = 0; i < rows->count; ++i) {
        const float *got = subject->output + (rows->b[i] * L + rows->t[i]) * D;
        for (int64_t d = 0; d < D; ++d) {
            const double want = rows->reference[i * (size_t)D + (size_t)d], off = fabs((double)got[d] - want);
            largest = fabs(want) > largest ? fabs(want) : largest;
            if (off > worst || isnan(off)) { /* a NaN is the worst, and stays it: nothing is larger */
                worst = off;
                worst_row = i;
            }
        }
    }
    result->rows = rows->count;
    result->error = largest > 0.0 ? worst / largest : worst;
    if (result->error <= subject->tolerance)
        return STATUS_OK;
    return error_set(error, STATUS_WRONG,
                     "%s differs from its double-precision reference by %.3g of the largest value (%.3g is accepted), worst at "
                     "batch %lld, position %lld", subject->name, result->error, subject->tolerance,
                     (long long)rows->b[worst_row], (long long)rows->t[worst_row]);
}

enum status check_instance_rows(const struct instance *instance, const struct check_rows *rows, struct check_result *result,
                                struct error *error)
{
    const struct check_subject subject = {.name = instance->module->table.name,
                                          .output = instance->run.output,
                                          .L = instance->problem.L,
                                          .D = instance->problem.D,
                                          .tolerance = CHECK_TOLERANCE};
    return check_rows_compare(rows, &subject, result, error);
}

static enum status compare_with_reference(const struct instance *instance, size_t want, uint64_t seed, const char *cache,
                                          struct check_result *result, struct error *error)
{
    struct check_rows rows;
    TRY(check_rows_make(&rows, instance, want, seed, cache, error));
    const enum status status = check_instance_rows(instance, &rows, result, error);
    check_rows_free(&rows);
    return status;
}

enum status check_call(struct instance *instance, struct check_result *result, struct error *error)
{
    *result = (struct check_result){.error = NAN};
    instance_poison(instance);
    const int64_t start = clock_wall_ns();
    TRY(instance_call_checked(instance, error));
    result->call_seconds = (double)(clock_wall_ns() - start) * 1e-9;
    return STATUS_OK;
}

enum status check_instance(struct instance *instance, size_t rows, uint64_t seed, const char *cache,
                           struct check_result *result, struct error *error)
{
    TRY(check_call(instance, result, error));
    return check_called(instance, rows, seed, cache, result, error);
}

enum status check_called(struct instance *instance, size_t rows, uint64_t seed, const char *cache,
                         struct check_result *result, struct error *error)
{
    const bool silent = (instance->module->table.capabilities & SEQ_CAP_NO_OUTPUT) != 0;
    TRY(check_red_zones(instance, error));
    if (silent)
        return STATUS_OK;
    TRY(check_written(instance, error));
    if (instance->problem.mode == SEQ_DECODE)
        return STATUS_OK;
    return compare_with_reference(instance, rows, seed, cache, result, error);
}
