/* store_json.c - records as members of JSON objects, see store_fields.h. */
#include "store/store_fields.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void append_name(struct text *out, const struct field *field)
{
    text_format(out, ",\"%s\":", field->column);
}

static void append_text(struct text *out, const struct field *field, const char *string)
{
    if (!string || !string[0])
        return;
    append_name(out, field);
    if (field->kind == FIELD_JSON)
        json_append_text(out, string);
    else
        json_append_string(out, string);
}

static void append_field(struct text *out, const struct field *field, const void *record)
{
    const void *value = (const char *)record + field->offset;
    switch (field->kind) {
    case FIELD_CHARS:
        append_text(out, field, value);
        return;
    case FIELD_STRING:
    case FIELD_JSON:
        append_text(out, field, *(const char *const *)value);
        return;
    case FIELD_INT:
        append_name(out, field);
        text_format(out, "%d", *(const int *)value);
        return;
    case FIELD_INT64:
        append_name(out, field);
        text_format(out, "%lld", (long long)*(const int64_t *)value);
        return;
    case FIELD_BOOL:
        append_name(out, field);
        text_append(out, *(const bool *)value ? "true" : "false");
        return;
    case FIELD_REAL:
        if (isfinite(*(const double *)value)) {
            append_name(out, field);
            json_append_number(out, *(const double *)value);
        }
        return;
    }
}

void fields_write_json(struct text *out, const struct record_type *type, const void *record, enum field_role skip)
{
    for (size_t i = 0; i < type->count; ++i)
        if (type->fields[i].role != skip)
            append_field(out, &type->fields[i], record);
}

/* ---------------------------------------------------------------- reading */

static enum status wrong_type(const struct field *field, const char *expected, struct error *error)
{
    return error_set(error, STATUS_USAGE, "\"%s\" is not %s", field->column, expected);
}

static enum status read_chars(const struct field *field, const json_t *value, char *out, struct error *error)
{
    const char *string = json_string_value(value);
    if (!string)
        return wrong_type(field, "a string", error);
    if (strlen(string) >= field->capacity)
        return error_set(error, STATUS_USAGE, "\"%s\" is longer than %zu bytes", field->column, field->capacity - 1);
    memcpy(out, string, strlen(string) + 1);
    return STATUS_OK;
}

static enum status read_string(const struct field *field, const json_t *value, char **out, struct error *error)
{
    char *copy = NULL;
    if (json_is_string(value))
        copy = strdup(json_string_value(value));
    else if (field->kind == FIELD_JSON && (json_is_object(value) || json_is_array(value)))
        copy = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17));
    else
        return wrong_type(field, field->kind == FIELD_JSON ? "an object or an array" : "a string", error);
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    free(*out);
    *out = copy;
    return STATUS_OK;
}

static enum status read_integer(const struct field *field, const json_t *value, int64_t low, int64_t high, int64_t *out,
                                struct error *error)
{
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
        return wrong_type(field, "a whole number, or is too large", error);
    *out = json_integer_value(value);
    return STATUS_OK;
}

static enum status read_member(const struct field *field, const json_t *value, void *record, struct error *error)
{
    void *out = (char *)record + field->offset;
    int64_t integer = 0;
    switch (field->kind) {
    case FIELD_CHARS:
        return read_chars(field, value, out, error);
    case FIELD_STRING:
    case FIELD_JSON:
        return read_string(field, value, out, error);
    case FIELD_INT:
        TRY(read_integer(field, value, INT_MIN, INT_MAX, &integer, error));
        *(int *)out = (int)integer;
        return STATUS_OK;
    case FIELD_INT64:
        return read_integer(field, value, INT64_MIN, INT64_MAX, out, error);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return wrong_type(field, "true or false", error);
        *(bool *)out = json_is_true(value);
        return STATUS_OK;
    case FIELD_REAL:
        if (!json_is_number(value) && !json_is_null(value))
            return wrong_type(field, "a number", error);
        *(double *)out = json_is_null(value) ? NAN : json_number_value(value);
        return STATUS_OK;
    }
    return STATUS_OK;
}

static const struct field *find_field(const struct record_type *type, const char *name)
{
    for (size_t i = 0; i < type->count; ++i)
        if (strcmp(type->fields[i].column, name) == 0)
            return &type->fields[i];
    return NULL;
}

static bool is_one_of(const char *const *names, const char *name)
{
    for (; *names; ++names)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

enum status fields_read_json(const json_t *object, const struct record_type *type, const char *const *others, void *record,
                             struct error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const struct field *field = find_field(type, name);
        if (field)
            TRY(read_member(field, value, record, error));
        else if (!is_one_of(others, name))
            return error_set(error, STATUS_USAGE, "a %s has no \"%.60s\"", type->table, name);
    }
    return STATUS_OK;
}
