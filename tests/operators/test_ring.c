/* test_ring.c - the ring convolution in both modes against the sum that defines it, in double precision, at prime, odd and
 * smooth lengths and every instruction set of this machine; what it may read and write; and that it is a convolution.
 */
#include "kernels/ring.h"

#include "base/random.h"
#include "base/status.h"
#include "machine/isa.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHANNELS 16
#define GUARD 64 /* floats of NaN behind every buffer: nothing may read or write them */
#define MAX_BLOCKS 32
#define TOLERANCE 1e-6 /* of the largest result: a few times the rounding of 2 log2(n) levels, like FFTW's */

static const enum ring_mode modes[] = {RING_CHANNELS, RING_SAMPLES};

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
    arena->blocks[arena->count++] = block;
    return block;
}

static struct test_arena arena_make(int refused)
{
    return (struct test_arena){.face = {.size = sizeof(struct seq_arena), .allocate = take}, .refused = refused};
}

static void arena_drop(struct test_arena *arena)
{
    for (int i = 0; i < arena->count; ++i)
        free(arena->blocks[i]);
}

/* One convolution of 16 sequences and its buffers. */
struct trial {
    struct test_arena arena;
    struct ring *ring;
    enum ring_mode mode;
    int64_t L;
    float *filters, *x, *gate, *y; /* groups */
    float *prepared, *scratch;
};

static float *buffer(int64_t floats)
{
    float *values = aligned_alloc(64, ((size_t)(floats + GUARD) * sizeof *values + 63) / 64 * 64);
    assert_non_null(values);
    for (int64_t i = 0; i < floats + GUARD; ++i)
        values[i] = NAN; /* whatever is read without having been written shows */
    return values;
}

/* Where a group of this mode has value t of a channel. */
static int64_t at(const struct trial *trial, int64_t t, int64_t channel)
{
    return trial->mode == RING_CHANNELS ? t * CHANNELS + channel : channel * ring_stride(trial->ring) + t;
}

static void trial_open(struct trial *trial, int64_t L, enum ring_mode mode, enum seq_isa isa)
{
    struct seq_message message = {.text = ""};
    *trial = (struct trial){.arena = arena_make(-1), .L = L, .mode = mode};
    if (ring_create(&trial->ring, L, mode, isa, &trial->arena.face, &message) != SEQ_OK)
        fail_msg("%s", message.text);
    const int64_t group = ring_group_floats(trial->ring);
    trial->filters = buffer(group);
    trial->x = buffer(group);
    trial->gate = buffer(group);
    trial->y = buffer(group);
    trial->prepared = buffer(ring_filter_floats(trial->ring));
    trial->scratch = buffer(ring_scratch_floats(trial->ring));
    for (int64_t c = 0; c < CHANNELS; ++c)
        for (int64_t t = 0; t < L; ++t) {
            const uint64_t index = (uint64_t)(c * L + t);
            trial->filters[at(trial, t, c)] = (float)random_normal(1, 0, index);
            trial->x[at(trial, t, c)] = (float)random_normal(1, 1, index);
            trial->gate[at(trial, t, c)] = (float)random_normal(1, 2, index);
        }
}

static void trial_run(struct trial *trial, const float *gate)
{
    ring_prepare(trial->ring, trial->prepared, trial->filters);
    ring_apply(trial->ring, trial->y, trial->x, gate, trial->prepared, trial->scratch);
}

static void trial_close(struct trial *trial)
{
    arena_drop(&trial->arena);
    free(trial->filters);
    free(trial->x);
    free(trial->gate);
    free(trial->y);
    free(trial->prepared);
    free(trial->scratch);
}

static double direct(const struct trial *trial, int64_t t, int64_t channel)
{
    double sum = 0.0;
    for (int64_t s = 0; s <= t; ++s)
        sum += (double)trial->filters[at(trial, s, channel)] * (double)trial->x[at(trial, t - s, channel)];
    return sum;
}

/* Every `step`th channel against the direct sums. */
static void assert_direct(const struct trial *trial, const float *gate, int isa, int64_t step)
{
    double largest = 0.0, error = 0.0;
    for (int64_t c = 0; c < CHANNELS; c += step)
        for (int64_t t = 0; t < trial->L; ++t) {
            const double factor = gate ? (double)gate[at(trial, t, c)] : 1.0, expected = factor * direct(trial, t, c);
            const double off = fabs((double)trial->y[at(trial, t, c)] - expected);
            largest = fmax(largest, fabs(expected));
            error = off > error || isnan(off) ? off : error;
        }
    char text[96];
    ring_describe(trial->ring, text, sizeof text);
    if (!(error <= TOLERANCE * largest))
        fail_msg("%s, L = %lld, isa %d: error %g where the largest value is %g", text, (long long)trial->L, isa, error,
                 largest);
}

