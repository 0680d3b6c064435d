/* compare_fingerprints.c - see compare_fingerprints.h. A field that only one side knows, because another version measured it, is
 * shown and is no obstacle.
 */
#include "sweep/compare_fingerprints.h"

#include "protocol.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields of a sweep's fingerprint; new reference, an empty object where it has none. */
static enum status read_fields(struct store *store, const struct sweep_record *sweep, json_t **fields, struct error *error)
{
    char *text = NULL;
    json_error_t problem;
    *fields = NULL;
    if (sweep->fingerprint[0])
        TRY(store_get_fingerprint(store, sweep->fingerprint, &text, error));
    json_t *whole = text ? json_loads(text, 0, &problem) : NULL;
    free(text);
    *fields = whole ? json_incref(json_object_get(whole, "fields")) : NULL;
    json_decref(whole);
    if (!*fields)
        *fields = json_object();
    return *fields ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the fingerprints");
}

static void note(json_t *list, char obstacle[256], const char *name, const json_t *base, const json_t *fresh)
{
    const char *kind = protocol_string(base ? base : fresh, "kind", "");
    const json_t *old_value = json_object_get(base, "value"), *new_value = json_object_get(fresh, "value");
    if (json_equal((json_t *)old_value, (json_t *)new_value) || strcmp(kind, "information") == 0)
        return;
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:O*, s:O*}", "field", name, "kind", kind, "base", old_value, "new", new_value));
    if (!obstacle[0] && base && fresh && strcmp(kind, "machine") == 0)
        snprintf(obstacle, 256, "the sweeps are of different machines (%.100s differs)", name);
}

static void compare_fields(json_t *list, char obstacle[256], const json_t *base, const json_t *fresh)
{
    const char *name;
    json_t *field;
    json_object_foreach((json_t *)base, name, field) note(list, obstacle, name, field, json_object_get(fresh, name));
    json_object_foreach((json_t *)fresh, name, field) if (!json_object_get(base, name))
        note(list, obstacle, name, NULL, field);
}

enum status compare_fingerprints(struct store *store, const struct sweep_record *base, const struct sweep_record *fresh,
                                 char **differences, char obstacle[256], struct error *error)
{
    json_t *fields[2] = {NULL, NULL}, *list = json_array();
    obstacle[0] = '\0';
    *differences = NULL;
    enum status status = read_fields(store, base, &fields[0], error);
    if (status == STATUS_OK)
        status = read_fields(store, fresh, &fields[1], error);
    if (status == STATUS_OK) {
        const bool known = json_object_size(fields[0]) > 0 && json_object_size(fields[1]) > 0;
        if (known)
            compare_fields(list, obstacle, fields[0], fields[1]);
        else
            snprintf(obstacle, 256, "sweep '%.100s' was imported without its machine",
                     json_object_size(fields[0]) > 0 ? fresh->name : base->name);
        *differences = json_dumps(list, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
        status = *differences ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for the fingerprints");
    }
    json_decref(fields[0]);
    json_decref(fields[1]);
    json_decref(list);
    return status;
}
