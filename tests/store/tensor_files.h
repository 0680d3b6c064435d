/* tensor_files.h - what the tests of safetensors files share: one temporary file, written from parts and opened again. */
#ifndef TESTS_STORE_TENSOR_FILES_H
#define TESTS_STORE_TENSOR_FILES_H

#include "store/tensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define GOOD_ENTRY "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"

static char folder[] = "/tmp/test_tensors_XXXXXX";
static char path[sizeof folder + 32];

static inline int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/t.safetensors", folder);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

static inline void write_bytes(const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* A file of this header and `data_bytes` zero bytes; `length` is the header length that it claims. */
static inline void write_claiming(uint64_t length, const char *header, size_t data_bytes)
{
    char bytes[8192];
    const size_t header_bytes = strlen(header);
    assert_true(8 + header_bytes + data_bytes <= sizeof bytes);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, header_bytes);
    memset(bytes + 8 + header_bytes, 0, data_bytes);
    write_bytes(bytes, 8 + header_bytes + data_bytes);
}

static inline void write_file(const char *header, size_t data_bytes)
{
    write_claiming(strlen(header), header, data_bytes);
}

static inline struct tensor_file *open_good(void)
{
    struct tensor_file *file = NULL;
    struct error error = {.text = ""};
    if (tensor_file_open(&file, path, &error) != STATUS_OK)
        fail_msg("refused: %s", error.text);
    return file;
}

static inline void assert_one_sentence(const char *text)
{
    assert_true(strlen(text) > 10);
    assert_null(strpbrk(text, "\n\r\t\x1b"));
}

/* The file at `where` is refused by a sentence with its name and `words`. */
static inline void assert_refused_at(const char *where, const char *words)
{
    struct tensor_file *file = NULL;
    struct error error = {.text = ""};
    const enum status status = tensor_file_open(&file, where, &error);
    if (status == STATUS_OK)
        tensor_file_close(file);
    assert_int_equal(status, STATUS_USAGE);
    assert_null(file);
    assert_one_sentence(error.text);
    if (!strstr(error.text, where) || !strstr(error.text, words))
        fail_msg("'%s' does not name '%s' and '%s'", error.text, where, words);
}

static inline void assert_header_refused(const char *header, size_t data_bytes, const char *words)
{
    write_file(header, data_bytes);
    assert_refused_at(path, words);
}

#endif
