/* test_store_sweeps.c - sweeps by name, their life, fingerprints and planner blobs. */
#include "store_fixture.h"

#include "store/store_database.h"

static enum status find(struct fixture *fixture, const char *which, struct sweep_record *sweep)
{
    return store_find_sweep(fixture->store, which, sweep, &fixture->error);
}

static void assert_finds(struct fixture *fixture, const char *which, const char *name)
{
    struct sweep_record sweep;
    assert_ok(fixture, find(fixture, which, &sweep));
    assert_string_equal(sweep.name, name);
    sweep_record_free(&sweep);
}

static int count_rows(struct fixture *fixture, const char *table)
{
    sqlite3_stmt *statement = NULL;
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(fixture->store->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

static void test_sweep_comes_back_as_it_was_added(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep = {.name = "one",
                                 .note = "a 'quoted' note; DROP TABLE sweep",
                                 .created = "2026-01-02T03:04:05Z",
                                 .status = "complete",
                                 .arguments = "[\"--length\",\"64\"]",
                                 .seed = UINT64_MAX,
                                 .fingerprint = "abc",
                                 .relative_to = "attention:heads=8"},
                        found;
    assert_ok(fixture, store_add_sweep(fixture->store, &sweep, &fixture->error));
    reopen(fixture);
    assert_ok(fixture, find(fixture, "one", &found));
    assert_string_equal(found.id, sweep.id);
    assert_string_equal(found.note, sweep.note);
    assert_string_equal(found.created, sweep.created);
    assert_string_equal(found.status, "complete");
    assert_string_equal(found.arguments, sweep.arguments);
    assert_true(found.seed == UINT64_MAX);
    assert_string_equal(found.fingerprint, "abc");
    assert_string_equal(found.relative_to, "attention:heads=8");
    assert_int_equal(found.cell_count, 0);
    sweep_record_free(&found);
}

static void test_sweep_without_a_name_gets_one_from_the_time(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record first, second;
    add_sweep(fixture, "", &first);
    add_sweep(fixture, "", &second);
    assert_true(strlen(first.name) >= strlen("2026-01-02-030405") && strncmp(first.name, "20", 2) == 0);
    assert_string_not_equal(first.name, second.name);
    assert_true(strlen(first.created) == strlen("2026-01-02T03:04:05.678Z"));
}

static void test_sweep_with_a_name_that_is_taken_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct sweep_record again = {.name = "one", .status = "running"};
    assert_sentence(fixture, store_add_sweep(fixture->store, &again, &fixture->error), STATUS_USAGE, "'one' already");
    struct sweep_record other;
    add_sweep(fixture, "two", &other);
    assert_sentence(fixture, store_rename_sweep(fixture->store, other.id, "one", &fixture->error), STATUS_USAGE, "already");
}

static void test_sweep_name_that_is_no_file_name_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"a/b", "../up", "-x", ".hidden", "latest", "two\nlines", ""};
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    for (size_t i = 0; i < ARRAY_LEN(names); ++i)
        assert_int_equal(store_rename_sweep(fixture->store, sweep.id, names[i], &fixture->error), STATUS_USAGE);
    assert_finds(fixture, "one", "one");
}

static void test_find_by_name_uuid_beginning_or_latest_finds_it(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "nightly", &sweep);
    struct sweep_record night, other;
    add_sweep(fixture, "night", &night);
    add_sweep(fixture, "other", &other);
    assert_finds(fixture, "nightly", "nightly");
    assert_finds(fixture, sweep.id, "nightly");
    assert_finds(fixture, "night", "night"); /* a whole name goes before the beginning of another */
    assert_finds(fixture, "nightl", "nightly");
    assert_finds(fixture, "o", "other");
    assert_finds(fixture, "", "other");
    assert_finds(fixture, "latest", "other");
    assert_sentence(fixture, find(fixture, "nig", &other), STATUS_USAGE, "more than one sweep: night, nightly");
    assert_sentence(fixture, find(fixture, "%", &other), STATUS_USAGE, "has no sweep '%'; it has other, night, nightly");
}

static void test_find_in_an_empty_store_says_what_to_run(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    assert_sentence(fixture, find(fixture, "", &sweep), STATUS_USAGE, "holds no sweep yet: run `seqscale sweep`");
    assert_sentence(fixture, find(fixture, "x", &sweep), STATUS_USAGE, "holds no sweep yet");
}

static void test_latest_is_the_newest_by_its_time(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record newer = {.name = "newer", .status = "complete", .created = "2026-05-01T00:00:00Z"};
    struct sweep_record older = {.name = "older", .status = "complete", .created = "2025-05-01T00:00:00Z"};
    assert_ok(fixture, store_add_sweep(fixture->store, &newer, &fixture->error));
    assert_ok(fixture, store_add_sweep(fixture->store, &older, &fixture->error));
    assert_finds(fixture, "", "newer");
    struct sweep_record *sweeps = NULL;
    size_t count = 0;
    assert_ok(fixture, store_list_sweeps(fixture->store, &sweeps, &count, &fixture->error));
    assert_int_equal(count, 2);
    assert_string_equal(sweeps[0].name, "older");
    for (size_t i = 0; i < count; ++i)
        sweep_record_free(&sweeps[i]);
    free(sweeps);
}

