/* test_exchange_csv.c - CSV in and out: the forms that are accepted, and a sentence with line and column for each that is
 * not. */
#include "store_fixture.h"

#include "base/text.h"
#include "store/exchange.h"

/* Imports `text` as a file of its own; `sweep` is filled. */
static enum status import_bytes(struct fixture *fixture, const char *text, size_t count, struct sweep_record *sweep)
{
    char path[128];
    snprintf(path, sizeof path, "%s/table.csv", fixture->folder);
    write_file(path, text, count);
    return import_csv(fixture->store, path, NULL, sweep, &fixture->error);
}

static enum status import_text(struct fixture *fixture, const char *text, struct sweep_record *sweep)
{
    return import_bytes(fixture, text, strlen(text), sweep);
}

/* Imports `text`, reads its cells back and deletes it again, so that the name is free. */
static struct cell_record *import_cells(struct fixture *fixture, const char *text, size_t *count)
{
    struct sweep_record sweep;
    struct cell_record *cells = NULL;
    assert_ok(fixture, import_text(fixture, text, &sweep));
    assert_ok(fixture, store_read_cells(fixture->store, sweep.id, NULL, &cells, count, &fixture->error));
    assert_int_equal(sweep.cell_count, *count);
    assert_ok(fixture, store_delete_sweep(fixture->store, sweep.id, &fixture->error));
    sweep_record_free(&sweep);
    return cells;
}

static char *export_text(struct fixture *fixture, const struct sweep_record *sweep, const char *where)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_ok(fixture, export_csv(fixture->store, sweep, where, out, &fixture->error));
    fclose(out);
    return text;
}

static void test_plain_table_of_three_columns_takes_the_defaults(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;
    struct cell_record *cells = import_cells(fixture, "operator,length,seconds\nrnn,64,0.001\ngru,128,2e-3\n", &count);
    assert_int_equal(count, 2);
    assert_string_equal(cells[1].cell.operator_name, "gru");
    assert_true(cells[1].cell.length == 128 && cells[1].seconds == 2e-3 && cells[1].number == 1);
    assert_true(cells[1].cell.width == 256 && cells[1].cell.batch == 1 && cells[1].cell.threads == 1);
    assert_string_equal(cells[1].status, "imported");
    assert_int_equal(cells[1].processes, 0);
    assert_true(isnan(cells[1].low) && isnan(cells[1].bytes) && isnan(cells[1].flops));
    cell_records_free(cells, count);
}

static void test_any_column_order_bom_crlf_and_quotes_are_read(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;
    struct cell_record *cells = import_cells(fixture,
                                             "\xef\xbb\xbf"
                                             "seconds, reason ,\"operator\",length,options,gflops\r\n"
                                             "0.5,\"says \"\"no\"\",\r\nthen ends\",rnn,64,\"a=1,b=2\",3\r\n"
                                             "\r\n"
                                             " 1 ,,lstm, 1k ,,\r\n",
                                             &count);
    assert_int_equal(count, 2);
    assert_string_equal(cells[0].reason, "says \"no\",\r\nthen ends");
    assert_string_equal(cells[0].cell.options, "a=1,b=2");
    assert_true(cells[0].flops == 1.5e9);
    assert_true(cells[1].cell.length == 1024 && cells[1].seconds == 1.0);
    cell_records_free(cells, count);
    cells = import_cells(fixture, "operator,length,seconds\rrnn,64,1\rrnn,128,2", &count); /* CR alone, no last line end */
    assert_int_equal(count, 2);
    cell_records_free(cells, count);
}

static void test_row_without_a_time_needs_a_status(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;
    struct cell_record *cells = import_cells(fixture,
                                             "operator,length,seconds,status,limit_seconds,reason\n"
                                             "attention,8192,,skipped,10,too slow\n",
                                             &count);
    assert_true(isnan(cells[0].seconds) && cells[0].limit_seconds == 10.0);
    assert_string_equal(cells[0].status, "skipped");
    assert_string_equal(cells[0].reason, "too slow");
    cell_records_free(cells, count);
}

static void test_counted_table_needs_no_times(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;
    struct cell_record *cells = import_cells(fixture, "operator,length,instructions\nrnn,64,2000000\n", &count);
    assert_true(isnan(cells[0].seconds) && cells[0].instructions == 2e6 && isnan(cells[0].instructions_spread));
    assert_string_equal(cells[0].status, "imported");
    cell_records_free(cells, count);
}

static void test_imported_sweep_is_named_after_its_file(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, again;
    const char text[] = "operator,length,seconds\nrnn,64,0.001\n";
    assert_ok(fixture, import_text(fixture, text, &sweep));
    assert_string_equal(sweep.name, "table");
    assert_string_equal(sweep.status, "imported");
    assert_int_equal(sweep.measured_count, 1);
    assert_sentence(fixture, import_text(fixture, text, &again), STATUS_USAGE, "'table' already");
    sweep_record_free(&sweep);
}

