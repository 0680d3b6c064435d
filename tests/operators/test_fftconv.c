/* test_fftconv.c - the FFT convolution against the sum that defines it, in double precision, at awkward lengths and at
 * every instruction set of this machine; and that nothing wraps around, which a transform of L points would do.
 */
#include "kernels/fftconv.h"

#include "base/random.h"
#include "base/status.h"
#include "machine/isa.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_BLOCKS 8
#define TOLERANCE 1e-6 /* of the largest result: FFTW's own error is about 3e-7 */

static const int64_t lengths[] = {1, 2, 3, 16, 37, 101, 128, 1000};

/* An arena that refuses the block number `refused` (from 0; -1: none). */
struct test_arena {
    struct seq_arena face;
    void *blocks[MAX_BLOCKS];
    int count, refused;
};

static void *take(struct seq_arena *face, size_t bytes)
{
    struct test_arena *arena = (struct test_arena *)(void *)face;
    assert_true(arena->count < MAX_BLOCKS);
    if (arena->count == arena->refused)
        return NULL;
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(block);
    memset(block, 0, bytes);
    arena->blocks[arena->count++] = block;
    return block;
}

static struct test_arena arena_make(int refused)
{
    return (struct test_arena){.face = {.size = sizeof(struct seq_arena), .allocate = take, .borrow = take},
                               .refused = refused};
}

static void arena_drop(struct test_arena *arena)
{
    for (int i = 0; i < arena->count; ++i)
        free(arena->blocks[i]);
}

/* One convolution and its buffers. */
struct trial {
    struct test_arena arena;
    struct fftconv *conv;
    int64_t L;
    float *filter, *x; /* (L) */
    float *sequence, *spectrum, *y;
};

static float *buffer(int64_t floats)
{
    float *values = aligned_alloc(64, ((size_t)floats * sizeof *values + 63) / 64 * 64);
    assert_non_null(values);
    for (int64_t i = 0; i < floats; ++i)
        values[i] = NAN; /* whatever is read without having been written shows */
    return values;
}

static void trial_open(struct trial *trial, int64_t L, enum seq_isa isa)
{
    struct seq_message message = {.text = ""};
    *trial = (struct trial){.arena = arena_make(-1), .L = L, .filter = buffer(L), .x = buffer(L)};
    if (fftconv_create(&trial->conv, L, isa, &trial->arena.face, &message) != SEQ_OK)
        fail_msg("%s", message.text);
    trial->sequence = buffer(fftconv_sequence_floats(L));
    trial->spectrum = buffer(fftconv_spectrum_floats(L));
    trial->y = buffer(fftconv_spectrum_floats(L));
    for (int64_t t = 0; t < L; ++t) {
        trial->filter[t] = (float)random_normal(1, 0, (uint64_t)t);
        trial->x[t] = (float)random_normal(1, 1, (uint64_t)t);
    }
}

static void trial_run(struct trial *trial)
{
    for (int64_t t = 0; t < trial->L; ++t)
        trial->sequence[t] = trial->filter[t] * (float)fftconv_scale(trial->conv);
    fftconv_pad(trial->conv, trial->sequence);
    fftconv_transform(trial->conv, trial->spectrum, trial->sequence);
    memcpy(trial->sequence, trial->x, (size_t)trial->L * sizeof *trial->x);
    fftconv_apply(trial->conv, trial->y, trial->sequence, trial->spectrum);
}

static void trial_close(struct trial *trial)
{
    fftconv_destroy(trial->conv);
    arena_drop(&trial->arena);
    free(trial->filter);
    free(trial->x);
    free(trial->sequence);
    free(trial->spectrum);
    free(trial->y);
}

static double direct(const struct trial *trial, int64_t t)
{
    double sum = 0.0;
    for (int64_t s = 0; s <= t; ++s)
        sum += (double)trial->filter[s] * (double)trial->x[t - s];
    return sum;
}

static void assert_direct(const struct trial *trial, int isa)
{
    double largest = 0.0, error = 0.0;
    for (int64_t t = 0; t < trial->L; ++t) {
        const double expected = direct(trial, t), off = fabs((double)trial->y[t] - expected);
        largest = fmax(largest, fabs(expected));
        error = off > error || isnan(off) ? off : error;
    }
    if (!(error <= TOLERANCE * largest))
        fail_msg("L = %lld, isa %d: error %g where the largest value is %g", (long long)trial->L, isa, error, largest);
}

