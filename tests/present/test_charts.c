/* test_charts.c - whole sweeps through gnuplot: which files come out, and the sentence where none can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chart_sweep.h"
#include "present/charts.h"

#include <sys/stat.h>

struct drawn {
    enum status status;
    struct text files, notes;
    struct error error;
};

static struct drawn draw(struct chart_sweep *fixture, const char *figures, const char *formats)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s/out", fixture->folder);
    const struct chart_request request = {
        .directory = folder, .plots = TEST_SOURCE_DIR "/plots", .figures = figures, .formats = formats};
    struct drawn drawn = {.status = STATUS_OK};
    drawn.status = charts_draw(fixture->store, &fixture->sweep, &request, &drawn.files, &drawn.notes, &drawn.error);
    if (drawn.status != STATUS_OK)
        print_message("status %d: %s\n", (int)drawn.status, drawn.error.text);
    return drawn;
}

static void drawn_free(struct drawn *drawn)
{
    text_free(&drawn->files);
    text_free(&drawn->notes);
}

/* The text of a file in the charts' folder, NULL where there is none. */
static char *read_chart(const struct chart_sweep *fixture, const char *name, size_t *length)
{
    char path[192];
    struct error error;
    char *content = NULL;
    snprintf(path, sizeof path, "%s/out/%s", fixture->folder, name);
    return text_read_file(path, 1 << 24, &content, length, &error) == STATUS_OK ? content : NULL;
}

static void assert_chart(const struct chart_sweep *fixture, const char *name)
{
    size_t length = 0;
    char *content = read_chart(fixture, name, &length);
    if (!content)
        fail_msg("%s was not made", name);
    assert_true(length > 2000);
    if (text_ends(name, ".png"))
        assert_memory_equal(content, "\x89PNG", 4);
    else
        assert_non_null(strstr(content, "</svg>"));
    free(content);
}

/* Two operators, one with two variants, a skipped and a failed cell, memory and phases. */
static void fill_usual(struct chart_sweep *fixture)
{
    static const char *const labels[] = {"alpha", "alpha:variant=b", "beta"};
    for (int threads = 1; threads <= 2; ++threads) {
        for (int64_t length = 64; length <= 512; length *= 2) {
            for (int i = 0; i < 3; ++i) {
                const double seconds = (i == 2 ? 1e-6 : 1e-8 * (double)length * (i + 1)) * (double)length / threads;
                struct cell_record *record = chart_sweep_cell(fixture, labels[i], length, threads, seconds);
                record->colour = i == 2 ? 5 : 3;
                record->flops = 1e4 * (double)length;
                record->compulsory_bytes = 1e3 * (double)(length + 64);
                record->bytes = 1024.0 * (double)length;
                record->workspace_bytes = 512.0 * (double)length;
                record->regions = strdup("{\"input\": 100, \"scratch\": 300}");
                record->phases = strdup("{\"first\": 0.25, \"second\": 0.75}");
                if (i == 1 && length == 512)
                    snprintf(record->status, sizeof record->status, "skipped");
                if (i == 2 && length == 128 && threads == 2)
                    snprintf(record->status, sizeof record->status, "failed");
            }
        }
    }
    chart_sweep_store(fixture);
}

static bool have_gnuplot(void)
{
    return access("/usr/bin/gnuplot", X_OK) == 0 || access("/usr/local/bin/gnuplot", X_OK) == 0;
}