static void assert_guard(const float *values, int64_t floats)
{
    for (int64_t i = 0; i < GUARD; ++i)
        assert_true(isnan(values[floats + i]));
}

static void check_length(int64_t L, enum ring_mode mode, int isa, bool gated, int64_t step)
{
    struct trial trial;
    trial_open(&trial, L, mode, (enum seq_isa)isa);
    const float *const gate = gated ? trial.gate : NULL;
    trial_run(&trial, gate);
    assert_direct(&trial, gate, isa, step);
    assert_guard(trial.y, ring_group_floats(trial.ring));
    assert_guard(trial.prepared, ring_filter_floats(trial.ring));
    assert_guard(trial.scratch, ring_scratch_floats(trial.ring));
    trial_close(&trial);
}

static void check_lengths(const int64_t *lengths, size_t count, int64_t step)
{
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t m = 0; m < ARRAY_LEN(modes); ++m)
            for (size_t i = 0; i < count; ++i)
                check_length(lengths[i], modes[m], isa, i % 2 == 1, step);
}

static void test_ring_short_and_prime_lengths_match_the_direct_sum(void **state)
{
    (void)state;
    static const int64_t lengths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16, 17, 19, 31, 37, 64, 101, 127, 255, 257};
    check_lengths(lengths, ARRAY_LEN(lengths), 1);
}

/* Every radix at every place: first, in the middle and, where the product is, last. */
static void test_ring_smooth_and_long_lengths_match_the_direct_sum(void **state)
{
    (void)state;
    static const int64_t lengths[] = {10,  12,  18,  25,  27,  75,  96,  125,  160, 250,
                                      360, 509, 512, 625, 768, 810, 1000, 1024, 1097};
    check_lengths(lengths, ARRAY_LEN(lengths), 5);
}

/* So long that blocks are split depth first. */
static void test_ring_depth_first_lengths_match_the_direct_sum(void **state)
{
    (void)state;
    static const int64_t lengths[] = {2048, 3001, 3840};
    check_lengths(lengths, ARRAY_LEN(lengths), 15);
}

/* A filter that is one at s shifts exactly but for rounding, at any length; a block of the recursion in the wrong place or
 * with another's factors does not. */
static void test_ring_delta_filters_shift(void **state)
{
    (void)state;
    static const int64_t lengths[] = {255, 4096, 20000, 65536};
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t i = 0; i < ARRAY_LEN(modes) * ARRAY_LEN(lengths); ++i) {
            struct trial trial;
            trial_open(&trial, lengths[i / ARRAY_LEN(modes)], modes[i % ARRAY_LEN(modes)], (enum seq_isa)isa);
            memset(trial.filters, 0, (size_t)ring_group_floats(trial.ring) * sizeof *trial.filters);
            for (int64_t c = 0; c < CHANNELS; ++c)
                trial.filters[at(&trial, c * 13, c)] = 1.0f;
            trial_run(&trial, NULL);
            for (int64_t c = 0; c < CHANNELS; ++c)
                for (int64_t t = 0; t < trial.L; ++t) {
                    const float expected = t < c * 13 ? 0.0f : trial.x[at(&trial, t - c * 13, c)];
                    if (!(fabsf(trial.y[at(&trial, t, c)] - expected) <= 1e-5f)) /* of values up to 5 */
                        fail_msg("L = %lld, channel %lld, t = %lld", (long long)trial.L, (long long)c, (long long)t);
                }
            trial_close(&trial);
        }
}

static void test_ring_both_modes_agree(void **state)
{
    (void)state;
    struct trial channels, samples;
    trial_open(&channels, 9000, RING_CHANNELS, SEQ_ISA_GENERIC);
    trial_open(&samples, 9000, RING_SAMPLES, SEQ_ISA_GENERIC);
    trial_run(&channels, channels.gate);
    trial_run(&samples, samples.gate);
    for (int64_t c = 0; c < CHANNELS; ++c)
        for (int64_t t = 0; t < channels.L; ++t)
            assert_true(fabsf(channels.y[at(&channels, t, c)] - samples.y[at(&samples, t, c)]) <= 1e-3f); /* of 1000 */
    trial_close(&channels);
    trial_close(&samples);
}

