/* fingerprint_processor.c - the fields that describe processor, topology and clock frequency.
 *
 * Sources: /proc/cpuinfo (its first processor; keys differ by architecture, and what is not there is null), hwloc through
 * topology.h, /sys/devices/system/cpu, and CPUID for the hypervisor's name.
 */
#include "machine/fingerprint_fields.h"

#include "base/text.h"
#include "machine/isa.h"
#include "machine/sha256.h"
#include "machine/sysfile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define HYPERVISOR_BIT (1u << 31) /* leaf 1, ecx: zero on bare metal */
#define HYPERVISOR_LEAF 0x40000000u

static json_t *read_hypervisor(const struct field_source *source, const char *detail)
{
    (void)source, (void)detail;
    unsigned a, b, c = 0, d;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return NULL;
    if (!(c & HYPERVISOR_BIT))
        return json_string("none");
    __cpuid(HYPERVISOR_LEAF, a, b, c, d);
    const unsigned words[] = {b, c, d};
    char name[sizeof words + 1] = {0}; /* "KVMKVMKVM", "VMwareVMware", "Microsoft Hv" */
    memcpy(name, words, sizeof words);
    return json_string(name);
}
#else
static json_t *read_hypervisor(const struct field_source *source, const char *detail)
{
    (void)detail;
    return field_file_text(source, "/sys/hypervisor/type");
}
#endif

static json_t *cpuinfo_text(const struct field_source *source, const char *key)
{
    return field_text(sysfile_field(source->cpuinfo, key, ':'));
}

static json_t *cpuinfo_whole(const struct field_source *source, const char *key)
{
    return field_whole(sysfile_field_number(source->cpuinfo, key, ':'));
}

/* The list of a modern processor is 1500 characters of which a few matter: whether it is the same one is enough. */
static json_t *read_flags(const struct field_source *source, const char *detail)
{
    (void)detail;
    char *flags = sysfile_field(source->cpuinfo, "flags", ':');
    if (!flags)
        flags = sysfile_field(source->cpuinfo, "Features", ':'); /* what Arm calls them */
    if (!flags)
        return NULL;
    char hex[SHA256_HEX];
    struct sha256 hash = sha256_start();
    sha256_add(&hash, flags, strlen(flags));
    sha256_finish(&hash, hex);
    free(flags);
    return json_string(hex);
}

static json_t *read_isa(const struct field_source *source, const char *detail)
{
    (void)source, (void)detail;
    return json_string(isa_name(isa_best()));
}

static json_t *read_packages(const struct field_source *source, const char *detail)
{
    (void)detail;
    return json_integer(topology_packages(source->topology));
}

static json_t *read_cores(const struct field_source *source, const char *detail)
{
    (void)detail;
    return json_integer(topology_cores(source->topology));
}

static json_t *read_hardware_threads(const struct field_source *source, const char *detail)
{
    (void)detail;
    return json_integer(topology_cpus(source->topology));
}

static json_t *read_numa_nodes(const struct field_source *source, const char *detail)
{
    (void)detail;
    return json_integer(topology_numa_nodes(source->topology));
}

static json_t *read_smt(const struct field_source *source, const char *detail)
{
    (void)detail;
    const double active = sysfile_number(source->root, "/sys/devices/system/cpu/smt/active");
    return isnan(active) ? NULL : json_boolean(active != 0.0);
}

static json_t *read_cache(const struct field_source *source, const char *level)
{
    const size_t bytes = topology_cache_bytes(source->topology, atoi(level), NULL);
    return bytes ? json_integer((json_int_t)bytes) : NULL;
}

static json_t *read_cache_sharers(const struct field_source *source, const char *level)
{
    int shared_by = 0;
    const size_t bytes = topology_cache_bytes(source->topology, atoi(level), &shared_by);
    return bytes ? json_integer(shared_by) : NULL;
}

/* malloc'd path of one of the frequency settings of the first allowed CPU. */
static char *cpufreq_path(const struct field_source *source, const char *file)
{
    return text_print("/sys/devices/system/cpu/cpu%d/cpufreq/%s", source->cpu, file);
}

static json_t *cpufreq_text(const struct field_source *source, const char *file)
{
    char *path = cpufreq_path(source, file);
    json_t *value = path ? field_file_text(source, path) : NULL;
    free(path);
    return value;
}

static json_t *cpufreq_whole(const struct field_source *source, const char *file)
{
    char *path = cpufreq_path(source, file);
    json_t *value = path ? field_file_whole(source, path) : NULL;
    free(path);
    return value;
}

/* intel_pstate says when turbo is off, other drivers when boost is on. */
static json_t *read_turbo(const struct field_source *source, const char *detail)
{
    (void)detail;
    const double off = sysfile_number(source->root, "/sys/devices/system/cpu/intel_pstate/no_turbo");
    if (!isnan(off))
        return json_boolean(off == 0.0);
    const double on = sysfile_number(source->root, "/sys/devices/system/cpu/cpufreq/boost");
    return isnan(on) ? NULL : json_boolean(on != 0.0);
}

static const struct field fields[] = {
    {"cpu_vendor", FIELD_MACHINE, cpuinfo_text, "vendor_id"},
    {"cpu_model", FIELD_MACHINE, cpuinfo_text, "model name"},
    {"cpu_family", FIELD_MACHINE, cpuinfo_whole, "cpu family"},
    {"cpu_model_number", FIELD_MACHINE, cpuinfo_whole, "model"},
    {"cpu_stepping", FIELD_MACHINE, cpuinfo_whole, "stepping"},
    {"cpu_microcode", FIELD_MACHINE, cpuinfo_text, "microcode"},
    {"cpu_flags_sha256", FIELD_MACHINE, read_flags, NULL},
    {"cpu_isa", FIELD_MACHINE, read_isa, NULL},
    {"packages", FIELD_MACHINE, read_packages, NULL},
    {"cores", FIELD_MACHINE, read_cores, NULL},
    {"hardware_threads", FIELD_MACHINE, read_hardware_threads, NULL},
    {"smt", FIELD_MACHINE, read_smt, NULL},
    {"numa_nodes", FIELD_MACHINE, read_numa_nodes, NULL},
    {"cache_l1d_bytes", FIELD_MACHINE, read_cache, "1"},
    {"cache_l2_bytes", FIELD_MACHINE, read_cache, "2"},
    {"cache_l3_bytes", FIELD_MACHINE, read_cache, "3"},
    {"cache_l3_shared_by", FIELD_MACHINE, read_cache_sharers, "3"},
    {"hypervisor", FIELD_MACHINE, read_hypervisor, NULL},
    {"governor", FIELD_MACHINE, cpufreq_text, "scaling_governor"},
    {"frequency_driver", FIELD_MACHINE, cpufreq_text, "scaling_driver"},
    {"frequency_min_khz", FIELD_MACHINE, cpufreq_whole, "scaling_min_freq"},
    {"frequency_max_khz", FIELD_MACHINE, cpufreq_whole, "scaling_max_freq"},
    {"turbo", FIELD_MACHINE, read_turbo, NULL},
};

const struct field_table fingerprint_processor_fields = {.fields = fields, .count = ARRAY_LEN(fields)};
