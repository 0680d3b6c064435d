/* instructions.c - see instructions.h. A worker under callgrind that answers `count` writes files into a folder of its own, one
 * for each thread in which something was counted; the line "totals:" of a file is the count.
 */
#include "sweep/instructions.h"

#include "base/text.h"
#include "protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNTS "counts.1" /* of the first `count` that a worker answers */
#define COUNTS_FILE_MAX ((size_t)64 << 20) /* a file is some kilobytes for each function that the call went through */
#define START_SECONDS 60.0                 /* valgrind translates the program's start: 0.3 s on a fast machine */

enum isa instructions_isa(enum isa isa)
{
    return isa < ISA_V3 ? isa : ISA_V3;
}

/* ---------------------------------------------------------------- a worker that counts */

struct counter {
    struct client *client;
    int handle;
    char folder[32]; /* of one length everywhere: the words of a process lie on its stack */
};

static void remove_folder(const char *path)
{
    DIR *folder = path[0] ? opendir(path) : NULL;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    if (path[0])
        rmdir(path);
}

static void counter_end(struct counter *counter)
{
    client_end(counter->client);
    remove_folder(counter->folder);
    *counter = (struct counter){.client = NULL};
}

static enum status make_folder(struct counter *counter, struct error *error)
{
    snprintf(counter->folder, sizeof counter->folder, "/tmp/seqscale-count-XXXXXX");
    if (mkdtemp(counter->folder))
        return STATUS_OK;
    counter->folder[0] = '\0';
    return error_set(error, STATUS_SYSTEM, "cannot make a folder in /tmp for what valgrind counts: %s", strerror(errno));
}

/* `setting` counts: its launcher is replaced. */
static enum status counter_start(struct counter *counter, struct setting setting, struct error *error)
{
    TRY(make_folder(counter, error));
    char file[80];
    snprintf(file, sizeof file, "--callgrind-out-file=%s/counts", counter->folder);
    const char *const words[] = {"valgrind", "--command-line-only=yes", "--quiet",  "--tool=callgrind", "--separate-threads=yes",
                                 file,       "--instr-atstart=no",      "--vgdb=no", NULL};
    setting.launcher = words;
    setting.timeout_seconds = START_SECONDS;
    enum status status = setting_start_worker(&setting, NULL, "none", 1, 0, &counter->client, error);
    if (status == STATUS_FAILED)
        status = error_prefix(error, STATUS_SYSTEM, "instructions are counted by valgrind, which does not start here (apt "
                              "install valgrind)");
    return status;
}

enum status instructions_available(const struct setting *setting, struct error *error)
{
    if (SEQSCALE_SANITIZERS[0])
        return error_set(error, STATUS_SYSTEM, "a build with sanitizers (%s) does not run under valgrind: count instructions with "
                         "a release build", SEQSCALE_SANITIZERS);
    struct counter counter = {.client = NULL};
    json_t *reply = NULL;
    enum status status = counter_start(&counter, *setting, error);
    if (status == STATUS_OK)
        status = client_ask(counter.client, json_pack("{s:s, s:i}", "do", "hello", "protocol", PROTOCOL_VERSION), START_SECONDS,
                            &reply, error);
    const char *obstacle = status == STATUS_OK ? protocol_string(reply, "cannot_count", NULL) : NULL;
    if (obstacle)
        status = error_set(error, STATUS_SYSTEM, "%s", obstacle);
    json_decref(reply);
    counter_end(&counter);
    return status;
}

/* ---------------------------------------------------------------- what it counted */

static enum status read_totals(double *count, const char *path, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    TRY(text_read_file(path, COUNTS_FILE_MAX, &text, &length, error));
    const char *line = strstr(text, "\ntotals: ");
    char *end = NULL;
    *count = line ? strtod(line + strlen("\ntotals: "), &end) : 0.0;
    const bool ok = line && *end == '\n';
    free(text);
    return ok ? STATUS_OK : error_set(error, STATUS_FAILED, "valgrind wrote no total into %s", path);
}

/* counts.1-02 is that of the thread that made the call (worker/count.c). The first one of the process waits meanwhile: how long
 * it takes to begin waiting is not the call's. */
static enum status sum_totals(double *count, const char *path, struct error *error)
{
    DIR *folder = opendir(path);
    enum status status = STATUS_OK;
    *count = 0.0;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && status == STATUS_OK; entry = readdir(folder)) {
        double total = 0.0;
        char file[300];
        if (!text_starts(entry->d_name, COUNTS "-") || strcmp(entry->d_name, COUNTS "-01") == 0)
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        status = read_totals(&total, file, error);
        *count += total;
    }
    if (folder)
        closedir(folder);
    if (status == STATUS_OK && !(*count > 0.0))
        status = error_set(error, STATUS_FAILED, "valgrind wrote no count into %s", path);
    return status;
}

