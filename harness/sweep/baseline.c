/* baseline.c - see baseline.h. A copy is made beside its place and moved there when it is complete. */
#include "sweep/baseline.h"

#include "base/folder.h"
#include "base/place.h"
#include "machine/execute.h"
#include "machine/git.h"
#include "machine/sha256.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a build has its parts: a build folder, an install prefix. */
static const struct layout {
    const char *program, *modules; /* below it */
} layouts[] = {{"seqscale", "operators"}, {"bin/seqscale", SEQSCALE_LIBRARY_DIR "/seqscale/operators"}};

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* ---------------------------------------------------------------- copying a build */

static enum status copy_modules(const char *from, const char *to, struct error *error)
{
    char *pattern = text_print("%s/*.so", from);
    char *folder = text_print("%s/operators", to);
    glob_t found = {.gl_pathc = 0};
    enum status status = pattern && folder ? folder_make(folder, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK && (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0))
        status = error_set(error, STATUS_USAGE, "%s holds no operator module (*.so): build it first", from);
    for (size_t i = 0; i < found.gl_pathc && status == STATUS_OK; ++i) {
        char *path = text_print("%s/%s", folder, strrchr(found.gl_pathv[i], '/') + 1);
        status = path ? folder_copy_file(found.gl_pathv[i], path, error) : error_set(error, STATUS_SYSTEM, "out of memory");
        free(path);
    }
    globfree(&found);
    free(pattern);
    free(folder);
    return status;
}

/* Copies program and modules into the folder `to`, which is made. */
static enum status copy_build(const char *build, const char *to, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(layouts); ++i) {
        char *program = text_print("%s/%s", build, layouts[i].program);
        char *modules = text_print("%s/%s", build, layouts[i].modules);
        char *copy = text_print("%s/seqscale", to);
        const bool here = program && modules && copy && access(program, X_OK) == 0 && is_folder(modules);
        enum status status = STATUS_OK;
        if (here) {
            status = folder_make(to, error);
            if (status == STATUS_OK)
                status = folder_copy_file(program, copy, error);
            if (status == STATUS_OK)
                status = copy_modules(modules, to, error);
        }
        free(program);
        free(modules);
        free(copy);
        if (here)
            return status;
    }
    return error_set(error, STATUS_USAGE,
                     "%s is no build of seqscale: it holds neither seqscale and operators/, as a build folder does, nor "
                     "bin/seqscale, as an install prefix does",
                     build);
}

/* ---------------------------------------------------------------- the hash */

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

static enum status hash_file(struct sha256 *hash, const char *path, const char *name, double *bytes, struct error *error)
{
    char *content = NULL;
    size_t length = 0;
    const size_t limit = (size_t)1 << 30; /* no module is larger */
    TRY(text_read_file(path, limit, &content, &length, error));
    char size[32];
    const int digits = snprintf(size, sizeof size, "%zu", length);
    sha256_add(hash, name, strlen(name) + 1);
    sha256_add(hash, size, (size_t)digits + 1);
    sha256_add(hash, content, length);
    *bytes += (double)length;
    free(content);
    return STATUS_OK;
}

/* SHA-256 over names (relative to the folder, sorted), sizes and contents of all regular files in it and below. */
static enum status hash_folder(const char *path, char hex[SHA256_HEX], int *files, double *bytes, struct error *error)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    struct sha256 hash = sha256_start();
    enum status status =
        tree ? STATUS_OK : error_set(error, STATUS_SYSTEM, "cannot read the folder %s: %s", path, strerror(errno));
    *files = 0;
    *bytes = 0.0;
    for (FTSENT *entry; status == STATUS_OK && (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
            status = error_set(error, STATUS_SYSTEM, "cannot read %s: %s", entry->fts_path, strerror(entry->fts_errno));
        if (status != STATUS_OK || entry->fts_info != FTS_F)
            continue;
        status = hash_file(&hash, entry->fts_path, entry->fts_path + strlen(path) + 1, bytes, error);
        ++*files;
    }
    if (tree)
        fts_close(tree);
    sha256_finish(&hash, hex);
    return status;
}

/* ---------------------------------------------------------------- what a build is */

/* "0.4.0" of what `seqscale --version` prints. */
static enum status read_version(struct baseline_record *baseline, const char *folder, struct error *error)
{
    struct text said = {0};
    int code = 0;
    char *program = text_print("%s/seqscale", folder);
    const char *const argv[] = {program, "--version", NULL};
    enum status status = program ? execute(&(struct execution){.argv = argv}, &said, &code, error)
                                 : error_set(error, STATUS_SYSTEM, "out of memory");
    const char *text = text_get(&said);
    if (status == STATUS_OK && (code != 0 || !text_starts(text, "seqscale ")))
        status = error_set(error, STATUS_USAGE, "%s does not run here: `seqscale --version` ended with exit code %d", program,
                           code);
    if (status == STATUS_OK)
        snprintf(baseline->version, sizeof baseline->version, "%.*s", (int)strcspn(text + 9, "\n"), text + 9);
    text_free(&said);
    free(program);
    return status;
}

/* The source tree that a build folder was configured from, by CMake's own note of it; malloc'd, NULL unknown. */
static char *source_of(const char *build)
{
    static const char mark[] = "\nCMAKE_HOME_DIRECTORY:INTERNAL=";
    char *path = text_print("%s/CMakeCache.txt", build), *cache = NULL, *source = NULL;
    struct error ignored;
    if (path && text_read_file(path, (size_t)1 << 24, &cache, NULL, &ignored) == STATUS_OK) {
        const char *at = strstr(cache, mark);
        source = at ? strndup(at + strlen(mark), strcspn(at + strlen(mark), "\r\n")) : NULL;
    }
    free(path);
    free(cache);
    return source;
}

