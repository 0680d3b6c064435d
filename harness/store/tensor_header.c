/* tensor_header.c - see tensor_header.h.
 *
 * Checks in order: JSON without duplicate keys, each entry by itself (types, dtype, shape, length of its byte range), then
 * all ranges together, sorted: each begins where the one before it ended, and the last one ends with the file.
 */
#include "store/tensor_header.h"

#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_KEY "__metadata__"
#define QUOTE_BYTES 96 /* as much of a name from a file as a sentence shows */

struct dtype {
    const char *name;
    uint64_t bytes; /* of one element */
};

static const struct dtype dtypes[] = {
    {"F32", 4}, {"F64", 8}, {"F16", 2},  {"BF16", 2}, {"I64", 8},     {"I32", 4},     {"I16", 2}, {"I8", 1},
    {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},   {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"C64", 8}, {"BOOL", 1},
};

/* A name may hold anything; a sentence is one printable line. Bytes of UTF-8 stay. */
static const char *quote(char out[QUOTE_BYTES], const char *name)
{
    size_t n = 0;
    for (; name[n] && n + 1 < QUOTE_BYTES; ++n)
        out[n] = iscntrl((unsigned char)name[n]) ? '?' : name[n];
    out[n] = '\0';
    return out;
}

static enum status bad_entry(const char *path, const char *name, const char *what, struct error *error)
{
    char quoted[QUOTE_BYTES];
    return error_set(error, STATUS_USAGE, "%s: tensor '%s': %s", path, quote(quoted, name), what);
}

/* ---------------------------------------------------------------- one entry */

static const struct dtype *find_dtype(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(dtypes); ++i)
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    return NULL;
}

/* A whole number of at least 0; -1: it is none. */
static int64_t whole_number(const json_t *json)
{
    return json_is_integer(json) && json_integer_value(json) >= 0 ? (int64_t)json_integer_value(json) : -1;
}

static enum status read_shape(struct tensor *tensor, const json_t *shape, const char *path, struct error *error)
{
    if (!json_is_array(shape))
        return bad_entry(path, tensor->name, "its header entry has no list 'shape'", error);
    if (json_array_size(shape) > TENSOR_MAX_RANK)
        return bad_entry(path, tensor->name, "it has more than 8 dimensions, the most that are read here", error);
    tensor->rank = (int)json_array_size(shape);
    size_t count = 1;
    bool overflow = false, empty = false;
    for (int r = 0; r < tensor->rank; ++r) {
        tensor->shape[r] = whole_number(json_array_get(shape, (size_t)r));
        if (tensor->shape[r] < 0)
            return bad_entry(path, tensor->name, "its shape holds something else than whole numbers from 0 up", error);
        empty = empty || tensor->shape[r] == 0;
        overflow = __builtin_mul_overflow(count, (size_t)tensor->shape[r], &count) || overflow;
    }
    if (overflow && !empty)
        return bad_entry(path, tensor->name, "its shape has more elements than can be counted", error);
    tensor->count = empty ? 0 : count;
    return STATUS_OK;
}

static enum status read_range(struct tensor_entry *entry, const json_t *range, const char *path, struct error *error)
{
    const char *name = entry->tensor.name;
    if (!json_is_array(range) || json_array_size(range) != 2)
        return bad_entry(path, name, "its header entry has no pair 'data_offsets'", error);
    const int64_t begin = whole_number(json_array_get(range, 0)), end = whole_number(json_array_get(range, 1));
    if (begin < 0 || end < 0)
        return bad_entry(path, name, "its data_offsets are not whole numbers from 0 up", error);
    if (begin > end)
        return bad_entry(path, name, "its data begin after their end", error);
    entry->begin = (uint64_t)begin;
    entry->end = (uint64_t)end;
    return STATUS_OK;
}

static enum status read_dtype(struct tensor *tensor, const struct dtype **dtype, const json_t *json, const char *path,
                              struct error *error)
{
    if (!json_is_string(json))
        return bad_entry(path, tensor->name, "its header entry has no text 'dtype'", error);
    *dtype = find_dtype(json_string_value(json));
    if (!*dtype) {
        char name[QUOTE_BYTES], quoted[QUOTE_BYTES];
        return error_set(error, STATUS_USAGE, "%s: tensor '%s' has the unknown dtype '%s'; F32 is what is read here", path,
                         quote(name, tensor->name), quote(quoted, json_string_value(json)));
    }
    tensor->dtype = (*dtype)->name;
    return STATUS_OK;
}

