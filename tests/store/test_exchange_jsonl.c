/* test_exchange_jsonl.c - JSON Lines: the same sweep comes back, and a file that is not what was exported is refused. */
#include "store_fixture.h"

#include "base/text.h"
#include "store/exchange.h"
#include "store/store_database.h"

/* A sweep with everything in it: measured, planned and failed cells, blocks, probes, a fingerprint. */
static void make_sweep(struct fixture *fixture, struct sweep_record *sweep)
{
    *sweep = (struct sweep_record){.name = "one",
                                   .note = "tab\tquote\" and \xe2\x82\xac",
                                   .status = "complete",
                                   .arguments = "[\"--length\", \"64..128\"]",
                                   .seed = 3,
                                   .fingerprint = "key"};
    assert_ok(fixture, store_add_fingerprint(fixture->store, "key",
                                             "{\"fields\": {\"a\": {\"value\": 0.1, \"kind\": \"x\"}}}", &fixture->error));
    assert_ok(fixture, store_add_sweep(fixture->store, sweep, &fixture->error));
    struct cell_record *cells = add_cells(fixture, sweep, 4);
    add_block(fixture, cells, 2, 0, 0.1);
    add_block(fixture, cells, 2, 1, 0.3);
    cells[3].regions = strdup("{\"input\": 65536, \"output\": 1.5}");
    cells[3].stderr_tail = strdup("line one\nline two\n\x01");
    snprintf(cells[3].method, sizeof cells[3].method, "tiles of 16");
    snprintf(cells[3].status, sizeof cells[3].status, "failed");
    assert_ok(fixture, store_update_cell(fixture->store, &cells[3], &fixture->error));
    cell_records_free(cells, 4);
}

static char *export_text(struct fixture *fixture, const char *name, const char *where)
{
    char *text = NULL;
    size_t length = 0;
    struct sweep_record sweep;
    FILE *out = open_memstream(&text, &length);
    assert_ok(fixture, store_find_sweep(fixture->store, name, &sweep, &fixture->error));
    assert_ok(fixture, export_jsonl(fixture->store, &sweep, where, out, &fixture->error));
    sweep_record_free(&sweep);
    fclose(out);
    return text;
}

static enum status import_text(struct fixture *fixture, const char *text, const char *name, struct sweep_record *sweep)
{
    char path[128];
    snprintf(path, sizeof path, "%s/sweep.jsonl", fixture->folder);
    write_file(path, text, strlen(text));
    return import_file(fixture->store, path, name, sweep, &fixture->error);
}

static void use_another_store(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
    snprintf(fixture->path, sizeof fixture->path, "%s/other.db", fixture->folder);
    unlink(fixture->path);
    assert_ok(fixture, store_open(&fixture->store, fixture->path, true, &fixture->error));
}

static void test_exported_sweep_imports_to_the_same_text(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, copy;
    make_sweep(fixture, &sweep);
    char *first = export_text(fixture, "one", NULL);
    use_another_store(fixture);
    assert_ok(fixture, import_text(fixture, first, NULL, &copy));
    assert_string_equal(copy.id, sweep.id);
    assert_string_equal(copy.status, "complete");
    assert_true(copy.cell_count == 4 && copy.measured_count == 2);
    char *second = export_text(fixture, "one", NULL);
    assert_string_equal(first, second);
    assert_non_null(
        strstr(first, "\"samples\":{\"wall\":[0.1,0.3],\"cpu\":[0.2,0.4],\"calls\":[3,5],\"faults\":[null,2]}"));
    assert_non_null(strstr(first, "\"method\":\"tiles of 16\""));
    assert_non_null(strstr(first, "{\"record\":\"fingerprint\",\"key\":\"key\""));
    free(first);
    free(second);
    sweep_record_free(&copy);
}

