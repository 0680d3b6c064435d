/* eval.c - see eval.h. */
#include "worker/eval.h"

#include "base/text.h"
#include "protocol.h"
#include "store/tensors.h"
#include "worker/check.h"
#include "worker/instance.h"
#include "worker/problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- options: the request's, then the file's */

static bool names_option(const char *options, const char *word)
{
    const size_t length = strcspn(word, "=");
    for (const char *at = options; *at; at += strcspn(at, ","), at += *at == ',')
        if (strncmp(at, word, length) == 0 && at[length] == '=')
            return true;
    return false;
}

/* Words of `file` whose name the request does not give, after the request's own. */
static char *merge_options(const char *request, const char *file)
{
    struct text merged = {0};
    text_append(&merged, request);
    char *copy = strdup(file);
    char *rest = NULL;
    for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word; word = strtok_r(NULL, ",", &rest))
        if (!names_option(request, word))
            text_format(&merged, "%s%s", merged.length ? "," : "", word);
    free(copy);
    return text_take(&merged);
}

/* ---------------------------------------------------------------- shapes and names */

static enum status input_shape(const struct tensor_file *file, const char *path, const struct tensor **input,
                               struct error *error)
{
    *input = tensor_file_find(file, "input");
    if (!*input)
        return error_set(error, STATUS_USAGE, "%s has no tensor 'input' (batch, length, width)", path);
    if (!(*input)->data)
        return error_set(error, STATUS_USAGE, "%s: tensor 'input' is not of dtype F32", path);
    if ((*input)->rank != 3 || (*input)->count == 0)
        return error_set(error, STATUS_USAGE, "%s: tensor 'input' must have the three dimensions (batch, length, width), none of "
                         "them 0; it has rank %d", path, (*input)->rank);
    return STATUS_OK;
}

static bool reserved(const char *name)
{
    static const char *const names[] = {"input", "output", "grad_output", "grad_input"};
    for (size_t i = 0; i < ARRAY_LEN(names); ++i)
        if (strcmp(names[i], name) == 0)
            return true;
    return text_starts(name, "grad.");
}

static enum status check_names(const struct tensor_file *file, const struct instance *instance, const char *path,
                               struct error *error)
{
    for (size_t i = 0; i < tensor_file_count(file); ++i) {
        const char *name = tensor_file_at(file, i)->name;
        bool known = reserved(name);
        for (size_t p = 0; p < instance->parameter_count && !known; ++p)
            known = strcmp(instance->parameters[p].name, name) == 0;
        if (!known)
            return error_set(error, STATUS_USAGE, "%s: tensor '%s' is no parameter of %s with these options", path, name,
                             instance->module->table.name);
    }
    return STATUS_OK;
}

static void format_shape(struct text *text, int rank, const int64_t *shape)
{
    text_append(text, "(");
    for (int r = 0; r < rank; ++r)
        text_format(text, "%s%lld", r ? ", " : "", (long long)shape[r]);
    text_append(text, ")");
}

static enum status check_shape(const struct tensor *tensor, const struct seq_parameter *parameter, const char *path,
                               struct error *error)
{
    bool same = tensor->rank == parameter->rank;
    for (int r = 0; same && r < tensor->rank; ++r)
        same = tensor->shape[r] == parameter->shape[r];
    if (same && tensor->data)
        return STATUS_OK;
    if (!tensor->data)
        return error_set(error, STATUS_USAGE, "%s: tensor '%s' is not of dtype F32", path, tensor->name);
    struct text have = {0}, want = {0};
    format_shape(&have, tensor->rank, tensor->shape);
    format_shape(&want, parameter->rank, parameter->shape);
    error_set(error, STATUS_USAGE, "%s: tensor '%s' has shape %s; this problem needs %s", path, tensor->name, text_get(&have),
              text_get(&want));
    text_free(&have);
    text_free(&want);
    return STATUS_USAGE;
}

/* ---------------------------------------------------------------- loading */

static enum status load_alias(const struct instance *instance, size_t index, const struct tensor *tensor, const char *path,
                              struct error *error)
{
    if (tensor && memcmp(tensor->data, instance->parameter_data[index], tensor->count * sizeof(float)) != 0)
        return error_set(error, STATUS_USAGE, "%s: tensor '%s' is another name of '%s' and must hold the same values", path,
                         tensor->name, instance->parameters[instance->parameters[index].alias_of].name);
    return STATUS_OK;
}

static enum status load_parameters(const struct instance *instance, const struct tensor_file *file, const char *path,
                                   struct error *error)
{
    for (size_t i = 0; i < instance->parameter_count; ++i) {
        const struct seq_parameter *parameter = &instance->parameters[i];
        const struct tensor *tensor = tensor_file_find(file, parameter->name);
        if (!tensor && parameter->kind != SEQ_ALIAS)
            return error_set(error, STATUS_USAGE, "%s lacks the tensor '%s' of %s", path, parameter->name,
                             instance->module->table.name);
        if (tensor)
            TRY(check_shape(tensor, parameter, path, error));
        if (parameter->kind == SEQ_ALIAS)
            TRY(load_alias(instance, i, tensor, path, error));
        else
            memcpy(instance->parameter_data[i], tensor->data, tensor->count * sizeof(float));
    }
    return STATUS_OK;
}

