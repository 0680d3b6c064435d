/* tensor_header.h - the JSON header of a safetensors file, read and believed only when all of it holds. Used by tensors.c. */
#ifndef HARNESS_STORE_TENSOR_HEADER_H
#define HARNESS_STORE_TENSOR_HEADER_H

#include "base/status.h"
#include "store/tensors.h"

#include <jansson.h>

#define TENSOR_HEADER_MAX ((size_t)100 << 20) /* the limit of the safetensors library itself */

struct tensor_entry {
    struct tensor tensor; /* name and dtype point into `json` of the header; data is not set */
    uint64_t begin, end;  /* bytes within the data that follow the header */
};

/* Zero-initialise. */
struct tensor_header {
    json_t *json;                 /* the whole header */
    const json_t *metadata;       /* its "__metadata__", an object of strings; NULL: none */
    struct tensor_entry *entries; /* in the order of their data */
    size_t count;
};

/* `text` is the header without its length, `data_bytes` what follows it in the file, `path` for the sentence. On failure the
 * header holds nothing. */
MUST_CHECK enum status tensor_header_parse(struct tensor_header *header, const char *text, size_t text_bytes,
                                           uint64_t data_bytes, const char *path, struct error *error);
void tensor_header_free(struct tensor_header *header);

#endif