static void find_commit(struct baseline_record *baseline, const char *build)
{
    char *source = source_of(build);
    char *commit = source ? git_commit(source) : NULL;
    const enum git_dirty dirty = commit ? git_dirty(source) : GIT_UNKNOWN;
    snprintf(baseline->commit, sizeof baseline->commit, "%s", commit ? commit : "");
    snprintf(baseline->dirty, sizeof baseline->dirty, "%s", dirty == GIT_UNKNOWN ? "" : dirty == GIT_CLEAN ? "no" : "yes");
    free(source);
    free(commit);
}

/* ---------------------------------------------------------------- setting */

static enum status check_free(struct store *store, const char *name, struct error *error)
{
    struct baseline_record *all = NULL;
    size_t count = 0;
    TRY(store_list_baselines(store, &all, &count, error));
    bool taken = false;
    for (size_t i = 0; i < count; ++i)
        taken |= strcmp(all[i].name, name) == 0;
    free(all);
    return taken ? error_set(error, STATUS_USAGE, "there is a baseline '%s' already: --replace gives the name to this build",
                             name)
                 : STATUS_OK;
}

/* Moves the finished copy to its place; what was there is deleted. */
static enum status move_into_place(const char *part, const char *folder, struct error *error)
{
    TRY(folder_delete(folder, error));
    if (rename(part, folder) != 0)
        return error_set(error, STATUS_SYSTEM, "cannot make %s: %s", folder, strerror(errno));
    return STATUS_OK;
}

static enum status set_from(struct store *store, struct baseline_record *baseline, const char *build, const char *part,
                            const char *folder, bool replace, struct error *error)
{
    TRY(folder_delete(part, error)); /* of an attempt that was killed */
    TRY(copy_build(build, part, error));
    TRY(read_version(baseline, part, error));
    TRY(hash_folder(part, baseline->hash, &baseline->files, &baseline->bytes, error));
    TRY(move_into_place(part, folder, error));
    return store_add_baseline(store, baseline, replace, error);
}

/* The build folder or the install prefix of this program. */
static char *own_build(void)
{
    char *modules = place_near(layouts[0].modules);
    const bool built_here = modules && is_folder(modules);
    free(modules);
    return place_near(built_here ? "." : "..");
}

enum status baseline_set(struct store *store, struct baseline_record *baseline, const char *build, const char *commit,
                         const char *machine, bool replace, struct error *error)
{
    TRY(store_check_baseline_name(baseline->name, error));
    if (!replace)
        TRY(check_free(store, baseline->name, error));
    char *here = build ? NULL : own_build();
    char *source = realpath(build ? build : here ? here : "", NULL);
    char *folder = store_baseline_folder(store, baseline->name);
    char *hidden = text_print(".%s.part", baseline->name);
    char *part = hidden ? store_baseline_folder(store, hidden) : NULL;
    enum status status = STATUS_OK;
    if (!folder || !part)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    else if (!source)
        status = error_set(error, STATUS_USAGE, "there is no build folder %s: %s", build ? build : "of this program",
                           strerror(errno));
    if (status == STATUS_OK) {
        snprintf(baseline->source, sizeof baseline->source, "%s", source);
        snprintf(baseline->machine, sizeof baseline->machine, "%s", machine);
        find_commit(baseline, source);
        if (commit)
            snprintf(baseline->commit, sizeof baseline->commit, "%s", commit);
        status = set_from(store, baseline, source, part, folder, replace, error);
    }
    struct error ignored;
    if (status != STATUS_OK && part)
        folder_delete(part, &ignored);
    free(here);
    free(source);
    free(folder);
    free(hidden);
    free(part);
    return status;
}

/* ---------------------------------------------------------------- using */

enum status baseline_check(struct store *store, const struct baseline_record *baseline, enum baseline_state *state,
                           struct error *error)
{
    char *folder = store_baseline_folder(store, baseline->name);
    char hash[SHA256_HEX];
    int files = 0;
    double bytes = 0.0;
    enum status status = folder ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    *state = BASELINE_MISSING;
    if (status == STATUS_OK && is_folder(folder)) {
        status = hash_folder(folder, hash, &files, &bytes, error);
        *state = strcmp(hash, baseline->hash) == 0 ? BASELINE_INTACT : BASELINE_CHANGED;
    }
    free(folder);
    return status;
}

enum status baseline_find(struct store *store, const char *name, char **folder, struct baseline_record *baseline,
                          struct error *error)
{
    struct baseline_record found;
    enum baseline_state state = BASELINE_MISSING;
    *folder = NULL;
    TRY(store_find_baseline(store, name, &found, error));
    TRY(baseline_check(store, &found, &state, error));
    char *path = store_baseline_folder(store, name);
    enum status status = path ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK && state != BASELINE_INTACT)
        status = error_set(error, STATUS_USAGE,
                           "the baseline '%s' %s: nothing can be compared to it; bring %s back, or make it anew with "
                           "`seqscale baseline set %s --replace`",
                           name, state == BASELINE_MISSING ? "is gone" : "was changed since it was set", path, name);
    if (status == STATUS_OK) {
        *folder = path;
        path = NULL;
    }
    if (baseline)
        *baseline = found;
    free(path);
    return status;
}

enum status baseline_remove(struct store *store, const char *name, struct error *error)
{
    TRY(store_remove_baseline(store, name, error)); /* also tells that the name is one, and no path */
    char *folder = store_baseline_folder(store, name);
    const enum status status =
        !folder ? error_set(error, STATUS_SYSTEM, "out of memory") : is_folder(folder) ? folder_delete(folder, error) : STATUS_OK;
    free(folder);
    return status;
}
