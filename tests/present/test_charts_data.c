/* test_charts_data.c - what a chart is made of before gnuplot sees it: names, colours, curves, bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chart_sweep.h"
#include "present/charts_series.h"

static const struct charts_series *find(const struct loaded *loaded, const char *label)
{
    for (int i = 0; i < loaded->charts.series_count; ++i)
        if (strcmp(loaded->charts.series[i].label, label) == 0)
            return &loaded->charts.series[i];
    fail_msg("there is no series %s", label);
    return NULL;
}

/* ---------------------------------------------------------------- series */

static void test_series_variants_of_an_operator_share_its_colour_and_differ_in_variant(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    chart_sweep_cell(&fixture, "other", 64, 1, 1e-3);
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1e-3)->colour = 7;
    chart_sweep_cell(&fixture, "alpha:x=2", 64, 1, 1e-3)->colour = 7;
    chart_sweep_cell(&fixture, "alpha:x=2", 128, 1, 1e-3)->colour = 7;
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "time", charts_build_time);
    assert_int_equal(loaded.charts.series_count, 3);
    assert_int_equal(find(&loaded, "alpha")->colour, 7);
    assert_int_equal(find(&loaded, "alpha:x=2")->colour, 7);
    assert_int_equal(find(&loaded, "alpha")->variant, 0);
    assert_int_equal(find(&loaded, "alpha:x=2")->variant, 1);
    assert_int_not_equal(find(&loaded, "other")->colour, 7);
    chart_sweep_unload(&loaded, &fixture);
}

static int colour_in_a_sweep_after(int others)
{
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    for (int i = 0; i < others; ++i) {
        char name[32];
        snprintf(name, sizeof name, "other%d", i);
        chart_sweep_cell(&fixture, name, 64, 1, 1e-3)->colour = i;
    }
    chart_sweep_cell(&fixture, "./mine.so", 64, 1, 1e-3);
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "time", charts_build_time);
    const int colour = find(&loaded, "./mine.so")->colour;
    chart_sweep_unload(&loaded, &fixture);
    return colour;
}

static void test_series_without_a_colour_gets_a_free_one_by_its_name(void **state)
{
    (void)state;
    const int alone = colour_in_a_sweep_after(0);
    assert_in_range(alone, 0, CHARTS_COLOURS - 1);
    for (int others = 1; others < CHARTS_COLOURS; ++others) {
        const int colour = colour_in_a_sweep_after(others);
        assert_true(colour >= others); /* 0 .. others - 1 are taken */
        if (alone >= others)
            assert_int_equal(colour, alone);
    }
}

static void test_series_name_says_what_varies_and_settings_what_does_not(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "beta");
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1e-3)->cell.width = 128;
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1e-3);
    chart_sweep_cell(&fixture, "beta", 64, 1, 1e-3)->cell.width = 128;
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "time", charts_build_time);
    assert_int_equal(loaded.charts.series_count, 3);
    assert_string_equal(loaded.charts.series[0].name, "alpha width 128");
    assert_string_equal(loaded.charts.series[1].name, "alpha width 256");
    assert_string_equal(loaded.charts.settings, "batch 1, forward, layer, prepare outside");
    assert_int_equal(loaded.charts.series[0].relative, 2); /* of the same width */
    assert_int_equal(loaded.charts.series[1].relative, -1);
    chart_sweep_unload(&loaded, &fixture);
}

static void assert_printable(const char *string, size_t width, const char *expected)
{
    char *printable = charts_printable(string, width);
    assert_string_equal(printable, expected);
    free(printable);
}

static void test_printable_label_is_cut_in_the_middle_and_cleaned(void **state)
{
    (void)state;
    assert_printable("abcdefghij", 10, "abcdefghij");
    assert_printable("abcdefghijk", 10, "abcd…ghijk");
    assert_printable("ééééééé", 5, "éé…éé");
    assert_printable("a\nb\tc\x7f", 10, "a b c ");
    assert_printable("\xff\xc3", 10, "??");
    assert_printable("", 10, "");
}

/* ---------------------------------------------------------------- curves */

/* The lines of a block of the data file; malloc'd. */
static char *block(const struct loaded *loaded, const char *name)
{
    const char *at = strstr(text_get(&loaded->figure.data), name);
    if (!at)
        return NULL;
    at = strchr(strchr(at, '\n') + 1, '\n') + 1; /* after the names of the columns */
    const char *end = strstr(at, "\n\n");
    return strndup(at, end ? (size_t)(end - at) : strlen(at));
}

