/* fingerprint_system.c - the fields that describe the operating system: kernel and its settings, memory, limits, and what
 * else was going on (load, pressure, environment).
 *
 * A fingerprint is published with results, so it holds what bears on speed and nothing that names hosts, disks or people:
 * of the kernel's command line and of the environment only what the lists below let through.
 */
#include "machine/fingerprint_fields.h"

#include "base/text.h"
#include "machine/cgroup.h"
#include "machine/clock.h"
#include "machine/memory.h"
#include "machine/sysfile.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Kernel parameters that change how fast programs run; a name that ends in '.' stands for all that begin with it. */
static const char *const kernel_parameters[] = {
    "amd_pstate", "clocksource", "cpufreq.", "cpuidle.", "cpuidle_haltpoll.", "default_hugepagesz", "hugepages",
    "hugepagesz", "idle", "init_on_alloc", "init_on_free", "intel_idle.", "intel_pstate", "isolcpus", "l1tf",
    "maxcpus", "mds", "mem", "mitigations", "nohz", "nohz_full", "nopti", "nosmt", "nospectre_v2", "nr_cpus", "numa",
    "numa_balancing", "preempt", "processor.", "pti", "rcu_nocbs", "retbleed", "skew_tick", "slub_debug",
    "spec_store_bypass_disable", "spectre_v2", "transparent_hugepage", "tsc"};

static bool is_kernel_parameter_wanted(const char *word)
{
    const size_t name = strcspn(word, "=");
    for (size_t at = 0; at < ARRAY_LEN(kernel_parameters); ++at) {
        const char *wanted = kernel_parameters[at];
        if (text_ends(wanted, ".") ? text_starts(word, wanted) : strlen(wanted) == name && strncmp(word, wanted, name) == 0)
            return true;
    }
    return false;
}

