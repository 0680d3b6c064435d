/* fingerprint_fields.h - the fields of a fingerprint as tables: name, kind, and who reads it.
 *
 * Used by fingerprint.c and its tests alone. A reader gets the sources and the table's `detail` (a file, a key, a level),
 * and returns a new reference, or NULL where the answer cannot be found out.
 */
#ifndef HARNESS_MACHINE_FINGERPRINT_FIELDS_H
#define HARNESS_MACHINE_FINGERPRINT_FIELDS_H

#include "machine/topology.h"

#include <jansson.h>

#define FIELD_MACHINE "machine"
#define FIELD_BUILD "build"
#define FIELD_INFORMATION "information"

struct field_source {
    const char *root;    /* "" for this machine; tests give a folder with a /proc and a /sys of their own */
    const char *cpuinfo; /* content of /proc/cpuinfo; NULL: not there */
    const struct topology *topology;
    int cpu; /* first CPU allowed to this process: the one whose frequency settings are read */
};

struct field {
    const char *name, *kind;
    json_t *(*read)(const struct field_source *source, const char *detail);
    const char *detail;
};

struct field_table {
    const struct field *fields;
    size_t count;
};

extern const struct field_table fingerprint_processor_fields; /* processor, topology, frequency */
extern const struct field_table fingerprint_system_fields;    /* kernel and its settings, memory, load, environment */
extern const struct field_table fingerprint_build_fields;     /* compiler, version, commit */

/* Readers used by several tables. */
json_t *field_text(char *text);    /* takes the malloc'd text, which may be NULL */
json_t *field_whole(double value); /* NaN: unknown */
json_t *field_file_text(const struct field_source *source, const char *path);
json_t *field_file_whole(const struct field_source *source, const char *path);

/* fingerprint_collect from given sources. */
json_t *fingerprint_collect_from(const struct field_source *source);

#endif
