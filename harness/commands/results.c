/* results.c - see results.h. */
#include "commands/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum status results_open(struct store **store, const char *option, bool create, struct error *error)
{
    *store = NULL;
    char *path = store_default_path(option);
    if (!path)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    const enum status status = store_open(store, path, create, error);
    free(path);
    return status;
}

enum status results_find(struct store **store, struct sweep_record *sweep, const char *option, const char *which,
                         struct error *error)
{
    memset(sweep, 0, sizeof *sweep);
    TRY(results_open(store, option, false, error));
    return store_find_sweep(*store, which ? which : "", sweep, error);
}

void results_close(struct store *store, struct sweep_record *sweep)
{
    sweep_record_free(sweep);
    store_close(store);
}

enum status results_words(int argc, char **argv, int first, int most, struct error *error)
{
    if (argc - first > most)
        return error_set(error, STATUS_USAGE, "%s: '%s' is one word too many; `seqscale %s --help` shows what it takes",
                         argv[0], argv[first + most], argv[0]);
    return STATUS_OK;
}

enum status results_flush(FILE *out, const char *name, struct error *error)
{
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return error_set(error, STATUS_SYSTEM, "cannot write to %s: %s", name, strerror(errno ? errno : EIO));
    return STATUS_OK;
}
