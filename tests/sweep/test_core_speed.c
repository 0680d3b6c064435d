/* test_core_speed.c - what stored sweeps know of the speed that a core can have: of this machine, and by their medians. */
#include "../store/store_fixture.h"

#include "machine/fingerprint.h"
#include "machine/spin.h"
#include "sweep/core_speed.h"

#include <jansson.h>

static const char here[] = "{\"fields\": {\"cpu\": {\"value\": \"one\", \"kind\": \"machine\"},"
                           " \"git\": {\"value\": \"%s\", \"kind\": \"build\"}}}";
static const char elsewhere[] = "{\"fields\": {\"cpu\": {\"value\": \"two\", \"kind\": \"machine\"},"
                                " \"git\": {\"value\": \"%s\", \"kind\": \"build\"}}}";

/* A sweep whose blocks saw these times of a spin's step, in nanoseconds. */
static void make_sweep(struct fixture *fixture, const char *name, const char *machine, const double *steps, int count)
{
    char json[256];
    struct sweep_record sweep = {.status = "complete"};
    snprintf(sweep.name, sizeof sweep.name, "%s", name);
    if (machine) {
        snprintf(json, sizeof json, machine, name);
        snprintf(sweep.fingerprint, sizeof sweep.fingerprint, "key-of-%s", name);
        assert_ok(fixture, store_add_fingerprint(fixture->store, sweep.fingerprint, json, &fixture->error));
    }
    assert_ok(fixture, store_add_sweep(fixture->store, &sweep, &fixture->error));
    for (int pass = 0; pass < count; ++pass) {
        const struct probe_record probes[] = {{.kind = "spin_seconds", .threads = 1, .value = steps[pass] * 1e-9 * SPIN_STEPS}};
        struct block_record block = {.sweep = sweep.id, .length = 64, .threads = 1, .pass = pass,
                                     .started = "2026-01-02T03:04:05Z", .probes = probes, .probe_count = 1};
        assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
    }
}

static double known(struct fixture *fixture, const char *machine)
{
    char key[FINGERPRINT_KEY];
    double step_ns = 0.0;
    json_t *fields = json_loads(machine, 0, NULL);
    fingerprint_key(fields, "machine", key);
    json_decref(fields);
    assert_ok(fixture, core_speed_known(fixture->store, key, &step_ns, &fixture->error));
    return step_ns;
}

static void test_core_speed_of_an_empty_store_is_unknown(void **state)
{
    assert_true(isnan(known(*state, here)));
}

/* A moment at a higher clock does not count, and neither does another machine, or a sweep that came without its machine. */
static void test_core_speed_is_the_median_of_the_fastest_sweep_here(void **state)
{
    struct fixture *fixture = *state;
    make_sweep(fixture, "slow", here, (double[]){1.3, 1.4, 1.5}, 3);
    make_sweep(fixture, "fast", here, (double[]){1.2, 0.5, 1.25}, 3);
    make_sweep(fixture, "other", elsewhere, (double[]){0.7}, 1);
    make_sweep(fixture, "imported", NULL, (double[]){0.1}, 1);
    assert_true(fabs(known(fixture, here) - 1.2) < 1e-9);
    assert_true(fabs(known(fixture, elsewhere) - 0.7) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_core_speed_of_an_empty_store_is_unknown, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_core_speed_is_the_median_of_the_fastest_sweep_here, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