static void test_faulty_tables_are_refused_by_line_and_column(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {
        {"", "is empty"},
        {" \n\n", "is empty"},
        {"operator,length,seconds\n", "no rows"},
        {"operator,length\nrnn,64\n", "no column 'seconds'"},
        {"length,seconds\n64,1\n", "no column 'operator'"},
        {"operator,length,seconds,size\nrnn,64,1,2\n", "unknown column 'size'"},
        {"operator;length;seconds\nrnn;64;1\n", "unknown column 'operator;length;seconds'"},
        {"operator,length,seconds,length\nrnn,64,1,64\n", "column 'length' is there twice"},
        {"operator,length,seconds\nrnn,64,fast\n", "line 2: seconds: 'fast' is not a number"},
        {"operator,length,seconds\nrnn,64,1\nrnn,128,1s\n", "line 3: seconds"},
        {"operator,length,seconds\nrnn,64,0\n", "line 2: seconds: 0 is not more than zero"},
        {"operator,length,seconds\nrnn,64,-1\n", "line 2: seconds: -1 is not more"},
        {"operator,length,seconds\nrnn,64,nan\n", "line 2: seconds"},
        {"operator,length,seconds\nrnn,64,inf\n", "line 2: seconds"},
        {"operator,length,seconds\nrnn,64,1e999\n", "line 2: seconds"},
        {"operator,length,instructions\nrnn,64,\n", "line 2: seconds is empty"},
        {"operator,length,instructions\nrnn,64,0\n", "line 2: instructions: 0 is not more than zero"},
        {"operator,length,seconds\nrnn,64,0x10\n", "line 2: seconds"},
        {"operator,length,seconds\nrnn,0,1\n", "line 2: length"},
        {"operator,length,seconds\nrnn,-64,1\n", "line 2: length"},
        {"operator,length,seconds\nrnn,64.5,1\n", "line 2: length"},
        {"operator,length,seconds\nrnn,99999999999999999999,1\n", "line 2: length"},
        {"operator,length,seconds\nrnn,,1\n", "line 2: length is empty"},
        {"operator,length,seconds\n,64,1\n", "line 2: operator is empty"},
        {"operator,length,seconds\nrnn,64,\n", "line 2: seconds is empty"},
        {"operator,length,seconds,status\nrnn,64,,ok\n", "line 2: seconds is empty"},
        {"operator,length,seconds,status\nrnn,64,1,odd\n", "line 2: status: 'odd'"},
        {"operator,length,seconds,threads\nrnn,64,1,0\n", "line 2: threads"},
        {"operator,length,seconds,mode\nrnn,64,1,backward\n",
         "line 2: mode: 'backward' is not one of forward, train, decode"},
        {"operator,length,seconds,low,high\nrnn,64,1,2,3\n", "line 2: seconds is outside its interval"},
        {"operator,length,seconds,bytes\nrnn,64,1,-5\n", "line 2: bytes: -5 is less than zero"},
        {"operator,length,seconds,limit_seconds\nrnn,64,1,0\n", "line 2: limit_seconds"},
        {"operator,length,seconds,spec\nrnn,64,1,lstm@length=64\n", "line 2: spec contradicts"},
        {"operator,length,seconds,spec\nrnn,64,1,rnn@size=4\n", "line 2: spec: 'size' is not a key"},
        {"operator,length,seconds\nrnn,64\n", "line 2: 2 fields, but the header has 3"},
        {"operator,length,seconds\nrnn,64,1,2\n", "line 2: 4 fields"},
        {"operator,length,seconds\n\"rnn,64,1\nrnn,64,1\n", "line 2: a quoted field does not end"},
        {"operator,length,seconds\n\"rnn\"x,64,1\n", "line 2: there is text after the closing quote"},
        {"operator,length,seconds\nr\"nn,64,1\n", "line 2: a quote stands inside"},
        {"operator,length,seconds\n\"r\nnn\",64,1\n", "line 2: operator contains a control character"},
        {"operator,length,seconds,reason\nrnn,64,1,\"a\nb\"\nrnn,x,1,\n", "line 4: length"},
        {"operator,length,seconds\n\xff\xfe,64,1\n", "not UTF-8 text"},
    };
    struct sweep_record sweep;
    for (size_t i = 0; i < ARRAY_LEN(cases); ++i)
        assert_sentence(fixture, import_text(fixture, cases[i][0], &sweep), STATUS_USAGE, cases[i][1]);
    assert_sentence(fixture, import_bytes(fixture, "operator,length,seconds\nrnn\0,64,1\n", 34, &sweep), STATUS_USAGE,
                    "not UTF-8");
    assert_sentence(fixture, store_find_sweep(fixture->store, "", &sweep, &fixture->error), STATUS_USAGE, "no sweep yet");
}

