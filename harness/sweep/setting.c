/* setting.c - see setting.h. */
#include "sweep/setting.h"

#include "base/text.h"
#include "machine/denormal.h"
#include "machine/memory.h"

#include <stdlib.h>
#include <string.h>

#define ENVIRONMENT_MAX 20

enum status setting_init(struct setting *setting, const char *operators, struct error *error)
{
    *setting = (struct setting){.seed = 1,
                                .timeout_seconds = SETTING_TIMEOUT_SECONDS,
                                .samples = SETTING_SAMPLES,
                                .memory_limit_bytes = SETTING_MEMORY_SHARE * memory_available_bytes()};
    enum status status = isa_choose(getenv("SEQSCALE_ISA"), &setting->isa, error);
    if (status != STATUS_OK)
        return error_prefix(error, status, "SEQSCALE_ISA");
    TRY(find_init(&setting->search, operators, error));
    status = topology_load(&setting->topology, NULL, error);
    if (status != STATUS_OK)
        find_free(&setting->search);
    return status;
}

void setting_free(struct setting *setting)
{
    topology_free(setting->topology);
    setting->topology = NULL;
    find_free(&setting->search);
}

/* ---------------------------------------------------------------- environment */

void setting_environment_free(char **environment)
{
    for (char **entry = environment; entry && *entry; ++entry)
        free(*entry);
    free(environment);
}

static enum status fill_environment(const struct setting *setting, int threads, bool bound, const char *places,
                                    char **environment, struct error *error)
{
    const char *core = setting->launcher ? isa_openblas_core_named(setting->isa) : isa_openblas_core(setting->isa);
    size_t count = 0;
    environment[count++] = text_print("OMP_NUM_THREADS=%d", threads);
    environment[count++] = text_print("OMP_DYNAMIC=false");
    environment[count++] = text_print("OMP_MAX_ACTIVE_LEVELS=1");
    environment[count++] = text_print("OMP_PROC_BIND=%s", bound ? "true" : "false");
    environment[count++] = bound ? text_print("OMP_PLACES=%s", places) : text_print("OMP_PLACES"); /* a bare name: unset */
    environment[count++] = text_print("OMP_WAIT_POLICY");
    environment[count++] = text_print("OMP_THREAD_LIMIT");
    environment[count++] = text_print("GOMP_CPU_AFFINITY");
    /* Turns of a loop around a pause instruction, 40 to 140 cycles each: long enough for all that lies between two regions of a
     * call, short enough for the next worker, which waits until it is over. By default it is 300000, up to 12 ms; LLVM's runtime
     * would spin for 200. */
    environment[count++] = text_print("GOMP_SPINCOUNT=20000");
    environment[count++] = text_print("KMP_BLOCKTIME=1");
    environment[count++] = text_print("OPENBLAS_NUM_THREADS=%d", threads);
    environment[count++] = text_print("SEQSCALE_ISA=%s", isa_name(setting->isa));
    if (core)
        environment[count++] = text_print("OPENBLAS_CORETYPE=%s", core);
    for (size_t i = 0; i < count; ++i)
        if (!environment[i])
            return error_set(error, STATUS_SYSTEM, "out of memory for a worker's environment");
    return STATUS_OK;
}

enum status setting_place(const struct setting *setting, const char *bind, int threads, int *cpus, int *count,
                          struct error *error)
{
    enum bind_policy policy = BIND_COMPACT;
    TRY(bind_policy_parse(bind, &policy, error));
    return topology_place(setting->topology, policy, threads, cpus, count, error);
}

enum status setting_environment(const struct setting *setting, const char *bind, int threads, int *cpus, int *cpu_count,
                                char ***environment, struct error *error)
{
    const bool bound = strcmp(bind, "none") != 0;
    TRY(setting_place(setting, bind, threads, cpus, cpu_count, error));
    char *places = topology_omp_places(cpus, *cpu_count);
    *environment = calloc(ENVIRONMENT_MAX, sizeof **environment);
    enum status status = places && *environment
                             ? fill_environment(setting, threads, bound, places, *environment, error)
                             : error_set(error, STATUS_SYSTEM, "out of memory for a worker's environment");
    free(places);
    if (status != STATUS_OK) {
        setting_environment_free(*environment);
        *environment = NULL;
    }
    return status;
}

/* ---------------------------------------------------------------- workers */

enum status setting_start_worker(const struct setting *setting, const char *operator_name, const char *bind, int threads,
                                 uint64_t layout_seed, struct client **client, struct error *error)
{
    const size_t room = (size_t)topology_cpus(setting->topology);
    int *cpus = calloc(room ? room : 1, sizeof *cpus), count = 0;
    char **environment = NULL;
    enum status status = cpus ? setting_environment(setting, bind, threads, cpus, &count, &environment, error)
                              : error_set(error, STATUS_SYSTEM, "out of memory for a worker");
    if (status == STATUS_OK) {
        const struct client_launch launch = {
            .program = setting->program,
            .launcher = setting->launcher,
            .command = operator_name && find_is_external(operator_name) ? operator_name + strlen("exec:") : NULL,
            .environment = (const char *const *)environment,
            .cpus = cpus,
            .cpu_count = count,
            .timeout_seconds = setting->timeout_seconds,
            .memory_limit_bytes = setting->memory_limit_bytes,
            .layout_seed = layout_seed,
        };
        status = client_start(client, &launch, error);
    }
    setting_environment_free(environment);
    free(cpus);
    return status;
}

char *setting_policies(const struct setting *setting)
{
    json_t *policies = json_pack(
        "{s:s, s:s, s:f, s:s, s:s, s:s}", "huge_pages", setting->small_pages ? "off" : "on for regions from 256 KiB",
        "denormals", "flushed to zero in every thread", "denormal_penalty", denormal_penalty(), "first_touch",
        "by the threads that use the memory, before any call", "allocator",
        "regions mapped by the harness; glibc's mmap threshold pinned at 32 MiB, never trimmed; 1 MiB of heap touched ahead",
        "page_faults",
        "counted in every sample; none expected");
    char *text = json_dumps(policies, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(4));
    json_decref(policies);
    return text;
}

json_t *setting_problem(const struct setting *setting, const struct cell *cell, const char *module, const char *word)
{
    json_t *problem = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:i, s:s, s:s, s:s, s:I, s:s}", "do", word, "module", module ? module : "",
        "options", cell->options, "batch", (json_int_t)cell->batch, "length", (json_int_t)cell->length, "width",
        (json_int_t)cell->width, "mode", cell->mode, "scope", cell->scope, "threads", cell->threads, "prepare", cell->prepare,
        "cache", cell->cache, "isa", isa_name(setting->isa), "seed", (json_int_t)cell->seed, "huge_pages",
        setting->small_pages ? "off" : "on");
    if (setting->extra_steps > 0)
        json_object_set_new(problem, "extra_steps", json_integer(setting->extra_steps));
    return problem;
}
