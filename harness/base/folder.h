/* folder.h - making, filling and deleting folders. */
#ifndef HARNESS_BASE_FOLDER_H
#define HARNESS_BASE_FOLDER_H

#include "base/status.h"

#include <stddef.h>

/* Makes a folder and those above it; one that is there is no error. */
MUST_CHECK enum status folder_make(const char *path, struct error *error);

/* Copies one file with its permissions; one that is there is replaced. */
MUST_CHECK enum status folder_copy_file(const char *from, const char *to, struct error *error);

/* Deletes a folder with all it holds; one that is not there is no error. Links are deleted, not followed. */
enum status folder_delete(const char *path, struct error *error);
/* Replaces a file by `bytes` at once: who reads it meanwhile finds the old one or the new one. */
MUST_CHECK enum status folder_write_file(const char *path, const char *bytes, size_t count, struct error *error);

#endif
