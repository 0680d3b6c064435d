/* doctor.c - see doctor.h. One small function for each thing that is looked at, in the order of the table. */
#include "present/doctor.h"

#include "present/table.h"
#include "present/units.h"
#include "store/json_text.h"

#include <math.h>
#include <string.h>

/* printf into one of a finding's texts. */
#define SAY(text, ...) snprintf(text, DOCTOR_TEXT, __VA_ARGS__)

static bool is_worse(enum grade_criterion criterion, double value, char letter)
{
    return grade_letter_of(criterion, value) > letter;
}

/* Every examination of a value begins with the case that it is not known. */
static bool is_unknown(struct doctor_finding *finding, double value, const char *why)
{
    if (!isnan(value))
        return false;
    SAY(finding->found, "unknown (%s)", why);
    return true;
}

static void look_at_lost_time(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    char longest[UNITS_TEXT];
    const double lost = facts->seen.value[GRADE_LOST], gap = facts->seen.value[GRADE_GAP];
    if (is_unknown(finding, lost, "nothing was measured"))
        return;
    SAY(finding->found, "a spin lost %.2g %% of its time, at most %s at once", 100.0 * lost, units_seconds(longest, gap));
    SAY(finding->cost, "times are up to %.2g %% too long, single samples more", 100.0 * lost);
    finding->trouble = is_worse(GRADE_LOST, lost, 'B') || is_worse(GRADE_GAP, gap, 'C');
    if (finding->trouble)
        SAY(finding->advice, "end other programs (`top` shows them), or isolate CPUs: boot with isolcpus= and use `taskset`");
}

static void look_at_steal(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    if (is_unknown(finding, facts->steal_share, "the kernel does not count it"))
        return;
    SAY(finding->found, "%.2g %% of the time", 100.0 * facts->steal_share);
    finding->trouble = is_worse(GRADE_LOST, facts->steal_share, 'A');
    if (facts->steal_share > 0.0)
        SAY(finding->cost, "the host ran other guests meanwhile");
    if (finding->trouble)
        SAY(finding->advice, "rent dedicated CPUs, or measure at another hour");
}

static void look_at_throttling(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    const double throttled = facts->seen.value[GRADE_THROTTLED];
    if (is_unknown(finding, throttled, "no CPU control group"))
        return;
    SAY(finding->found, throttled > 0.0 ? "for %.2g %% of the time" : "none", 100.0 * throttled);
    finding->trouble = throttled > 0.0;
    if (finding->trouble) {
        SAY(finding->cost, "everything stands still until the next period of the quota");
        SAY(finding->advice, "raise the quota (docker run --cpus, cpu.max) or use fewer --threads");
    }
}

static void look_at_load(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    if (is_unknown(finding, facts->load, "no /proc/loadavg"))
        return;
    SAY(finding->found, "%.2f on %d CPUs", facts->load, facts->cpus);
    finding->trouble = facts->load > 0.1 * facts->cpus;
    if (finding->trouble) {
        SAY(finding->cost, "takes about %.0f %% of one CPU", 100.0 * facts->load);
        SAY(finding->advice, "`ps aux --sort=-%%cpu | head` names who; wait, or use --threads %d",
            facts->cpus > 1 ? facts->cpus - 1 : 1);
    }
}

static void look_at_drift(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    const double drift = facts->seen.value[GRADE_DRIFT];
    if (is_unknown(finding, drift, "nothing was measured"))
        return;
    SAY(finding->found, "the same spin changed by %.2g %%", 100.0 * drift);
    finding->trouble = is_worse(GRADE_DRIFT, drift, 'B');
    if (finding->trouble) {
        SAY(finding->cost, "so does every time; within a block all operators meet it alike");
        SAY(finding->advice, "fix the frequency where you may; else a larger --budget: disturbed blocks are repeated");
    }
}

