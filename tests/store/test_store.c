/* test_store.c - opening: new files, read-only ones, and files that are no results database. */
#include "store_fixture.h"

#include "store/store_selfcheck.h"

#include "base/text.h"
#include "store/store_database.h"

#include <fcntl.h>
#include <sys/wait.h>

static enum status open_again(struct fixture *fixture, bool create)
{
    store_close(fixture->store);
    fixture->store = NULL;
    return store_open(&fixture->store, fixture->path, create, &fixture->error);
}

static void execute(struct fixture *fixture, const char *sql)
{
    assert_int_equal(sqlite3_exec(fixture->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void test_store_open_of_a_missing_file_says_what_to_run(void **state)
{
    struct fixture *fixture = *state;
    assert_sentence(fixture, open_again(fixture, false), STATUS_USAGE, "seqscale sweep");
    assert_true(access(fixture->path, F_OK) != 0);
}

static void test_store_open_with_create_makes_a_file_that_opens(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    assert_ok(fixture, open_again(fixture, false));
    assert_ok(fixture, open_again(fixture, true));
}

static void test_store_open_of_an_empty_file_is_a_sentence_or_a_new_store(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture->path, "", 0);
    assert_sentence(fixture, open_again(fixture, false), STATUS_USAGE, "is empty");
    assert_ok(fixture, open_again(fixture, true));
}

static void test_store_open_of_a_text_file_refuses_and_leaves_it(void **state)
{
    struct fixture *fixture = *state;
    const char text[] =
        "operator,length,seconds\nrnn,64,0.001\n and more, so that it is longer than the header of a database "
        "file, which has one hundred bytes\n";
    write_file(fixture->path, text, strlen(text));
    assert_sentence(fixture, open_again(fixture, true), STATUS_USAGE, "not a results database");
    char *found = NULL;
    assert_ok(fixture, text_read_file(fixture->path, 4096, &found, NULL, &fixture->error));
    assert_string_equal(found, text);
    free(found);
}

static void test_store_open_of_another_programs_database_refuses(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE mine (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_sentence(fixture, open_again(fixture, true), STATUS_USAGE, "another program");
}

static void test_store_open_of_a_newer_schema_names_both_numbers(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    execute(fixture, "PRAGMA user_version = 99");
    assert_sentence(fixture, open_again(fixture, true), STATUS_USAGE, "schema 99");
    assert_sentence(fixture, STATUS_USAGE, STATUS_USAGE, "up to ");
}

/* A file that an older version made, from its SQL text. */
static void make_older(struct fixture *fixture, const char *name)
{
    char path[512], *sql = NULL;
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/tests/store/%s", TEST_SOURCE_DIR, name);
    assert_ok(fixture, text_read_file(path, 1 << 20, &sql, NULL, &fixture->error));
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    free(sql);
}

/* What an older file has stays, what it lacks is absent, and it takes new measurements. */
static void test_store_open_of_an_older_schema_keeps_what_is_there(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct cell_record *cells = NULL;
    size_t count = 0;
    make_older(fixture, "schema_1.sql");
    for (int again = 0; again < 2; ++again) {
        assert_ok(fixture, open_again(fixture, false));
        assert_ok(fixture, store_find_sweep(fixture->store, "", &sweep, &fixture->error));
        assert_ok(fixture, store_read_cells(fixture->store, sweep.id, NULL, &cells, &count, &fixture->error));
        assert_int_equal(count, 1);
        assert_string_equal(cells[0].cell.operator_name, "gru");
        assert_int_equal(cells[0].processes, 3);
        assert_true(cells[0].seconds > 0.0 && cells[0].roof_fraction > 0.0);
        assert_string_equal(cells[0].method, "");
        assert_string_equal(cells[0].roof, "compute"); /* its fraction is of that */
        assert_true(isnan(cells[0].reread_bytes) && isnan(cells[0].reread_set_bytes));
        assert_true(isnan(cells[0].instructions) && isnan(cells[0].instructions_spread));
        cell_records_free(cells, count);
        sweep_record_free(&sweep);
    }
    assert_ok(fixture, store_find_sweep(fixture->store, "", &sweep, &fixture->error));
    assert_ok(fixture, store_read_cells(fixture->store, sweep.id, NULL, &cells, &count, &fixture->error));
    add_block(fixture, cells, 1, 7, 1.0);
    assert_int_equal(cells[0].processes, 4);
    struct selfcheck_record run = {.suite = "measurement", .extent = "quick"};
    assert_ok(fixture, store_add_selfcheck(fixture->store, &run, &fixture->error));
    cell_records_free(cells, count);
    sweep_record_free(&sweep);
}

static void test_store_open_of_a_folder_or_nothing_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    assert_sentence(fixture, store_open(&fixture->store, fixture->folder, true, &fixture->error), STATUS_USAGE, "folder");
    assert_sentence(fixture, store_open(&fixture->store, "", true, &fixture->error), STATUS_USAGE, "empty name");
    snprintf(fixture->path, sizeof fixture->path, "%s/no/such/file.db", fixture->folder);
    assert_sentence(fixture, open_again(fixture, true), STATUS_SYSTEM, "its folder must exist");
}

/* Cut at any page. */
static void test_store_that_was_truncated_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    cell_records_free(add_cells(fixture, &sweep, 8), 8);
    store_close(fixture->store);
    fixture->store = NULL;
    struct stat found;
    assert_int_equal(stat(fixture->path, &found), 0);
    for (off_t size = found.st_size - 4096; size > 0; size -= 4096) {
        assert_int_equal(truncate(fixture->path, size), 0);
        assert_sentence(fixture, open_again(fixture, true), STATUS_USAGE, "damaged");
    }
    assert_int_equal(truncate(fixture->path, 60), 0); /* within the first page's header */
    assert_sentence(fixture, open_again(fixture, true), STATUS_USAGE, "damaged");
}

/* Runs `body` in a child that is not root, to whom permissions mean something; returns what it returns. */
static int as_nobody(struct fixture *fixture, int (*body)(struct fixture *))
{
    const pid_t child = fork();
    if (child == 0) {
        const bool root = geteuid() == 0;
        _exit(root && (setgid(65534) != 0 || setuid(65534) != 0) ? 77 : body(fixture));
    }
    int code = 0;
    waitpid(child, &code, 0);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static int read_and_fail_to_write(struct fixture *fixture)
{
    struct store *store = NULL;
    struct sweep_record sweep;
    if (store_open(&store, fixture->path, false, &fixture->error) != STATUS_OK)
        return 1;
    if (store_find_sweep(store, "one", &sweep, &fixture->error) != STATUS_OK)
        return 2;
    if (store_note_sweep(store, sweep.id, "a note", &fixture->error) != STATUS_SYSTEM)
        return 3;
    const bool said = strstr(fixture->error.text, "read-only") != NULL;
    sweep_record_free(&sweep);
    store_close(store);
    return said ? 0 : 4;
}

static int fail_to_create(struct fixture *fixture)
{
    struct store *store = NULL;
    if (store_open(&store, fixture->path, true, &fixture->error) != STATUS_SYSTEM)
        return 1;
    return strstr(fixture->error.text, "its folder must exist and be writable") ? 0 : 2;
}

static void test_store_in_a_read_only_folder_is_read_but_not_written(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(chmod(fixture->path, 0444), 0);
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    const int code = as_nobody(fixture, read_and_fail_to_write);
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    assert_int_equal(code, 0);
}

static int fail_to_read(struct fixture *fixture)
{
    struct store *store = NULL;
    return store_open(&store, fixture->path, false, &fixture->error) == STATUS_SYSTEM ? 0 : 1;
}

/* A process that was killed leaves what it wrote last in a log beside the file, and an index of the log. With both the log is
 * read; with the log alone that would need a new index, and without it the file would lie. */
static void test_store_in_a_read_only_folder_with_a_log_is_read_whole_or_not_at_all(void **state)
{
    struct fixture *fixture = *state;
    const pid_t child = fork();
    if (child == 0) {
        struct sweep_record sweep;
        assert_ok(fixture, open_again(fixture, true));
        add_sweep(fixture, "one", &sweep);
        _exit(0); /* without closing */
    }
    waitpid(child, NULL, 0);
    char index[128];
    snprintf(index, sizeof index, "%s-shm", fixture->path);
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    const int with_index = as_nobody(fixture, read_and_fail_to_write);
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    assert_int_equal(unlink(index), 0);
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    const int without = as_nobody(fixture, fail_to_read);
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    assert_int_equal(with_index, 0);
    assert_int_equal(without, 0);
}

static void test_store_cannot_be_made_in_a_read_only_folder(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    const int code = as_nobody(fixture, fail_to_create);
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    assert_int_equal(code, 0);
}

/* A limit on the pages is to SQLite what a full disk is. */
static void test_store_on_a_full_disk_says_so_and_keeps_what_was_there(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    execute(fixture, "PRAGMA max_page_count = 1");
    struct cell_record *cells = calloc(4000, sizeof *cells);
    for (int i = 0; i < 4000; ++i) {
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep.id, sizeof sweep.id);
        cells[i].number = i;
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, "x");
    }
    assert_sentence(fixture, store_add_cells(fixture->store, cells, 4000, &fixture->error), STATUS_SYSTEM, "disk is full");
    free(cells);
    reopen(fixture);
    assert_ok(fixture, store_find_sweep(fixture->store, "one", &sweep, &fixture->error));
    assert_int_equal(sweep.cell_count, 0);
    sweep_record_free(&sweep);
}