/* The lie that matters: a shape that needs other bytes than the range gives. */
static enum status check_size(const struct tensor_entry *entry, const struct dtype *dtype, uint64_t data_bytes, const char *path,
                              struct error *error)
{
    char quoted[QUOTE_BYTES];
    uint64_t need = 0;
    if (__builtin_mul_overflow((uint64_t)entry->tensor.count, dtype->bytes, &need))
        return bad_entry(path, entry->tensor.name, "its shape has more bytes than can be counted", error);
    if (need != entry->end - entry->begin)
        return error_set(error, STATUS_USAGE,
                         "%s: tensor '%s': %zu elements of %s need %llu bytes, but its data_offsets hold %llu", path,
                         quote(quoted, entry->tensor.name), entry->tensor.count, dtype->name, (unsigned long long)need,
                         (unsigned long long)(entry->end - entry->begin));
    if (entry->end > data_bytes)
        return error_set(error, STATUS_USAGE,
                         "%s: tensor '%s' ends at byte %llu of the data, but the file holds only %llu: it is truncated, or its "
                         "header is wrong", path, quote(quoted, entry->tensor.name), (unsigned long long)entry->end,
                         (unsigned long long)data_bytes);
    return STATUS_OK;
}

static enum status read_entry(struct tensor_entry *entry, const char *name, const json_t *json, uint64_t data_bytes,
                              const char *path, struct error *error)
{
    const struct dtype *dtype = NULL;
    entry->tensor.name = name;
    if (!name[0])
        return error_set(error, STATUS_USAGE, "%s: a tensor has the empty name", path);
    if (!json_is_object(json))
        return bad_entry(path, name, "its header entry is not an object", error);
    TRY(read_dtype(&entry->tensor, &dtype, json_object_get(json, "dtype"), path, error));
    TRY(read_shape(&entry->tensor, json_object_get(json, "shape"), path, error));
    TRY(read_range(entry, json_object_get(json, "data_offsets"), path, error));
    return check_size(entry, dtype, data_bytes, path, error);
}

/* ---------------------------------------------------------------- all entries together */

static int by_position(const void *left, const void *right)
{
    const struct tensor_entry *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->tensor.name, b->tensor.name); /* empty tensors at one place; names are unique */
}

static enum status check_coverage(const struct tensor_header *header, uint64_t data_bytes, const char *path,
                                  struct error *error)
{
    char quoted[QUOTE_BYTES], before[QUOTE_BYTES];
    uint64_t at = 0;
    for (size_t i = 0; i < header->count; ++i) {
        const struct tensor_entry *entry = &header->entries[i];
        quote(quoted, entry->tensor.name);
        if (entry->begin < at)
            return error_set(error, STATUS_USAGE, "%s: the data of tensor '%s' overlap those of '%s'", path, quoted,
                             quote(before, header->entries[i - 1].tensor.name));
        if (entry->begin > at)
            return error_set(error, STATUS_USAGE, "%s: a gap of %llu bytes before the data of tensor '%s' belongs to no tensor",
                             path, (unsigned long long)(entry->begin - at), quoted);
        at = entry->end;
    }
    if (at != data_bytes)
        return error_set(error, STATUS_USAGE, "%s: %llu bytes after the last tensor%s%s%s belong to no tensor", path,
                         (unsigned long long)(data_bytes - at), header->count ? " '" : "", header->count ? quoted : "",
                         header->count ? "'" : "");
    return STATUS_OK;
}

static enum status check_metadata(const json_t *metadata, const char *path, struct error *error)
{
    if (!json_is_object(metadata))
        return error_set(error, STATUS_USAGE, "%s: its " METADATA_KEY " is not an object of texts", path);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)metadata, key, value) { /* the macro takes no const; it changes nothing */
        char quoted[QUOTE_BYTES];
        if (!json_is_string(value))
            return error_set(error, STATUS_USAGE, "%s: the value of '%s' in its " METADATA_KEY " is not a text", path,
                             quote(quoted, key));
    }
    return STATUS_OK;
}

static enum status read_entries(struct tensor_header *header, uint64_t data_bytes, const char *path, struct error *error)
{
    const char *key;
    json_t *value;
    header->entries = calloc(json_object_size(header->json) + 1, sizeof *header->entries);
    if (!header->entries)
        return error_set(error, STATUS_SYSTEM, "out of memory for the header of %s", path);
    json_object_foreach(header->json, key, value) {
        if (strcmp(key, METADATA_KEY) == 0) {
            TRY(check_metadata(value, path, error));
            header->metadata = value;
            continue;
        }
        TRY(read_entry(&header->entries[header->count], key, value, data_bytes, path, error));
        ++header->count;
    }
    qsort(header->entries, header->count, sizeof *header->entries, by_position);
    return check_coverage(header, data_bytes, path, error);
}

enum status tensor_header_parse(struct tensor_header *header, const char *text, size_t text_bytes, uint64_t data_bytes,
                                const char *path, struct error *error)
{
    json_error_t why;
    char quoted[QUOTE_BYTES];
    header->json = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, &why);
    if (!header->json)
        return error_set(error, STATUS_USAGE, "%s: its header is not the JSON of a safetensors file: %s", path,
                         quote(quoted, why.text));
    enum status status = STATUS_USAGE;
    if (!json_is_object(header->json))
        error_set(error, status, "%s: its header is JSON, but not an object", path);
    else
        status = read_entries(header, data_bytes, path, error);
    if (status != STATUS_OK)
        tensor_header_free(header);
    return status;
}

void tensor_header_free(struct tensor_header *header)
{
    free(header->entries);
    json_decref(header->json);
    *header = (struct tensor_header){0};
}
