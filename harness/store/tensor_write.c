/* tensor_write.c - writing safetensors files (tensors.h): everything into a temporary file beside the target, then one
 * rename. The header is padded with spaces so that the data start at a multiple of eight bytes, as the format's own library
 * does.
 */
#include "base/text.h"
#include "store/tensor_header.h"
#include "store/tensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA_ALIGNMENT 8u

/* ---------------------------------------------------------------- the header */

/* Takes over `value`; false: no memory, or the key is no UTF-8. */
static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static json_t *entry_of(const struct tensor *tensor, uint64_t begin, uint64_t end)
{
    json_t *entry = json_object(), *shape = json_array();
    bool good = entry && shape;
    for (int r = 0; good && r < tensor->rank; ++r)
        good = json_array_append_new(shape, json_integer(tensor->shape[r])) == 0;
    good = good && put(entry, "dtype", json_string("F32")) && put(entry, "shape", json_incref(shape)) &&
           put(entry, "data_offsets", json_pack("[I,I]", (json_int_t)begin, (json_int_t)end));
    json_decref(shape);
    if (good)
        return entry;
    json_decref(entry);
    return NULL;
}

static enum status check_tensor(const struct tensor *tensor, const json_t *header, const char *path, struct error *error)
{
    const char *name = tensor->name ? tensor->name : "";
    if (!name[0] || strcmp(name, "__metadata__") == 0 || json_object_get(header, name))
        return error_set(error, STATUS_USAGE, "cannot write %s: a tensor needs a name of its own, and '%s' is none", path, name);
    if (tensor->dtype && strcmp(tensor->dtype, "F32") != 0)
        return error_set(error, STATUS_USAGE, "cannot write %s: tensor '%s' is %s; only F32 is written", path, name,
                         tensor->dtype);
    size_t count = 1;
    bool good = tensor->rank >= 0 && tensor->rank <= TENSOR_MAX_RANK;
    for (int r = 0; good && r < tensor->rank; ++r)
        good = tensor->shape[r] >= 0 && !__builtin_mul_overflow(count, (size_t)tensor->shape[r], &count);
    if (!good || count != tensor->count || count > SIZE_MAX / sizeof(float) || (!tensor->data && count))
        return error_set(error, STATUS_USAGE, "cannot write %s: the shape of tensor '%s' does not fit its %zu elements", path,
                         name, tensor->count);
    return STATUS_OK;
}

static enum status add_metadata(json_t *header, const char *const (*metadata)[2], size_t count, const char *path,
                                struct error *error)
{
    json_t *object = json_object();
    bool good = object && put(header, "__metadata__", object);
    for (size_t i = 0; good && i < count; ++i) {
        if (json_object_get(object, metadata[i][0]))
            return error_set(error, STATUS_USAGE, "cannot write %s: '%s' stands twice in its metadata", path, metadata[i][0]);
        good = put(object, metadata[i][0], json_string(metadata[i][1]));
    }
    if (!good)
        return error_set(error, STATUS_USAGE, "cannot write %s: its metadata are not UTF-8, or memory ran out", path);
    return STATUS_OK;
}

static enum status add_tensors(json_t *header, const struct tensor *tensors, size_t count, const char *path,
                               struct error *error)
{
    uint64_t at = 0;
    for (size_t i = 0; i < count; ++i) {
        TRY(check_tensor(&tensors[i], header, path, error));
        const uint64_t end = at + tensors[i].count * sizeof(float);
        json_t *entry = entry_of(&tensors[i], at, end);
        if (!entry)
            return error_set(error, STATUS_SYSTEM, "out of memory for the header of %s", path);
        if (!put(header, tensors[i].name, entry))
            return error_set(error, STATUS_USAGE, "cannot write %s: the name of tensor %zu is not UTF-8", path, i);
        at = end;
    }
    return STATUS_OK;
}

static int append_piece(const char *bytes, size_t count, void *text)
{
    text_append_bytes(text, bytes, count);
    return ((const struct text *)text)->failed ? -1 : 0;
}

/* The header as text with its padding; the caller frees it. Not by json_dumps: where its buffer cannot grow, jansson 2.14
 * may leave a piece out and report success. A struct text that failed stays failed. */
static enum status header_text(char **out, const json_t *header, const char *path, struct error *error)
{
    struct text text = {0};
    const bool dumped = json_dump_callback(header, append_piece, &text, JSON_COMPACT) == 0;
    while (text.length % DATA_ALIGNMENT && !text.failed)
        text_append(&text, " ");
    *out = dumped && !text.failed ? text_take(&text) : NULL;
    text_free(&text);
    return *out ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the header of %s", path);
}

static enum status build_header(char **out, const char *path, const struct tensor *tensors, size_t count,
                                const char *const (*metadata)[2], size_t metadata_count, struct error *error)
{
    json_t *header = json_object();
    if (!header)
        return error_set(error, STATUS_SYSTEM, "out of memory for the header of %s", path);
    enum status status = STATUS_OK;
    if (metadata_count)
        status = add_metadata(header, metadata, metadata_count, path, error);
    if (status == STATUS_OK)
        status = add_tensors(header, tensors, count, path, error);
    if (status == STATUS_OK)
        status = header_text(out, header, path, error);
    json_decref(header);
    return status;
}

/* ---------------------------------------------------------------- the file */

static bool put_all(FILE *file, const char *header, const struct tensor *tensors, size_t count)
{
    const uint64_t length = strlen(header);
    bool good = fwrite(&length, sizeof length, 1, file) == 1 && fwrite(header, 1, length, file) == length;
    for (size_t i = 0; good && i < count; ++i)
        good = tensors[i].count == 0 || fwrite(tensors[i].data, sizeof(float), tensors[i].count, file) == tensors[i].count;
    return good;
}

static enum status write_and_rename(const char *path, const char *temporary, const char *header, const struct tensor *tensors,
                                    size_t count, struct error *error)
{
    unlink(temporary); /* what a killed process of the same number left */
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (!file) {
        const int why = errno;
        if (descriptor >= 0)
            close(descriptor);
        return error_set(error, STATUS_SYSTEM, "cannot write %s: %s", path, strerror(why));
    }
    bool good = put_all(file, header, tensors, count);
    int why = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        why = errno;
    }
    if (good && rename(temporary, path) == 0)
        return STATUS_OK;
    why = good ? errno : why;
    unlink(temporary);
    return error_set(error, STATUS_SYSTEM, "cannot write %s: %s", path, strerror(why));
}

/* The rename would put a file in the place of a device or fail on a directory. */
static enum status check_target(const char *path, struct error *error)
{
    struct stat now;
    if (stat(path, &now) == 0 && !S_ISREG(now.st_mode))
        return error_set(error, STATUS_USAGE, "cannot write %s: it is %s", path,
                         S_ISDIR(now.st_mode) ? "a directory" : "not a regular file");
    return STATUS_OK;
}

enum status tensor_file_write(const char *path, const struct tensor *tensors, size_t count, const char *const (*metadata)[2],
                              size_t metadata_count, struct error *error)
{
    char *header = NULL;
    TRY(check_target(path, error));
    TRY(build_header(&header, path, tensors, count, metadata, metadata_count, error));
    char *temporary = text_print("%s.%ld.tmp", path, (long)getpid());
    const enum status status = temporary
                                   ? write_and_rename(path, temporary, header, tensors, count, error)
                                   : error_set(error, STATUS_SYSTEM, "out of memory while writing %s", path);
    free(temporary);
    free(header);
    return status;
}
