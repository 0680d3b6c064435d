/* test_store_selfcheck.c - units of selfcheck are kept once, and found again by --resume. */
#include "store_fixture.h"

#include "store/store_selfcheck.h"

static struct selfcheck_record add_run(struct fixture *fixture, const char *extent)
{
    struct selfcheck_record run = {.suite = "measurement", .seed = 7, .fingerprint = "abc"};
    snprintf(run.extent, sizeof run.extent, "%s", extent);
    assert_ok(fixture, store_add_selfcheck(fixture->store, &run, &fixture->error));
    return run;
}

static enum status add_unit(struct fixture *fixture, const struct selfcheck_record *run, const char *part, int number)
{
    struct selfcheck_unit unit = {.number = number, .outcome = "{\"covered\": true}"};
    snprintf(unit.part, sizeof unit.part, "%s", part);
    return store_add_selfcheck_unit(fixture->store, run->id, &unit, &fixture->error);
}

static void test_selfcheck_units_come_back_by_part_and_number(void **state)
{
    struct fixture *fixture = *state;
    const struct selfcheck_record run = add_run(fixture, "full"), other = add_run(fixture, "quick");
    struct selfcheck_unit *units = NULL;
    size_t count = 0;
    assert_ok(fixture, add_unit(fixture, &run, "growth", 11));
    assert_ok(fixture, add_unit(fixture, &run, "growth", 2));
    assert_ok(fixture, add_unit(fixture, &run, "crossovers", 5));
    assert_ok(fixture, add_unit(fixture, &other, "growth", 0));
    assert_ok(fixture, store_read_selfcheck_units(fixture->store, run.id, &units, &count, &fixture->error));
    assert_int_equal(count, 3);
    assert_string_equal(units[0].part, "crossovers");
    assert_int_equal(units[1].number, 2);
    assert_int_equal(units[2].number, 11);
    assert_string_equal(units[2].outcome, "{\"covered\": true}");
    assert_int_equal(strlen(units[2].finished), strlen("2026-11-28T01:57:45.468Z"));
    store_free_selfcheck_units(units, count);
}

static void test_selfcheck_unit_is_not_counted_twice(void **state)
{
    struct fixture *fixture = *state;
    const struct selfcheck_record run = add_run(fixture, "full");
    struct selfcheck_unit *units = NULL;
    size_t count = 0;
    assert_ok(fixture, add_unit(fixture, &run, "growth", 1));
    assert_true(add_unit(fixture, &run, "growth", 1) != STATUS_OK);
    assert_non_null(strstr(fixture->error.text, "keep a finished unit"));
    assert_ok(fixture, store_read_selfcheck_units(fixture->store, run.id, &units, &count, &fixture->error));
    assert_int_equal(count, 1);
    store_free_selfcheck_units(units, count);
}

static void test_selfcheck_newest_run_of_an_extent_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct selfcheck_record found;
    assert_sentence(fixture, store_find_selfcheck(fixture->store, "measurement", "full", &found, &fixture->error), STATUS_USAGE,
                    "no full selfcheck");
    add_run(fixture, "full");
    const struct selfcheck_record full = add_run(fixture, "full"), quick = add_run(fixture, "quick");
    assert_ok(fixture, store_find_selfcheck(fixture->store, "measurement", "full", &found, &fixture->error));
    assert_string_equal(found.id, full.id);
    assert_int_equal(found.seed, 7);
    assert_string_equal(found.fingerprint, "abc");
    assert_ok(fixture, store_find_selfcheck(fixture->store, "measurement", "", &found, &fixture->error));
    assert_string_equal(found.id, quick.id);
    assert_string_equal(found.created, quick.created);
    assert_sentence(fixture, store_find_selfcheck(fixture->store, "regression", "", &found, &fixture->error), STATUS_USAGE,
                    "no selfcheck to go on with");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_selfcheck_units_come_back_by_part_and_number, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_selfcheck_unit_is_not_counted_twice, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_selfcheck_newest_run_of_an_extent_is_found, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
