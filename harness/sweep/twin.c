/* twin.c - see twin.h. Our side runs in a worker of its own each time, so that nothing of it stays in memory while the
 * external one is timed. */
#include "sweep/twin.h"

#include "base/text.h"
#include "protocol.h"
#include "sweep/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- which one */

void twin_free(struct twin *twin)
{
    free(twin->module);
    free(twin->prefix);
    *twin = (struct twin){.module = NULL};
}

enum status twin_find(struct twin *twin, const struct setting *setting, const struct cell *cell, const json_t *description,
                      struct error *error)
{
    const char *text = protocol_string(description, "twin", "");
    struct cell named;
    *twin = (struct twin){.cell = *cell};
    if (!*text)
        return STATUS_OK;
    if (strchr(text, '@') || cell_parse(text, &named, error) != STATUS_OK || find_is_external(named.operator_name))
        return error_set(error, STATUS_FAILED, "the worker names a twin '%s', which is not OPERATOR[:OPTIONS] of ours", text);
    memcpy(twin->cell.operator_name, named.operator_name, sizeof named.operator_name);
    memcpy(twin->cell.options, named.options, sizeof named.options);
    const enum status status = find_module(&setting->search, named.operator_name, &twin->module, error);
    return status == STATUS_USAGE ? error_prefix(error, STATUS_FAILED, "the worker's twin") : status;
}

/* ---------------------------------------------------------------- our worker's answers */

/* One request to a worker of ours that lives no longer. */
static enum status ask_ours(json_t **reply, const struct twin *twin, const struct setting *setting, double timeout_seconds,
                            json_t *request, struct error *error)
{
    struct client *client = NULL;
    *reply = NULL;
    enum status status = setting_start_worker(setting, NULL, twin->cell.bind, twin->cell.threads, 0, &client, error);
    if (status == STATUS_OK)
        status = client_ask(client, request, timeout_seconds, reply, error);
    else
        json_decref(request);
    client_end(client);
    return status;
}

static json_t *problem_request(const struct twin *twin, const struct setting *setting, const char *word)
{
    return setting_problem(setting, &twin->cell, twin->module, word);
}

static enum status say_twin(enum status status, const struct twin *twin, struct error *error)
{
    char label[CELL_OPERATOR_MAX];
    cell_label(&twin->cell, label, sizeof label);
    return status == STATUS_INTERRUPTED ? status : error_prefix(error, status, "its twin %.200s", label);
}

enum status twin_complete_price(json_t *description, const struct setting *setting, const struct cell *cell,
                                struct error *error)
{
    static const char *const keys[] = {"flops",      "compulsory_bytes", "reread_bytes", "reread_set_bytes",
                                       "time_power", "time_log_power",   "memory_power", "memory_log_power"};
    struct twin twin;
    json_t *ours = NULL;
    enum status status = twin_find(&twin, setting, cell, description, error);
    if (status == STATUS_OK && twin.module) {
        status = ask_ours(&ours, &twin, setting, setting->timeout_seconds, problem_request(&twin, setting, "describe"), error);
        if (status != STATUS_OK)
            status = say_twin(status, &twin, error);
    }
    for (size_t i = 0; ours && i < ARRAY_LEN(keys); ++i)
        if (!json_object_get(description, keys[i]))
            json_object_set(description, keys[i], json_object_get(ours, keys[i]));
    json_decref(ours);
    twin_free(&twin);
    return status;
}

/* ---------------------------------------------------------------- tensors */

/* After a rebuild, --resume must not find the old build's tensors. */
static char *file_version(const char *module)
{
    struct stat file;
    if (stat(module, &file) != 0)
        return text_print("twin");
    return text_print("twin-%lld.%09ld", (long long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

static char *file_of(const struct twin *twin, const char *suffix)
{
    return text_print("%s.%s", twin->prefix, suffix);
}

char *twin_tensors(const struct twin *twin)
{
    return file_of(twin, "tensors");
}

enum status twin_make_tensors(struct twin *twin, const struct setting *setting, const struct twin_limits *limits,
                              struct error *error)
{
    char *version = file_version(twin->module);
    twin->prefix = version ? reference_path(limits->folder, &twin->cell, version) : NULL;
    free(version);
    char *rows = twin->prefix ? file_of(twin, "rows") : NULL;
    if (!rows)
        return error_set(error, STATUS_FAILED, "there is no folder in which the tensors of a twin could be kept");
    const bool there = access(rows, R_OK) == 0;
    free(rows);
    if (there)
        return STATUS_OK;
    json_t *reply = NULL, *request = problem_request(twin, setting, "save");
    json_object_set_new(request, "rows", json_integer((json_int_t)limits->rows));
    json_object_set_new(request, "prefix", json_string(twin->prefix));
    const enum status status = ask_ours(&reply, twin, setting, limits->timeout_seconds, request, error);
    json_decref(reply);
    return status == STATUS_OK ? status : say_twin(status == STATUS_WRONG ? STATUS_FAILED : status, twin, error);
}

/* ---------------------------------------------------------------- the verdict */

static enum status judge(double *off, double *tolerance, const struct twin *twin, const struct setting *setting,
                         const struct twin_limits *limits, const char *output, struct error *error)
{
    json_t *reply = NULL;
    json_t *request = json_pack("{s:s, s:s, s:s, s:s}", "do", "compare", "prefix", twin->prefix, "output", output, "name",
                                "the worker");
    TRY(ask_ours(&reply, twin, setting, limits->timeout_seconds, request, error));
    *off = protocol_real(reply, "error", NAN);
    *tolerance = protocol_real(reply, "tolerance", NAN);
    json_decref(reply);
    return STATUS_OK;
}

enum status twin_check(double *off, double *tolerance, const struct twin *twin, const struct setting *setting,
                       const struct twin_limits *limits, struct client *external, int handle, struct error *error)
{
    json_t *reply = NULL;
    char *output = text_print("%s.from-%ld", twin->prefix, (long)client_pid(external));
    if (!output)
        return error_set(error, STATUS_SYSTEM, "out of memory for the name of a file");
    enum status status = client_ask(external, json_pack("{s:s, s:i, s:s}", "do", "check", "handle", handle, "output", output),
                                    limits->timeout_seconds, &reply, error);
    json_decref(reply);
    if (status == STATUS_OK)
        status = judge(off, tolerance, twin, setting, limits, output, error);
    unlink(output);
    free(output);
    return status;
}