static void test_store_that_another_process_writes_says_so(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    struct store *other = NULL;
    assert_ok(fixture, store_open(&other, fixture->path, false, &fixture->error));
    sqlite3_busy_timeout(fixture->store->db, 10); /* milliseconds, not to wait in a test */
    assert_ok(fixture, store_begin(other, &fixture->error));
    struct sweep_record sweep = {.status = "running"};
    assert_sentence(fixture, store_add_sweep(fixture->store, &sweep, &fixture->error), STATUS_SYSTEM, "another process");
    assert_ok(fixture, store_end(other, STATUS_OK, &fixture->error));
    assert_ok(fixture, store_add_sweep(fixture->store, &sweep, &fixture->error));
    store_close(other);
}

static void test_store_with_a_missing_table_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, open_again(fixture, true));
    execute(fixture, "DROP TABLE sample; DROP TABLE process; DROP TABLE cell");
    struct sweep_record sweep;
    assert_sentence(fixture, store_find_sweep(fixture->store, "", &sweep, &fixture->error), STATUS_SYSTEM, "no such table");
}

static void test_store_default_path_follows_option_then_variable_then_checkout(void **state)
{
    (void)state;
    setenv("SEQSCALE_DB", "/from/variable.db", 1);
    char *path = store_default_path("given.db");
    assert_string_equal(path, "given.db");
    free(path);
    path = store_default_path(NULL);
    assert_string_equal(path, "/from/variable.db");
    free(path);
    unsetenv("SEQSCALE_DB");
    path = store_default_path(NULL); /* this test was built in the checkout, and lies in it */
    assert_string_equal(path, TEST_SOURCE_DIR "/results/seqscale.db");
    free(path);
}

