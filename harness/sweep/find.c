/* find.c - see find.h. Files alone are looked at here; whether one is a module, its worker says. */
#include "sweep/find.h"

#include "base/place.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".so"

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void add_directory(struct module_search *search, char *path)
{
    if (path && is_directory(path) && search->count < FIND_DIRECTORIES_MAX)
        search->directories[search->count++] = path;
    else
        free(path);
}

enum status find_init(struct module_search *search, const char *option, struct error *error)
{
    *search = (struct module_search){.count = 0};
    if (option && !is_directory(option))
        return error_set(error, STATUS_USAGE, "--operators: %s is not a folder", option);
    const char *environment = getenv("SEQSCALE_OPERATORS");
    if (!option && environment && environment[0] && !is_directory(environment))
        return error_set(error, STATUS_USAGE, "SEQSCALE_OPERATORS: %s is not a folder", environment);
    if (option)
        add_directory(search, strdup(option));
    if (environment && environment[0])
        add_directory(search, strdup(environment));
    add_directory(search, place_near("operators"));
    add_directory(search, place_near("../" SEQSCALE_LIBRARY_DIR "/seqscale/operators"));
    return STATUS_OK;
}

void find_free(struct module_search *search)
{
    for (size_t i = 0; i < search->count; ++i)
        free(search->directories[i]);
    search->count = 0;
}

bool find_is_external(const char *operator_name)
{
    return text_starts(operator_name, "exec:");
}

/* ---------------------------------------------------------------- all names */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool add_name(char ***names, size_t *count, const char *file)
{
    const size_t length = strlen(file) - strlen(SUFFIX);
    for (size_t i = 0; i < *count; ++i)
        if (strlen((*names)[i]) == length && strncmp((*names)[i], file, length) == 0)
            return true;
    char **more = realloc(*names, (*count + 1) * sizeof **names);
    if (!more)
        return false;
    *names = more;
    (*names)[*count] = strndup(file, length);
    if (!(*names)[*count])
        return false;
    ++*count;
    return true;
}

static bool add_names_of(const char *directory, char ***names, size_t *count)
{
    DIR *folder = opendir(directory);
    bool ok = true;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && ok; entry = readdir(folder))
        if (text_ends(entry->d_name, SUFFIX) && strlen(entry->d_name) > strlen(SUFFIX))
            ok = add_name(names, count, entry->d_name);
    if (folder)
        closedir(folder);
    return ok;
}

enum status find_all(const struct module_search *search, char ***names, size_t *count, struct error *error)
{
    *names = NULL;
    *count = 0;
    for (size_t i = 0; i < search->count; ++i)
        if (!add_names_of(search->directories[i], names, count))
            return error_set(error, STATUS_SYSTEM, "out of memory while listing operators");
    if (*count > 1)
        qsort(*names, *count, sizeof **names, compare_names);
    return STATUS_OK;
}

void find_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        free(names[i]);
    free(names);
}

/* ---------------------------------------------------------------- one of them */

static enum status unknown(const struct module_search *search, const char *name, struct error *error)
{
    char **names = NULL;
    size_t count = 0;
    struct text list = {0};
    const enum status status = find_all(search, &names, &count, error);
    if (status != STATUS_OK) {
        find_names_free(names, count);
        return status;
    }
    for (size_t i = 0; i < count; ++i)
        text_format(&list, "%s%s", i ? ", " : "", names[i]);
    error_set(error, STATUS_USAGE, "there is no operator '%s'; there are: %s (a module of your own is named by a path: ./%s.so)",
              name, count ? text_get(&list) : "none", name);
    text_free(&list);
    find_names_free(names, count);
    return STATUS_USAGE;
}

enum status find_module(const struct module_search *search, const char *name, char **path, struct error *error)
{
    *path = NULL;
    if (find_is_external(name))
        return STATUS_OK;
    if (strchr(name, '/')) {
        *path = realpath(name, NULL);
        return *path ? STATUS_OK : error_set(error, STATUS_USAGE, "cannot open the module %s: %s", name, strerror(errno));
    }
    for (size_t i = 0; i < search->count; ++i) {
        *path = text_print("%s/%s" SUFFIX, search->directories[i], name);
        if (*path && access(*path, R_OK) == 0)
            return STATUS_OK;
        free(*path);
        *path = NULL;
    }
    return unknown(search, name, error);
}