static void assert_block(const struct loaded *loaded, const char *name, const char *expected)
{
    char *found = block(loaded, name);
    assert_non_null(found);
    assert_string_equal(found, expected);
    free(found);
}

static void test_curve_failed_cell_interrupts_it_and_is_marked(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    for (int64_t length = 64; length <= 512; length *= 2) {
        struct cell_record *record = chart_sweep_cell(&fixture, "alpha", length, 1, 0.5);
        record->low = record->high = 0.5;
        snprintf(record->status, sizeof record->status, length == 128 ? "failed" : length == 512 ? "skipped" : "imported");
    }
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "time", charts_build_time);
    assert_block(&loaded, "panel 1 curve 1:", "64\t0.5\t0.5\t0.5\n128\tNaN\tNaN\tNaN\n"
                                            "256\t0.5\t0.5\t0.5\n512\tNaN\tNaN\tNaN");
    assert_block(&loaded, "panel 1 skipped 1:", "512\t0");
    assert_block(&loaded, "panel 1 failed 1:", "128\t1\n");
    chart_sweep_unload(&loaded, &fixture);
}

static void test_dots_are_the_processes_of_measured_cells(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    chart_sweep_cell(&fixture, "alpha", 100, 1, 1.0);
    chart_sweep_cell(&fixture, "alpha", 200, 1, 2.0);
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "token", charts_build_token);
    assert_block(&loaded, "panel 1 dots 1:",
                 "100\t0.0099\n100\t0.01\n100\t0.0101\n200\t0.0099\n200\t0.01\n200\t0.0101\n");
    chart_sweep_unload(&loaded, &fixture);
}

/* ---------------------------------------------------------------- ranges */

/* The number that the settings give to `name`. */
static double setting(const struct loaded *loaded, const char *name)
{
    struct text settings = {0};
    struct error error;
    char start[64];
    assert_int_equal(charts_figure_settings(&loaded->figure, "x.dat", &settings, &error), STATUS_OK);
    snprintf(start, sizeof start, "\n%s = ", name);
    const char *at = strstr(text_get(&settings), start);
    assert_non_null(at);
    const double value = strtod(at + strlen(start), NULL);
    text_free(&settings);
    return value;
}

static void test_range_keeps_curves_clear_of_many_rows_of_marks(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    for (int i = 0; i < 20; ++i) {
        char name[32];
        snprintf(name, sizeof name, "op%d", i);
        chart_sweep_cell(&fixture, name, 64, 1, 1.0);
        chart_sweep_cell(&fixture, name, 128, 1, 4.0);
        snprintf(chart_sweep_cell(&fixture, name, 256, 1, NAN)->status, 16, "skipped");
    }
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "time", charts_build_time);
    assert_int_equal(loaded.figure.panels[0].marked, 20);
    const double low = setting(&loaded, "y_low"), high = setting(&loaded, "y_high"), band = setting(&loaded, "band");
    assert_true(low > 0.0 && low < 1.0);
    assert_true(band > 0.2 && band < 0.5);
    assert_true(low * pow(high / low, 1.0 - band) > 4.0);
    chart_sweep_unload(&loaded, &fixture);
}

/* ---------------------------------------------------------------- bars */

static void test_phases_are_shares_and_what_is_no_number_is_left_out(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1.0)->phases = strdup("{\"a\": 1, \"b\": 3, \"c\": -1, "
                                                                     "\"d\": \"x\", \"e\": 0}");
    chart_sweep_cell(&fixture, "beta", 64, 1, 1.0)->phases = strdup("{\"b\": 2}");
    chart_sweep_cell(&fixture, "gamma", 64, 1, 1.0)->phases = strdup("{broken");
    chart_sweep_cell(&fixture, "delta", 64, 1, 1.0)->phases = strdup("[1, 2]");
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "phases", charts_build_phases);
    assert_int_equal(loaded.figure.bar_count, 2);
    assert_int_equal(loaded.figure.part_count, 2);
    assert_block(&loaded, "bars 1:", "1\t1\t0\t0.25\n1\t2\t0.25\t1\n2\t2\t0\t1\n");
    assert_string_equal(loaded.figure.bars[0].text, "1.00 s at 64");
    chart_sweep_unload(&loaded, &fixture);
}

