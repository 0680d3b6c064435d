/* test_store_cells.c - cells, and the filter of --where. */
#include "store_fixture.h"

#include "store/store_fields.h"

static size_t count_where(struct fixture *fixture, const char *sweep, const char *where)
{
    struct cell_record *cells = NULL;
    size_t count = 0;
    const enum status status = store_read_cells(fixture->store, sweep, where, &cells, &count, &fixture->error);
    if (status != STATUS_OK)
        fail_msg("%s: %s", where ? where : "all", fixture->error.text);
    cell_records_free(cells, count);
    return count;
}

static enum status read_where(struct fixture *fixture, const char *where)
{
    struct cell_record *cells = NULL;
    size_t count = 0;
    return store_read_cells(fixture->store, "any", where, &cells, &count, &fixture->error);
}

/* Gives every field a value of its own, so that two fields that are mixed up show. */
static void fill(struct cell_record *cell)
{
    for (size_t i = 0; i < cell_type.count; ++i) {
        const struct field *field = &cell_type.fields[i];
        void *value = (char *)cell + field->offset;
        if (field->kind == FIELD_REAL)
            *(double *)value = (double)i + 0.25;
        else if (field->kind == FIELD_INT)
            *(int *)value = (int)i;
        else if (field->kind == FIELD_INT64)
            *(int64_t *)value = (int64_t)i + 1;
        else if (field->kind == FIELD_STRING || field->kind == FIELD_JSON)
            *(char **)value = strdup(field->column);
        else if (((char *)value)[0] == '\0' && field->role != ROLE_LINK && strcmp(field->column, "id") != 0)
            snprintf(value, field->capacity, "%s", field->column);
    }
}

static void assert_same(const struct cell_record *actual, const struct cell_record *expected)
{
    for (size_t i = 0; i < cell_type.count; ++i) {
        const struct field *field = &cell_type.fields[i];
        const void *a = (const char *)actual + field->offset, *b = (const char *)expected + field->offset;
        bool same = memcmp(a, b, field->kind == FIELD_INT ? sizeof(int) : sizeof(int64_t)) == 0; /* NaN bits included */
        if (field->kind == FIELD_CHARS)
            same = strcmp(a, b) == 0;
        else if (field->kind == FIELD_STRING || field->kind == FIELD_JSON)
            same = strcmp(*(char *const *)a, *(char *const *)b) == 0;
        if (!same)
            fail_msg("%s differs", field->column);
    }
}

static void test_every_field_of_a_cell_comes_back_as_it_was_added(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct cell_record cell, *found = NULL;
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    cell_record_init(&cell);
    fill(&cell);
    memcpy(cell.sweep, sweep.id, sizeof cell.sweep);
    assert_ok(fixture, store_add_cells(fixture->store, &cell, 1, &fixture->error));
    reopen(fixture);
    assert_ok(fixture, store_read_cells(fixture->store, sweep.id, NULL, &found, &count, &fixture->error));
    assert_int_equal(count, 1);
    assert_same(&found[0], &cell);
    cell_records_free(found, count);
    cell_record_free(&cell);
}

/* Each column of each table is a field of its record, but for the id of a process, which is its file's own. */
static void test_every_column_of_the_tables_is_a_field(void **state)
{
    struct fixture *fixture = *state;
    static const struct record_type *const types[] = {&sweep_type, &cell_type, &block_type, &process_type, &probe_type};
    for (size_t i = 0; i < ARRAY_LEN(types); ++i) {
        sqlite3_stmt *statement = NULL;
        assert_int_equal(sqlite3_prepare_v2(fixture->store->db,
                                            "SELECT name FROM pragma_table_info(?1) WHERE NOT pk OR ?1 <> "
                                            "'process'",
                                            -1, &statement, NULL),
                         SQLITE_OK);
        sqlite3_bind_text(statement, 1, types[i]->table, -1, SQLITE_STATIC);
        size_t columns = 0;
        for (; sqlite3_step(statement) == SQLITE_ROW; ++columns) {
            const char *name = (const char *)sqlite3_column_text(statement, 0);
            bool found = false;
            for (size_t k = 0; k < types[i]->count; ++k)
                found |= strcmp(types[i]->fields[k].column, name) == 0;
            if (!found)
                fail_msg("%s.%s is no field", types[i]->table, name);
        }
        assert_int_equal(columns, types[i]->count);
        sqlite3_finalize(statement);
    }
}