static void look_at_cores(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    if (is_unknown(finding, facts->parallel_gain, facts->cpus > 1 ? "not probed" : "there is one CPU"))
        return;
    SAY(finding->found, "two CPUs do %.2f times what one does", facts->parallel_gain);
    finding->trouble = is_worse(GRADE_TEAM, 1.0 - facts->parallel_gain / 2.0, 'B');
    if (finding->trouble) {
        SAY(finding->cost, "speed-ups of teams are up to %.0f %% too low", 100.0 * (1.0 - facts->parallel_gain / 2.0));
        SAY(finding->advice, "%s", facts->virtual_machine ? "the host places the CPUs: rent whole cores, or compare one thread"
                                                          : "end what uses the other core, or turn SMT off");
    }
}

static void look_at_frequency(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    const char *absent = facts->virtual_machine ? "unknown (VM)" : "unknown";
    SAY(finding->found, "governor %s, turbo %s", facts->governor[0] ? facts->governor : absent,
        facts->turbo[0] ? facts->turbo : absent);
    finding->trouble = facts->governor[0] && strcmp(facts->governor, "performance") != 0;
    if (finding->trouble) {
        SAY(finding->cost, "short cells are measured while the clock still rises");
        SAY(finding->advice, "sudo cpupower frequency-set -g performance");
    } else if (!facts->governor[0]) {
        SAY(finding->cost, "seen only as drift");
    }
}

static void look_at_smt(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    SAY(finding->found, facts->smt ? "cores have several hardware threads" : "not visible");
    if (facts->smt)
        SAY(finding->cost, "none at one thread a core, which --bind compact keeps to");
    else if (facts->virtual_machine)
        SAY(finding->cost, "what the guest calls cores may share one: see cores");
}