static void test_charts_full_sweep_draws_every_figure_without_a_note(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    static const char *const names[] = {"time", "token", "memory", "speed", "cores", "phases", "roofline"};
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    fill_usual(&fixture);
    struct drawn drawn = draw(&fixture, NULL, NULL);
    assert_int_equal(drawn.status, STATUS_OK);
    assert_string_equal(text_get(&drawn.notes), "");
    for (size_t i = 0; i < ARRAY_LEN(names); ++i) {
        char file[32];
        snprintf(file, sizeof file, "%s.svg", names[i]);
        assert_chart(&fixture, file);
        assert_non_null(strstr(text_get(&drawn.files), file));
        snprintf(file, sizeof file, "%s.png", names[i]);
        assert_chart(&fixture, file);
        assert_non_null(strstr(text_get(&drawn.files), file));
        snprintf(file, sizeof file, ".%s.svg", names[i]); /* the unfinished file */
        assert_null(read_chart(&fixture, file, NULL));
    }
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

static void test_charts_chosen_figure_and_format_draws_nothing_else(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    fill_usual(&fixture);
    struct drawn drawn = draw(&fixture, "token", "svg");
    assert_int_equal(drawn.status, STATUS_OK);
    assert_chart(&fixture, "token.svg");
    assert_null(read_chart(&fixture, "token.png", NULL));
    assert_null(read_chart(&fixture, "time.svg", NULL));
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

/* Every character that gnuplot, a shell, printf or its markup could take for something else. */
static void test_charts_hostile_label_is_drawn_as_it_is(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    static const char *const labels[] = {"exec:`touch pwned` $A #; @x", "'\"; x=1/0; \\", "_{a}^2 %d %s\\n\x01\xff"};
    static const char *const shown[] = {"exec:`touch pwned` $A #; @x", "x=1/0; \\", "_{a}^2 %d %s\\n"};
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, labels[1]);
    for (int i = 0; i < 3; ++i) {
        for (int64_t length = 64; length <= 128; length *= 2) {
            struct cell_record *record = chart_sweep_cell(&fixture, "", length, 1, 1e-3 * (i + 1));
            snprintf(record->cell.operator_name, sizeof record->cell.operator_name, "%s", labels[i]);
            record->phases = strdup("{\"`touch pwned`'\\\"\\\\ @x\": 1}");
        }
    }
    chart_sweep_store(&fixture);
    struct drawn drawn = draw(&fixture, "time,speed,phases", "svg,png");
    assert_int_equal(drawn.status, STATUS_OK);
    assert_string_equal(text_get(&drawn.notes), "");
    char *time = read_chart(&fixture, "time.svg", NULL);
    assert_non_null(time);
    for (int i = 0; i < 3; ++i)
        assert_non_null(strstr(time, shown[i]));
    char *phases = read_chart(&fixture, "phases.svg", NULL);
    assert_non_null(phases);
    assert_non_null(strstr(phases, "`touch pwned`'"));
    assert_null(read_chart(&fixture, "pwned", NULL));
    free(time);
    free(phases);
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

/* Imported cells may come without an interval, or with one of no width. */
static void test_charts_cells_without_interval_draw_without_a_warning(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "");
    for (int i = 0; i < 4; ++i) {
        struct cell_record *record = chart_sweep_cell(&fixture, i < 2 ? "alpha" : "beta", i % 2 ? 100 : 300, 1, 0.5);
        snprintf(record->status, sizeof record->status, "imported");
        if (i >= 2)
            record->low = record->high = record->seconds;
    }
    chart_sweep_store(&fixture);
    struct drawn drawn = draw(&fixture, "time,token", NULL);
    assert_int_equal(drawn.status, STATUS_OK);
    assert_string_equal(text_get(&drawn.notes), "");
    assert_chart(&fixture, "time.png");
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

static void test_charts_one_thread_count_and_no_comparison_leave_figures_out_with_a_note(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "");
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1e-3);
    chart_sweep_cell(&fixture, "alpha", 128, 1, 2e-3);
    chart_sweep_cell(&fixture, "alpha", 256, 1, NAN);
    chart_sweep_store(&fixture);
    struct drawn drawn = draw(&fixture, NULL, "svg");
    assert_int_equal(drawn.status, STATUS_OK);
    assert_chart(&fixture, "time.svg");
    assert_non_null(strstr(text_get(&drawn.notes), "no chart 'cores': the sweep has one thread count"));
    assert_non_null(strstr(text_get(&drawn.notes), "no chart 'speed': say with --relative-to"));
    assert_non_null(strstr(text_get(&drawn.notes), "no chart 'memory'"));
    assert_non_null(strstr(text_get(&drawn.notes), "no chart 'phases'"));
    assert_non_null(strstr(text_get(&drawn.notes), "1 planned cell is not measured"));
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

/* The other layouts: a grid of panels, and speed-up against threads. */
static void test_charts_many_threads_and_operators_draw_without_a_note(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "op0");
    for (int threads = 1; threads <= 5; ++threads)
        for (int i = 0; i < 6; ++i)
            for (int64_t length = 100; length <= 200; length += 100)
                chart_sweep_cell(&fixture, (const char *[]){"op0", "op1", "op2", "op2:x=1", "op2:x=2", "op3"}[i], length,
                                 threads, 1e-5 * (double)length * (double)length / (threads * (i + 1)))->colour = i;
    chart_sweep_store(&fixture);
    struct drawn drawn = draw(&fixture, "time,token,speed,cores", NULL);
    assert_int_equal(drawn.status, STATUS_OK);
    assert_string_equal(text_get(&drawn.notes), "");
    assert_chart(&fixture, "cores.png");
    assert_chart(&fixture, "speed.svg");
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

/* ---------------------------------------------------------------- nothing to draw: a sentence, and no folder */

static void assert_nothing_drawn(struct chart_sweep *fixture, const char *sentence)
{
    struct drawn drawn = draw(fixture, NULL, NULL);
    assert_int_equal(drawn.status, STATUS_USAGE);
    assert_non_null(strstr(drawn.error.text, sentence));
    assert_string_equal(text_get(&drawn.files), "");
    assert_null(strstr(text_get(&drawn.notes), "gnuplot"));
    drawn_free(&drawn);
    chart_sweep_end(fixture);
}

static void test_charts_empty_sweep_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    assert_nothing_drawn(&fixture, "the sweep test has no cell: there is nothing to draw");
}

static void test_charts_single_point_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1e-3);
    chart_sweep_store(&fixture);
    assert_nothing_drawn(&fixture, "too little for the charts asked for (1 length, 1 thread count)");
}

static void test_charts_all_cells_skipped_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    for (int64_t length = 64; length <= 256; length *= 2)
        snprintf(chart_sweep_cell(&fixture, "alpha", length, 1, NAN)->status, 16, "skipped");
    chart_sweep_store(&fixture);
    assert_nothing_drawn(&fixture, "no cell of the sweep test was measured");
}

