/* libraries.c - see libraries.h. From the loader's list of objects (dl_iterate_phdr), and the libraries' own words. */
#include "worker/libraries.h"

#include "base/text.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

static const char *const interesting[] = {"libopenblas", "libblas", "libfftw3f", "libgomp", "libomp", "libiomp5", "libmvec"};

struct visit {
    json_t *found; /* name -> {"path": ...} */
};

/* The entry of `interesting` that a path is of: "libopenblas" for .../openblas-openmp/libopenblasp-r0.3.21.so. */
static const char *interesting_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    for (size_t i = 0; i < ARRAY_LEN(interesting); ++i)
        if (text_starts(file, interesting[i]) && strchr(".-p3", file[strlen(interesting[i])]))
            return interesting[i];
    return NULL;
}

static int visit_object(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    const struct visit *visit = context;
    const char *name = info->dlpi_name && info->dlpi_name[0] ? interesting_name(info->dlpi_name) : NULL;
    if (name)
        json_object_set_new(visit->found, name, json_pack("{s:s}", "path", info->dlpi_name));
    return 0;
}

/* dlsym gives object pointers; POSIX says that they may be used as functions. */
static const char *call_for_text(void *library, const char *symbol)
{
    char *(*function)(void) = NULL;
    void *address = dlsym(library, symbol);
    memcpy(&function, &address, sizeof function);
    return address ? function() : NULL;
}

static void add_own_words(json_t *entry)
{
    const char *path = json_string_value(json_object_get(entry, "path"));
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : NULL;
    if (!library)
        return;
    const char *config = call_for_text(library, "openblas_get_config");
    const char *kernel = call_for_text(library, "openblas_get_corename");
    const char *version = dlsym(library, "fftwf_version");
    if (config)
        json_object_set_new(entry, "config", json_string(config));
    if (kernel)
        json_object_set_new(entry, "kernel", json_string(kernel));
    if (version)
        json_object_set_new(entry, "version", json_string(version));
    dlclose(library);
}

json_t *libraries_loaded(void)
{
    struct visit visit = {.found = json_object()};
    dl_iterate_phdr(visit_object, &visit);
    const char *name;
    json_t *entry;
    json_object_foreach(visit.found, name, entry)
        add_own_words(entry);
    return visit.found;
}

enum status libraries_check_openmp(struct error *error)
{
    struct visit visit = {.found = json_object()};
    dl_iterate_phdr(visit_object, &visit);
    const bool gnu = json_object_get(visit.found, "libgomp") != NULL;
    const bool llvm = json_object_get(visit.found, "libomp") || json_object_get(visit.found, "libiomp5");
    json_decref(visit.found);
    if (gnu && llvm)
        return error_set(error, STATUS_FAILED,
                         "two OpenMP runtimes are loaded (libgomp and LLVM's): their thread pools fight for the cores and no time "
                         "is to be trusted; build the module and seqscale with the same compiler");
    return STATUS_OK;
}
