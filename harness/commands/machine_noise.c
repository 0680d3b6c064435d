/* machine_noise.c - see machine_noise.h. */
#include "commands/machine_noise.h"

#include "machine/denormal.h"
#include "machine/memory.h"
#include "machine/noise.h"
#include "machine/spin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATION_SECONDS 5e-3

static const json_t *field(const json_t *fingerprint, const char *name)
{
    return json_object_get(json_object_get(json_object_get(fingerprint, "fields"), name), "value");
}

static const char *text_field(const json_t *fingerprint, const char *name)
{
    const char *text = json_string_value(field(fingerprint, name));
    return text ? text : "";
}

static double number_field(const json_t *fingerprint, const char *name)
{
    const json_t *value = field(fingerprint, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* "0.10 0.20 0.15": over the last minute. */
static double load_of(const json_t *fingerprint)
{
    const char *text = text_field(fingerprint, "load");
    return text[0] ? strtod(text, NULL) : NAN;
}

static const char *turbo_of(const json_t *fingerprint)
{
    const json_t *turbo = field(fingerprint, "turbo");
    return json_is_boolean(turbo) ? (json_is_true(turbo) ? "on" : "off") : text_field(fingerprint, "turbo");
}

static void know(struct doctor_facts *facts, const json_t *fingerprint, const struct topology *topology)
{
    facts->load = load_of(fingerprint);
    facts->pressure_percent = number_field(fingerprint, "pressure_cpu_percent");
    facts->cpus = topology_cpus(topology);
    facts->smt = topology_cpus(topology) > topology_cores(topology);
    facts->virtual_machine = text_field(fingerprint, "hypervisor")[0] && strcmp(text_field(fingerprint, "hypervisor"), "none") != 0;
    facts->governor = text_field(fingerprint, "governor");
    facts->turbo = turbo_of(fingerprint);
    facts->huge_pages = text_field(fingerprint, "transparent_huge_pages");
    facts->build_type = text_field(fingerprint, "build_type");
    facts->sanitizers = text_field(fingerprint, "sanitizers");
    facts->address_randomisation = number_field(fingerprint, "address_randomisation");
    facts->clock_cost_seconds = number_field(fingerprint, "clock_cost_seconds");
}

static void watch(struct doctor_facts *facts, double seconds)
{
    const double calibrated_ns = spin_step_ns(CALIBRATION_SECONDS);
    const struct noise before = noise_read(0);
    const struct spin_gaps gaps = spin_look_for_gaps(seconds);
    const struct noise after = noise_read(0), happened = noise_since(&before, &after);
    facts->steal_share = happened.steal_seconds / happened.wall_seconds;
    facts->seen.value[GRADE_LOST] = fmax(gaps.lost_seconds / gaps.seconds, noise_lost_share(&happened, 1));
    facts->seen.value[GRADE_GAP] = gaps.longest_seconds;
    facts->seen.value[GRADE_THROTTLED] = happened.throttled_seconds / happened.wall_seconds;
    facts->seen.value[GRADE_DRIFT] = fabs(spin_step_ns(CALIBRATION_SECONDS) / calibrated_ns - 1.0);
}

void machine_noise_watch(struct doctor_facts *facts, const json_t *fingerprint, const struct topology *topology,
                         double parallel_gain, double seconds)
{
    *facts = (struct doctor_facts){.seen = grade_nothing_observed(), .parallel_gain = parallel_gain};
    know(facts, fingerprint, topology);
    watch(facts, seconds);
    if (isfinite(parallel_gain))
        facts->seen.value[GRADE_TEAM] = fmax(0.0, 1.0 - parallel_gain / 2.0);
    facts->denormal_penalty = denormal_penalty();
    facts->swap_used_bytes = memory_swap_used_bytes();
}
