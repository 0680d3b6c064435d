/* test_study.c - seqscale study as a person calls it: on a sweep of our own, on tables from papers, and on next to nothing. */
#include "command_call.h"

#include <jansson.h>

static char *print(struct fixture *fixture, command *run, const char *line)
{
    char *out = NULL;
    assert_ok(fixture, call(fixture, run, line, &out));
    return out;
}

static void assert_prints(struct fixture *fixture, const char *line, const char *part)
{
    char *out = print(fixture, command_study, line);
    if (!out || !strstr(out, part))
        fail_msg("%s: no '%s' in:\n%s", line, part, out ? out : "");
    free(out);
}

static void assert_refuses(struct fixture *fixture, const char *line, const char *part)
{
    char *out = NULL;
    assert_sentence(fixture, call(fixture, command_study, line, &out), STATUS_USAGE, part);
    assert_string_equal(out, "");
    free(out);
}

static void import_file_of(struct fixture *fixture, const char *path)
{
    char line[512];
    snprintf(line, sizeof line, "import %s --db %%/results.db", path);
    free(print(fixture, command_import, line));
}

static void import_text(struct fixture *fixture, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.csv", fixture->folder, name);
    write_file(path, text, strlen(text));
    import_file_of(fixture, path);
}

/* The study as JSON; every number is finite and nothing is null. */
static void assert_whole(const json_t *value)
{
    const char *name;
    json_t *member;
    size_t index;
    assert_false(json_is_null(value));
    if (json_is_object(value))
        json_object_foreach((json_t *)value, name, member) assert_whole(member);
    if (json_is_array(value))
        json_array_foreach((json_t *)value, index, member) assert_whole(member);
}

static json_t *read_study(struct fixture *fixture, const char *line)
{
    char *out = print(fixture, command_study, line);
    json_error_t fault;
    json_t *study = json_loads(out, 0, &fault);
    if (!study)
        fail_msg("%s in:\n%s", fault.text, out);
    free(out);
    assert_whole(study);
    return study;
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *string = json_string_value(json_object_get(object, name));
    return string ? string : "";
}

/* The entry of an array whose members `first` and `second` have these strings; NULL none. */
static json_t *find_entry(json_t *array, const char *first, const char *a, const char *second, const char *b)
{
    size_t index;
    json_t *entry;
    json_array_foreach(array, index, entry) if (strcmp(string_of(entry, first), a) == 0 &&
                                                strcmp(string_of(entry, second), b) == 0) return entry;
    fail_msg("no entry with %s %s and %s %s", first, a, second, b);
    return NULL;
}

static double end_of(const json_t *entry, const char *name, const char *end)
{
    const json_t *number = json_object_get(json_object_get(entry, name), end);
    assert_true(json_is_number(number));
    return json_number_value(number);
}

static bool has_class(const json_t *growth, const char *name)
{
    size_t index;
    json_t *class;
    json_array_foreach(json_object_get(growth, "classes"), index,
                       class) if (strcmp(string_of(class, "class"), name) == 0) return true;
    return false;
}

/* ---------------------------------------------------------------- published tables */

#define PUBLISHED TEST_SOURCE_DIR "/tests/fixtures/published/"

/* Figure 4.3 of the Hyena paper: the text says that it passes attention at 2048 and FlashAttention between 4096 and 8196. */
static void test_study_of_the_hyena_figure_finds_its_crossovers(void **state)
{
    struct fixture *fixture = *state;
    import_file_of(fixture, PUBLISHED "hyena_figure_4_3.csv");
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    const json_t *flash = find_entry(json_object_get(study, "growth"), "operator", "flash_attention", "metric", "time");
    assert_true(has_class(flash, "n^2") && !has_class(flash, "n") && !has_class(flash, "n^3"));
    assert_true(end_of(flash, "exponent", "low") <= 2.0 && 2.0 <= end_of(flash, "exponent", "high"));
    assert_int_equal(json_integer_value(json_object_get(flash, "replicates")), 1);
    assert_string_equal(string_of(flash, "interval"), "lack of fit");
    const json_t *crossover = find_entry(json_object_get(study, "crossovers"), "a", "hyena", "b", "flash_attention");
    assert_string_equal(string_of(crossover, "verdict"), "crosses");
    assert_string_equal(string_of(crossover, "faster_beyond"), "hyena");
    assert_true(4096.0 < end_of(crossover, "length", "value") && end_of(crossover, "length", "value") < 8196.0);
    const json_t *first = find_entry(json_object_get(study, "crossovers"), "a", "hyena", "b", "attention");
    assert_true(end_of(first, "length", "low") < 2048.0 && 2048.0 < end_of(first, "length", "high"));
    assert_int_equal(json_array_size(json_object_get(study, "censored")), 1);
    json_decref(study);
}