static void test_huge_fields_and_many_columns_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    for (int column = 0; column < 3; ++column) {
        struct text text = {0};
        text_append(&text, "operator,length,seconds\n");
        for (int i = 0; i < 3; ++i) {
            text_append(&text, i ? "," : "");
            for (int k = 0; k < (i == column ? 1000000 : 1); ++k)
                text_append(&text, "1");
        }
        assert_sentence(fixture, import_text(fixture, text_get(&text), &sweep), STATUS_USAGE, "line 2");
        assert_sentence(fixture, STATUS_USAGE, STATUS_USAGE, "longer than");
        text_free(&text);
    }
    struct text commas = {0};
    for (int i = 0; i < 100; ++i)
        text_append(&commas, ",");
    assert_sentence(fixture, import_text(fixture, text_get(&commas), &sweep), STATUS_USAGE, "more than 64 fields");
    text_free(&commas);
}

static void test_a_bad_row_late_in_the_table_imports_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    struct text text = {0};
    text_append(&text, "operator,length,seconds\n");
    for (int i = 1; i < 500; ++i)
        text_format(&text, "rnn,%d,0.5\n", i);
    text_append(&text, "rnn,500,oops\n");
    assert_sentence(fixture, import_text(fixture, text_get(&text), &sweep), STATUS_USAGE, "line 501: seconds");
    assert_int_equal(store_find_sweep(fixture->store, "", &sweep, &fixture->error), STATUS_USAGE);
    text_free(&text);
}

static void test_missing_files_and_folders_are_sentences(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    assert_sentence(fixture, import_file(fixture->store, "/no/such/file", NULL, &sweep, &fixture->error), STATUS_USAGE,
                    "/no/such/file");
    assert_sentence(fixture, import_file(fixture->store, fixture->folder, NULL, &sweep, &fixture->error), STATUS_SYSTEM,
                    fixture->folder);
}

static void test_export_has_the_columns_of_the_design_and_empty_fields_for_absent(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 2);
    add_block(fixture, cells, 1, 0, 0.125);
    char *text = export_text(fixture, &sweep, NULL);
    assert_string_equal(
        text, "operator,options,batch,length,width,mode,scope,threads,prepare,seconds,low,high,cpu_seconds,processes,bytes,"
              "workspace_bytes,rss_bytes,gflops,roof_fraction,roof,instructions,instructions_spread,status,reason,"
              "limit_seconds,method,spec\n"
              "operator0,,1,64,256,forward,layer,1,outside,0.125,,,0.0625,1,,,1000000,0.000512,5.12e-05,compute,,,ok,,,,"
              "\"operator0@length=64,width=256,batch=1,mode=forward,scope=layer,threads=1,prepare=outside,cache=warm,bind="
              "compact,"
              "seed=1\"\n"
              "operator1,,1,128,256,forward,layer,1,outside,,,,,0,,,,,,,,,planned,,,,"
              "\"operator1@length=128,width=256,batch=1,mode=forward,scope=layer,threads=1,prepare=outside,cache=warm,bind="
              "compact,"
              "seed=1\"\n");
    free(text);
    text = export_text(fixture, &sweep, "length=128");
    assert_null(strstr(text, "operator0"));
    assert_non_null(strstr(text, "operator1"));
    free(text);
    cell_records_free(cells, 2);
}

static void test_exported_table_imports_to_the_same_table(void **state)
{
    struct fixture *fixture = *state;
    struct sweep_record sweep, copy;
    add_sweep(fixture, "one", &sweep);
    struct cell_record *cells = add_cells(fixture, &sweep, 4);
    for (int pass = 0; pass < 3; ++pass)
        add_block(fixture, cells, 3, pass, 0.1 + 0.03 * pass);
    snprintf(cells[3].status, sizeof cells[3].status, "skipped");
    snprintf(cells[3].reason, sizeof cells[3].reason, "a \"reason\", with a comma");
    cells[3].limit_seconds = 10.0;
    cells[3].instructions = 123456789.0;
    cells[3].instructions_spread = 2.0;
    snprintf(cells[3].method, sizeof cells[3].method, "tiles 14x32; conv ring 4096 = 4x8x8x16, \"direct\"");
    assert_ok(fixture, store_update_cell(fixture->store, &cells[3], &fixture->error));
    char *first = export_text(fixture, &sweep, NULL);
    assert_ok(fixture, import_text(fixture, first, &copy));
    char *second = export_text(fixture, &copy, NULL);
    assert_string_equal(first, second);
    free(first);
    free(second);
    sweep_record_free(&copy);
    cell_records_free(cells, 4);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_plain_table_of_three_columns_takes_the_defaults),
        IN_STORE(test_any_column_order_bom_crlf_and_quotes_are_read),
        IN_STORE(test_row_without_a_time_needs_a_status),
        IN_STORE(test_counted_table_needs_no_times),
        IN_STORE(test_imported_sweep_is_named_after_its_file),
        IN_STORE(test_faulty_tables_are_refused_by_line_and_column),
        IN_STORE(test_huge_fields_and_many_columns_are_refused),
        IN_STORE(test_a_bad_row_late_in_the_table_imports_nothing),
        IN_STORE(test_missing_files_and_folders_are_sentences),
        IN_STORE(test_export_has_the_columns_of_the_design_and_empty_fields_for_absent),
        IN_STORE(test_exported_table_imports_to_the_same_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