static enum status send_prepare(const struct counter *counter, const struct setting *setting, const struct cell *cell,
                                const char *module, const char *plan_text, struct error *error)
{
    json_t *request = setting_problem(setting, cell, module, "prepare");
    if (plan_text)
        json_object_set_new(request, "plan", json_string(plan_text));
    return client_send(counter->client, request, error);
}

static enum status receive_prepare(struct counter *counter, double timeout_seconds, struct error *error)
{
    json_t *reply = NULL;
    TRY(client_receive(counter->client, timeout_seconds, &reply, error));
    counter->handle = (int)protocol_real(reply, "handle", 0.0);
    json_decref(reply);
    return client_send(counter->client, json_pack("{s:s, s:i}", "do", "count", "handle", counter->handle), error);
}

static enum status receive_count(double *count, const struct counter *counter, double timeout_seconds, struct error *error)
{
    json_t *reply = NULL;
    TRY(client_receive(counter->client, timeout_seconds, &reply, error));
    json_decref(reply);
    return sum_totals(count, counter->folder, error);
}

/* ---------------------------------------------------------------- one cell */

/* Each step is begun in all processes before it is waited for in the first. */
static enum status count_in(double *counts, struct counter *counters, size_t processes, const struct setting *setting,
                            const struct cell *cell, const char *module, const char *plan_text, size_t *at, struct error *error)
{
    for (*at = 0; *at < processes; ++*at)
        TRY(counter_start(&counters[*at], *setting, error));
    for (*at = 0; *at < processes; ++*at)
        TRY(send_prepare(&counters[*at], setting, cell, module, plan_text, error));
    for (*at = 0; *at < processes; ++*at)
        TRY(receive_prepare(&counters[*at], setting->timeout_seconds, error));
    for (*at = 0; *at < processes; ++*at)
        TRY(receive_count(&counts[*at], &counters[*at], setting->timeout_seconds, error));
    return STATUS_OK;
}

static void keep_failure(struct instructions_runs *runs, struct client *client)
{
    snprintf(runs->kind, sizeof runs->kind, "%s", client ? client_kind(client) : "");
    runs->tail = client ? strdup(client_tail(client)) : NULL;
    runs->timed_out = client && client_timed_out(client);
}

static enum status count_runs(const struct setting *setting, const struct cell *cell, const char *module, const char *plan_text,
                              size_t processes, struct instructions_runs *runs, struct error *error)
{
    struct counter counters[INSTRUCTIONS_RUNS] = {{.client = NULL}};
    struct setting counting = *setting;
    size_t at = 0;
    *runs = (struct instructions_runs){.kind = ""};
    counting.isa = instructions_isa(setting->isa);
    const enum status status =
        count_in(runs->counts, counters, processes, &counting, cell, module, plan_text, &at, error);
    if (status != STATUS_OK)
        keep_failure(runs, counters[at].client);
    for (size_t i = 0; i < processes; ++i)
        counter_end(&counters[i]);
    return status;
}

enum status instructions_count_runs(const struct setting *setting, const struct cell *cell, const char *module,
                                    const char *plan_text, struct instructions_runs *runs, struct error *error)
{
    return count_runs(setting, cell, module, plan_text, INSTRUCTIONS_RUNS, runs, error);
}

/* ---------------------------------------------------------------- one count for those who have no plan */

/* *plan_text stays NULL where the operator keeps no knowledge. */
static enum status make_plan(char **plan_text, struct setting setting, const struct cell *cell, const char *module,
                             struct error *error)
{
    struct client *client = NULL;
    json_t *reply = NULL;
    *plan_text = NULL;
    setting.isa = instructions_isa(setting.isa);
    setting.launcher = NULL;
    TRY(setting_start_worker(&setting, NULL, cell->bind, 1, 0, &client, error));
    const enum status status =
        client_ask(client, setting_problem(&setting, cell, module, "prepare"), setting.timeout_seconds, &reply, error);
    const char *exported = status == STATUS_OK ? protocol_string(reply, "plan", NULL) : NULL;
    *plan_text = exported ? strdup(exported) : NULL;
    json_decref(reply);
    client_end(client);
    return exported && !*plan_text ? error_set(error, STATUS_SYSTEM, "out of memory for a plan") : status;
}

enum status instructions_count(const struct setting *setting, const struct cell *cell, const char *module,
                               const char *plan_text, double *instructions, struct error *error)
{
    char *made = NULL;
    struct instructions_runs runs;
    if (!module)
        return error_set(error, STATUS_USAGE, "instructions of an external worker cannot be counted");
    if (cell->threads != 1)
        return error_set(error, STATUS_USAGE, "instructions are counted with one thread, and not with %d", cell->threads);
    if (!plan_text)
        TRY(make_plan(&made, *setting, cell, module, error));
    const enum status status = count_runs(setting, cell, module, plan_text ? plan_text : made, 1, &runs, error);
    *instructions = runs.counts[0];
    free(runs.tail);
    free(made);
    return status;
}
