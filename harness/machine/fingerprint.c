/* fingerprint.c - see fingerprint.h. Which fields there are is said by the tables of fingerprint_fields.h. */
#include "machine/fingerprint.h"

#include "base/text.h"
#include "machine/fingerprint_fields.h"
#include "machine/sha256.h"
#include "machine/sysfile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(FINGERPRINT_KEY == SHA256_HEX, "a key is a SHA-256 in hexadecimal");

json_t *field_text(char *text)
{
    json_t *value = text && *text ? json_string(text) : NULL; /* NULL also where the bytes are no UTF-8 */
    free(text);
    return value;
}

json_t *field_whole(double value)
{
    return isfinite(value) ? json_integer((json_int_t)value) : NULL;
}

json_t *field_file_text(const struct field_source *source, const char *path)
{
    return field_text(sysfile_read(source->root, path));
}

json_t *field_file_whole(const struct field_source *source, const char *path)
{
    return field_whole(sysfile_number(source->root, path));
}

void fingerprint_set(json_t *fingerprint, const char *name, const char *kind, json_t *value)
{
    json_t *field = json_object();
    json_object_set_new(field, "value", value ? value : json_null());
    json_object_set_new(field, "kind", json_string(kind));
    json_object_set_new(json_object_get(fingerprint, "fields"), name, field);
}

json_t *fingerprint_collect_from(const struct field_source *source)
{
    static const struct field_table *const tables[] = {&fingerprint_processor_fields, &fingerprint_system_fields,
                                                       &fingerprint_build_fields};
    json_t *fields = json_object();
    json_t *fingerprint = json_pack("{s:o}", "fields", fields);
    size_t expected = 0;
    for (size_t table = 0; fingerprint && table < ARRAY_LEN(tables); ++table) {
        expected += tables[table]->count;
        for (size_t at = 0; at < tables[table]->count; ++at) {
            const struct field *field = &tables[table]->fields[at];
            fingerprint_set(fingerprint, field->name, field->kind, field->read(source, field->detail));
        }
    }
    if (fingerprint && json_object_size(fields) == expected)
        return fingerprint;
    json_decref(fingerprint); /* a field is missing: memory ran out */
    return NULL;
}

static int first_allowed_cpu(const struct topology *topology)
{
    int first = 0, count = 0;
    int *cpus = calloc((size_t)topology_cpus(topology), sizeof(*cpus));
    struct error ignored; /* CPU 0 is as good a guess where memory ran out: the fields are those of one CPU of many */
    if (cpus && topology_place(topology, BIND_NONE, 1, cpus, &count, &ignored) == STATUS_OK)
        first = cpus[0];
    free(cpus);
    return first;
}

json_t *fingerprint_collect(const struct topology *topology)
{
    char *cpuinfo = sysfile_read("", "/proc/cpuinfo");
    const struct field_source source = {.root = "", .cpuinfo = cpuinfo, .topology = topology,
                                        .cpu = first_allowed_cpu(topology)};
    json_t *fingerprint = fingerprint_collect_from(&source);
    free(cpuinfo);
    return fingerprint;
}

static int is_wanted(const json_t *field, const char *kind)
{
    const char *own = json_string_value(json_object_get(field, "kind"));
    if (!own)
        return 0;
    return kind ? strcmp(own, kind) == 0 : strcmp(own, FIELD_INFORMATION) != 0;
}

/* The wanted fields as one canonical text: names sorted, no white space. malloc'd; NULL when memory ran out. */
static char *canonical_text(const json_t *fingerprint, const char *kind)
{
    json_t *wanted = json_object();
    const char *name;
    json_t *field;
    int failed = !wanted;
    json_object_foreach (json_object_get(fingerprint, "fields"), name, field)
        if (!failed && is_wanted(field, kind))
            failed = json_object_set(wanted, name, field) != 0;
    char *text = failed ? NULL : json_dumps(wanted, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(wanted);
    return text;
}

void fingerprint_key(const json_t *fingerprint, const char *kind, char key[FINGERPRINT_KEY])
{
    key[0] = '\0';
    char *text = canonical_text(fingerprint, kind);
    if (!text)
        return;
    struct sha256 hash = sha256_start();
    sha256_add(&hash, text, strlen(text));
    sha256_finish(&hash, key);
    free(text);
}
