/* machine.c - seqscale machine: what the hardware is (topology, fingerprint) and what it gives right now (probes).
 *
 * The probes run in this process: they load no operator, so nothing can take it down. OpenMP reads OMP_PLACES before main
 * begins, too late for the topology to have a say, so the threads bind themselves (struct probe_request.cpus), one on each
 * core, in the order in which a sweep with --bind compact would put them.
 */
#include "commands/commands.h"

#include "commands/machine_noise.h"
#include "commands/words.h"
#include "machine/fingerprint.h"
#include "machine/probe.h"
#include "machine/topology.h"
#include "present/sweep_notes.h"
#include "present/table.h"
#include "present/units.h"
#include "sweep/setting.h"

#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_SECONDS 1.0
#define WATCH_QUICK_SECONDS 0.2
#define FULL_SECONDS 1.0 /* for each number of threads */

static const char help[] =
    "Usage: seqscale machine [--quick] [--json]\n"
    "\n"
    "Prints what this machine is (processor, caches, kernel, compiler: the fingerprint that every sweep stores), what\n"
    "disturbs measurements on it, what that costs and what to do about it, and what it gives right now, on one core and on\n"
    "all: peak arithmetic, OpenBLAS, read bandwidth of each cache and of memory, what a barrier costs, and how much two CPUs\n"
    "really deliver together. SEQSCALE_ISA=generic|v3|v4 chooses the instruction set.\n"
    "\n"
    "  --quick   only the figures that a sweep takes between its blocks, and a shorter look for noise\n"
    "  --json    one JSON object: {\"fingerprint\": ..., \"probes\": [{\"kind\", \"threads\", \"value\"}, ...],\n"
    "            \"noise\": {\"grade\", \"reason\", \"findings\": [{\"name\", \"trouble\", \"found\", \"cost\",\n"
    "            \"advice\"}, ...]}}\n"
    "\n"
    "Example:\n"
    "  seqscale machine --quick\n";

struct machine_words {
    bool json, quick, help;
};

/* The probes of one core, then those of all cores where there are several. */
struct results {
    struct probe probes[2 * PROBE_MOST];
    size_t count;
    int cores;
};

static enum status parse_words(struct machine_words *words, int argc, char **argv, struct error *error)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"quick", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'}, {0}};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (c) {
        case 'j': words->json = true; break;
        case 'q': words->quick = true; break;
        case 'h': words->help = true; break;
        default: return words_bad_option("machine", c, argv, error);
        }
    }
    if (optind < argc)
        return error_set(error, STATUS_USAGE, "machine: '%s' is not expected here: this command describes the machine that "
                         "it runs on and takes options only", argv[optind]);
    return STATUS_OK;
}

static void take(struct results *results, const struct topology *topology, const int *cpus, int threads, enum isa isa,
                 bool full)
{
    const struct probe_request request = {.threads = threads, .cpus = cpus, .isa = isa,
                                          .l1_bytes = topology_cache_bytes(topology, 1, NULL),
                                          .l2_bytes = topology_cache_bytes(topology, 2, NULL),
                                          .l3_bytes = topology_cache_bytes(topology, 3, NULL),
                                          .openblas_path = SEQSCALE_OPENBLAS_PATH, .budget_seconds = FULL_SECONDS,
                                          .full = full};
    results->count += probe_run(&request, results->probes + results->count, PROBE_MOST);
}

static enum status measure(struct results *results, const struct topology *topology, bool full, struct error *error)
{
    enum isa isa = ISA_GENERIC;
    TRY(isa_choose(getenv("SEQSCALE_ISA"), &isa, error));
    if (isa_openblas_core(isa))
        setenv("OPENBLAS_CORETYPE", isa_openblas_core(isa), 0); /* read when the library is loaded */
    int count = 0, *cpus = calloc((size_t)topology_cpus(topology), sizeof(*cpus));
    if (!cpus)
        return error_set(error, STATUS_SYSTEM, "out of memory for a list of CPUs");
    results->cores = topology_cores(topology);
    const enum status status = topology_place(topology, BIND_COMPACT, results->cores, cpus, &count, error);
    if (status == STATUS_OK) {
        take(results, topology, cpus, 1, isa, full);
        if (results->cores > 1)
            take(results, topology, cpus, results->cores, isa, full);
    }
    free(cpus);
    return status;
}