/* The last input reaches the last output alone; in a transform of L points with the sign of z^L - 1 it would reach all. */
static void test_ring_last_input_does_not_wrap_around(void **state)
{
    (void)state;
    for (size_t m = 0; m < ARRAY_LEN(modes); ++m) {
        struct trial trial;
        trial_open(&trial, 256, modes[m], SEQ_ISA_GENERIC);
        memset(trial.x, 0, (size_t)ring_group_floats(trial.ring) * sizeof *trial.x);
        trial.x[at(&trial, 255, 3)] = 1.0f;
        trial_run(&trial, NULL);
        for (int64_t t = 0; t < 255; ++t)
            assert_true(fabsf(trial.y[at(&trial, t, 3)]) <= 1e-5f);
        assert_true(fabsf(trial.y[at(&trial, 255, 3)] - trial.filters[at(&trial, 0, 3)]) <= 1e-5f);
        trial_close(&trial);
    }
}

static void test_ring_in_place_and_again_gives_the_same_bits(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t m = 0; m < ARRAY_LEN(modes); ++m) {
            struct trial trial;
            trial_open(&trial, 1097, modes[m], (enum seq_isa)isa);
            trial_run(&trial, trial.gate);
            ring_apply(trial.ring, trial.x, trial.x, trial.gate, trial.prepared, trial.scratch);
            for (int64_t c = 0; c < CHANNELS; ++c)
                for (int64_t t = 0; t < trial.L; ++t)
                    assert_true(trial.x[at(&trial, t, c)] == trial.y[at(&trial, t, c)]);
            trial_close(&trial);
        }
}

static void test_ring_nan_stays_visible_in_its_channel(void **state)
{
    (void)state;
    for (int isa = 0; isa <= (int)isa_best(); ++isa)
        for (size_t m = 0; m < ARRAY_LEN(modes); ++m) {
            struct trial trial;
            trial_open(&trial, 300, modes[m], (enum seq_isa)isa);
            trial.x[at(&trial, 170, 5)] = NAN;
            trial_run(&trial, NULL);
            for (int64_t t = 170; t < trial.L; ++t)
                assert_true(isnan(trial.y[at(&trial, t, 5)]) && !isnan(trial.y[at(&trial, t, 6)]));
            trial_close(&trial);
        }
}

static void test_ring_description_names_the_radices(void **state)
{
    (void)state;
    struct trial trial;
    char text[96], few[8];
    trial_open(&trial, 4096, RING_CHANNELS, SEQ_ISA_GENERIC);
    ring_describe(trial.ring, text, sizeof text);
    assert_string_equal(text, "ring 4096 = 8x8x8x8, 16 channels a vector");
    ring_describe(trial.ring, few, sizeof few);
    assert_string_equal(few, "ring 40");
    trial_close(&trial);
    trial_open(&trial, 4000, RING_SAMPLES, SEQ_ISA_GENERIC);
    ring_describe(trial.ring, text, sizeof text);
    assert_string_equal(text, "ring 4096 = 4x8x8x16, 16 samples a vector");
    trial_close(&trial);
}

static void test_ring_refused_memory_is_a_sentence(void **state)
{
    (void)state;
    for (int refused = 0; refused < 3; ++refused) {
        struct test_arena arena = arena_make(refused);
        struct seq_message message = {.text = ""};
        struct ring *ring = NULL;
        assert_int_equal(ring_create(&ring, 64, RING_CHANNELS, SEQ_ISA_GENERIC, &arena.face, &message), SEQ_NO_MEMORY);
        assert_null(ring);
        assert_non_null(strstr(message.text, "64 values"));
        arena_drop(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring_short_and_prime_lengths_match_the_direct_sum),
        cmocka_unit_test(test_ring_smooth_and_long_lengths_match_the_direct_sum),
        cmocka_unit_test(test_ring_depth_first_lengths_match_the_direct_sum),
        cmocka_unit_test(test_ring_delta_filters_shift),
        cmocka_unit_test(test_ring_both_modes_agree),
        cmocka_unit_test(test_ring_last_input_does_not_wrap_around),
        cmocka_unit_test(test_ring_in_place_and_again_gives_the_same_bits),
        cmocka_unit_test(test_ring_nan_stays_visible_in_its_channel),
        cmocka_unit_test(test_ring_description_names_the_radices),
        cmocka_unit_test(test_ring_refused_memory_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