/* Elsewhere than where it was built, the program uses the data folder, which it makes. */
static void test_store_default_path_of_an_installed_program_is_in_the_data_folder(void **state)
{
    struct fixture *fixture = *state;
    char command[512], path[128], output[512] = "";
    snprintf(command, sizeof command, "cp %s %s/program && env -u SEQSCALE_DB XDG_DATA_HOME=%s/data %s/program sweeps 2>&1",
             TEST_PROGRAM, fixture->folder, fixture->folder, fixture->folder);
    FILE *program = popen(command, "r");
    assert_non_null(program);
    assert_non_null(fgets(output, sizeof output, program));
    pclose(program);
    snprintf(path, sizeof path, "%s/data/seqscale/seqscale.db", fixture->folder);
    assert_non_null(strstr(output, path));
    assert_ok(fixture, store_open(&fixture->store, path, true, &fixture->error));
}

static void test_store_uuid_is_version_4_and_new_each_time(void **state)
{
    (void)state;
    char one[UUID_TEXT], other[UUID_TEXT];
    store_uuid(one);
    store_uuid(other);
    assert_int_equal(strlen(one), 36);
    assert_true(one[8] == '-' && one[13] == '-' && one[18] == '-' && one[23] == '-');
    assert_int_equal(one[14], '4');
    assert_non_null(strchr("89ab", one[19]));
    assert_string_not_equal(one, other);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_store_open_of_a_missing_file_says_what_to_run),
        IN_FOLDER(test_store_open_with_create_makes_a_file_that_opens),
        IN_FOLDER(test_store_open_of_an_empty_file_is_a_sentence_or_a_new_store),
        IN_FOLDER(test_store_open_of_a_text_file_refuses_and_leaves_it),
        IN_FOLDER(test_store_open_of_another_programs_database_refuses),
        IN_FOLDER(test_store_open_of_a_newer_schema_names_both_numbers),
        IN_FOLDER(test_store_open_of_an_older_schema_keeps_what_is_there),
        IN_FOLDER(test_store_open_of_a_folder_or_nothing_is_a_sentence),
        IN_FOLDER(test_store_that_was_truncated_is_a_sentence),
        IN_FOLDER(test_store_in_a_read_only_folder_is_read_but_not_written),
        IN_FOLDER(test_store_in_a_read_only_folder_with_a_log_is_read_whole_or_not_at_all),
        IN_FOLDER(test_store_cannot_be_made_in_a_read_only_folder),
        IN_FOLDER(test_store_on_a_full_disk_says_so_and_keeps_what_was_there),
        IN_FOLDER(test_store_that_another_process_writes_says_so),
        IN_FOLDER(test_store_with_a_missing_table_is_a_sentence),
        cmocka_unit_test(test_store_default_path_follows_option_then_variable_then_checkout),
        IN_FOLDER(test_store_default_path_of_an_installed_program_is_in_the_data_folder),
        cmocka_unit_test(test_store_uuid_is_version_4_and_new_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
