/* judge.c - see judge.h. PREFIX.rows is doubles alone: for each row its batch, its position and its reference values. */
#include "worker/judge.h"

#include "base/text.h"
#include "protocol.h"
#include "store/tensors.h"
#include "worker/check.h"
#include "worker/instance.h"
#include "worker/problem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_HEAD ((size_t)2) /* doubles before a row's values */

/* Others are less careful in single precision than we ask of ourselves: a Hyena filter with its published frequency, or an H3
 * kernel of long sequences, is 1e-5 to 3e-5 off. A dropped term or a wrong index is far above. */
#define TWIN_TOLERANCE 1e-4
#define WHOLE_TOLERANCE (TWIN_TOLERANCE + CHECK_TOLERANCE) /* between two outputs that may both be off the truth */

static enum status path_of(char **path, const json_t *request, const char *suffix, struct error *error)
{
    const char *prefix = protocol_string(request, "prefix", "");
    *path = NULL;
    if (!*prefix)
        return error_set(error, STATUS_USAGE, "the request has no 'prefix' for its files");
    *path = text_print("%s.%s", prefix, suffix);
    return *path ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the name of a file");
}

/* ---------------------------------------------------------------- save */

static struct tensor activation(const char *name, const struct seq_problem *problem, const float *data)
{
    return (struct tensor){.name = name,
                           .rank = 3,
                           .shape = {problem->B, problem->L, problem->D},
                           .data = data,
                           .count = (size_t)(problem->B * problem->L * problem->D)};
}

static struct tensor parameter_tensor(const struct instance *instance, size_t index)
{
    const struct seq_parameter *parameter = &instance->parameters[index];
    struct tensor tensor = {.name = parameter->name,
                            .rank = parameter->rank,
                            .data = instance->parameter_data[index],
                            .count = instance->parameter_elements[index]};
    for (int r = 0; r < parameter->rank; ++r)
        tensor.shape[r] = parameter->shape[r];
    return tensor;
}

static enum status write_tensors(const struct instance *instance, const char *options, const char *path, struct error *error)
{
    const size_t count = instance->parameter_count;
    const char *const metadata[][2] = {{"operator", instance->module->table.name}, {"options", options}};
    struct tensor *tensors = calloc(count + 1, sizeof *tensors);
    if (!tensors)
        return error_set(error, STATUS_SYSTEM, "out of memory for the tensors of %s", instance->module->table.name);
    for (size_t i = 0; i < count; ++i)
        tensors[i] = parameter_tensor(instance, i);
    tensors[count] = activation("input", &instance->problem, instance->run.input);
    const enum status status = tensor_file_write(path, tensors, count + 1, metadata, ARRAY_LEN(metadata), error);
    free(tensors);
    return status;
}

static bool put_rows(FILE *file, const struct check_rows *rows, size_t D)
{
    bool good = true;
    for (size_t i = 0; i < rows->count && good; ++i) {
        const double head[ROW_HEAD] = {(double)rows->b[i], (double)rows->t[i]};
        good = fwrite(head, sizeof *head, ROW_HEAD, file) == ROW_HEAD &&
               fwrite(rows->reference + i * D, sizeof *rows->reference, D, file) == D;
    }
    return good;
}

/* Under another name until it is whole. */
static enum status write_rows(const struct check_rows *rows, size_t D, const char *path, struct error *error)
{
    char *temporary = text_print("%s.new", path);
    FILE *file = temporary ? fopen(temporary, "wb") : NULL;
    bool good = file && put_rows(file, rows, D);
    if (file)
        good = fclose(file) == 0 && good;
    good = good && rename(temporary, path) == 0;
    const int why = errno;
    free(temporary);
    return good ? STATUS_OK : error_set(error, STATUS_SYSTEM, "cannot write %s: %s", path, strerror(why));
}

