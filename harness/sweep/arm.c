/* arm.c - see arm.h: from a word to an arm. What the arm is made of is in arm_identity.c. */
#include "sweep/arm.h"

#include "base/place.h"
#include "base/text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "seqscale"

/* Where the modules of a build lie, from the folder of its executable. */
static const char *const module_places[] = {"operators", "../" SEQSCALE_LIBRARY_DIR "/seqscale/operators",
                                            "../lib/seqscale/operators", "../lib64/seqscale/operators"};

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static bool is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

static bool is_file(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

static bool holds_modules(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && !found; entry = readdir(folder))
        found = text_ends(entry->d_name, ".so");
    if (folder)
        closedir(folder);
    return found;
}

/* Executable of a build in `folder`: a build tree's, an install tree's, or a checkout's. malloc'd; NULL none. */
static char *find_program(const char *folder)
{
    static const char *const places[] = {PROGRAM, "bin/" PROGRAM, "build/" PROGRAM};
    for (size_t i = 0; i < ARRAY_LEN(places); ++i) {
        char *path = text_print("%s/%s", folder, places[i]);
        if (path && is_program(path))
            return path;
        free(path);
    }
    return NULL;
}

/* Modules come from this folder and no other: one that is missing there is missing. */
static enum status search_only(struct arm *arm, const char *folder, struct error *error)
{
    char *copy = strdup(folder);
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    find_free(&arm->setting.search);
    arm->setting.search.directories[0] = copy;
    arm->setting.search.count = 1;
    return STATUS_OK;
}

static enum status use_build(struct arm *arm, struct error *error)
{
    arm->kind = ARM_BUILD;
    char *slash = strrchr(arm->program, '/');
    for (size_t i = 0; i < ARRAY_LEN(module_places); ++i) {
        char *folder = text_print("%.*s/%s", (int)(slash - arm->program), arm->program, module_places[i]);
        const bool there = folder && is_folder(folder);
        const enum status status = there ? search_only(arm, folder, error) : STATUS_OK;
        free(folder);
        if (there)
            return status;
    }
    return error_set(error, STATUS_USAGE,
                     "%s is there, but no operators beside it: build it whole, or name a folder of modules", arm->program);
}

static enum status use_folder(struct arm *arm, struct error *error)
{
    arm->program = find_program(arm->path);
    if (arm->program) {
        arm->setting.program = arm->program;
        return use_build(arm, error);
    }
    arm->kind = ARM_FOLDER;
    if (!holds_modules(arm->path))
        return error_set(error, STATUS_USAGE, "%s holds neither the program " PROGRAM " nor operator modules (.so)",
                         arm->label);
    return search_only(arm, arm->path, error);
}

/* A file named without a '/' is one in this folder. */
static enum status parse_operator(struct arm *arm, const char *word, struct error *error)
{
    char *file = strndup(word, strcspn(word, ":"));
    const bool bare = file && !strchr(file, '/') && text_ends(file, ".so") && is_file(file);
    free(file);
    char *text = bare ? text_print("./%s", word) : strdup(word);
    const enum status status =
        text ? operators_parse(&arm->operators, text, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    free(text);
    TRY(status);
    if (arm->operators.count != 1)
        return error_set(error, STATUS_USAGE,
                         "'%s' names %zu operators: an arm is one; several are compared as folders or builds, "
                         "named by --operator",
                         word, arm->operators.count);
    return STATUS_OK;
}

static enum status use_operator(struct arm *arm, const char *word, struct error *error)
{
    TRY(parse_operator(arm, word, error));
    arm->kind = strchr(arm->operators.items[0].name, '/') && !find_is_external(word) ? ARM_MODULE : ARM_OPERATOR;
    const enum status status = find_module(&arm->setting.search, arm->operators.items[0].name, &arm->path, error);
    if (status != STATUS_OK)
        return error_prefix(error, status, "'%s' is no folder and no module", word);
    if (arm->kind == ARM_OPERATOR) {
        free(arm->path);
        arm->path = NULL;
    }
    return STATUS_OK;
}

static enum status use_this_build(struct arm *arm, struct error *error)
{
    arm->kind = ARM_BUILD;
    free(arm->label);
    arm->label = strdup("this build");
    arm->path = place_near("");
    return arm->path && arm->label ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

enum status arm_resolve(struct arm *arm, const char *word, const char *operators, struct error *error)
{
    const bool own = !word || !word[0];
    *arm = (struct arm){.label = strdup(own ? "" : word), .dirty = -1};
    TRY(setting_init(&arm->setting, operators, error));
    if (!arm->label)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    if (own)
        return use_this_build(arm, error);
    if (!is_folder(word))
        return use_operator(arm, word, error);
    arm->path = realpath(word, NULL);
    return arm->path ? use_folder(arm, error) : error_set(error, STATUS_SYSTEM, "out of memory");
}

void arm_free(struct arm *arm)
{
    setting_free(&arm->setting);
    operators_free(&arm->operators);
    free(arm->label);
    free(arm->path);
    free(arm->program);
    json_decref(arm->facts);
    *arm = (struct arm){.label = NULL};
}
