/* test_doctor.c - what the doctor says of machines made up for the purpose. */
#include "present/doctor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

static struct doctor_facts unknown_machine(void)
{
    return (struct doctor_facts){.seen = grade_nothing_observed(), .steal_share = NAN, .load = NAN, .pressure_percent = NAN,
                                 .cpus = 2, .parallel_gain = NAN, .denormal_penalty = NAN, .clock_cost_seconds = NAN,
                                 .swap_used_bytes = NAN, .address_randomisation = NAN, .governor = "", .turbo = "",
                                 .huge_pages = "", .build_type = "Release", .sanitizers = "none"};
}

static bool is_found(const struct doctor_finding *findings, size_t count, const char *name, const char *part)
{
    for (size_t i = 0; i < count; ++i)
        if (strcmp(findings[i].name, name) == 0)
            return strstr(findings[i].found, part) != NULL;
    return false;
}

static void test_doctor_of_an_unknown_machine_claims_nothing(void **state)
{
    (void)state;
    struct doctor_facts facts = unknown_machine();
    struct doctor_finding findings[DOCTOR_MOST];
    facts.virtual_machine = true;
    const size_t count = doctor_examine(&facts, findings);
    for (size_t i = 0; i < count; ++i)
        if (findings[i].trouble)
            fail_msg("trouble with %s: %s", findings[i].name, findings[i].found);
    assert_true(is_found(findings, count, "frequency", "unknown (VM)"));
    assert_true(is_found(findings, count, "steal", "unknown"));
}

static void test_doctor_names_cost_and_cure_of_every_trouble(void **state)
{
    (void)state;
    struct doctor_facts facts = unknown_machine();
    struct doctor_finding findings[DOCTOR_MOST];
    facts.seen.value[GRADE_LOST] = facts.seen.value[GRADE_THROTTLED] = facts.steal_share = 0.2;
    facts.seen.value[GRADE_GAP] = facts.seen.value[GRADE_DRIFT] = 0.1;
    facts.load = 3.0;
    facts.parallel_gain = 1.0;
    facts.swap_used_bytes = 0x1p30;
    facts.address_randomisation = 0.0;
    facts.clock_cost_seconds = 1e-5;
    facts.governor = "powersave";
    facts.huge_pages = "never";
    facts.build_type = "Debug";
    const size_t count = doctor_examine(&facts, findings);
    int troubles = 0;
    for (size_t i = 0; i < count; ++i) {
        troubles += findings[i].trouble;
        if (findings[i].trouble && (!findings[i].found[0] || !findings[i].cost[0] || !findings[i].advice[0]))
            fail_msg("%s lacks what was found, its cost or its cure", findings[i].name);
    }
    assert_int_equal(troubles, 12); /* all but SMT and denormals, which need no cure */
}

static void test_doctor_json_is_an_object_with_the_grade(void **state)
{
    (void)state;
    struct doctor_facts facts = unknown_machine();
    struct text out = {0};
    facts.seen.value[GRADE_LOST] = 0.03;
    doctor_append_json(&out, &facts);
    json_t *object = json_loads(text_get(&out), 0, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "grade")), "C");
    assert_true(json_array_size(json_object_get(object, "findings")) > 10);
    json_decref(object);
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doctor_of_an_unknown_machine_claims_nothing),
        cmocka_unit_test(test_doctor_names_cost_and_cure_of_every_trouble),
        cmocka_unit_test(test_doctor_json_is_an_object_with_the_grade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
