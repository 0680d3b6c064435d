/* test_charts_ratios.c - the figures speed and cores before gnuplot sees them: ratios and crossovers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chart_sweep.h"

/* An operator that is `ratios[i]` times as fast as the reference at 64 * 2^i. */
static void load_ratios(struct loaded *loaded, struct chart_sweep *fixture, const double *ratios, int count)
{
    chart_sweep_begin(fixture, "alpha");
    for (int i = 0; i < count; ++i) {
        chart_sweep_cell(fixture, "alpha", (int64_t)64 << i, 1, 1.0);
        if (isfinite(ratios[i]))
            chart_sweep_cell(fixture, "beta", (int64_t)64 << i, 1, 1.0 / ratios[i]);
        else
            snprintf(chart_sweep_cell(fixture, "beta", (int64_t)64 << i, 1, NAN)->status, 16, "skipped");
    }
    chart_sweep_store(fixture);
    chart_sweep_load(loaded, fixture, "speed", charts_build_speed);
}

static void test_crossover_is_interpolated_in_logarithms(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    load_ratios(&loaded, &fixture, (const double[]){0.25, 0.5, 2.0, 4.0}, 4);
    assert_int_equal(loaded.figure.crossing_count, 1);
    assert_true(fabs(loaded.figure.crossings[0].x - 128.0 * sqrt(2.0)) <= 1e-6); /* halfway, 128 to 256 */
    assert_int_equal(loaded.figure.crossings[0].series, 1);
    chart_sweep_unload(&loaded, &fixture);
}

/* Ratios within the processes' spread of 1 % are no verdict: from 0.5 to 2 there is one crossover, not three. */
static void test_crossover_within_the_noise_is_marked_once(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    load_ratios(&loaded, &fixture, (const double[]){0.5, 1.002, 0.998, 2.0}, 4);
    assert_int_equal(loaded.figure.crossing_count, 1);
    assert_in_range((int)loaded.figure.crossings[0].x, 128, 256);
    chart_sweep_unload(&loaded, &fixture);
}

static void test_crossover_hidden_by_a_skipped_cell_is_not_made_up(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    load_ratios(&loaded, &fixture, (const double[]){0.5, NAN, 2.0}, 3);
    assert_int_equal(loaded.figure.crossing_count, 0);
    chart_sweep_unload(&loaded, &fixture);
}

static void test_crossover_labels_that_would_overlap_stand_in_rows(void **state)
{
    (void)state;
    static const char *const labels[] = {"b", "c", "d"};
    struct chart_sweep fixture;
    struct loaded loaded;
    chart_sweep_begin(&fixture, "alpha");
    for (int64_t length = 64; length <= 4096; length *= 2) {
        chart_sweep_cell(&fixture, "alpha", length, 1, 1.0);
        for (int i = 0; i < 3; ++i) /* b and c cross at about 256, d at 2048 */
            chart_sweep_cell(&fixture, labels[i], length, 1, (i == 2 ? 2000.0 : 250.0 + i) / (double)length);
    }
    chart_sweep_store(&fixture);
    chart_sweep_load(&loaded, &fixture, "speed", charts_build_speed);
    assert_int_equal(loaded.figure.crossing_count, 3);
    assert_int_equal(loaded.figure.crossings[0].row, 0);
    assert_int_equal(loaded.figure.crossings[1].row, 1);
    assert_int_equal(loaded.figure.crossings[2].row, 0);
    assert_int_equal(loaded.figure.panels[0].labelled, 2);
    chart_sweep_unload(&loaded, &fixture);
}

static void load_cores(struct loaded *loaded, struct chart_sweep *fixture, int most)
{
    chart_sweep_begin(fixture, "");
    for (int threads = 1; threads <= most; threads *= 2)
        for (int64_t length = 64; length <= 1024; length *= 4)
            chart_sweep_cell(fixture, "alpha", length, threads, 1.0 / threads);
    chart_sweep_store(fixture);
    chart_sweep_load(loaded, fixture, "cores", charts_build_cores);
}

static void test_cores_two_thread_counts_are_shown_against_length(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    load_cores(&loaded, &fixture, 2);
    assert_int_equal(loaded.figure.panel_count, 1);
    assert_true(loaded.figure.x_is_length);
    assert_true(loaded.figure.end[0] == 2.0);
    assert_true(loaded.figure.ideal == 2.0);
    chart_sweep_unload(&loaded, &fixture);
}

static void test_cores_more_thread_counts_are_shown_against_threads(void **state)
{
    (void)state;
    struct chart_sweep fixture;
    struct loaded loaded;
    load_cores(&loaded, &fixture, 4);
    assert_int_equal(loaded.figure.panel_count, 3); /* lengths 64, 256, 1024 */
    assert_false(loaded.figure.x_is_length);
    assert_string_equal(loaded.figure.panels[2].title, "length 1k");
    assert_true(loaded.figure.end[0] == 4.0);
    chart_sweep_unload(&loaded, &fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossover_is_interpolated_in_logarithms),
        cmocka_unit_test(test_crossover_within_the_noise_is_marked_once),
        cmocka_unit_test(test_crossover_hidden_by_a_skipped_cell_is_not_made_up),
        cmocka_unit_test(test_crossover_labels_that_would_overlap_stand_in_rows),
        cmocka_unit_test(test_cores_two_thread_counts_are_shown_against_length),
        cmocka_unit_test(test_cores_more_thread_counts_are_shown_against_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