static enum status write_files(const struct instance *instance, const struct problem_request *problem,
                               const struct check_rows *rows, const json_t *request, struct error *error)
{
    static const char *const suffixes[] = {"tensors", "output", "rows"};
    char *paths[ARRAY_LEN(suffixes)] = {NULL}, *options = module_format_options(problem->module, problem->options);
    const struct tensor output = activation("output", &instance->problem, instance->run.output);
    enum status status = options ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for options");
    for (size_t i = 0; i < ARRAY_LEN(suffixes) && status == STATUS_OK; ++i)
        status = path_of(&paths[i], request, suffixes[i], error);
    if (status == STATUS_OK)
        status = write_tensors(instance, options, paths[0], error);
    if (status == STATUS_OK)
        status = tensor_file_write(paths[1], &output, 1, NULL, 0, error);
    if (status == STATUS_OK)
        status = write_rows(rows, (size_t)instance->problem.D, paths[2], error);
    for (size_t i = 0; i < ARRAY_LEN(suffixes); ++i)
        free(paths[i]);
    free(options);
    return status;
}

static enum status run_and_check(struct instance *instance, const struct check_rows *rows, struct check_result *result,
                                 struct error *error)
{
    TRY(instance_prepare(instance, error));
    instance_poison(instance);
    TRY(instance_call_checked(instance, error));
    TRY(check_red_zones(instance, error));
    TRY(check_written(instance, error));
    return check_instance_rows(instance, rows, result, error);
}

static enum status save_problem(const struct problem_request *problem, const json_t *request, json_t **reply,
                                struct error *error)
{
    const struct instance_request wanted = {.module = problem->module,
                                            .problem = problem->problem,
                                            .seed = (uint64_t)protocol_real(request, "seed", 1.0)};
    struct instance *instance = NULL;
    struct check_rows rows = {.count = 0};
    struct check_result result = {.error = NAN};
    bool unsupported = false;
    enum status status = instance_create(&instance, &wanted, &unsupported, error);
    if (status == STATUS_OK)
        status = check_rows_make(&rows, instance, (size_t)protocol_real(request, "rows", 16.0), wanted.seed, NULL, error);
    if (status == STATUS_OK)
        status = run_and_check(instance, &rows, &result, error);
    if (status == STATUS_OK)
        status = write_files(instance, problem, &rows, request, error);
    if (status == STATUS_OK)
        *reply = json_pack("{s:b, s:i, s:f}", "ok", 1, "rows", (int)rows.count, "error", result.error);
    else if (unsupported)
        *reply = protocol_refusal(KIND_UNSUPPORTED, error->text);
    check_rows_free(&rows);
    instance_destroy(instance);
    return unsupported ? STATUS_OK : status;
}

enum status judge_save(const json_t *request, json_t **reply, struct error *error)
{
    struct problem_request problem;
    enum status status = problem_read(request, &problem, error);
    const bool silent = status == STATUS_OK && (problem.module->table.capabilities & SEQ_CAP_NO_OUTPUT);
    if (status == STATUS_OK && (silent || problem.problem.mode != SEQ_FORWARD))
        status = error_set(error, STATUS_USAGE, "%s: only the forward mode of an operator that has an output can have a twin",
                           problem.module->table.name);
    if (status == STATUS_OK)
        status = save_problem(&problem, request, reply, error);
    problem_free(&problem);
    return status;
}

/* ---------------------------------------------------------------- compare */

/* The whole file as doubles; its length must be a multiple of a row's. */
static double *read_doubles(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    long bytes = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        bytes = ftell(file);
    double *values = bytes > 0 ? malloc((size_t)bytes) : NULL;
    *count = values ? (size_t)bytes / sizeof *values : 0;
    if (values && (fseek(file, 0, SEEK_SET) != 0 || fread(values, sizeof *values, *count, file) != *count)) {
        free(values);
        values = NULL;
    }
    if (file)
        fclose(file);
    return values;
}

static enum status read_rows(struct check_rows *rows, const struct tensor *ours, const char *path, struct error *error)
{
    const size_t D = (size_t)ours->shape[2], stride = D + ROW_HEAD;
    size_t count = 0;
    double *values = read_doubles(path, &count);
    *rows = (struct check_rows){.count = count / stride};
    rows->b = calloc(rows->count + 1, sizeof *rows->b);
    rows->t = calloc(rows->count + 1, sizeof *rows->t);
    rows->reference = calloc(rows->count * D + 1, sizeof *rows->reference);
    bool good = values && count % stride == 0 && rows->b && rows->t && rows->reference;
    for (size_t i = 0; good && i < rows->count; ++i) {
        const double *row = values + i * stride;
        good = row[0] >= 0.0 && row[0] < (double)ours->shape[0] && row[1] >= 0.0 && row[1] < (double)ours->shape[1];
        rows->b[i] = good ? (int64_t)row[0] : 0;
        rows->t[i] = good ? (int64_t)row[1] : 0;
        memcpy(rows->reference + i * D, row + ROW_HEAD, D * sizeof *row);
    }
    free(values);
    return good ? STATUS_OK : error_set(error, STATUS_FAILED, "%s cannot be read as reference rows", path);
}

