/* test_longconv.c - every method of the long convolution against sums in double, at every instruction set of this machine,
 * gated and in place; the panels of a group are what its layout says; sizes hold what the calls touch.
 */
#include "kernels/longconv.h"

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
#define MAX_BLOCKS 64
#define TOLERANCE 2e-6 /* of the largest result: transforms of 9000 points in float32 err by 4e-7 */

/* About both ends of every method that `auto` chooses, and lengths that are no product of small primes. */
static const int64_t lengths[] = {1, 2, 15, 16, 37, 96, 97, 101, 256, 1009, 8192, 8209};

static const enum longconv_method methods[] = {LONGCONV_AUTO, LONGCONV_RING, LONGCONV_FFTW, LONGCONV_DIRECT};

struct test_arena {
    struct seq_arena face;
    void *blocks[MAX_BLOCKS];
    int count;
};

static void *take(struct seq_arena *face, size_t bytes)
{
    struct test_arena *arena = (struct test_arena *)(void *)face;
    assert_true(arena->count < MAX_BLOCKS);
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(block);
    memset(block, 0, bytes);
    arena->blocks[arena->count++] = block;
    return block;
}

/* Exactly `floats` values, whatever is read without having been written shows. */
static float *buffer(int64_t floats)
{
    float *values = aligned_alloc(64, ((size_t)floats * sizeof *values + 63) / 64 * 64);
    assert_non_null(values);
    for (int64_t i = 0; i < floats; ++i)
        values[i] = NAN;
    return values;
}

struct trial {
    struct test_arena arena;
    struct longconv_shape shape;
    struct longconv *conv;
    float *filters, *x, *gate, *prepared, *scratch;
};

static float value_of(uint64_t stream, int64_t t, int64_t lane)
{
    return (float)random_normal(1, stream, (uint64_t)(t * LANES + lane));
}

/* A group of values, written as a caller does: in panels of some tokens. */
static float *group_make(const struct trial *trial, uint64_t stream)
{
    float *group = buffer(trial->shape.group_floats), panel[48 * LANES];
    for (int64_t t = 0; t < trial->shape.L; t += 48) {
        const int64_t rows = trial->shape.L - t < 48 ? trial->shape.L - t : 48;
        float *at = longconv_panel(trial->conv, group, t, panel);
        for (int64_t i = 0; i < rows * LANES; ++i)
            at[i] = value_of(stream, t + i / LANES, i % LANES);
        longconv_put(trial->conv, group, t, at, rows);
    }
    return group;
}

static void trial_open(struct trial *trial, int64_t L, enum longconv_method method, enum seq_isa isa)
{
    struct seq_message message = {.text = ""};
    *trial = (struct trial){.arena.face = {.size = sizeof(struct seq_arena), .allocate = take, .borrow = take}};
    trial->shape = longconv_shape_get(L, isa, method);
    if (longconv_create(&trial->conv, &trial->shape, &trial->arena.face, &message) != SEQ_OK)
        fail_msg("%s", message.text);
    trial->filters = group_make(trial, 1);
    trial->x = group_make(trial, 2);
    trial->gate = group_make(trial, 3);
    trial->prepared = buffer(trial->shape.filter_floats);
    trial->scratch = buffer(trial->shape.scratch_floats + 1);
    longconv_prepare(trial->conv, trial->prepared, trial->filters, trial->scratch);
}

static void trial_close(struct trial *trial)
{
    longconv_destroy(trial->conv);
    for (int i = 0; i < trial->arena.count; ++i)
        free(trial->arena.blocks[i]);
    free(trial->filters);
    free(trial->x);
    free(trial->gate);
    free(trial->prepared);
    free(trial->scratch);
}

/* What the values are, but for the gate. */
static double convolved(int64_t t, int64_t lane)
{
    double sum = 0.0;
    for (int64_t s = 0; s <= t; ++s)
        sum += (double)value_of(1, s, lane) * (double)value_of(2, t - s, lane);
    return sum;
}

static float result_at(const struct trial *trial, const float *y, int64_t t, int64_t lane)
{
    float panel[LANES];
    return longconv_get(trial->conv, y, t, panel, 1)[lane];
}