static void test_a_new_cell_has_nothing_measured(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct cell_record *found = NULL;
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    cell_records_free(add_cells(fixture, &sweep, 1), 1);
    assert_ok(fixture, store_read_cells(fixture->store, sweep.id, NULL, &found, &count, &fixture->error));
    assert_true(isnan(found[0].seconds) && isnan(found[0].rss_bytes) && isnan(found[0].limit_seconds));
    assert_true(isnan(cell_record_gflops(&found[0])));
    assert_string_equal(found[0].status, "planned");
    assert_string_equal(found[0].reason, "");
    assert_string_equal(found[0].phases, "");
    cell_records_free(found, count);
}

static void test_update_writes_state_and_neither_identity_nor_summary(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct cell_record *found = NULL;
    size_t count = 0;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 2);
    struct cell_record changed = cells[0];
    changed.bytes = 77.0;
    changed.seconds = 5.0;
    changed.cell.length = 9999;
    changed.stderr_tail = "bad bytes: \xff\xfe and \xe2\x82\xac";
    snprintf(changed.status, sizeof changed.status, "failed");
    snprintf(changed.reason, sizeof changed.reason, "it crashed");
    assert_ok(fixture, store_update_cell(fixture->store, &changed, &fixture->error));
    assert_ok(fixture, store_read_cells(fixture->store, sweep.id, NULL, &found, &count, &fixture->error));
    assert_int_equal(count, 2);
    assert_true(found[0].bytes == 77.0 && isnan(found[0].seconds) && found[0].cell.length == 64);
    assert_string_equal(found[0].reason, "it crashed");
    assert_string_equal(found[0].stderr_tail, "bad bytes: ?? and \xe2\x82\xac");
    assert_string_equal(found[1].status, "planned");
    cell_records_free(found, count);
    snprintf(changed.id, sizeof changed.id, "another");
    assert_sentence(fixture, store_update_cell(fixture->store, &changed, &fixture->error), STATUS_USAGE,
                    "no cell 'another'");
    cell_records_free(cells, 2);
}

static void test_cells_that_cannot_all_be_added_are_not_added_at_all(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record cells[2];
    for (int i = 0; i < 2; ++i) {
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep.id, sizeof sweep.id);
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "x");
    }
    assert_sentence(fixture, store_add_cells(fixture->store, cells, 2, &fixture->error), STATUS_USAGE, "UNIQUE");
    assert_int_equal(count_where(fixture, sweep.id, NULL), 0);
}

static void test_where_with_conditions_selects(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *where;
        size_t count;
    } cases[] = {
        {"", 5},
        {"  ", 5},
        {"length=128", 1},
        {"length>=128", 4},
        {"length>128", 3},
        {" length < 1k ", 4},
        {"length<=1k", 5},
        {"length!=64", 4},
        {"length>64,length<512", 2},
        {"operator=operator3", 1},
        {"operator!=operator3", 4},
        {"operator=operator", 0},
        {"operator=' OR 1=1 --", 0},
        {"status=ok", 3},
        {"status=planned,threads=1,mode=forward,scope=layer,prepare=outside", 2},
        {"seconds=", 2},
        {"seconds!=", 3},
        {"seconds>1s", 2},
        {"seconds>=1000ms", 3},
        {"seconds>0", 3},
        {"rss_bytes>=100k", 3},
        {"rss_bytes<0.9MiB", 0},
        {"gflops>0", 3},
        {"processes=1", 3},
        {"options=heads=8,variant=tiled", 1},
        {"options=heads=8,variant=tiled,length=64", 1},
        {"options=heads=8,variant=tiled,length=65", 0},
        {"options=", 4},
        {"reason=cut off, they say,length=1024", 1},
        {"spec=operator1@length=128,width=256,batch=1,mode=forward,scope=layer,threads=1,prepare=outside,cache=warm,"
         "bind=compact,seed=1",
         1},
    };
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 5);
    for (int i = 0; i < 3; ++i)
        add_block(fixture, &cells[i], 1, 0, 1.0 + i);
    assert_int_equal(sqlite3_exec(fixture->store->db,
                                  "UPDATE cell SET options = 'heads=8,variant=tiled' WHERE number = 0;"
                                  "UPDATE cell SET reason = 'cut off, they say' WHERE number = 4",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i)
        if (count_where(fixture, sweep.id, cases[i].where) != cases[i].count)
            fail_msg("--where '%s' finds %zu", cases[i].where, count_where(fixture, sweep.id, cases[i].where));
    cell_records_free(cells, 5);
}