/* Table 2 of the Long Range Arena: four lengths an operator. */
static void test_study_of_the_lra_table_claims_no_more_than_four_lengths_tell(void **state)
{
    struct fixture *fixture = *state;
    import_file_of(fixture, PUBLISHED "lra_table_2.csv");
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    json_t *growth = json_object_get(study, "growth");
    assert_int_equal(json_array_size(growth), 18);
    const json_t *memory = find_entry(growth, "operator", "transformer", "metric", "memory");
    assert_true(has_class(memory, "n^2") && !has_class(memory, "n"));
    const json_t *time = find_entry(growth, "operator", "reformer", "metric", "time");
    assert_true(has_class(time, "n") && !has_class(time, "n^2"));
    json_decref(study);
}

/* ---------------------------------------------------------------- sweeps with known answers */

/* `slow` takes 1 ns n^2 and `fast` 1 us n: they cross at 1000. */
static void add_square_and_line(struct fixture *fixture)
{
    struct text csv = {0};
    text_append(&csv, "operator,length,threads,seconds,bytes\n");
    for (int n = 64; n <= 16384; n *= 2) {
        text_format(&csv, "slow,%d,1,%.9g,%d\n", n, 1e-9 * n * n, 1000 + 4 * n);
        text_format(&csv, "fast,%d,1,%.9g,%d\n", n, 1e-6 * n, 2000 + 3 * n);
        text_format(&csv, "fast,%d,2,%.9g,%d\n", n, 0.6e-6 * n, 2000 + 3 * n);
    }
    import_text(fixture, "known", text_get(&csv));
    text_free(&csv);
}

static void test_study_of_known_curves_gives_known_answers(void **state)
{
    struct fixture *fixture = *state;
    add_square_and_line(fixture);
    json_t *study = read_study(fixture, "study known --within 1ms --format json --db %/results.db");
    const json_t *slow = find_entry(json_object_get(study, "growth"), "operator", "slow", "metric", "time");
    assert_true(has_class(slow, "n^2") && json_array_size(json_object_get(slow, "classes")) == 1);
    assert_true(fabs(end_of(slow, "exponent", "value") - 2.0) < 0.01);
    const json_t *time = find_entry(json_object_get(study, "crossovers"), "a", "slow", "metric", "time");
    assert_true(fabs(end_of(time, "length", "value") / 1000.0 - 1.0) < 0.02);
    const json_t *memory = find_entry(json_object_get(study, "crossovers"), "a", "slow", "metric", "memory");
    assert_string_equal(string_of(memory, "faster_beyond"), "fast");
    assert_true(end_of(memory, "length", "low") == 512.0 && end_of(memory, "length", "high") == 1024.0);
    const json_t *cores = find_entry(json_object_get(study, "cores"), "operator", "fast", "mode", "forward");
    assert_true(fabs(end_of(cores, "serial_fraction", "value") - 0.2) < 1e-9); /* (0.6 - 0.5) / 0.5 */
    assert_int_equal(json_integer_value(json_object_get(json_object_get(cores, "base"), "threads")), 1);
    assert_true(json_equal(json_object_get(cores, "base"), json_object_get(cores, "fastest_base")));
    const json_t *context = find_entry(json_object_get(study, "context"), "operator", "slow", "metric", "time");
    assert_string_equal(string_of(context, "verdict"), "measured");
    assert_true(fabs(end_of(context, "length", "value") / 1000.0 - 1.0) < 0.02);
    json_decref(study);
}

