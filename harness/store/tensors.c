/* tensors.c - reading safetensors files (tensors.h). The header is read into memory of our own, so that only the tensors'
 * data depend on the file staying as it is; those are a mapping. A tensor whose data do not start at a multiple of four
 * bytes in the file (an odd header length, a byte tensor before it) is copied.
 */
#include "store/tensors.h"

#include "store/tensor_header.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_BYTES 8u /* of the number before the header */

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are used as they lie in the file, little-endian");

struct tensor_file {
    char *path;
    int descriptor;
    struct stat opened; /* size and time of change when the file was opened */
    unsigned char *map; /* the whole file; NULL: not mapped */
    struct tensor_header header;
    float **copies; /* per tensor; NULL: its data are in the mapping */
};

/* ---------------------------------------------------------------- the file */

static enum status open_file(struct tensor_file *file, struct error *error)
{
    /* Not blocking: a pipe that nobody writes to is refused below, not waited for. */
    file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0)
        return error_set(error, STATUS_USAGE, "cannot open %s: %s", file->path, strerror(errno));
    if (fstat(file->descriptor, &file->opened) != 0)
        return error_set(error, STATUS_SYSTEM, "cannot ask for the size of %s: %s", file->path, strerror(errno));
    if (S_ISDIR(file->opened.st_mode))
        return error_set(error, STATUS_USAGE, "%s is a directory, not a safetensors file", file->path);
    if (!S_ISREG(file->opened.st_mode))
        return error_set(error, STATUS_USAGE, "%s is not a regular file, as a safetensors file must be", file->path);
    return STATUS_OK;
}

static enum status read_at(const struct tensor_file *file, void *out, size_t bytes, off_t offset, struct error *error)
{
    unsigned char *to = out;
    while (bytes > 0) {
        const ssize_t got = pread(file->descriptor, to, bytes, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, STATUS_SYSTEM, "cannot read %s: %s", file->path, strerror(errno));
        if (got == 0)
            return error_set(error, STATUS_USAGE, "%s became shorter while it was read", file->path);
        to += got;
        offset += got;
        bytes -= (size_t)got;
    }
    return STATUS_OK;
}

static enum status header_length(const struct tensor_file *file, size_t *length, struct error *error)
{
    const uint64_t file_bytes = (uint64_t)file->opened.st_size;
    if (file_bytes < LENGTH_BYTES)
        return error_set(error, STATUS_USAGE, "%s has %llu bytes: too short for a safetensors file, which begins with 8 bytes",
                         file->path, (unsigned long long)file_bytes);
    uint64_t bytes = 0;
    TRY(read_at(file, &bytes, sizeof bytes, 0, error));
    if (bytes == 0)
        return error_set(error, STATUS_USAGE, "%s: its header has length 0; it is no safetensors file", file->path);
    if (bytes > file_bytes - LENGTH_BYTES)
        return error_set(error, STATUS_USAGE,
                         "%s says that its header has %llu bytes, but the file has only %llu: it is truncated, or no safetensors "
                         "file", file->path, (unsigned long long)bytes, (unsigned long long)file_bytes);
    if (bytes > TENSOR_HEADER_MAX)
        return error_set(error, STATUS_USAGE, "%s: its header has %llu bytes, more than the %zu that are allowed", file->path,
                         (unsigned long long)bytes, TENSOR_HEADER_MAX);
    *length = (size_t)bytes;
    return STATUS_OK;
}

static enum status read_header(struct tensor_file *file, size_t *data_at, struct error *error)
{
    size_t length = 0;
    TRY(header_length(file, &length, error));
    char *text = malloc(length);
    if (!text)
        return error_set(error, STATUS_SYSTEM, "out of memory for the header of %s", file->path);
    *data_at = LENGTH_BYTES + length;
    const uint64_t data_bytes = (uint64_t)file->opened.st_size - *data_at;
    enum status status = read_at(file, text, length, LENGTH_BYTES, error);
    if (status == STATUS_OK)
        status = tensor_header_parse(&file->header, text, length, data_bytes, file->path, error);
    free(text);
    return status;
}

/* ---------------------------------------------------------------- the data */

