/* folder.c - see folder.h. */
#include "base/folder.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status folder_make(const char *path, struct error *error)
{
    char *copy = strdup(path);
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory while making the folder %s", path);
    int code = 0;
    for (char *at = copy + 1; *copy && code == 0; ++at) {
        const char kept = *at;
        if (kept != '/' && kept != '\0')
            continue;
        *at = '\0';
        code = mkdir(copy, 0777) == 0 || errno == EEXIST ? 0 : errno;
        *at = kept;
        if (kept == '\0')
            break;
    }
    struct stat found;
    if (code == 0 && (stat(path, &found) != 0 || !S_ISDIR(found.st_mode)))
        code = ENOTDIR;
    free(copy);
    if (code != 0)
        return error_set(error, STATUS_SYSTEM, "cannot make the folder %s: %s", path, strerror(code));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- copying */

static int write_all(int to, const char *bytes, ssize_t count)
{
    while (count > 0) {
        const ssize_t put = write(to, bytes, (size_t)count);
        if (put < 0 && errno != EINTR)
            return errno;
        bytes += put > 0 ? put : 0;
        count -= put > 0 ? put : 0;
    }
    return 0;
}

static int copy_bytes(int from, int to)
{
    char chunk[1 << 16];
    for (;;) {
        const ssize_t got = read(from, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return errno;
        const int code = write_all(to, chunk, got);
        if (code != 0)
            return code;
    }
}

enum status folder_copy_file(const char *from, const char *to, struct error *error)
{
    struct stat info;
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0 || fstat(in, &info) != 0 || !S_ISREG(info.st_mode)) {
        const int code = in < 0 ? errno : EINVAL;
        if (in >= 0)
            close(in);
        return error_set(error, STATUS_SYSTEM, "cannot read %s: %s", from, code == EINVAL ? "it is no file" : strerror(code));
    }
    unlink(to);
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777);
    int code = out < 0 ? errno : copy_bytes(in, out);
    if (out >= 0 && close(out) != 0 && code == 0)
        code = errno;
    close(in);
    return code == 0 ? STATUS_OK : error_set(error, STATUS_SYSTEM, "cannot copy %s to %s: %s", from, to, strerror(code));
}

/* ---------------------------------------------------------------- walking */

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* NULL with a sentence. */
static FTS *walk(const char *path, struct error *error)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        error_set(error, STATUS_SYSTEM, "cannot read the folder %s: %s", path, strerror(errno));
    return tree;
}

enum status folder_delete(const char *path, struct error *error)
{
    FTS *tree = walk(path, error);
    if (!tree)
        return STATUS_SYSTEM;
    enum status status = STATUS_OK;
    for (FTSENT *entry; status == STATUS_OK && (entry = fts_read(tree));) {
        const int folder = entry->fts_info == FTS_DP;
        if (entry->fts_info == FTS_D)
            continue;
        if ((folder ? rmdir(entry->fts_path) : unlink(entry->fts_path)) != 0 && errno != ENOENT)
            status = error_set(error, STATUS_SYSTEM, "cannot delete %s: %s", entry->fts_path, strerror(errno));
    }
    fts_close(tree);
    return status;
}

enum status folder_write_file(const char *path, const char *bytes, size_t count, struct error *error)
{
    char *part = text_print("%s.%ld.part", path, (long)getpid());
    if (!part)
        return error_set(error, STATUS_SYSTEM, "out of memory while writing %s", path);
    const int out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int code = out < 0 ? errno : write_all(out, bytes, (ssize_t)count);
    if (out >= 0 && close(out) != 0 && code == 0)
        code = errno;
    if (code == 0 && rename(part, path) != 0)
        code = errno;
    if (code != 0)
        unlink(part);
    free(part);
    return code == 0 ? STATUS_OK : error_set(error, STATUS_SYSTEM, "cannot write %s: %s", path, strerror(code));
}
