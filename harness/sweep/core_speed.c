/* core_speed.c - see core_speed.h. A sweep counts with its median: a moment at a higher clock is no speed to be held to. */
#include "sweep/core_speed.h"

#include "machine/fingerprint.h"
#include "machine/spin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status is_of_machine(bool *same, struct store *store, const char *fingerprint, const char *machine,
                                 struct error *error)
{
    char *text = NULL, key[FINGERPRINT_KEY] = "";
    *same = false;
    if (!fingerprint[0]) /* imported without its machine */
        return STATUS_OK;
    TRY(store_get_fingerprint(store, fingerprint, &text, error));
    json_t *fields = text ? json_loads(text, 0, NULL) : NULL;
    if (fields)
        fingerprint_key(fields, "machine", key);
    *same = strcmp(key, machine) == 0;
    json_decref(fields);
    free(text);
    return STATUS_OK;
}

enum status core_speed_known(struct store *store, const char *machine, double *step_ns, struct error *error)
{
    struct probe_median *medians = NULL;
    size_t count = 0;
    *step_ns = NAN;
    enum status status = store_read_probe_medians(store, "spin_seconds", 1, &medians, &count, error);
    for (size_t i = 0; i < count && status == STATUS_OK && isnan(*step_ns); ++i) { /* the fastest one comes first */
        bool same = false;
        status = is_of_machine(&same, store, medians[i].fingerprint, machine, error);
        if (same)
            *step_ns = medians[i].value * 1e9 / SPIN_STEPS;
    }
    free(medians);
    return status;
}