/* The largest difference from the file's own output, relative to its largest value; NaN where there is none to compare. */
static double difference(const struct tensor *want, const float *got, size_t count)
{
    if (!want || !want->data || want->count != count)
        return NAN;
    double largest = 0.0, worst = 0.0;
    for (size_t i = 0; i < count; ++i) {
        const double off = fabs((double)got[i] - (double)want->data[i]);
        largest = fmax(largest, fabs((double)want->data[i]));
        worst = off > worst || isnan(off) ? off : worst; /* a NaN stays */
    }
    return largest > 0.0 ? worst / largest : worst;
}

static enum status write_output(const struct instance *instance, const char *options, const char *path, struct error *error)
{
    const struct seq_problem *problem = &instance->problem;
    char batch[24], length[24], width[24], name[] = "output";
    snprintf(batch, sizeof batch, "%lld", (long long)problem->B);
    snprintf(length, sizeof length, "%lld", (long long)problem->L);
    snprintf(width, sizeof width, "%lld", (long long)problem->D);
    const char *const metadata[][2] = {{"operator", instance->module->table.name}, {"options", options}, {"batch", batch},
                                       {"length", length}, {"d_model", width}, {"source", "seqscale eval"}};
    const struct tensor output = {.name = name,
                                  .rank = 3,
                                  .shape = {problem->B, problem->L, problem->D},
                                  .data = instance->run.output,
                                  .count = (size_t)(problem->B * problem->L * problem->D)};
    return tensor_file_write(path, &output, 1, metadata, ARRAY_LEN(metadata), error);
}

static enum status apply(struct instance *instance, const struct tensor_file *file, const struct tensor *input,
                         const char *path, struct error *error)
{
    TRY(check_names(file, instance, path, error));
    TRY(tensor_file_unchanged(file, error));
    TRY(load_parameters(instance, file, path, error));
    memcpy(instance->regions[SEQ_INPUT].data, input->data, input->count * sizeof(float));
    TRY(tensor_file_unchanged(file, error));
    TRY(instance_prepare(instance, error));
    instance_poison(instance);
    TRY(instance_call_checked(instance, error));
    TRY(check_red_zones(instance, error));
    return check_written(instance, error);
}

static enum status eval_problem(const struct problem_request *problem, const struct tensor_file *file,
                                const struct tensor *input, const json_t *request, json_t **reply, struct error *error)
{
    const char *in = protocol_string(request, "input", ""), *out = protocol_string(request, "output", "");
    const struct instance_request wanted = {.module = problem->module, .problem = problem->problem, .seed = 1};
    struct instance *instance = NULL;
    bool unsupported = false;
    if (problem->module->table.capabilities & SEQ_CAP_NO_OUTPUT)
        return error_set(error, STATUS_USAGE, "%s computes nothing, so there is no output to write", problem->module->table.name);
    TRY(instance_create(&instance, &wanted, &unsupported, error));
    enum status status = apply(instance, file, input, in, error);
    char *options = module_format_options(problem->module, problem->options);
    if (status == STATUS_OK && options)
        status = write_output(instance, options, out, error);
    if (status == STATUS_OK)
        *reply = json_pack("{s:b, s:s, s:o, s:I, s:I, s:I}", "ok", 1, "options", options ? options : "", "error",
                           protocol_number(difference(tensor_file_find(file, "output"), instance->run.output, input->count)),
                           "batch", (json_int_t)instance->problem.B, "length", (json_int_t)instance->problem.L, "width",
                           (json_int_t)instance->problem.D);
    free(options);
    instance_destroy(instance);
    return status;
}

static enum status eval_open(const json_t *request, const struct tensor_file *file, json_t **reply, struct error *error)
{
    const char *path = protocol_string(request, "input", "");
    const char *metadata = tensor_file_metadata(file, "options");
    const struct tensor *input = NULL;
    TRY(input_shape(file, path, &input, error));
    char *options = merge_options(protocol_string(request, "options", ""), metadata ? metadata : "");
    json_t *full = json_copy((json_t *)request);
    if (!options || !full) {
        free(options);
        json_decref(full);
        return error_set(error, STATUS_SYSTEM, "out of memory while reading %s", path);
    }
    json_object_set_new(full, "options", json_string(options));
    json_object_set_new(full, "batch", json_integer(input->shape[0]));
    json_object_set_new(full, "length", json_integer(input->shape[1]));
    json_object_set_new(full, "width", json_integer(input->shape[2]));
    free(options);
    struct problem_request problem;
    enum status status = problem_read(full, &problem, error);
    if (status == STATUS_OK)
        status = eval_problem(&problem, file, input, request, reply, error);
    problem_free(&problem);
    json_decref(full);
    return status;
}

enum status eval_file(const json_t *request, json_t **reply, struct error *error)
{
    struct tensor_file *file = NULL;
    TRY(tensor_file_open(&file, protocol_string(request, "input", ""), error));
    const enum status status = eval_open(request, file, reply, error);
    tensor_file_close(file);
    return status;
}