static enum status check_shape(const struct tensor *got, const struct tensor *ours, const char *name, struct error *error)
{
    bool same = got && got->data && got->rank == ours->rank;
    for (int r = 0; same && r < ours->rank; ++r)
        same = got->shape[r] == ours->shape[r];
    return same ? STATUS_OK
                : error_set(error, STATUS_WRONG, "%s wrote no F32 tensor 'output' of shape (%lld, %lld, %lld)", name,
                            (long long)ours->shape[0], (long long)ours->shape[1], (long long)ours->shape[2]);
}

/* Every element against ours: rows are few, and those of a recurrence all lie at its beginning. */
static enum status compare_whole(const struct tensor *got, const struct tensor *ours, const char *name, struct error *error)
{
    double largest = 0.0, worst = 0.0;
    size_t where = 0;
    for (size_t i = 0; i < ours->count; ++i) {
        const double want = (double)ours->data[i], off = fabs((double)got->data[i] - want);
        largest = fmax(largest, fabs(want));
        if (off > worst || (isnan(off) && !isnan(worst))) {
            worst = off;
            where = i;
        }
    }
    if (worst <= WHOLE_TOLERANCE * largest)
        return STATUS_OK;
    return error_set(error, STATUS_WRONG,
                     "%s differs from the operator beside which it stands by %.3g of the largest value (%.3g is accepted), worst "
                     "at batch %lld, position %lld", name, worst / largest, WHOLE_TOLERANCE,
                     (long long)where / (ours->shape[1] * ours->shape[2]),
                     (long long)where / ours->shape[2] % ours->shape[1]);
}

static enum status compare(const struct tensor *got, const struct tensor *ours, const char *rows_path, const char *name,
                           json_t **reply, struct error *error)
{
    struct check_rows rows = {.count = 0};
    struct check_result result = {.error = NAN};
    struct check_subject subject = {.name = name, .L = ours->shape[1], .D = ours->shape[2], .tolerance = TWIN_TOLERANCE};
    enum status status = check_shape(got, ours, name, error);
    if (status == STATUS_OK)
        status = read_rows(&rows, ours, rows_path, error);
    if (status == STATUS_OK) {
        subject.output = got->data;
        status = check_rows_compare(&rows, &subject, &result, error);
    }
    if (status == STATUS_OK)
        status = compare_whole(got, ours, name, error);
    if (status == STATUS_OK)
        *reply = json_pack("{s:b, s:f, s:f, s:i}", "ok", 1, "error", result.error, "tolerance", TWIN_TOLERANCE, "rows",
                           (int)result.rows);
    check_rows_free(&rows);
    return status;
}

static enum status open_output(struct tensor_file **file, const char *path, const char *name, struct error *error)
{
    const enum status status = tensor_file_open(file, path, error);
    return status == STATUS_USAGE ? error_prefix(error, STATUS_WRONG, "%s", name) : status;
}

enum status judge_compare(const json_t *request, json_t **reply, struct error *error)
{
    const char *name = protocol_string(request, "name", "the worker"), *output = protocol_string(request, "output", "");
    struct tensor_file *got = NULL, *ours = NULL;
    char *ours_path = NULL, *rows_path = NULL;
    enum status status = path_of(&ours_path, request, "output", error);
    if (status == STATUS_OK)
        status = path_of(&rows_path, request, "rows", error);
    if (status == STATUS_OK)
        status = tensor_file_open(&ours, ours_path, error);
    const struct tensor *wanted = ours ? tensor_file_find(ours, "output") : NULL;
    if (status == STATUS_OK && (!wanted || !wanted->data || wanted->rank != 3))
        status = error_set(error, STATUS_FAILED, "%s holds no output", ours_path);
    if (status == STATUS_OK)
        status = open_output(&got, output, name, error);
    if (status == STATUS_OK)
        status = compare(tensor_file_find(got, "output"), wanted, rows_path, name, reply, error);
    tensor_file_close(got);
    tensor_file_close(ours);
    free(ours_path);
    free(rows_path);
    return status;
}
