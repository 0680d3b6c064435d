/* probes.c - see probes.h. */
#include "sweep/probes.h"

#include "machine/probe.h"
#include "protocol.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NULL_OPERATOR "null"

/* Trouble with a measuring stick is no trouble of the sweep's; Ctrl-C is. */
static enum status forgive(enum status status)
{
    return status == STATUS_INTERRUPTED ? status : STATUS_OK;
}

/* ---------------------------------------------------------------- probes */

static void read_probes(const json_t *reply, struct probe_record *probes, size_t *count)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(json_object_get(reply, "probes"), index, entry) {
        struct probe_record *probe = &probes[*count];
        if (*count == PROBES_MAX || !json_is_number(json_object_get(entry, "value")))
            continue;
        snprintf(probe->kind, sizeof probe->kind, "%s", protocol_string(entry, "kind", ""));
        probe->threads = (int)protocol_real(entry, "threads", 0.0);
        probe->value = protocol_real(entry, "value", NAN);
        ++*count;
    }
}

static json_t *probe_request(const struct setting *setting, const struct cell *like, enum probe_level level)
{
    const struct topology *topology = setting->topology;
    return json_pack("{s:s, s:i, s:s, s:b, s:f, s:f, s:f, s:f, s:s}", "do", "probe", "threads", like->threads, "isa",
                     isa_name(setting->isa), "full", level == PROBES_FULL, "budget_seconds", PROBES_FULL_SECONDS, "l1_bytes",
                     (double)topology_cache_bytes(topology, 1, NULL), "l2_bytes", (double)topology_cache_bytes(topology, 2, NULL),
                     "l3_bytes", (double)topology_cache_bytes(topology, 3, NULL), "openblas", SEQSCALE_OPENBLAS_PATH);
}

enum status probes_take(const struct setting *setting, const struct cell *like, enum probe_level level,
                        struct probe_record probes[PROBES_MAX], size_t *count, struct error *error)
{
    *count = 0;
    if (level == PROBES_NONE)
        return STATUS_OK;
    struct client *client = NULL;
    json_t *reply = NULL;
    enum status status = setting_start_worker(setting, NULL, like->bind, like->threads, 0, &client, error);
    if (status == STATUS_OK)
        status = client_ask(client, probe_request(setting, like, level), setting->timeout_seconds, &reply, error);
    if (status == STATUS_OK)
        read_probes(reply, probes, count);
    json_decref(reply);
    client_end(client);
    return forgive(status);
}

/* ---------------------------------------------------------------- the memory of nothing */

static enum status measure_null(const struct setting *setting, const struct cell *like, const char *module, double *peak,
                                struct error *error)
{
    struct cell cell = *like;
    struct client *client = NULL;
    json_t *reply = NULL;
    cell.options[0] = '\0';
    snprintf(cell.operator_name, sizeof cell.operator_name, NULL_OPERATOR);
    TRY(setting_start_worker(setting, NULL, cell.bind, cell.threads, 0, &client, error));
    enum status status =
        client_ask(client, setting_problem(setting, &cell, module, "prepare"), setting->timeout_seconds, &reply, error);
    const int handle = status == STATUS_OK ? (int)protocol_real(reply, "handle", 0.0) : 0;
    json_decref(reply);
    reply = NULL;
    if (status == STATUS_OK)
        status = client_ask(client, json_pack("{s:s, s:i, s:f}", "do", "sample", "handle", handle, "minimum_seconds", 1e-4),
                            setting->timeout_seconds, &reply, error);
    if (status == STATUS_OK)
        *peak = protocol_real(reply, "peak_bytes", NAN);
    json_decref(reply);
    client_end(client);
    return status;
}

static bool same_size(const struct cell *a, const struct cell *b)
{
    return a->batch == b->batch && a->length == b->length && a->width == b->width && a->threads == b->threads &&
           strcmp(a->mode, b->mode) == 0;
}

static bool lacks_peak(const struct planned_cell *cell)
{
    return cell->module && isnan(cell->null_peak_bytes); /* an external program's nothing is not ours */
}

enum status probes_null_peak(const struct setting *setting, struct planned_cell **cells, size_t count, struct error *error)
{
    char *module = NULL;
    if (find_module(&setting->search, NULL_OPERATOR, &module, error) != STATUS_OK)
        return STATUS_OK;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; ++i) {
        if (!lacks_peak(cells[i]))
            continue;
        double peak = NAN;
        status = forgive(measure_null(setting, &cells[i]->record.cell, module, &peak, error));
        for (size_t k = i; k < count; ++k)
            if (lacks_peak(cells[k]) && same_size(&cells[k]->record.cell, &cells[i]->record.cell))
                cells[k]->null_peak_bytes = peak;
    }
    free(module);
    return status;
}
