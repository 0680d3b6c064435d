/* test_spent.c - where a sweep's time goes, added up; and a block's disturbance as far as it can be known. */
#include "sweep/disturbance.h"
#include "sweep/spent.h"

#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <jansson.h>

static void test_spent_harness_share_is_neither_samples_nor_warmup(void **state)
{
    (void)state;
    struct spent spent = {.total_seconds = 10.0};
    spent_add(&spent, SPENT_SAMPLES, 5.0);
    spent_add(&spent, SPENT_WARMUP, 2.5);
    spent_add(&spent, SPENT_TOUCH, 0.5);
    spent_add(&spent, SPENT_CHECK, 1.0);
    spent_add(&spent, SPENT_STORE, NAN); /* counts nothing */
    assert_true(fabs(spent_harness_share(&spent) - 0.25) < 1e-12);
}

static void test_spent_nothing_has_no_share(void **state)
{
    (void)state;
    const struct spent nothing = {.total_seconds = 0.0};
    assert_true(isnan(spent_harness_share(&nothing)));
    spent_add(NULL, SPENT_SAMPLES, 1.0);
}

static void test_spent_json_names_what_is_left_over(void **state)
{
    (void)state;
    struct spent spent = {.total_seconds = 10.0};
    spent_add(&spent, SPENT_SAMPLES, 6.0);
    char *text = spent_to_json(&spent);
    json_t *object = json_loads(text, 0, NULL);
    assert_true(json_number_value(json_object_get(object, "other")) == 4.0);
    assert_true(json_number_value(json_object_get(object, "total")) == 10.0);
    assert_int_equal(json_object_size(object), SPENT_KINDS + 2);
    json_decref(object);
    free(text);
}

static void test_disturbance_of_no_cpu_knows_no_drift(void **state)
{
    (void)state;
    struct disturbance disturbance;
    double fastest = NAN;
    disturbance_begin(&disturbance, NULL, 0);
    const struct grade_evidence seen = disturbance_end(&disturbance, &fastest);
    assert_true(isnan(seen.value[GRADE_DRIFT]) && isnan(seen.value[GRADE_MODES]) && isnan(seen.value[GRADE_SLOW]));
    assert_true(isnan(fastest));
}

/* The first CPU there is, against a speed of a millionth of a nanosecond, then against none that is known. */
static void test_disturbance_tells_slow_from_the_fastest_known(void **state)
{
    (void)state;
    struct disturbance disturbance;
    cpu_set_t allowed;
    int cpu = 0;
    sched_getaffinity(0, sizeof allowed, &allowed);
    while (!CPU_ISSET((size_t)cpu, &allowed))
        ++cpu;
    disturbance_begin(&disturbance, &cpu, 1);
    double fastest = 1e-6;
    assert_true(disturbance_end(&disturbance, &fastest).value[GRADE_SLOW] > 1e3);
    assert_true(fastest == 1e-6);
    fastest = NAN;
    const struct grade_evidence seen = disturbance_end(&disturbance, &fastest);
    assert_true(fastest > 0.0 && fastest <= disturbance.spin_ns[0]);
    assert_true(seen.value[GRADE_SLOW] >= disturbance.spin_ns[0] / fastest - 1.0);
}

/* A CPU that does not exist is not calibrated, and the process may run where it could before. */
static void test_disturbance_keeps_the_affinity(void **state)
{
    (void)state;
    cpu_set_t before, after;
    struct disturbance disturbance;
    const int cpus[] = {0, 900};
    sched_getaffinity(0, sizeof before, &before);
    disturbance_begin(&disturbance, cpus, 2);
    double fastest = NAN;
    const struct grade_evidence seen = disturbance_end(&disturbance, &fastest);
    sched_getaffinity(0, sizeof after, &after);
    assert_true(CPU_EQUAL(&before, &after));
    assert_false(seen.value[GRADE_DRIFT] < 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spent_harness_share_is_neither_samples_nor_warmup),
        cmocka_unit_test(test_spent_nothing_has_no_share),
        cmocka_unit_test(test_spent_json_names_what_is_left_over),
        cmocka_unit_test(test_disturbance_of_no_cpu_knows_no_drift),
        cmocka_unit_test(test_disturbance_tells_slow_from_the_fastest_known),
        cmocka_unit_test(test_disturbance_keeps_the_affinity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