/* Some rows of two lanes; all of them would take long. */
static void assert_convolved(const struct trial *trial, const float *y, bool gated, const char *what)
{
    const int64_t L = trial->shape.L, step = L < 300 ? 1 : L / 23;
    const double scale = sqrt((double)L);
    for (int64_t t = 0; t < L; t = t < L - 1 && t + step >= L ? L - 1 : t + step)
        for (int64_t lane = 0; lane < LANES; lane += LANES - 1) {
            const double expected = convolved(t, lane) * (gated ? (double)value_of(3, t, lane) : 1.0);
            const float value = result_at(trial, y, t, lane);
            if (!(fabs((double)value - expected) <= TOLERANCE * 8.0 * scale)) /* gates and sums are up to 4 deviations */
                fail_msg("%s, method %d, isa %d, L %lld, t %lld: %g instead of %g", what, (int)trial->shape.method,
                         (int)trial->shape.isa, (long long)L, (long long)t, (double)value, expected);
        }
}

static void check(int64_t L, enum longconv_method method, enum seq_isa isa)
{
    struct trial trial;
    trial_open(&trial, L, method, isa);
    float *const y = buffer(trial.shape.group_floats);
    longconv_apply(trial.conv, y, trial.x, NULL, trial.prepared, trial.scratch);
    assert_convolved(&trial, y, false, "plain");
    longconv_apply(trial.conv, y, trial.x, trial.gate, trial.prepared, trial.scratch);
    assert_convolved(&trial, y, true, "gated");
    longconv_apply(trial.conv, trial.gate, trial.x, trial.gate, trial.prepared, trial.scratch);
    assert_convolved(&trial, trial.gate, true, "in the gate's place");
    free(trial.gate);
    trial.gate = group_make(&trial, 3);
    longconv_apply(trial.conv, trial.x, trial.x, trial.gate, trial.prepared, trial.scratch);
    assert_convolved(&trial, trial.x, true, "in place");
    free(y);
    trial_close(&trial);
}

static void test_longconv_any_method_length_and_isa_matches_the_sum(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t m = 0; m < ARRAY_LEN(methods); ++m)
            for (size_t i = 0; i < ARRAY_LEN(lengths); ++i)
                if (methods[m] != LONGCONV_FFTW || lengths[i] < 1009 || isa == 0) /* FFTW measures; it has its own isa */
                    check(lengths[i], methods[m], (enum seq_isa)isa);
}

static void test_longconv_groups_are_lines_apart_that_share_no_cache_set(void **state)
{
    (void)state;
    for (size_t m = 0; m < ARRAY_LEN(methods); ++m)
        for (int64_t L = 1; L < 20000; L += 61) {
            const struct longconv_shape shape = longconv_shape_get(L, SEQ_ISA_GENERIC, methods[m]);
            assert_true(shape.group_floats >= L * LANES && shape.group_floats < (L + 128) * LANES);
            assert_int_equal(shape.group_floats % LANES, 0);
            if (shape.layout == LONGCONV_PANELS && L > 64) /* rows of the next group begin at least 16 sets further */
                assert_true(shape.group_floats / LANES % 64 >= 16 && shape.group_floats / LANES % 64 <= 48);
        }
}

static void test_longconv_auto_sums_short_sequences_and_transforms_long_ones(void **state)
{
    (void)state;
    assert_int_equal(longconv_shape_get(64, SEQ_ISA_V4, LONGCONV_AUTO).method, LONGCONV_DIRECT);
    assert_int_equal(longconv_shape_get(1024, SEQ_ISA_V4, LONGCONV_AUTO).layout, LONGCONV_PANELS);
    assert_int_equal(longconv_shape_get(1 << 20, SEQ_ISA_V4, LONGCONV_AUTO).method, LONGCONV_RING);
    assert_int_equal(longconv_shape_get(1 << 20, SEQ_ISA_V4, LONGCONV_AUTO).layout, LONGCONV_ROWS);
}

static void test_longconv_describe_names_the_method(void **state)
{
    (void)state;
    static const char *const words[] = {"direct 37", "ring", "fftw 80", "direct 37"};
    for (size_t m = 0; m < ARRAY_LEN(methods); ++m) {
        struct trial trial;
        char text[128];
        trial_open(&trial, 37, methods[m], SEQ_ISA_GENERIC);
        longconv_describe(trial.conv, text, sizeof text);
        if (!strstr(text, words[m]))
            fail_msg("'%s' does not say '%s'", text, words[m]);
        trial_close(&trial);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longconv_any_method_length_and_isa_matches_the_sum),
        cmocka_unit_test(test_longconv_groups_are_lines_apart_that_share_no_cache_set),
        cmocka_unit_test(test_longconv_auto_sums_short_sequences_and_transforms_long_ones),
        cmocka_unit_test(test_longconv_describe_names_the_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