static void test_fftconv_points_are_even_smooth_and_enough(void **state)
{
    (void)state;
    for (int64_t L = 1; L <= 5000; ++L) {
        int64_t n = fftconv_points(L);
        assert_true(n % 2 == 0 && n >= 2 * L - 1);
        assert_true(n < 4 * L);
        for (int64_t prime = 2; prime <= 5; ++prime)
            while (n % prime == 0)
                n /= prime;
        assert_int_equal(n, 1);
    }
    assert_int_equal(fftconv_points(8192), 16384);
    assert_int_equal(fftconv_points(8191), 16384);
    assert_int_equal(fftconv_points(37), 80);
    assert_int_equal(fftconv_points(1000), 2000);
}

static void test_fftconv_any_length_and_isa_matches_the_direct_sum(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(lengths); ++i) {
            struct trial trial;
            trial_open(&trial, lengths[i], (enum seq_isa)isa);
            trial_run(&trial);
            assert_direct(&trial, isa);
            trial_close(&trial);
        }
}

/* The last input reaches the last output alone; in a transform of L points it would reach them all. */
static void test_fftconv_last_input_does_not_wrap_around(void **state)
{
    (void)state;
    struct trial trial;
    trial_open(&trial, 100, SEQ_ISA_GENERIC);
    memset(trial.x, 0, 100 * sizeof *trial.x);
    trial.x[99] = 1.0f;
    trial_run(&trial);
    for (int64_t t = 0; t < 99; ++t)
        assert_true(fabsf(trial.y[t]) <= 1e-5f);
    assert_true(fabsf(trial.y[99] - trial.filter[0]) <= 1e-5f);
    trial_close(&trial);
}

static void test_fftconv_apply_keeps_sequence_and_padding(void **state)
{
    (void)state;
    struct trial trial;
    trial_open(&trial, 101, SEQ_ISA_GENERIC);
    trial_run(&trial);
    assert_memory_equal(trial.sequence, trial.x, 101 * sizeof *trial.x);
    for (int64_t t = 101; t < fftconv_points(101); ++t)
        assert_true(trial.sequence[t] == 0.0f);
    trial_close(&trial);
}

static void test_fftconv_refused_memory_is_a_sentence(void **state)
{
    (void)state;
    for (int refused = 0; refused < 3; ++refused) {
        struct test_arena arena = arena_make(refused);
        struct seq_message message = {.text = ""};
        struct fftconv *conv = NULL;
        assert_int_equal(fftconv_create(&conv, 64, SEQ_ISA_GENERIC, &arena.face, &message), SEQ_NO_MEMORY);
        assert_null(conv);
        assert_non_null(strstr(message.text, "128 points"));
        arena_drop(&arena);
    }
}

static void test_fftconv_exported_wisdom_is_accepted_back(void **state)
{
    (void)state;
    struct trial trial;
    trial_open(&trial, 37, SEQ_ISA_GENERIC);
    const size_t bytes = fftconv_plan_export(NULL, NULL, 0);
    assert_true(bytes > 1);
    char *blob = malloc(bytes);
    assert_non_null(blob);
    memset(blob, 'x', bytes);
    assert_int_equal(fftconv_plan_export(NULL, blob, bytes - 1), bytes);
    assert_int_equal(blob[0], 'x'); /* too small: left alone */
    assert_int_equal(fftconv_plan_export(NULL, blob, bytes), bytes);
    assert_int_equal(fftconv_plan_import(blob, bytes), SEQ_OK);
    assert_int_equal(fftconv_plan_import(blob, bytes - 1), SEQ_FAILED); /* without its end */
    free(blob);
    trial_close(&trial);
}

static void test_fftconv_unusable_wisdom_is_refused(void **state)
{
    (void)state;
    static const char text[] = "(fftw-3.3.10 fftwf_wisdom";
    assert_int_equal(fftconv_plan_import("", 0), SEQ_FAILED);
    assert_int_equal(fftconv_plan_import(text, 4), SEQ_FAILED); /* no end */
    assert_int_equal(fftconv_plan_import(text, sizeof text), SEQ_FAILED);
    assert_int_equal(fftconv_plan_import("", 1), SEQ_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fftconv_points_are_even_smooth_and_enough),
        cmocka_unit_test(test_fftconv_any_length_and_isa_matches_the_direct_sum),
        cmocka_unit_test(test_fftconv_last_input_does_not_wrap_around),
        cmocka_unit_test(test_fftconv_apply_keeps_sequence_and_padding),
        cmocka_unit_test(test_fftconv_refused_memory_is_a_sentence),
        cmocka_unit_test(test_fftconv_exported_wisdom_is_accepted_back),
        cmocka_unit_test(test_fftconv_unusable_wisdom_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
