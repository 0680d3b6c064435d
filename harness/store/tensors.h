/* tensors.h - safetensors files: an 8-byte little-endian header length, a JSON header, then the tensors' bytes.
 *
 * Reading validates everything before a byte is believed: header size against the file, JSON, dtypes (F32 alone is read;
 * tensors of others are listed with their dtype and without data), shapes against byte ranges without overflow, ranges
 * inside the file, without overlap or gap, duplicate names. Each fault is one sentence that names the file and the tensor.
 */
#ifndef HARNESS_STORE_TENSORS_H
#define HARNESS_STORE_TENSORS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define TENSOR_MAX_RANK 8

struct tensor {
    const char *name;
    const char *dtype; /* "F32", "BF16" ...; a tensor that is written may leave it NULL: F32 */
    int rank;
    int64_t shape[TENSOR_MAX_RANK];
    const float *data; /* 4-byte aligned, in the file's mapping or the caller's memory; NULL exactly where dtype is not F32 */
    size_t count;      /* elements */
};

struct tensor_file; /* opaque, read-only */

MUST_CHECK enum status tensor_file_open(struct tensor_file **file, const char *path, struct error *error);
void tensor_file_close(struct tensor_file *file); /* NULL is allowed; the tensors go with it */

size_t tensor_file_count(const struct tensor_file *file);
const struct tensor *tensor_file_at(const struct tensor_file *file, size_t index);          /* order of the data */
const struct tensor *tensor_file_find(const struct tensor_file *file, const char *name);    /* NULL: not there */
const char *tensor_file_metadata(const struct tensor_file *file, const char *key);          /* NULL: not there */

/* The data are the file itself: a file that somebody rewrites in place changes under its reader, and one that shrinks ends
 * the process that touches what is gone. Ask before and after using the data whether size and time of change still hold. */
MUST_CHECK enum status tensor_file_unchanged(const struct tensor_file *file, struct error *error);

/* Writes F32 tensors and metadata (pairs key, value; may be NULL) to `path`, replacing it at once (temporary file and
 * rename), so that a kill leaves the old file or the new one. */
MUST_CHECK enum status tensor_file_write(const char *path, const struct tensor *tensors, size_t count,
                                         const char *const (*metadata)[2], size_t metadata_count, struct error *error);

#endif