static void test_where_that_is_not_understood_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {
        {"length", "'length' is no condition"},
        {"=5", "is no condition"},
        {",", "is no condition"},
        {"length=5,,width=3", "is no condition"},
        {"size=5", "unknown column 'size'; the columns are operator, options"},
        {"size=5,length=3", "unknown column 'size'"},
        {"length=five", "length"},
        {"length=1.5k3", "length"},
        {"length>", "needs a number"},
        {"seconds=5 apples", "seconds"},
        {"mode<train", "text"},
        {"length!5", "is no condition"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        assert_sentence(fixture, read_where(fixture, cases[i][0]), STATUS_USAGE, cases[i][1]);
        assert_sentence(fixture, STATUS_USAGE, STATUS_USAGE, "--where");
    }
    char many[1024] = "length>0";
    for (int i = 0; i < 40; ++i)
        strcat(many, ",length>0");
    assert_sentence(fixture, read_where(fixture, many), STATUS_USAGE, "more than 32");
}

/* Every table that a statement reads, as SQLite's authoriser reports it. */
static int record_table(void *seen, int action, const char *table, const char *column, const char *database,
                        const char *trigger)
{
    (void)column;
    (void)database;
    (void)trigger;
    if (action == SQLITE_READ && table && !strstr(seen, table))
        strcat(strcat(seen, table), " ");
    return SQLITE_OK;
}

static void test_reading_cells_and_sweeps_does_not_touch_samples_or_processes(void **state)
{
    struct fixture *fixture = *state;
    char seen[256] = "";
    struct sweep_record sweep, found;
    add_sweep(fixture, "one", &sweep);
    sqlite3_set_authorizer(fixture->store->db, record_table, seen);
    assert_int_equal(count_where(fixture, sweep.id, "seconds>0,gflops>1,status=ok"), 0);
    assert_string_equal(seen, "cell ");
    assert_ok(fixture, store_find_sweep(fixture->store, "latest", &found, &fixture->error));
    assert_string_equal(seen, "cell sweep ");
    sweep_record_free(&found);
    sqlite3_set_authorizer(fixture->store->db, NULL, NULL);
}

static void test_reading_cells_finds_those_of_the_sweep_by_an_index(void **state)
{
    struct fixture *fixture = *state;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(fixture->store->db,
                                        "EXPLAIN QUERY PLAN SELECT * FROM cell WHERE cell.sweep = ?1 ORDER BY cell.number",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *plan = (const char *)sqlite3_column_text(statement, 3);
    assert_non_null(strstr(plan, "SEARCH cell USING INDEX"));
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE); /* no second line: no sorting */
    sqlite3_finalize(statement);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_every_field_of_a_cell_comes_back_as_it_was_added),
        IN_STORE(test_every_column_of_the_tables_is_a_field),
        IN_STORE(test_a_new_cell_has_nothing_measured),
        IN_STORE(test_update_writes_state_and_neither_identity_nor_summary),
        IN_STORE(test_cells_that_cannot_all_be_added_are_not_added_at_all),
        IN_STORE(test_where_with_conditions_selects),
        IN_STORE(test_where_that_is_not_understood_is_a_sentence),
        IN_STORE(test_reading_cells_and_sweeps_does_not_touch_samples_or_processes),
        IN_STORE(test_reading_cells_finds_those_of_the_sweep_by_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