static void test_sweep_changes_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, found;
    add_sweep(fixture, "one", &sweep);
    assert_ok(fixture, store_rename_sweep(fixture->store, sweep.id, "two", &fixture->error));
    assert_ok(fixture, store_note_sweep(fixture->store, sweep.id, "noted", &fixture->error));
    assert_ok(fixture, store_set_sweep_status(fixture->store, sweep.id, "interrupted", &fixture->error));
    reopen(fixture);
    assert_ok(fixture, find(fixture, "two", &found));
    assert_string_equal(found.note, "noted");
    assert_string_equal(found.status, "interrupted");
    sweep_record_free(&found);
    char long_note[600];
    memset(long_note, 'x', sizeof long_note - 1);
    long_note[sizeof long_note - 1] = '\0';
    assert_sentence(fixture, store_note_sweep(fixture->store, sweep.id, long_note, &fixture->error), STATUS_USAGE,
                    "longer");
    assert_sentence(fixture, store_set_sweep_status(fixture->store, sweep.id, "odd", &fixture->error), STATUS_USAGE,
                    "CHECK");
    assert_sentence(fixture, store_note_sweep(fixture->store, "no-such-id", "x", &fixture->error), STATUS_USAGE,
                    "no sweep");
}

static void test_delete_takes_everything_of_the_sweep_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record one, two;
    add_sweep(fixture, "one", &one);
    add_sweep(fixture, "two", &two);
    struct cell_record *first = add_cells(fixture, &one, 3), *second = add_cells(fixture, &two, 2);
    add_block(fixture, first, 3, 0, 1.0);
    add_block(fixture, second, 2, 0, 1.0);
    assert_int_equal(count_rows(fixture, "sample"), 10);
    assert_ok(fixture, store_delete_sweep(fixture->store, one.id, &fixture->error));
    assert_int_equal(count_rows(fixture, "sweep"), 1);
    assert_int_equal(count_rows(fixture, "cell"), 2);
    assert_int_equal(count_rows(fixture, "block"), 1);
    assert_int_equal(count_rows(fixture, "process"), 2);
    assert_int_equal(count_rows(fixture, "sample"), 4);
    assert_int_equal(count_rows(fixture, "probe"), 2);
    assert_int_equal(store_delete_sweep(fixture->store, one.id, &fixture->error), STATUS_USAGE);
    cell_records_free(first, 3);
    cell_records_free(second, 2);
}

static void test_fingerprint_added_twice_is_one(void **state)
{
    struct fixture *fixture = *state;
    char *json = NULL;
    assert_ok(fixture, store_add_fingerprint(fixture->store, "key", "{\"fields\": {}}", &fixture->error));
    assert_ok(fixture, store_add_fingerprint(fixture->store, "key", "{\"fields\": {}}", &fixture->error));
    assert_ok(fixture, store_get_fingerprint(fixture->store, "key", &json, &fixture->error));
    assert_string_equal(json, "{\"fields\": {}}");
    free(json);
    assert_sentence(fixture, store_get_fingerprint(fixture->store, "none", &json, &fixture->error), STATUS_USAGE, "'none'");
    assert_null(json);
}

static void test_plan_put_twice_is_the_newer_and_each_key_counts(void **state)
{
    struct fixture *fixture = *state;
    void *blob = NULL;
    size_t bytes = 0;
    struct store *store = fixture->store;
    assert_ok(fixture, store_put_plan(store, "m", "b", "p", "v3", "old", 3, &fixture->error));
    assert_ok(fixture, store_put_plan(store, "m", "b", "p", "v3", "n\0w!", 4, &fixture->error));
    assert_ok(fixture, store_put_plan(store, "m", "b", "p", "v4", "", 0, &fixture->error));
    assert_ok(fixture, store_get_plan(store, "m", "b", "p", "v3", &blob, &bytes, &fixture->error));
    assert_int_equal(bytes, 4);
    assert_memory_equal(blob, "n\0w!", 4);
    free(blob);
    assert_ok(fixture, store_get_plan(store, "m", "b", "p", "v4", &blob, &bytes, &fixture->error));
    assert_true(blob != NULL && bytes == 0);
    free(blob);
    assert_ok(fixture, store_get_plan(store, "m", "b", "q", "v3", &blob, &bytes, &fixture->error));
    assert_null(blob);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_sweep_comes_back_as_it_was_added),
        IN_STORE(test_sweep_without_a_name_gets_one_from_the_time),
        IN_STORE(test_sweep_with_a_name_that_is_taken_is_a_sentence),
        IN_STORE(test_sweep_name_that_is_no_file_name_is_a_sentence),
        IN_STORE(test_find_by_name_uuid_beginning_or_latest_finds_it),
        IN_STORE(test_find_in_an_empty_store_says_what_to_run),
        IN_STORE(test_latest_is_the_newest_by_its_time),
        IN_STORE(test_sweep_changes_are_kept),
        IN_STORE(test_delete_takes_everything_of_the_sweep_and_nothing_else),
        IN_STORE(test_fingerprint_added_twice_is_one),
        IN_STORE(test_plan_put_twice_is_the_newer_and_each_key_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
