/* test_panel_kernel.c - filters and transpositions of panels against plain loops in double, at every instruction set of this
 * machine and at numbers of rows that are no multiple of any block.
 */
#include "kernels/panel_kernel.h"

#include "base/random.h"
#include "base/status.h"
#include "machine/isa.h"

#include <math.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LANES PANEL_LANES
#define TOLERANCE 1e-5 /* of the sum of the products' sizes, 200 of about 1: float32 rounds each to 6e-8 */
#define GAP 3          /* floats between rows, to be left alone */

static const int64_t row_counts[] = {1, 2, 3, 7, 16, 17, 31, 48, 101, 200};

static const struct panel_kernel *kernel_of(int isa)
{
    return ISA_SELECT(panel_kernel, (enum seq_isa)isa);
}

/* Exactly `floats` values, so that the sanitizers see a read beyond them. */
static float *values_make(int64_t floats, uint64_t stream)
{
    float *values = aligned_alloc(64, ((size_t)floats * sizeof *values + 63) / 64 * 64);
    assert_non_null(values);
    for (int64_t i = 0; i < floats; ++i)
        values[i] = (float)random_normal(1, stream, (uint64_t)i);
    return values;
}

static void assert_near(float value, double expected, const char *what, int64_t row, int isa)
{
    if (!(fabs((double)value - expected) <= TOLERANCE * (10.0 + fabs(expected))))
        fail_msg("%s, isa %d, row %lld: %g instead of %g", what, isa, (long long)row, (double)value, expected);
}

/* Lane c of row t; rows before -history do not exist. */
static double filtered(const float *x, const struct panel_filter *filter, int64_t t, int64_t c, int64_t history)
{
    double sum = filter->bias ? (double)filter->bias[c] : 0.0;
    for (int64_t m = 0; m < filter->count && m <= t + history; ++m)
        sum += (double)filter->taps[m * LANES + c] * (double)x[(t - m) * LANES + c];
    return sum;
}

static void check_filter(int isa, int64_t count, int64_t rows, bool biased, bool timed)
{
    float *memory = values_make((count - 1 + rows) * LANES, 1), *x = memory + (count - 1) * LANES;
    float *taps = values_make(count * LANES, 2), *bias = values_make(LANES, 3), *times = values_make(rows * LANES, 4);
    float *y = values_make(rows * LANES, 5);
    const struct panel_filter filter = {.taps = taps, .bias = biased ? bias : NULL, .count = count};
    kernel_of(isa)->filter(y, x, &filter, timed ? times : NULL, rows);
    for (int64_t i = 0; i < rows * LANES; ++i)
        assert_near(y[i], filtered(x, &filter, i / LANES, i % LANES, count - 1) * (timed ? (double)times[i] : 1.0), "filter",
                    i / LANES, isa);
    free(memory);
    free(taps);
    free(bias);
    free(times);
    free(y);
}

static void test_panel_filter_any_size_matches_loops(void **state)
{
    (void)state;
    static const int64_t counts[] = {1, 2, 3, 4, 64, 101};
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(counts); ++i)
            for (size_t k = 0; k < ARRAY_LEN(row_counts); ++k)
                check_filter(isa, counts[i], row_counts[k], k % 2 == 0, k % 3 == 0);
}

/* The newest token's tap is a hundred times as large as the others, as one that holds a layer's skip: when it joins last the
 * result is rounded to its size once, and not once for each tap. Root mean square error in parts of the root mean square; with
 * `history` rows before x by filter(), without by convolve(). */
static double large_tap_error(int isa, int64_t count, int64_t rows, int64_t history)
{
    float *memory = values_make((history + rows) * LANES, 1), *taps = values_make(count * LANES, 2);
    float *x = memory + history * LANES, *y = values_make(rows * LANES, 3);
    const struct panel_filter filter = {.taps = taps, .count = count};
    for (int64_t c = 0; c < LANES; ++c)
        taps[c] *= 100.0f;
    if (history > 0)
        kernel_of(isa)->filter(y, x, &filter, NULL, rows);
    else
        kernel_of(isa)->convolve(y, x, taps, NULL, rows);
    double off = 0.0, size = 0.0;
    for (int64_t i = 0; i < rows * LANES; ++i) {
        const double expected = filtered(x, &filter, i / LANES, i % LANES, history);
        off += ((double)y[i] - expected) * ((double)y[i] - expected);
        size += expected * expected;
    }
    free(memory);
    free(taps);
    free(y);
    return sqrt(off / size);
}

static void test_panel_large_first_tap_is_rounded_to_once(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa) {
        /* 2.9e-8, and 3.9e-8 where product and sum are rounded apart; 2e-7 with the large tap first. */
        const double filter = large_tap_error(isa, 64, 200, 63), convolve = large_tap_error(isa, 96, 96, 0);
        if (!(filter <= 6e-8 && convolve <= 6e-8))
            fail_msg("isa %d: filter %.2g, convolve %.2g", isa, filter, convolve);
    }
}

/* The result goes where the input (overlap 1), the factor (2) or neither (0) is. */
static void check_convolve(int isa, int64_t rows, int overlap)
{
    float *x = values_make(rows * LANES, 1), *taps = values_make(rows * LANES, 2), *times = values_make(rows * LANES, 3);
    float *input = values_make(rows * LANES, 1), *factor = values_make(rows * LANES, 3), *other = values_make(rows * LANES, 4);
    float *y = overlap == 1 ? x : overlap == 2 ? times : other;
    const struct panel_filter filter = {.taps = taps, .count = rows};
    kernel_of(isa)->convolve(y, x, taps, times, rows);
    for (int64_t i = 0; i < rows * LANES; ++i)
        assert_near(y[i], filtered(input, &filter, i / LANES, i % LANES, 0) * (double)factor[i], "convolve", i / LANES, isa);
    free(x);
    free(taps);
    free(times);
    free(input);
    free(factor);
    free(other);
}

static void test_panel_convolve_any_length_matches_loops_in_place_too(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t k = 0; k < ARRAY_LEN(row_counts); ++k)
            for (int overlap = 0; overlap < 3; ++overlap)
                check_convolve(isa, row_counts[k], overlap);
}

static void check_transposition(int isa, int64_t rows)
{
    const int64_t stride = rows + GAP;
    float *panel = values_make(rows * LANES, 1), *lines = values_make(LANES * stride, 2), *back = values_make(rows * LANES, 3);
    float *untouched = values_make(LANES * stride, 2);
    kernel_of(isa)->to_rows(lines, stride, panel, rows);
    kernel_of(isa)->from_rows(back, lines, stride, rows);
    assert_memory_equal(back, panel, (size_t)(rows * LANES) * sizeof *panel);
    for (int64_t c = 0; c < LANES; ++c)
        for (int64_t t = 0; t < stride; ++t)
            assert_true(lines[c * stride + t] == (t < rows ? panel[t * LANES + c] : untouched[c * stride + t]));
    free(panel);
    free(lines);
    free(back);
    free(untouched);
}

static void test_panel_rows_and_back_are_exact(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t k = 0; k < ARRAY_LEN(row_counts); ++k)
            check_transposition(isa, row_counts[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panel_filter_any_size_matches_loops),
        cmocka_unit_test(test_panel_large_first_tap_is_rounded_to_once),
        cmocka_unit_test(test_panel_convolve_any_length_matches_loops_in_place_too),
        cmocka_unit_test(test_panel_rows_and_back_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
