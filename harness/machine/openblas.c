/* openblas.c - see openblas.h. */
#include "machine/openblas.h"

#include "base/text.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* ISO C has no conversion from an object pointer to a function pointer; POSIX says that the bytes are the same. */
static bool find(void *handle, const char *name, void *function, size_t bytes)
{
    void *symbol = dlsym(handle, name);
    memcpy(function, &symbol, bytes);
    return symbol != NULL;
}

/* PATH, or PATH.0: development packages bring the first name, the library's own package the second. */
static void *open_library(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    char *runtime_path = handle ? NULL : text_print("%s.0", path);
    if (runtime_path)
        handle = dlopen(runtime_path, RTLD_NOW | RTLD_LOCAL);
    free(runtime_path);
    return handle;
}

bool openblas_open(struct openblas *library, const char *path)
{
    _Static_assert(sizeof(void *) == sizeof library->sgemm, "dlsym's pointers hold functions");
    void *handle = open_library(path);
    return handle && find(handle, "cblas_sgemm", &library->sgemm, sizeof library->sgemm) &&
           find(handle, "openblas_set_num_threads", &library->set_threads, sizeof library->set_threads) &&
           find(handle, "openblas_get_num_threads", &library->get_threads, sizeof library->get_threads) &&
           find(handle, "openblas_get_parallel", &library->parallel, sizeof library->parallel) &&
           find(handle, "openblas_get_corename", &library->core, sizeof library->core) &&
           find(handle, "openblas_get_config", &library->config, sizeof library->config);
}