static json_t *probes_to_json(const struct results *results)
{
    json_t *list = json_array();
    for (size_t at = 0; at < results->count; ++at) {
        const struct probe *probe = &results->probes[at];
        json_t *value = isfinite(probe->value) ? json_real(probe->value) : json_null();
        json_array_append_new(list, json_pack("{s:s, s:i, s:o}", "kind", probe->kind, "threads", probe->threads, "value",
                                              value));
    }
    return list;
}

static enum status print_json(json_t *fingerprint, const struct results *results, const struct doctor_facts *noise,
                              struct error *error)
{
    struct text doctor = {0};
    doctor_append_json(&doctor, noise);
    json_t *all = json_pack("{s:O, s:o, s:o}", "fingerprint", fingerprint, "probes", probes_to_json(results), "noise",
                            json_loads(text_get(&doctor), 0, NULL));
    text_free(&doctor);
    const int failed = !all || json_dumpf(all, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF;
    json_decref(all);
    return failed ? error_set(error, STATUS_SYSTEM, "cannot write the machine's description") : STATUS_OK;
}

static void print_value(const char *name, const json_t *value)
{
    char *number = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
    const char *string = json_is_null(value) ? "unknown" : json_is_string(value) ? json_string_value(value) : number;
    printf("  %-29s %s\n", name, string ? string : "");
    free(number);
}

/* An object goes below its name, one line for each member. */
static void print_field(const char *name, json_t *value)
{
    if (!json_is_object(value)) {
        print_value(name, value);
        return;
    }
    const char *member;
    json_t *part;
    if (json_object_size(value) == 0)
        printf("  %-29s none\n", name);
    else
        printf("  %s\n", name);
    json_object_foreach (value, member, part) {
        char indented[64];
        snprintf(indented, sizeof indented, "  %s", member);
        print_value(indented, part);
    }
}

static void print_fields(const json_t *fingerprint, const char *kind, const char *heading)
{
    const char *name;
    json_t *field;
    printf("\n%s\n", heading);
    json_object_foreach (json_object_get(fingerprint, "fields"), name, field)
        if (strcmp(json_string_value(json_object_get(field, "kind")), kind) == 0)
            print_field(name, json_object_get(field, "value"));
}

static void print_fingerprint(const json_t *fingerprint, const struct topology *topology)
{
    char key[FINGERPRINT_KEY];
    char *line = topology_describe(topology);
    printf("%s\n", line ? line : "");
    free(line);
    print_fields(fingerprint, "machine", "Machine (results compare directly where all of this is the same)");
    print_fields(fingerprint, "build", "Build");
    print_fields(fingerprint, "information", "For information");
    fingerprint_key(fingerprint, NULL, key);
    printf("\nKey of machine and build: %.12s\n", key);
}

static const char *format_flops(char out[UNITS_TEXT], double gflops)
{
    snprintf(out, UNITS_TEXT, isfinite(gflops) ? "%.3g GFLOP/s" : "-", gflops);
    return out;
}

static const char *format_bandwidth(char out[UNITS_TEXT], double bytes_per_second)
{
    snprintf(out, UNITS_TEXT, isfinite(bytes_per_second) ? "%.3g GB/s" : "-", bytes_per_second * 1e-9);
    return out;
}

static const struct {
    const char *kind;
    const char *(*format)(char out[UNITS_TEXT], double value);
    const char *meaning;
} meanings[] = {
    {"fma_gflops", format_flops, "peak of float32 multiply-adds: no operator can be faster"},
    {"gemm_gflops", format_flops, "what OpenBLAS makes of that: 512 x 512 x 512 products"},
    {"l1_bytes_per_second", format_bandwidth, "reading from the first-level cache"},
    {"l2_bytes_per_second", format_bandwidth, "reading from the second-level cache"},
    {"l3_bytes_per_second", format_bandwidth, "reading from the third-level cache"},
    {"l3_bytes", units_bytes, "what of that cache all cores find here together"},
    {"memory_bytes_per_second", format_bandwidth, "reading from memory: 256 MiB, where L3 is not smaller"},
    {"barrier_seconds", units_seconds, "all threads wait for each other once"},
    {"fork_join_seconds", units_seconds, "starting and ending one empty parallel region"},
    {"parallel_gain", units_ratio, "what two CPUs do together over what one does alone"},
    {"spin_seconds", units_seconds, "a fixed chain of 65536 steps: the core's clock"},
};

static double value_of(const struct results *results, const char *kind, bool all_cores)
{
    const size_t half = results->cores > 1 ? results->count / 2 : results->count;
    for (size_t at = all_cores ? half : 0; at < (all_cores ? results->count : half); ++at)
        if (strcmp(results->probes[at].kind, kind) == 0)
            return results->probes[at].value;
    return NAN;
}

static enum status print_table(const struct results *results, struct error *error)
{
    char all_title[32];
    snprintf(all_title, sizeof all_title, "%d cores", results->cores);
    const struct table_column columns[] = {{"probe", 0}, {"1 core", 1}, {all_title, 1}, {"what it is", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    for (size_t at = 0; at < ARRAY_LEN(meanings); ++at) {
        const double one = value_of(results, meanings[at].kind, false);
        const double all = results->cores > 1 ? value_of(results, meanings[at].kind, true) : NAN;
        char one_text[UNITS_TEXT], all_text[UNITS_TEXT];
        if (isnan(one) && isnan(all))
            continue;
        table_add(table, (const char *const[]){meanings[at].kind, meanings[at].format(one_text, one),
                                               results->cores > 1 ? meanings[at].format(all_text, all) : "",
                                               meanings[at].meaning});
    }
    printf("\n");
    table_print(table, stdout);
    table_free(table);
    return STATUS_OK;
}

static void print_gain_warning(const struct results *results)
{
    const double gain = results->cores > 1 ? value_of(results, "parallel_gain", true) : NAN;
    if (gain < PROBE_GAIN_SHARED) /* not where it is absent */
        printf("\nTwo CPUs together do only %.2f times what one does alone: right now they share a core, as the CPUs of a\n"
               "virtual machine may, or another program is using one. Speed-ups measured meanwhile say little about two\n"
               "cores.\n", gain);
}

/* As a sweep without options has them. */
static void print_policies(void)
{
    const struct setting usual = {.seed = 1};
    struct text line = {0};
    char *policies = setting_policies(&usual);
    sweep_notes_append_policies(&line, policies);
    printf("\n%s", text_get(&line));
    text_free(&line);
    free(policies);
}

static enum status describe(const struct machine_words *words, const struct topology *topology, struct error *error)
{
    struct results results = {0};
    json_t *fingerprint = fingerprint_collect(topology);
    if (!fingerprint)
        return error_set(error, STATUS_SYSTEM, "out of memory while describing the machine");
    enum status status = measure(&results, topology, !words->quick, error);
    struct doctor_facts noise;
    if (status == STATUS_OK)
        machine_noise_watch(&noise, fingerprint, topology, results.cores > 1 ? value_of(&results, "parallel_gain", true) : NAN,
                            words->quick ? WATCH_QUICK_SECONDS : WATCH_SECONDS);
    if (status == STATUS_OK && words->json) {
        status = print_json(fingerprint, &results, &noise, error);
    } else if (status == STATUS_OK) {
        print_fingerprint(fingerprint, topology);
        status = doctor_print(&noise, stdout, error);
        print_policies();
    }
    if (status == STATUS_OK && !words->json) {
        status = print_table(&results, error);
        print_gain_warning(&results);
    }
    json_decref(fingerprint);
    return status;
}

enum status command_machine(int argc, char **argv, struct error *error)
{
    struct machine_words words = {0};
    TRY(parse_words(&words, argc, argv, error));
    if (words.help) {
        fputs(help, stdout);
        return STATUS_OK;
    }
    struct topology *topology = NULL;
    TRY(topology_load(&topology, NULL, error));
    const enum status status = describe(&words, topology, error);
    topology_free(topology);
    return status;
}