static void test_study_prints_every_table(void **state)
{
    struct fixture *fixture = *state;
    add_square_and_line(fixture);
    const char *const parts[] = {"Growth of time\n",      "Growth of memory\n", "Local slope of time",
                                 "The longest length",    "Context\n",          "fast faster beyond 1",
                                 "Cores, at the longest", "1 thread, 16.4 ms",  "One value a length (replicates: 1)"};
    for (size_t i = 0; i < ARRAY_LEN(parts); ++i)
        assert_prints(fixture, "study known --within 1ms --within 64KiB --db %/results.db", parts[i]);
    assert_prints(fixture, "study --format csv --db %/results.db",
                  "crossover,slow,,fast,1,256,forward,layer,outside,warm,1,time,,length,");
    assert_prints(fixture, "study --where length<100 --db %/results.db",
                  "1 length was measured, and growth needs at least 3");
    assert_prints(fixture, "study --where operator=none --db %/results.db", "None of the 27 cells of sweep 'known'");
}

/* Two regimes of the cache are two series, and a reader must be able to tell them apart. */
static void test_study_names_the_cache_where_it_varies(void **state)
{
    struct fixture *fixture = *state;
    import_text(fixture, "both",
                "operator,length,seconds,cache\n"
                "one,64,1,warm\none,128,2,warm\none,256,4,warm\none,512,8,warm\n"
                "one,64,3,cold\none,128,6,cold\none,256,12,cold\none,512,24,cold\n");
    char *out = print(fixture, command_study, "study both --db %/results.db");
    assert_non_null(strstr(out, "operator  cache  threads"));
    assert_non_null(strstr(out, "one       cold "));
    assert_null(strstr(out, "warm cache"));
    free(out);
    assert_prints(fixture, "study both --db %/results.db --where cache=warm", "warm cache");
    assert_prints(fixture, "study both --db %/results.db --format csv", "growth,one,,,1,256,forward,layer,outside,cold,1,time,");
}

static void test_study_of_our_own_blocks_pairs_them(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, store_open(&fixture->store, fixture->path, true, &fixture->error));
    struct sweep_record sweep;
    add_sweep(fixture, "own", &sweep);
    struct cell_record cells[2][5];
    for (int k = 0; k < 2; ++k) {
        for (int i = 0; i < 5; ++i) {
            cell_record_init(&cells[k][i]);
            memcpy(cells[k][i].sweep, sweep.id, sizeof sweep.id);
            cells[k][i].number = 5 * k + i;
            cells[k][i].cell.length = 64 << i;
            snprintf(cells[k][i].cell.operator_name, sizeof cells[k][i].cell.operator_name, k ? "b" : "a");
        }
        assert_ok(fixture, store_add_cells(fixture->store, cells[k], 5, &fixture->error));
    }
    /* Blocks drift by a factor of 3, and b is 2 % slower in each: only pairs can tell. */
    for (int i = 0; i < 5; ++i) {
        for (int pass = 0; pass < 4; ++pass) {
            struct cell_record both[2] = {cells[0][i], cells[1][i]};
            const double seconds = 1e-5 * (64 << i) * (1.0 + 0.5 * pass);
            const struct process_record processes[] = {make_process(0, seconds), make_process(1, seconds * 1.02)};
            struct block_record block = {.sweep = sweep.id,
                                         .length = 64 << i,
                                         .threads = 1,
                                         .pass = pass,
                                         .started = "2026-01-02T03:04:05Z",
                                         .cells = both,
                                         .cell_count = 2,
                                         .processes = processes,
                                         .process_count = 2};
            for (int k = 0; k < 2; ++k)
                snprintf(both[k].status, sizeof both[k].status, "ok");
            assert_ok(fixture, store_add_block(fixture->store, &block, &fixture->error));
        }
    }
    store_close(fixture->store);
    fixture->store = NULL;
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    const json_t *crossover = find_entry(json_object_get(study, "crossovers"), "a", "a", "b", "b");
    assert_string_equal(string_of(crossover, "verdict"), "always");
    assert_true(json_is_true(json_object_get(crossover, "paired")));
    const json_t *growth = find_entry(json_object_get(study, "growth"), "operator", "a", "metric", "time");
    assert_int_equal(json_integer_value(json_object_get(growth, "replicates")), 4);
    assert_string_equal(string_of(growth, "interval"), "lack of fit and repetition");
    json_decref(study);
    char *first = print(fixture, command_study, "study --db %/results.db");
    char *second = print(fixture, command_study, "study --db %/results.db");
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void test_study_names_the_fastest_variant_beside_the_base(void **state)
{
    struct fixture *fixture = *state;
    import_text(fixture, "variants",
                "operator,options,length,threads,seconds\nx,,64,1,0.004\nx,,64,2,0.002\nx,kind=b,64,1,0.001\n"
                "x,kind=b,64,2,0.0009\n");
    assert_prints(fixture, "study --db %/results.db", "1 thread, 4.00 ms (kind=b: 1.00 ms)  2.00x");
}