static void look_at_huge_pages(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    SAY(finding->found, "%s", facts->huge_pages[0] ? facts->huge_pages : "unknown");
    finding->trouble = strcmp(facts->huge_pages, "never") == 0;
    if (finding->trouble) {
        SAY(finding->cost, "large working sets pay for address translation, differently in each process");
        SAY(finding->advice, "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
    }
}

static void look_at_randomisation(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    if (is_unknown(finding, facts->address_randomisation, "no /proc/sys/kernel/randomize_va_space"))
        return;
    SAY(finding->found, facts->address_randomisation > 0.0 ? "on" : "off");
    finding->trouble = !(facts->address_randomisation > 0.0);
    if (finding->trouble) {
        SAY(finding->cost, "all processes share one layout: its effect on speed is bias, not variance");
        SAY(finding->advice, "sudo sysctl kernel.randomize_va_space=2");
    }
}

static void look_at_denormals(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    if (is_unknown(finding, facts->denormal_penalty, "not measured"))
        return;
    SAY(finding->found, "a multiplication takes %.3g times as long", facts->denormal_penalty);
    SAY(finding->cost, "none here: workers flush them to zero in every thread");
}

static void look_at_swap(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    char used[UNITS_TEXT];
    if (is_unknown(finding, facts->swap_used_bytes, "no /proc/meminfo"))
        return;
    SAY(finding->found, facts->swap_used_bytes > 0.0 ? "%s in use" : "none in use", units_bytes(used, facts->swap_used_bytes));
    finding->trouble = facts->swap_used_bytes > 0x1p26;
    if (finding->trouble) {
        SAY(finding->cost, "a page that comes back takes milliseconds");
        SAY(finding->advice, "end what fills the memory, then sudo swapoff -a");
    }
}

static void look_at_build(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    const bool sanitized = facts->sanitizers[0] && strcmp(facts->sanitizers, "none") != 0;
    SAY(finding->found, "%s%s%s", facts->build_type[0] ? facts->build_type : "unknown", sanitized ? ", sanitizers " : "",
        sanitized ? facts->sanitizers : "");
    finding->trouble = sanitized || strcmp(facts->build_type, "Release") != 0;
    if (finding->trouble) {
        SAY(finding->cost, "times are those of a program that nobody would use");
        SAY(finding->advice, "scripts/build release");
    }
}

static void look_at_clock(const struct doctor_facts *facts, struct doctor_finding *finding)
{
    char cost[UNITS_TEXT];
    if (is_unknown(finding, facts->clock_cost_seconds, "not measured"))
        return;
    SAY(finding->found, "a reading takes %s", units_seconds(cost, facts->clock_cost_seconds));
    finding->trouble = facts->clock_cost_seconds > 1e-6;
    SAY(finding->cost, "taken off; below a thousandth in a sample of 3 ms");
    if (finding->trouble)
        SAY(finding->advice, "the kernel does not use the TSC: see /sys/devices/system/clocksource/clocksource0");
}

size_t doctor_examine(const struct doctor_facts *facts, struct doctor_finding findings[DOCTOR_MOST])
{
    static const struct {
        const char *name;
        void (*look)(const struct doctor_facts *facts, struct doctor_finding *finding);
    } all[] = {
        {"lost time", look_at_lost_time},   {"steal", look_at_steal},
        {"throttling", look_at_throttling}, {"load", look_at_load},
        {"core speed", look_at_drift},      {"cores", look_at_cores},
        {"frequency", look_at_frequency},   {"SMT", look_at_smt},
        {"huge pages", look_at_huge_pages}, {"address randomisation", look_at_randomisation},
        {"denormals", look_at_denormals},   {"swap", look_at_swap},
        {"clock", look_at_clock},           {"build", look_at_build},
    };
    _Static_assert(ARRAY_LEN(all) <= DOCTOR_MOST, "room for every finding");
    for (size_t i = 0; i < ARRAY_LEN(all); ++i) {
        findings[i] = (struct doctor_finding){.name = all[i].name};
        all[i].look(facts, &findings[i]);
    }
    return ARRAY_LEN(all);
}

/* ---------------------------------------------------------------- out */

enum status doctor_print(const struct doctor_facts *facts, FILE *out, struct error *error)
{
    static const struct table_column columns[] = {{"", 0}, {"noise", 0}, {"found", 0}, {"what it costs", 0}, {"what to do", 0}};
    struct doctor_finding findings[DOCTOR_MOST];
    char reason[GRADE_REASON_TEXT];
    const char letter = grade_letter(&facts->seen);
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    const size_t count = doctor_examine(facts, findings);
    for (size_t i = 0; i < count; ++i)
        table_add(table, (const char *const[]){findings[i].trouble ? "!" : "", findings[i].name, findings[i].found,
                                               findings[i].cost, findings[i].advice});
    grade_reason(&facts->seen, reason);
    if (letter != GRADE_LETTER_NONE)
        fprintf(out, "\nQuietness just now: grade %c%s%s. `!` marks what can be mended, or makes figures worse.\n\n", letter,
                reason[0] ? ": " : "", reason);
    table_print(table, out);
    table_free(table);
    return STATUS_OK;
}

static void append_member(struct text *out, const char *name, const char *value)
{
    text_format(out, ", \"%s\": ", name);
    json_append_string(out, value);
}

void doctor_append_json(struct text *out, const struct doctor_facts *facts)
{
    struct doctor_finding findings[DOCTOR_MOST];
    char reason[GRADE_REASON_TEXT];
    const char grade[2] = {grade_letter(&facts->seen), '\0'};
    const size_t count = doctor_examine(facts, findings);
    text_append(out, "{\"grade\": ");
    json_append_string(out, grade);
    append_member(out, "reason", grade_reason(&facts->seen, reason));
    text_append(out, ", \"findings\": [");
    for (size_t i = 0; i < count; ++i) {
        text_format(out, "%s{\"trouble\": %s", i ? ", " : "", findings[i].trouble ? "true" : "false");
        append_member(out, "name", findings[i].name);
        append_member(out, "found", findings[i].found);
        append_member(out, "cost", findings[i].cost);
        append_member(out, "advice", findings[i].advice);
        text_append(out, "}");
    }
    text_append(out, "]}");
}