/* "" is an answer: the command line was read, and nothing in it matters. */
static json_t *read_kernel_parameters(const struct field_source *source, const char *detail)
{
    (void)detail;
    char *line = sysfile_read(source->root, "/proc/cmdline");
    if (!line)
        return NULL;
    struct text wanted = {0};
    char *rest = NULL;
    for (char *word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
        if (is_kernel_parameter_wanted(word))
            text_format(&wanted, "%s%s", wanted.length ? " " : "", word);
    json_t *value = wanted.failed ? NULL : json_string(text_get(&wanted));
    text_free(&wanted);
    free(line);
    return value;
}

/* The word in brackets: "always [madvise] never". */
static json_t *read_bracketed(const struct field_source *source, const char *path)
{
    char *line = sysfile_read(source->root, path);
    const char *open = line ? strchr(line, '[') : NULL;
    const char *close = open ? strchr(open, ']') : NULL;
    json_t *value = close ? json_stringn(open + 1, (size_t)(close - open - 1)) : NULL;
    free(line);
    return value;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* {"meltdown": "Not affected", ...}: one file for each weakness that the kernel knows. */
static json_t *read_mitigations(const struct field_source *source, const char *path)
{
    char *folder = text_print("%s%s", source->root, path);
    struct dirent **entries = NULL;
    const int count = folder ? scandir(folder, &entries, is_visible, alphasort) : -1;
    free(folder);
    if (count < 0)
        return NULL;
    json_t *all = json_object();
    for (int at = 0; at < count; ++at) {
        char *file = text_print("%s/%s", path, entries[at]->d_name);
        json_t *text = file ? field_file_text(source, file) : NULL;
        if (text)
            json_object_set_new(all, entries[at]->d_name, text);
        free(file);
        free(entries[at]);
    }
    free(entries);
    return all;
}

static json_t *read_cpu_quota(const struct field_source *source, const char *detail)
{
    (void)detail;
    char *groups = sysfile_read(source->root, "/proc/self/cgroup");
    const bool is_known = groups != NULL;
    free(groups);
    if (!is_known)
        return NULL;
    const double quota = cgroup_cpu_quota(source->root);
    return isfinite(quota) ? json_real(quota) : json_string("none");
}

static double total_memory_bytes(const struct field_source *source)
{
    char *lines = sysfile_read(source->root, "/proc/meminfo");
    const double kib = sysfile_field_number(lines, "MemTotal", ':');
    free(lines);
    return kib * 1024.0;
}

static json_t *read_memory_total(const struct field_source *source, const char *detail)
{
    (void)detail;
    return field_whole(total_memory_bytes(source));
}

/* The kernel keeps a little of the memory to itself, and not always the same: whole GiB tell machines apart well enough. */
static json_t *read_memory_gib(const struct field_source *source, const char *detail)
{
    (void)detail;
    return field_whole(round(total_memory_bytes(source) / 0x1p30));
}

static json_t *read_memory_available(const struct field_source *source, const char *detail)
{
    (void)detail;
    return field_whole(memory_available_under(source->root));
}

/* PRETTY_NAME="Debian GNU/Linux 12 (bookworm)" */
static json_t *read_operating_system(const struct field_source *source, const char *detail)
{
    (void)detail;
    char *lines = sysfile_read(source->root, "/etc/os-release");
    char *name = sysfile_field(lines, "PRETTY_NAME", '=');
    free(lines);
    const char *start = name ? name + strspn(name, "\"'") : NULL;
    json_t *value = start ? json_stringn(start, strcspn(start, "\"'")) : NULL;
    free(name);
    return value;
}

static json_t *read_affinity(const struct field_source *source, const char *detail)
{
    (void)detail;
    char *lines = sysfile_read(source->root, "/proc/self/status");
    json_t *value = field_text(sysfile_field(lines, "Cpus_allowed_list", ':'));
    free(lines);
    return value;
}

/* Load averages over 1, 5 and 15 minutes: "0.10 0.20 0.15". */
static json_t *read_load(const struct field_source *source, const char *path)
{
    char *line = sysfile_read(source->root, path);
    char *end = line;
    for (int word = 0; end && word < 3; ++word)
        end = strchr(word ? end + 1 : end, ' ');
    if (end)
        *end = '\0';
    return field_text(line);
}

/* The kernel's pressure-stall information: share of the last 10 seconds in which some task had to wait, in percent. */
static json_t *read_pressure(const struct field_source *source, const char *path)
{
    char *lines = sysfile_read(source->root, path);
    const char *average = lines ? strstr(lines, "some avg10=") : NULL;
    json_t *value = average ? json_real(strtod(average + strlen("some avg10="), NULL)) : NULL;
    free(lines);
    return value;
}

static json_t *read_clock_cost(const struct field_source *source, const char *detail)
{
    (void)source, (void)detail;
    return json_real(clock_wall_cost_seconds());
}

static const char *const variables[] = {"OMP_", "GOMP_", "KMP_", "OPENBLAS_", "MALLOC_", "GLIBC_TUNABLES=", "LD_PRELOAD=",
                                        "SEQSCALE_ISA="};

static bool is_variable_wanted(const char *definition)
{
    for (size_t at = 0; at < ARRAY_LEN(variables); ++at)
        if (text_starts(definition, variables[at]))
            return true;
    return false;
}

/* {"OMP_NUM_THREADS": "2", ...}. Recorded, never acted upon: reading the environment for that is the commands' business. */
static json_t *read_environment(const struct field_source *source, const char *detail)
{
    (void)source, (void)detail;
    json_t *all = json_object();
    for (char **definition = environ; *definition; ++definition) {
        const char *equals = strchr(*definition, '=');
        if (!equals || !is_variable_wanted(*definition))
            continue;
        char *name = strndup(*definition, (size_t)(equals - *definition));
        if (name)
            json_object_set_new(all, name, json_string(equals + 1));
        free(name);
    }
    return all;
}

static const struct field fields[] = {
    {"kernel", FIELD_MACHINE, field_file_text, "/proc/sys/kernel/osrelease"},
    {"kernel_parameters", FIELD_MACHINE, read_kernel_parameters, NULL},
    {"transparent_huge_pages", FIELD_MACHINE, read_bracketed, "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"address_randomisation", FIELD_MACHINE, field_file_whole, "/proc/sys/kernel/randomize_va_space"},
    {"mitigations", FIELD_MACHINE, read_mitigations, "/sys/devices/system/cpu/vulnerabilities"},
    {"clock_source", FIELD_MACHINE, field_file_text, "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
    {"cpu_quota", FIELD_MACHINE, read_cpu_quota, NULL},
    {"memory_gib", FIELD_MACHINE, read_memory_gib, NULL},
    {"memory_total_bytes", FIELD_INFORMATION, read_memory_total, NULL},
    {"memory_available_bytes", FIELD_INFORMATION, read_memory_available, NULL},
    {"operating_system", FIELD_INFORMATION, read_operating_system, NULL},
    {"affinity", FIELD_INFORMATION, read_affinity, NULL},
    {"load", FIELD_INFORMATION, read_load, "/proc/loadavg"},
    {"pressure_cpu_percent", FIELD_INFORMATION, read_pressure, "/proc/pressure/cpu"},
    {"pressure_memory_percent", FIELD_INFORMATION, read_pressure, "/proc/pressure/memory"},
    {"clock_cost_seconds", FIELD_INFORMATION, read_clock_cost, NULL},
    {"environment", FIELD_INFORMATION, read_environment, NULL},
};

const struct field_table fingerprint_system_fields = {.fields = fields, .count = ARRAY_LEN(fields)};