/* The only class of an operator's instructions; fails where there is another. */
static void assert_counted_class(json_t *study, const char *operator_name, const char *class)
{
    const json_t *growth =
        find_entry(json_object_get(study, "growth"), "operator", operator_name, "metric", "instructions");
    const json_t *classes = json_object_get(growth, "classes");
    assert_int_equal(json_array_size(classes), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(classes, 0), "class")), class);
    const json_t *exponent = json_object_get(growth, "exponent");
    assert_true(json_number_value(json_object_get(exponent, "high")) - json_number_value(json_object_get(exponent, "low")) < 0.1);
}

/* Counts of this repository's operators at width 64, by `sweep --metric instructions --length 128..8192` of 2026-11-28. */
static void test_study_of_instructions_settles_n_against_n_log_n(void **state)
{
    struct fixture *fixture = *state;
    import_text(fixture, "counted",
                "operator,length,width,instructions\n"
                "h3,128,64,959340\nh3,256,64,1906748\nh3,512,64,3838980\nh3,1024,64,7762176\nh3,2048,64,15722400\n"
                "h3,4096,64,31969488\nh3,8192,64,64479504\n"
                "gru,128,64,1170485\ngru,256,64,2331341\ngru,512,64,4657973\ngru,1024,64,9306317\ngru,2048,64,18611348\n"
                "gru,4096,64,37225158\ngru,8192,64,74443329\n"
                "attention,128,64,945549\nattention,256,64,2422782\nattention,512,64,7118825\nattention,1024,64,23176882\n");
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    assert_counted_class(study, "h3", "n log n");
    assert_counted_class(study, "gru", "n");
    const json_t *crossover = find_entry(json_object_get(study, "crossovers"), "a", "gru", "b", "attention");
    assert_string_equal(json_string_value(json_object_get(crossover, "metric")), "instructions");
    assert_string_equal(json_string_value(json_object_get(crossover, "faster_beyond")), "gru");
    assert_int_equal(json_array_size(json_object_get(study, "censored")), 0);
    assert_int_equal(json_array_size(json_object_get(study, "throughput")), 0);
    json_decref(study);
    assert_prints(fixture, "study --db %/results.db", "gru fewer beyond 230 [128, 256]");
}

static void test_study_counts_limits_as_bounds_and_lists_them(void **state)
{
    struct fixture *fixture = *state;
    import_text(
        fixture, "cut",
        "operator,length,seconds,status,reason,limit_seconds\n"
        "x,64,0.001,,,\nx,128,0.0021,,,\nx,256,0.0041,,,\nx,512,,failed,took too long,20\nx,1024,,failed,no memory,\n");
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    const json_t *growth = find_entry(json_object_get(study, "growth"), "operator", "x", "metric", "time");
    assert_int_equal(json_integer_value(json_object_get(growth, "lengths")), 3);
    assert_int_equal(json_integer_value(json_object_get(growth, "censored")), 1);
    assert_int_equal(json_array_size(json_object_get(study, "censored")), 2);
    json_decref(study);
    assert_prints(fixture, "study --db %/results.db", "took too long");
}