static void test_imported_sweep_goes_on_as_if_it_had_been_measured_here(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, copy;
    struct cell_record *cells = NULL;
    size_t count = 0;
    make_sweep(fixture, &sweep);
    char *text = export_text(fixture, "one", NULL);
    use_another_store(fixture);
    assert_ok(fixture, import_text(fixture, text, "two", &copy));
    assert_string_equal(copy.name, "two");
    assert_ok(fixture, store_read_cells(fixture->store, copy.id, NULL, &cells, &count, &fixture->error));
    assert_true(cells[0].seconds == 0.2 && cells[0].processes == 2);
    add_block(fixture, cells, 1, 2, 0.9);
    assert_true(cells[0].seconds == 0.3 && cells[0].processes == 3);
    cell_records_free(cells, count);
    sweep_record_free(&copy);
    free(text);
}

static void test_export_with_a_filter_holds_those_cells_and_imports(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, copy;
    make_sweep(fixture, &sweep);
    char *text = export_text(fixture, "one", "length=64");
    assert_null(strstr(text, "operator1"));
    use_another_store(fixture);
    assert_ok(fixture, import_text(fixture, text, NULL, &copy));
    assert_int_equal(copy.cell_count, 1);
    char *again = export_text(fixture, "one", NULL);
    assert_string_equal(text, again);
    sweep_record_free(&copy);
    free(text);
    free(again);
}

static void test_sweep_that_is_there_already_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, copy;
    make_sweep(fixture, &sweep);
    char *text = export_text(fixture, "one", NULL);
    assert_sentence(fixture, import_text(fixture, text, "two", &copy), STATUS_USAGE, "already, named 'one'");
    free(text);
}

/* Whatever byte the file ends at, it is refused and nothing of it stays. */
static void test_export_that_was_cut_off_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, copy;
    make_sweep(fixture, &sweep);
    char *text = export_text(fixture, "one", NULL);
    use_another_store(fixture);
    const size_t length = strlen(text);
    for (size_t cut = 1; cut + 2 < length; cut += cut < 400 || cut + 400 > length ? 13 : 97) {
        char *part = strndup(text, cut);
        assert_int_equal(import_text(fixture, part, NULL, &copy), STATUS_USAGE);
        free(part);
    }
    assert_sentence(fixture, store_find_sweep(fixture->store, "", &copy, &fixture->error), STATUS_USAGE, "no sweep yet");
    assert_ok(fixture, import_text(fixture, text, NULL, &copy));
    sweep_record_free(&copy);
    free(text);
}

/* `from` in the text becomes `to`. */
static char *replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("there is no %s in the export", from);
    struct text changed = {0};
    text_append_bytes(&changed, text, (size_t)(at - text));
    text_append(&changed, to);
    text_append(&changed, at + strlen(from));
    return text_take(&changed);
}