/* ---------------------------------------------------------------- what cannot be done */

static void test_charts_unknown_figure_or_format_is_refused_with_the_list(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    fill_usual(&fixture);
    struct drawn drawn = draw(&fixture, "time,tim", NULL);
    assert_int_equal(drawn.status, STATUS_USAGE);
    assert_string_equal(drawn.error.text,
                        "'tim' is no chart; there are time, token, memory, speed, cores, phases, roofline and instructions");
    drawn_free(&drawn);
    drawn = draw(&fixture, NULL, "svg,pdf");
    assert_int_equal(drawn.status, STATUS_USAGE);
    assert_string_equal(drawn.error.text, "'pdf' is no format of charts; there are svg and png");
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

static void test_charts_without_gnuplot_names_the_package(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    fill_usual(&fixture);
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    setenv("PATH", "/nonexistent", 1);
    struct drawn drawn = draw(&fixture, NULL, NULL);
    setenv("PATH", path, 1);
    assert_int_equal(drawn.status, STATUS_SYSTEM);
    assert_non_null(strstr(drawn.error.text, "install the package gnuplot-nox"));
    assert_null(read_chart(&fixture, "time.svg", NULL));
    drawn_free(&drawn);
    free(path);
    chart_sweep_end(&fixture);
}

/* A program that fails in the middle of its page. */
static void test_charts_failing_program_keeps_the_chart_that_is_there(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    fill_usual(&fixture);
    struct drawn drawn = draw(&fixture, "time", "svg");
    drawn_free(&drawn);
    char program[192], folder[192];
    snprintf(folder, sizeof folder, "%s/out", fixture.folder);
    for (int i = 0; i < 2; ++i) {
        snprintf(program, sizeof program, "%s/%s.gp", fixture.folder, i ? "time" : "theme");
        FILE *file = fopen(program, "w");
        assert_non_null(file);
        fputs("set terminal svg\nset output ARG3\nplot x\nnonsense here\n", file);
        fclose(file);
    }
    const struct chart_request request = {
        .directory = folder, .plots = fixture.folder, .figures = "time", .formats = "svg"};
    drawn = (struct drawn){.status = STATUS_OK};
    drawn.status = charts_draw(fixture.store, &fixture.sweep, &request, &drawn.files, &drawn.notes, &drawn.error);
    assert_int_equal(drawn.status, STATUS_SYSTEM);
    assert_non_null(strstr(drawn.error.text, "line 4"));
    assert_chart(&fixture, "time.svg");
    assert_null(read_chart(&fixture, ".time.svg", NULL));
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

static void test_charts_unwritable_folder_is_named(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    chart_sweep_begin(&fixture, "alpha");
    fill_usual(&fixture);
    const struct chart_request request = {.directory = "/proc/nowhere", .plots = TEST_SOURCE_DIR "/plots"};
    struct drawn drawn = {.status = STATUS_OK};
    drawn.status = charts_draw(fixture.store, &fixture.sweep, &request, &drawn.files, &drawn.notes, &drawn.error);
    assert_int_equal(drawn.status, STATUS_SYSTEM);
    assert_non_null(strstr(drawn.error.text, "cannot make the folder /proc/nowhere"));
    drawn_free(&drawn);
    chart_sweep_end(&fixture);
}

static void test_charts_default_directory_is_beside_the_database(void **state)
{
    (void)state;
    static const char *const examples[][3] = {{"a/b/x.db", "night", "a/b/charts/night"},
                                              {"x.db", "night", "charts/night"},
                                              {"/x.db", "../up", "/charts/_._up"},
                                              {"x.db", ".", "charts/_"}};
    for (size_t i = 0; i < ARRAY_LEN(examples); ++i) {
        char *path = charts_default_directory(examples[i][0], examples[i][1]);
        assert_string_equal(path, examples[i][2]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charts_full_sweep_draws_every_figure_without_a_note),
        cmocka_unit_test(test_charts_chosen_figure_and_format_draws_nothing_else),
        cmocka_unit_test(test_charts_hostile_label_is_drawn_as_it_is),
        cmocka_unit_test(test_charts_cells_without_interval_draw_without_a_warning),
        cmocka_unit_test(test_charts_one_thread_count_and_no_comparison_leave_figures_out_with_a_note),
        cmocka_unit_test(test_charts_many_threads_and_operators_draw_without_a_note),
        cmocka_unit_test(test_charts_empty_sweep_is_refused_with_a_sentence),
        cmocka_unit_test(test_charts_single_point_is_refused_with_a_sentence),
        cmocka_unit_test(test_charts_all_cells_skipped_is_refused_with_a_sentence),
        cmocka_unit_test(test_charts_unknown_figure_or_format_is_refused_with_the_list),
        cmocka_unit_test(test_charts_without_gnuplot_names_the_package),
        cmocka_unit_test(test_charts_failing_program_keeps_the_chart_that_is_there),
        cmocka_unit_test(test_charts_unwritable_folder_is_named),
        cmocka_unit_test(test_charts_default_directory_is_beside_the_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