static void test_study_at_equal_parameters_interpolates_widths(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(fixture, store_open(&fixture->store, fixture->path, true, &fixture->error));
    struct sweep_record sweep;
    add_sweep(fixture, "widths", &sweep);
    struct cell_record cells[3];
    for (int i = 0; i < 3;
         ++i) { /* b has half the parameters of a at 256, and as many at 362; its time is that of its size */
        cell_record_init(&cells[i]);
        memcpy(cells[i].sweep, sweep.id, sizeof sweep.id);
        cells[i].number = i;
        cells[i].cell.width = i == 2 ? 512 : 256;
        cells[i].seconds = i == 2 ? 4e-3 : 1e-3;
        snprintf(cells[i].status, sizeof cells[i].status, "ok");
        snprintf(cells[i].cell.operator_name, sizeof cells[i].cell.operator_name, i ? "b" : "a");
        cells[i].regions = text_print("{\"parameters\": %d}", i == 0 ? 800000 : i == 1 ? 400000 : 1600000);
    }
    assert_ok(fixture, store_add_cells(fixture->store, cells, 3, &fixture->error));
    for (int i = 0; i < 3; ++i)
        cell_record_free(&cells[i]);
    store_close(fixture->store);
    fixture->store = NULL;
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    const json_t *equal = json_array_get(json_object_get(study, "equal_parameters"), 0);
    assert_true(json_number_value(json_object_get(equal, "equal_width_ratio")) == 1.0);
    assert_true(fabs(json_number_value(json_object_get(equal, "equal_parameters_ratio")) - 2.0) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(equal, "b_width")) - 362.04) < 0.01);
    assert_true(json_number_value(json_object_get(equal, "a_parameters")) == 200000.0);
    json_decref(study);
}

static void test_study_of_one_row_is_an_answer(void **state)
{
    struct fixture *fixture = *state;
    import_text(fixture, "one", "operator,length,seconds\nx,64,0.001\n");
    json_t *study = read_study(fixture, "study --within 1s --format json --db %/results.db");
    const json_t *growth = json_array_get(json_object_get(study, "growth"), 0);
    assert_null(json_object_get(growth, "exponent"));
    assert_true(strstr(string_of(growth, "reason"), "at least 3"));
    assert_string_equal(string_of(json_array_get(json_object_get(study, "context"), 0), "verdict"), "at least");
    json_decref(study);
    assert_prints(fixture, "study --within 1s --db %/results.db", "at least 64");
}

static void test_study_of_cells_without_a_time_says_so(void **state)
{
    struct fixture *fixture = *state;
    import_text(fixture, "none", "operator,length,seconds,status,reason\nx,64,,failed,crashed\n");
    assert_prints(fixture, "study --db %/results.db", "None of the 1 cells of sweep 'none' was measured");
    json_t *study = read_study(fixture, "study --format json --db %/results.db");
    assert_int_equal(json_array_size(json_object_get(study, "growth")), 0);
    json_decref(study);
}

static void test_words_that_are_not_understood_are_sentences(void **state)
{
    struct fixture *fixture = *state;
    add_square_and_line(fixture);
    assert_refuses(fixture, "study --within 100 --db %/results.db", "'100' has no unit");
    assert_refuses(fixture, "study --within soon --db %/results.db", "'soon' is no limit");
    assert_refuses(fixture, "study --within 0s --db %/results.db", "a time above 0");
    assert_refuses(fixture, "study --predict 9 --db %/results.db", "--predict");
    assert_refuses(fixture, "study --format yaml --db %/results.db", "not one of table, csv, json");
    assert_refuses(fixture, "study a b --db %/results.db", "one word too many");
    assert_refuses(fixture, "study --where x=1 --db %/results.db", "unknown column 'x'");
    assert_refuses(fixture, "study absent --db %/results.db", "absent");
    assert_prints(fixture, "study --help", "Example:\n  seqscale study");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_study_of_the_hyena_figure_finds_its_crossovers),
        IN_FOLDER(test_study_of_the_lra_table_claims_no_more_than_four_lengths_tell),
        IN_FOLDER(test_study_of_known_curves_gives_known_answers),
        IN_FOLDER(test_study_prints_every_table),
        IN_FOLDER(test_study_names_the_cache_where_it_varies),
        IN_FOLDER(test_study_of_our_own_blocks_pairs_them),
        IN_FOLDER(test_study_names_the_fastest_variant_beside_the_base),
        IN_FOLDER(test_study_of_instructions_settles_n_against_n_log_n),
        IN_FOLDER(test_study_counts_limits_as_bounds_and_lists_them),
        IN_FOLDER(test_study_at_equal_parameters_interpolates_widths),
        IN_FOLDER(test_study_of_one_row_is_an_answer),
        IN_FOLDER(test_study_of_cells_without_a_time_says_so),
        IN_FOLDER(test_words_that_are_not_understood_are_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