static void test_export_that_was_changed_is_refused_by_line(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][3] = {
        {"\"format\":\"seqscale\"", "\"format\":\"other\"", "line 1: the first line has no \"format\""},
        {"\"version\":1", "\"version\":2", "version 2 of the format, and this seqscale reads version 1"},
        {"\"name\":\"one\"", "\"name\":\"a/b\"", "cannot name a sweep"},
        {"\"name\":\"one\"", "\"name\":5", "\"name\" is not a string"},
        {"\"name\":\"one\"", "\"names\":\"one\"", "a sweep has no \"names\""},
        {"\"name\":\"one\"", "\"name\":\"one\",\"name\":\"two\"", "duplicate"},
        {"\"status\":\"complete\"", "\"status\":\"odd\"", "CHECK"},
        {"\"length\":64", "\"length\":-64", "line 2: cannot add a cell"},
        {"\"length\":64", "\"length\":1.5", "\"length\" is not a whole number"},
        {"\"threads\":1", "\"threads\":99999999999", "line 2: \"threads\" is not a whole number, or is too large"},
        {"\"flops\":6.4e+04", "\"flops\":\"many\"", "line 2: \"flops\" is not a number"},
        {"\"operator\":\"operator0\"", "\"operator\":\"\"", "line 2: cannot add a cell"},
        {"{\"record\":\"cell\"", "{\"record\":\"shell\"", "line 2: \"record\" is not one of"},
        {"{\"record\":\"cell\"", "[{\"record\":\"cell\"", "line 2: no JSON object"},
        {"{\"record\":\"process\",\"block\":\"", "{\"record\":\"process\",\"block\":\"x", "\"block\" is longer than 36"},
        {"{\"record\":\"process\",\"block\":", "{\"record\":\"process\",\"cell\":\"y\",\"block\":", "duplicate"},
        {"\"calls\":[3,5]", "\"calls\":[3]", "all of one length"},
        {"\"calls\":[3,5]", "\"calls\":[3,-5]", "\"calls\" of a sample is no count"},
        {"\"wall\":[0.1,0.3]", "\"wall\":[0.1,\"x\"]", "all of one length"},
        {"\"samples\":{", "\"samples\":{\"extra\":[],", "\"extra\" is unknown here"},
        {"\"samples\":{\"wall\":[0.1,0.3]", "\"samples\":{\"wall\":[]", "all of one length"},
        {"\"samples\":{", "\"samples\":5,\"x\":{", "has no \"x\""},
        {"\"samples\":{\"wall\":[0.1,0.3],\"cpu\":[0.2,0.4],\"calls\":[3,5],\"faults\":[null,2]}", "\"samples\":5",
         "of one length"},
        {"\"key\":\"key\"", "\"key\":\"lock\"", "the fingerprint needs the sweep's \"key\""},
        {"\"record\":\"end\",\"lines\":", "\"record\":\"end\",\"lines\":1", "lines are missing"},
    };
    struct sweep_record sweep, copy;
    make_sweep(fixture, &sweep);
    char *text = export_text(fixture, "one", NULL);
    use_another_store(fixture);
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i) {
        char *changed = replace(text, cases[i][0], cases[i][1]);
        assert_sentence(fixture, import_text(fixture, changed, NULL, &copy), STATUS_USAGE, cases[i][2]);
        free(changed);
    }
    assert_sentence(fixture, store_find_sweep(fixture->store, "", &copy, &fixture->error), STATUS_USAGE, "no sweep yet");
    free(text);
}

static void test_process_of_another_sweeps_cell_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, other, copy;
    make_sweep(fixture, &sweep);
    char *text = export_text(fixture, "one", NULL);
    use_another_store(fixture);
    add_sweep(fixture, "victim", &other);
    struct cell_record *cells = add_cells(fixture, &other, 1);
    const char *process = strstr(text, "{\"record\":\"process\"");
    const char *id = strstr(process, "\"cell\":\"") + strlen("\"cell\":\"");
    char own[UUID_TEXT];
    snprintf(own, sizeof own, "%s", id);
    char *tail = replace(process, own, cells[0].id);
    char *changed = replace(text, process, tail);
    assert_sentence(fixture, import_text(fixture, changed, NULL, &copy), STATUS_USAGE, "the file has no cell");
    free(tail);
    free(changed);
    free(text);
    cell_records_free(cells, 1);
}

static void test_export_to_a_full_device_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    make_sweep(fixture, &sweep);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    assert_sentence(fixture, export_jsonl(fixture->store, &sweep, NULL, full, &fixture->error), STATUS_SYSTEM, "No space");
    assert_sentence(fixture, export_csv(fixture->store, &sweep, NULL, full, &fixture->error), STATUS_SYSTEM, "No space");
    fclose(full);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_exported_sweep_imports_to_the_same_text),
        IN_STORE(test_imported_sweep_goes_on_as_if_it_had_been_measured_here),
        IN_STORE(test_export_with_a_filter_holds_those_cells_and_imports),
        IN_STORE(test_sweep_that_is_there_already_is_a_sentence),
        IN_STORE(test_export_that_was_cut_off_is_refused),
        IN_STORE(test_export_that_was_changed_is_refused_by_line),
        IN_STORE(test_process_of_another_sweeps_cell_is_refused),
        IN_STORE(test_export_to_a_full_device_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