static void test_phases_more_parts_than_colours_end_in_other(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    struct text phases = {0};
    for (int i = 0; i < CHARTS_PARTS_MAX + 3; ++i)
        text_format(&phases, "%c\"phase %d\": 1", i ? ',' : '{', i);
    text_append(&phases, "}");
    chart_sweep_begin(&fixture, "");
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1.0)->phases = text_take(&phases);
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "phases", charts_build_phases);
    assert_int_equal(loaded.figure.part_count, CHARTS_PARTS_MAX);
    assert_string_equal(loaded.figure.parts[CHARTS_PARTS_MAX - 1], "other");
    assert_true(fabs(loaded.figure.bars[0].fractions[CHARTS_PARTS_MAX - 1] - 4.0 / (CHARTS_PARTS_MAX + 3)) <= 1e-12);
    chart_sweep_unload(&loaded, &fixture);
}

/* ---------------------------------------------------------------- roofline */

static void test_roofline_places_cells_by_arithmetic_and_all_traffic(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    for (int64_t length = 64; length <= 256; length *= 2) {
        struct cell_record *record = chart_sweep_cell(&fixture, "alpha", length, 1, 1e-3);
        record->flops = 1e6 * (double)length;
        record->compulsory_bytes = 1e6;
        record->reread_bytes = 1e6 * (double)length - 1e6;
        record->reread_set_bytes = 1e6;
    }
    struct cell_record *other = chart_sweep_cell(&fixture, "beta", 64, 1, 2e-3);
    other->flops = 4e6;
    other->compulsory_bytes = 1e6; /* nothing is known of rereading */
    chart_sweep_cell(&fixture, "gamma", 64, 1, 1e-3); /* without a price */
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "roofline", charts_build_roofline);
    const char *data = text_get(&loaded.figure.data);
    assert_non_null(strstr(data, "# panel 1 curve 1: alpha\n# x\tvalue\tlow\thigh\n1\t64\tNaN\tNaN\n1\t128\tNaN\tNaN\n"));
    assert_non_null(strstr(data, "# panel 1 curve 2: beta\n# x\tvalue\tlow\thigh\n4\t2\tNaN\tNaN\n"));
    assert_null(strstr(data, "gamma"));
    assert_non_null(strstr(data, "# panel 1 lengths 1: alpha\n# x\tvalue\tlength\n1\t256\t256\n1\t64\t64\n"));
    assert_string_equal(text_get(&loaded.notes), "");
    assert_true(loaded.figure.y.high >= 256.0 && loaded.figure.y.low <= 2.0);   /* the data is in the picture */
    assert_true(loaded.figure.x.high >= 10.0 && loaded.figure.x.low <= 0.125); /* and the ridges: 100 over 10 and 200 */
    chart_sweep_unload(&loaded, &fixture);
}

static void test_roofline_labels_that_would_overlap_are_left_out(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    static const char *const labels[] = {"alpha", "beta"};
    for (int i = 0; i < 2; ++i) {
        struct cell_record *record = chart_sweep_cell(&fixture, labels[i], 64, 1, 1e-3);
        record->flops = 1e7 * (1.0 + 0.01 * i);
        record->compulsory_bytes = 1e6;
    }
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "roofline", charts_build_roofline);
    assert_non_null(strstr(text_get(&loaded.figure.data), "panel 1 lengths 1:"));
    assert_null(strstr(text_get(&loaded.figure.data), "panel 1 lengths 2:"));
    chart_sweep_unload(&loaded, &fixture);
}

static void test_roofline_without_prices_says_so(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "");
    chart_sweep_cell(&fixture, "alpha", 64, 1, 1e-3);
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "roofline", charts_build_roofline);
    assert_true(charts_figure_is_empty(&loaded.figure));
    assert_non_null(strstr(text_get(&loaded.figure.notes), "no chart 'roofline': the sweep has no cell whose arithmetic"));
    chart_sweep_unload(&loaded, &fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series_variants_of_an_operator_share_its_colour_and_differ_in_variant),
        cmocka_unit_test(test_series_without_a_colour_gets_a_free_one_by_its_name),
        cmocka_unit_test(test_series_name_says_what_varies_and_settings_what_does_not),
        cmocka_unit_test(test_printable_label_is_cut_in_the_middle_and_cleaned),
        cmocka_unit_test(test_curve_failed_cell_interrupts_it_and_is_marked),
        cmocka_unit_test(test_dots_are_the_processes_of_measured_cells),
        cmocka_unit_test(test_range_keeps_curves_clear_of_many_rows_of_marks),
        cmocka_unit_test(test_phases_are_shares_and_what_is_no_number_is_left_out),
        cmocka_unit_test(test_phases_more_parts_than_colours_end_in_other),
        cmocka_unit_test(test_roofline_places_cells_by_arithmetic_and_all_traffic),
        cmocka_unit_test(test_roofline_labels_that_would_overlap_are_left_out),
        cmocka_unit_test(test_roofline_without_prices_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
