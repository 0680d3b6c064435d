/* module.h - a loaded operator module: checked against the contract before anything of it is believed. */
#ifndef HARNESS_WORKER_MODULE_H
#define HARNESS_WORKER_MODULE_H

#include "base/status.h"
#include "operator.h"

#include <jansson.h>

struct module {
    struct seq_operator table; /* a copy, extended with NULL where the module's own is shorter */
    void *library;
    char *path;
    char build[17]; /* hash of the file's bytes: which build of the module this is */
};

/* dlopen, find the table, validate it: another ABI, a required hook missing, an options table that contradicts itself, or
 * no module at all is one sentence. Never unloaded: libraries behind modules (OpenMP) do not survive dlclose. Loading a path
 * again gives the same module. */
MUST_CHECK enum status module_load(const char *path, const struct module **module, struct error *error);

/* Values for the options in `text` ("heads=8,variant=tiled"; "" none), one per entry of the table, defaults elsewhere.
 * malloc'd, at least one element. An unknown option, a bad value, an option given twice: a sentence that lists what there is. */
MUST_CHECK enum status module_parse_options(const struct module *module, const char *text, double **values, struct error *error);

/* The canonical text of option values: those that differ from their default, in table order. malloc'd; NULL no memory. */
char *module_format_options(const struct module *module, const double *values);

/* Reply to `identify`. New reference. */
json_t *module_identity(const struct module *module);

#define MODULE_METHOD_MAX 256

/* What the plan chose, in the operator's own words; "" where it does not say. Unprintable characters become '?'. */
void module_method(const struct module *module, const struct seq_plan *plan, char text[MODULE_METHOD_MAX]);

const char *module_region_name(enum seq_region region); /* "input", "thread_scratch" ... */

#endif