static enum status map_data(struct tensor_file *file, struct error *error)
{
    void *map = mmap(NULL, (size_t)file->opened.st_size, PROT_READ, MAP_PRIVATE, file->descriptor, 0);
    if (map == MAP_FAILED)
        return error_set(error, STATUS_SYSTEM, "cannot map %s into memory: %s", file->path, strerror(errno));
    file->map = map;
    return tensor_file_unchanged(file, error);
}

static enum status point_tensor(struct tensor_file *file, size_t index, size_t data_at, struct error *error)
{
    struct tensor_entry *entry = &file->header.entries[index];
    if (strcmp(entry->tensor.dtype, "F32") != 0)
        return STATUS_OK;
    const unsigned char *at = file->map + data_at + entry->begin;
    if ((uintptr_t)at % alignof(float) == 0) {
        entry->tensor.data = (const float *)(const void *)at;
        return STATUS_OK;
    }
    const size_t bytes = (size_t)(entry->end - entry->begin);
    float *copy = malloc(bytes ? bytes : 1);
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory for a tensor of %s", file->path);
    file->copies[index] = copy;
    entry->tensor.data = copy;
    return read_at(file, copy, bytes, (off_t)(data_at + entry->begin), error);
}

static enum status load(struct tensor_file *file, struct error *error)
{
    size_t data_at = 0;
    TRY(open_file(file, error));
    TRY(read_header(file, &data_at, error));
    TRY(map_data(file, error));
    file->copies = calloc(file->header.count + 1, sizeof *file->copies);
    if (!file->copies)
        return error_set(error, STATUS_SYSTEM, "out of memory for the tensors of %s", file->path);
    for (size_t i = 0; i < file->header.count; ++i)
        TRY(point_tensor(file, i, data_at, error));
    return STATUS_OK;
}

enum status tensor_file_open(struct tensor_file **out, const char *path, struct error *error)
{
    *out = NULL;
    struct tensor_file *file = calloc(1, sizeof *file);
    if (!file)
        return error_set(error, STATUS_SYSTEM, "out of memory while opening %s", path);
    file->descriptor = -1;
    file->path = strdup(path);
    const enum status status =
        file->path ? load(file, error) : error_set(error, STATUS_SYSTEM, "out of memory while opening %s", path);
    if (status != STATUS_OK) {
        tensor_file_close(file);
        return status;
    }
    *out = file;
    return STATUS_OK;
}

void tensor_file_close(struct tensor_file *file)
{
    if (!file)
        return;
    for (size_t i = 0; file->copies && i < file->header.count; ++i)
        free(file->copies[i]);
    free(file->copies);
    tensor_header_free(&file->header);
    if (file->map)
        munmap(file->map, (size_t)file->opened.st_size);
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file->path);
    free(file);
}

/* ---------------------------------------------------------------- questions */

size_t tensor_file_count(const struct tensor_file *file)
{
    return file->header.count;
}

const struct tensor *tensor_file_at(const struct tensor_file *file, size_t index)
{
    assert(index < file->header.count);
    return &file->header.entries[index].tensor;
}

const struct tensor *tensor_file_find(const struct tensor_file *file, const char *name)
{
    for (size_t i = 0; i < file->header.count; ++i)
        if (strcmp(file->header.entries[i].tensor.name, name) == 0)
            return &file->header.entries[i].tensor;
    return NULL;
}

const char *tensor_file_metadata(const struct tensor_file *file, const char *key)
{
    return json_string_value(json_object_get(file->header.metadata, key)); /* NULL passes through both */
}

enum status tensor_file_unchanged(const struct tensor_file *file, struct error *error)
{
    struct stat now;
    if (fstat(file->descriptor, &now) != 0)
        return error_set(error, STATUS_SYSTEM, "cannot ask for the size of %s: %s", file->path, strerror(errno));
    if (now.st_size != file->opened.st_size)
        return error_set(error, STATUS_USAGE, "%s changed in size while it was read, from %lld to %lld bytes; try again when it "
                         "is complete", file->path, (long long)file->opened.st_size, (long long)now.st_size);
    if (now.st_mtim.tv_sec != file->opened.st_mtim.tv_sec || now.st_mtim.tv_nsec != file->opened.st_mtim.tv_nsec)
        return error_set(error, STATUS_USAGE, "%s changed while it was read; try again when it is complete", file->path);
    return STATUS_OK;
}
